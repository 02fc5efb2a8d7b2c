#include "applier/conversion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>
#include <unordered_map>

#include "schema/match.h"

namespace emcee::applier {

using schema::fail;

namespace {

using Json = nlohmann::ordered_json;

// As much of a line as a message shows.
constexpr std::size_t kShownBytes = 120;

// What is no UTF-8 is either left out or replaced.
bool is_utf8(const Json& text) {
  return text.dump(-1, ' ', false, Json::error_handler_t::ignore) ==
         text.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json to_json(const Value& value) {
  return schema::match(
      value, [](std::monostate) { return Json(); }, [](std::int64_t v) { return Json(v); },
      [](double v) { return std::isfinite(v) ? Json(v) : Json(fmt::to_string(v)); },
      [](const std::string& v) {
        return is_utf8(v) ? Json(v) : Json{{"hex", hex_of(Blob(v.begin(), v.end()))}};
      },
      [](const Blob& v) {
        return Json{{"hex", hex_of(v)}};
      });
}

// nullopt where no column could hold it.
std::optional<Value> to_value(const Json& json) {
  if (json.is_null()) return Value();
  if (json.is_boolean()) return Value(std::int64_t{json.get<bool>()});
  if (json.is_number_unsigned() && json.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max())
    return Value(json.dump());
  if (json.is_number_integer()) return Value(json.get<std::int64_t>());
  if (json.is_number_float()) return Value(json.get<double>());
  if (json.is_string()) return Value(json.get<std::string>());
  if (!json.is_object() || json.size() != 1 || !json.contains("hex") || !json["hex"].is_string()) return std::nullopt;
  auto bytes = blob_of(json["hex"].get<std::string>());
  return bytes ? std::optional(Value(std::move(*bytes))) : std::nullopt;
}

Json to_json(const std::vector<ConversionColumn>& columns, const Row& values) {
  Json object = Json::object();
  for (std::size_t i = 0; i < columns.size(); ++i) object[columns[i].name] = to_json(values[i]);
  return object;
}

// Keys compare by their values, whatever the order of their columns.
std::string key_text(const Json& key) {
  return nlohmann::json(key).dump(-1, ' ', false, Json::error_handler_t::replace);
}

tl::unexpected<Error> wrong(const Backfill& backfill, const std::string& what) {
  return fail(ErrorCode::look_at_server,
              fmt::format("{}: the migrator of map {} {}", backfill.table, backfill.conversion->map, what),
              "nothing of this batch was written: mend the program, then run the same command again");
}

// Reads the answers one by one.
class Answers {
 public:
  Answers(const Backfill& backfill, const std::vector<AskedRow>& rows)
      : backfill_(backfill), conversion_(*backfill.conversion), rows_(rows), values_(rows.size()) {}

  Result<std::vector<Row>> read(const std::string& text) {
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const std::string key = key_text(to_json(conversion_.key, rows_[i].key));
      if (!places_.emplace(key, i).second)
        return fail(
            ErrorCode::look_at_server,
            fmt::format("{}: two rows have the key {}, which no answer could tell apart", backfill_.table, key));
    }
    std::size_t number = 0;
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      const std::string line = text.substr(begin, end - begin);
      begin = end + 1;
      ++number;
      if (line.find_first_not_of(" \t\r") != std::string::npos) EMCEE_TRY(read_line(line, number));
    }
    for (std::size_t i = 0; i < rows_.size(); ++i)
      if (values_[i].empty())
        return wrong(backfill_, fmt::format("gives no answer for {}, and perhaps for others",
                                            key_text(to_json(conversion_.key, rows_[i].key))));
    return std::move(values_);
  }

 private:
  Result<void> read_line(const std::string& line, std::size_t number) {
    const Json answer = Json::parse(line, nullptr, false);
    const auto in_line = [&](const std::string& what) {
      return wrong(backfill_, fmt::format("{} in line {}: {}{}", what, number, line.substr(0, kShownBytes),
                                          line.size() > kShownBytes ? " .." : ""));
    };
    if (answer.is_discarded()) return in_line("writes no JSON");
    if (!answer.is_object() || !answer.contains("key") || !answer.contains("new") || !answer["new"].is_object())
      return in_line("writes no object with `key` and `new`");
    const auto place = places_.find(key_text(answer["key"]));
    if (place == places_.end()) return in_line("answers for a row that it was not asked about");
    Row& values = values_[place->second];
    if (!values.empty()) return in_line("answers twice for one row");

    bool something = false;
    for (const ConversionColumn& column : conversion_.new_columns) {
      if (!answer["new"].contains(column.name)) return in_line("leaves out " + column.name);
      auto value = to_value(answer["new"][column.name]);
      if (!value) return in_line("gives a value that no column can hold to " + column.name);
      const bool given = !std::holds_alternative<std::monostate>(*value);
      if (!given && column.not_null) return in_line("gives NULL to " + column.name + ", which will be NOT NULL,");
      something = something || given;
      values.push_back(std::move(*value));
    }
    if (!something) return in_line("gives NULL to all new columns");
    if (answer["new"].size() != conversion_.new_columns.size())
      return in_line("gives a value to a column that is no new one of the map");
    return {};
  }

  const Backfill& backfill_;
  const Conversion& conversion_;
  const std::vector<AskedRow>& rows_;
  std::vector<Row> values_;
  std::unordered_map<std::string, std::size_t> places_;
};

}  // namespace

std::string questions(const Backfill& backfill, const std::vector<AskedRow>& rows) {
  const Conversion& conversion = *backfill.conversion;
  std::string text;
  for (const AskedRow& row : rows) {
    const Json line = {{"map", conversion.map},
                       {"table", backfill.table},
                       {"key", to_json(conversion.key, row.key)},
                       {"old", to_json(conversion.old_columns, row.old_values)}};
    text += line.dump() + "\n";
  }
  return text;
}

Result<std::vector<Row>> read_answers(const Backfill& backfill, const std::vector<AskedRow>& rows,
                                      const std::string& text) {
  return Answers(backfill, rows).read(text);
}

std::string answers(const std::string& questions,
                    const std::function<std::map<std::string, Value>(const std::string& map)>& convert) {
  std::istringstream lines(questions);
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    const Json question = Json::parse(line, nullptr, false);
    Json values = Json::object();
    for (const auto& [column, value] : convert(question["map"].get<std::string>())) values[column] = to_json(value);
    text += Json{{"key", question["key"]}, {"new", values}}.dump() + "\n";
  }
  return text;
}

Result<void> Converter::ask(const std::vector<KeyPart>& key, const std::string& condition, const Row& parameters) {
  const Conversion& conversion = *backfill_.conversion;
  rows_.clear();
  answers_.clear();
  std::vector<std::string> selected;
  for (const KeyPart& part : key) selected.push_back(part.read);
  for (const auto* columns : {&conversion.key, &conversion.old_columns})
    for (const ConversionColumn& column : *columns) selected.push_back(column.sql);
  EMCEE_ASSIGN(const auto found,
               connection_.query(fmt::format("SELECT {} FROM {} WHERE {} AND ({}) IS TRUE", fmt::join(selected, ", "),
                                             backfill_.table_sql, condition, backfill_.pending),
                                 parameters));
  if (found.empty()) return {};
  const auto keys = static_cast<std::ptrdiff_t>(key.size());
  const auto olds = keys + static_cast<std::ptrdiff_t>(conversion.key.size());
  for (const Row& row : found)
    rows_.push_back(
        {{row.begin(), row.begin() + keys}, {row.begin() + keys, row.begin() + olds}, {row.begin() + olds, row.end()}});
  EMCEE_ASSIGN(const std::string text, options_.ask(conversion.program, questions(backfill_, rows_)));
  EMCEE_ASSIGN(answers_, read_answers(backfill_, rows_, text));
  return {};
}

// A comparison with one value is spelled as an assignment of it is, parameter and all.
Result<std::int64_t> Converter::write(const std::vector<KeyPart>& key) {
  std::size_t number = 0;
  const auto equal = [&](const KeyPart& part) { return connection_.key_comparison({part}, "=", ++number); };
  std::vector<std::string> set, where;
  for (const ConversionColumn& column : backfill_.conversion->new_columns)
    set.push_back(equal({column.sql, column.sql}));
  for (const KeyPart& part : key) where.push_back(equal(part));
  const std::string sql = fmt::format("UPDATE {} SET {} WHERE {} AND ({}) IS TRUE", backfill_.table_sql,
                                      fmt::join(set, ", "), fmt::join(where, " AND "), backfill_.pending);
  std::int64_t changed = 0;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    Row parameters = answers_[i];
    parameters.insert(parameters.end(), rows_[i].place.begin(), rows_[i].place.end());
    EMCEE_ASSIGN(const std::int64_t one, connection_.change(sql, parameters));
    changed += one;
  }
  return changed;
}

}  // namespace emcee::applier
