#include "diff/release_map.h"

#include <fmt/format.h>
#include <algorithm>
#include <set>

#include "diff/change.h"
#include "diff/near_name.h"
#include "diff/toml_reader.h"

namespace emcee::diff {

namespace {

using schema::Error;
using schema::Fragment;
using schema::Identifier;
using schema::Position;
using schema::QualifiedName;
using schema::Result;

Error error_at(const Position& at, std::string message, std::string hint = {}) {
  return {schema::ErrorCode::fix_text, std::move(message), at, std::move(hint)};
}

// Names of releases and maps become names of scripts and triggers.
bool is_plain_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::string as_plain_name(std::string_view name) {
  std::string result = schema::to_lower(name);
  for (char& c : result)
    if (!is_plain_name({&c, 1})) c = '_';
  return result;
}

class MapReader {
 public:
  explicit MapReader(const MapContext& context) : top_(context, context.text.root(), {}), dialect_(context.dialect) {}

  Result<ReleaseMap> run() {
    EMCEE_TRY(top_.only({"name", "from", "component", "dialect", "schema", "rename_table", "rename", "map", "fill",
                         "move", "separate", "hide", "shadow", "override", "accept"}));
    EMCEE_TRY(read_release());
    EMCEE_TRY(each("rename_table", &MapReader::read_table_rename));
    EMCEE_TRY(each("rename", &MapReader::read_column_rename));
    EMCEE_TRY(each("map", &MapReader::read_map));
    EMCEE_TRY(each("fill", &MapReader::read_fill));
    EMCEE_TRY(each("move", &MapReader::read_move));
    EMCEE_TRY(each("separate", &MapReader::read_separate));
    EMCEE_TRY(each("hide", &MapReader::read_hide));
    EMCEE_TRY(each("shadow", &MapReader::read_shadow));
    EMCEE_TRY(each("override", &MapReader::read_override));
    EMCEE_TRY(each("accept", &MapReader::read_accept));
    EMCEE_TRY(name_maps());
    EMCEE_TRY(check_groups());
    return std::move(map_);
  }

 private:
  Result<void> each(std::string_view key, Result<void> (MapReader::*read)(const TableReader&)) {
    EMCEE_ASSIGN(const auto entries, top_.entries(key));
    for (const TableReader& entry : entries) EMCEE_TRY((this->*read)(entry));
    return {};
  }

  template <class T>
  T placed(const std::string& path, Placed<T> value) {
    map_.places[path] = std::move(value.at);
    return std::move(value.value);
  }

  static Result<std::string> optional_text(const TableReader& entry, std::string_view key) {
    EMCEE_ASSIGN(auto text, entry.text(key));
    return text ? std::move(text->value) : std::string();
  }

  Result<std::string> plain_name(const TableReader& entry, std::string_view key) const {
    EMCEE_ASSIGN(auto name, entry.text(key));
    if (!name) return std::string();
    if (!is_plain_name(name->value))
      return schema::fail(error_at(name->at, fmt::format("{} may hold lower-case letters, digits and _ only", key),
                                   "it becomes part of the names of scripts and triggers"));
    return std::move(name->value);
  }

  Result<void> read_release() {
    EMCEE_ASSIGN(map_.name, plain_name(top_, "name"));
    EMCEE_ASSIGN(map_.from, plain_name(top_, "from"));
    EMCEE_ASSIGN(map_.component, plain_name(top_, "component"));
    if (map_.component.empty()) map_.component = "main";
    EMCEE_ASSIGN(const auto dialect, top_.text("dialect"));
    if (dialect) {
      EMCEE_TRY(top_.word("dialect", {"sqlite", "postgres", "mysql", "mariadb"}));
      map_.dialect = dialect->value;
      if (!dialect_.empty() && map_.dialect != dialect_)
        return schema::fail(
            error_at(dialect->at, fmt::format("the map is for {}, and the schemas are {}", map_.dialect, dialect_)));
    }
    EMCEE_ASSIGN(const auto schema, top_.table("schema"));
    if (!schema) return {};
    EMCEE_TRY(schema->only({"old", "new"}));
    EMCEE_ASSIGN(map_.old_schema, optional_text(*schema, "old"));
    EMCEE_ASSIGN(map_.new_schema, optional_text(*schema, "new"));
    return {};
  }

  Result<void> read_table_rename(const TableReader& entry) {
    EMCEE_TRY(entry.only({"from", "to"}));
    const std::string path = fmt::format("rename_table[{}]", map_.table_renames.size());
    EMCEE_ASSIGN(auto from, entry.required_name("from"));
    EMCEE_ASSIGN(auto to, entry.required_name("to"));
    map_.table_renames.push_back({placed(path + ".from", std::move(from)), placed(path + ".to", std::move(to))});
    return {};
  }

  Result<void> read_column_rename(const TableReader& entry) {
    EMCEE_TRY(entry.only({"table", "from", "to"}));
    const std::string path = fmt::format("rename[{}]", map_.column_renames.size());
    EMCEE_ASSIGN(auto table, entry.required_name("table"));
    EMCEE_ASSIGN(auto from, entry.required_column("from"));
    EMCEE_ASSIGN(auto to, entry.required_column("to"));
    map_.column_renames.push_back({placed(path + ".table", std::move(table)), placed(path + ".from", std::move(from)),
                                   placed(path + ".to", std::move(to))});
    return {};
  }

  std::vector<Identifier> placed_columns(const std::string& path, std::vector<Placed<Identifier>> columns) {
    std::vector<Identifier> result;
    for (auto& column : columns)
      result.push_back(placed(fmt::format("{}[{}]", path, result.size()), std::move(column)));
    return result;
  }

  Result<void> read_map(const TableReader& entry) {
    EMCEE_TRY(
        entry.only({"name", "table", "old", "new", "up", "down", "both_given", "none_given", "explicit_null", "error",
                    "lossy", "one_to_one", "lookup", "down_lookup", "freeze", "frozen", "migrator", "row"}));
    const std::string path = fmt::format("map[{}]", map_.maps.size());
    map_.places[path] = entry.at();
    ColumnMap group;
    EMCEE_ASSIGN(group.name, plain_name(entry, "name"));
    if (entry.has("name")) map_.places[path + ".name"] = entry.at("name");
    EMCEE_ASSIGN(auto table, entry.required_name("table"));
    group.table = placed(path + ".table", std::move(table));
    if (!entry.has("old"))
      return schema::fail(entry.error("old is missing", "a new column that comes from no old one is a [[fill]]"));
    EMCEE_ASSIGN(auto old_columns, entry.required_columns("old"));
    group.old_columns = placed_columns(path + ".old", std::move(old_columns));
    EMCEE_ASSIGN(auto new_columns, entry.required_columns("new"));
    group.new_columns = placed_columns(path + ".new", std::move(new_columns));
    EMCEE_ASSIGN(const std::size_t both,
                 entry.word("both_given", {"error_if_inconsistent", "new_wins", "old_wins", "error"}));
    group.both_given = static_cast<BothGiven>(both);
    EMCEE_ASSIGN(const std::size_t none, entry.word("none_given", {"default", "allow", "error"}));
    group.none_given = static_cast<NoneGiven>(none);
    EMCEE_ASSIGN(const std::size_t null, entry.word("explicit_null", {"propagate", "error"}));
    group.explicit_null = static_cast<ExplicitNull>(null);
    EMCEE_ASSIGN(group.error, optional_text(entry, "error"));
    EMCEE_ASSIGN(group.lossy, entry.flag("lossy"));
    EMCEE_ASSIGN(group.one_to_one, entry.flag("one_to_one"));
    EMCEE_TRY(read_freeze(entry, group));
    if (group.freeze) {
      map_.maps.push_back(std::move(group));
      return {};
    }
    if (entry.has("row")) return read_held(entry, std::move(group), path);
    EMCEE_ASSIGN(group.up, assignments(entry, "up", group.new_columns, path));
    EMCEE_ASSIGN(group.lookups, lookups(entry, "lookup", group.table, path));
    EMCEE_ASSIGN(group.down_lookups, lookups(entry, "down_lookup", group.table, path));
    for (const char* key : {"down", "down_lookup"})
      if (group.lossy && entry.has(key))
        return schema::fail(entry.error_at(
            key, fmt::format("lossy says that there is no way back, and {} gives one", key), "remove one of the two"));
    if (!group.lossy) {
      EMCEE_ASSIGN(group.down, assignments(entry, "down", group.old_columns, path));
    }
    map_.maps.push_back(std::move(group));
    return {};
  }

  // A group that is frozen has no expressions, and so none of the policies about them.
  static Result<void> read_freeze(const TableReader& entry, ColumnMap& group) {
    if (!entry.has("freeze")) {
      for (const char* key : {"frozen", "migrator"})
        if (entry.has(key))
          return schema::fail(entry.error_at(key, fmt::format("{} needs freeze", key),
                                             "nothing would carry over what is written meanwhile: say in freeze what "
                                             "who writes is told"));
      return {};
    }
    for (const char* key :
         {"up", "down", "lossy", "both_given", "none_given", "explicit_null", "error", "lookup", "down_lookup", "row"})
      if (entry.has(key))
        return schema::fail(entry.error_at(key, fmt::format("a frozen map has no {}", key),
                                           "a map either converts by expressions, or it is frozen"));
    Freeze freeze;
    EMCEE_ASSIGN(auto message, entry.required_text("freeze"));
    freeze.message = std::move(message.value);
    EMCEE_ASSIGN(const auto words, entry.texts("frozen"));
    for (const auto& word : words) {
      if (word.value == "new_insert")
        freeze.new_insert = true;
      else if (word.value == "new_update")
        freeze.new_update = true;
      else if (word.value == "delete")
        freeze.deletes = true;
      else
        return schema::fail(error_at(word.at, fmt::format("{} is no kind of write", word.value),
                                     did_you_mean(word.value, {"new_insert", "new_update", "delete"})));
    }
    EMCEE_ASSIGN(auto command, entry.texts("migrator"));
    for (auto& word : command) group.migrator.push_back(std::move(word.value));
    group.freeze = std::move(freeze);
    return {};
  }

  // The old columns become a row of another table, whose key is the new column.
  Result<void> read_held(const TableReader& entry, ColumnMap group, const std::string& path) {
    for (const char* key :
         {"down", "lossy", "both_given", "none_given", "explicit_null", "one_to_one", "lookup", "down_lookup"})
      if (entry.has(key))
        return schema::fail(entry.error_at(key, fmt::format("a map with row has no {}", key),
                                           "the row says what its values are to either release"));
    if (group.new_columns.size() != 1)
      return schema::fail(entry.error_at("new", "a map with row has one new column", "it is the key of the row"));
    EMCEE_ASSIGN(group.row, generated_row(entry, path, "up"));
    if (!group.row->counted) {
      EMCEE_ASSIGN(group.up, assignments(entry, "up", group.new_columns, path));
    }
    for (const Identifier& column : group.old_columns) {
      const auto is = [&](const Assignment& value) { return value.expression.as_column() == column; };
      const auto held = std::count_if(group.row->values.begin(), group.row->values.end(), is);
      if (held != 1)
        return schema::fail(entry.error_at(
            "row", fmt::format("{} is {} column of the row", column.text(), held == 0 ? "no" : "more than one"),
            fmt::format("each old column is the value of one: values = {{ .. = \"{}\" }}", column.text())));
    }
    map_.maps.push_back(std::move(group));
    return {};
  }

  // One expression for each of the columns, in their order.
  Result<std::vector<Assignment>> assignments(const TableReader& entry, const std::string& key,
                                              const std::vector<Identifier>& columns, const std::string& path) {
    EMCEE_ASSIGN(auto given, entry.expressions(key));
    std::vector<Assignment> result;
    for (const Identifier& column : columns) {
      const auto found =
          std::find_if(given.begin(), given.end(), [&](const auto& g) { return g.first.value == column; });
      if (found == given.end()) return schema::fail(missing(entry, key, column));
      const std::string place = fmt::format("{}.{}.{}", path, key, column.text());
      result.push_back({column, placed(place, std::move(found->second))});
      given.erase(found);
    }
    if (given.empty()) return result;
    const auto& [extra, expression] = given.front();
    std::vector<std::string> names;
    for (const Identifier& column : columns) names.push_back(column.text());
    const bool twice = std::find(columns.begin(), columns.end(), extra.value) != columns.end();
    return schema::fail(twice ? error_at(extra.at, fmt::format("[[map]] {} gives {} twice", key, extra.value.text()))
                              : error_at(extra.at,
                                         fmt::format("[[map]] {} gives {}, which is not one of its {} columns", key,
                                                     extra.value.text(), key == "up" ? "new" : "old"),
                                         did_you_mean(extra.value.text(), names)));
  }

  // The other tables that expressions of the entry look into, as `where` lists them.
  Result<std::vector<Lookup>> lookups(const TableReader& entry, const std::string& where, const QualifiedName& table,
                                      const std::string& path) {
    std::vector<Lookup> result;
    EMCEE_ASSIGN(const auto given, entry.entries(where));
    for (const TableReader& reader : given) {
      EMCEE_TRY(reader.only({"table", "of", "key"}));
      const std::string place = fmt::format("{}.{}[{}]", path, where, result.size());
      map_.places[place] = reader.at();
      Lookup lookup;
      EMCEE_ASSIGN(auto name, reader.required_name("table"));
      lookup.table = placed(place + ".table", std::move(name));
      lookup.of = table;
      if (reader.has("of")) {
        EMCEE_ASSIGN(auto of, reader.required_name("of"));
        lookup.of = placed(place + ".of", std::move(of));
      }
      EMCEE_ASSIGN(lookup.key, column_pairs(reader, "key", place, "the key of a lookup"));
      if (lookup.key.empty())
        return schema::fail(reader.error("key is missing", fmt::format("say which rows of {} belong to one of {}",
                                                                       lookup.table.text(), lookup.of.text())));
      result.push_back(std::move(lookup));
    }
    return result;
  }

  // `key = { image_id = "id" }`: columns of two tables.
  Result<std::vector<Lookup::Pair>> column_pairs(const TableReader& reader, const std::string& name,
                                                 const std::string& path, const std::string& what) {
    std::vector<Lookup::Pair> result;
    EMCEE_ASSIGN(auto given, reader.expressions(name));
    for (auto& [column, equals] : given) {
      const auto counterpart = equals.value.as_column();
      if (!counterpart)
        return schema::fail(error_at(equals.at, fmt::format("{} says which column equals which", what),
                                     "an expression cannot be one of them"));
      const std::string place = fmt::format("{}.{}.{}", path, name, column.value.text());
      map_.places[place] = column.at;
      map_.places[place + ".equals"] = equals.at;
      result.push_back({std::move(column.value), *counterpart});
    }
    return result;
  }

  static Error missing(const TableReader& entry, const std::string& key, const Identifier& column) {
    if (key == "up")
      return entry.error(fmt::format("up.{} is missing", column.text()),
                         "say how the new column comes from the old ones");
    return entry.error(fmt::format("down.{} is missing", column.text()),
                       "say how the old column comes from the new ones, or lossy = true where there is no way back");
  }

  Result<void> read_fill(const TableReader& entry) {
    EMCEE_TRY(entry.only({"table", "column", "value", "lookup", "row", "freeze"}));
    const std::string path = fmt::format("fill[{}]", map_.fills.size());
    EMCEE_ASSIGN(auto table, entry.required_name("table"));
    EMCEE_ASSIGN(auto column, entry.required_column("column"));
    EMCEE_ASSIGN(auto looked_up, lookups(entry, "lookup", table.value, path));
    EMCEE_ASSIGN(auto row, generated_row(entry, path, "value"));
    Fragment value;
    if (!row || !row->counted) {
      EMCEE_ASSIGN(auto given, entry.expression("value"));
      value = placed(path + ".value", std::move(given));
    }
    map_.fills.push_back({placed(path + ".table", std::move(table)), placed(path + ".column", std::move(column)),
                          std::move(value), std::move(looked_up), std::move(row)});
    return {};
  }

  // The row of another table that the new column is the key of; `makes`: what says how keys are made.
  Result<std::optional<GeneratedRow>> generated_row(const TableReader& entry, const std::string& path,
                                                    const char* makes) {
    EMCEE_ASSIGN(const auto reader, entry.table("row"));
    if (!reader) {
      if (entry.has("freeze"))
        return schema::fail(entry.error_at("freeze", "freeze needs row",
                                           "a fill without one refuses nothing: say in row what is to be generated"));
      return std::optional<GeneratedRow>();
    }
    if (entry.has("lookup"))
      return schema::fail(entry.error_at("lookup", "a row that is generated has a key of its own",
                                         "leave out lookup, or row where the other table has the row already"));
    EMCEE_TRY(reader->only({"table", "key", "values"}));
    map_.places[path + ".row"] = reader->at();
    GeneratedRow row;
    row.counted = !entry.has(makes);
    EMCEE_ASSIGN(auto table, reader->required_name("table"));
    row.table = placed(path + ".row.table", std::move(table));
    EMCEE_ASSIGN(auto key, reader->required_column("key"));
    row.key = placed(path + ".row.key", std::move(key));
    EMCEE_ASSIGN(auto values, reader->expressions("values"));
    for (auto& [column, value] : values) {
      const std::string place = fmt::format("{}.row.values.{}", path, column.value.text());
      const bool twice = std::any_of(row.values.begin(), row.values.end(),
                                     [&](const Assignment& other) { return other.column == column.value; });
      if (twice || column.value == row.key)
        return schema::fail(error_at(column.at, fmt::format("{} has a value already", column.value.text()),
                                     column.value != row.key           ? "a column has one value"
                                     : std::string_view(makes) == "up" ? "the key gets the value of the new column"
                                                                       : "the key gets the value of the fill"));
      row.values.push_back({std::move(column.value), placed(place, std::move(value))});
    }
    EMCEE_ASSIGN(row.freeze, optional_text(entry, "freeze"));
    return std::optional(std::move(row));
  }

  Result<void> read_move(const TableReader& entry) {
    EMCEE_TRY(entry.only({"name", "from", "to", "key", "columns", "on_part_delete", "one"}));
    const std::string path = fmt::format("move[{}]", map_.moves.size());
    map_.places[path] = entry.at();
    Move move;
    EMCEE_ASSIGN(auto from, entry.required_name("from"));
    move.from = placed(path + ".from", std::move(from));
    EMCEE_ASSIGN(auto to, entry.required_name("to"));
    move.to = placed(path + ".to", std::move(to));
    EMCEE_ASSIGN(move.name, plain_name(entry, "name"));
    if (move.name.empty()) move.name = as_plain_name(move.to.name.text());
    EMCEE_ASSIGN(move.key, column_pairs(entry, "key", path, "the key of a move"));
    EMCEE_ASSIGN(move.columns, column_pairs(entry, "columns", path, "a move"));
    for (const auto& [pairs, key] : {std::pair(&move.key, "key"), std::pair(&move.columns, "columns")})
      if (pairs->empty())
        return schema::fail(entry.error(
            fmt::format("{} is missing", key),
            fmt::format("say which column of {} is which of {}: {} = {{ <column of {}> = \"<column of {}>\" "
                        "}}",
                        move.to.text(), move.from.text(), key, move.to.text(), move.from.text())));
    EMCEE_ASSIGN(move.one, entry.flag("one"));
    if (move.one) map_.places[path + ".one"] = entry.at("one");
    if (entry.has("on_part_delete")) {
      map_.places[path + ".on_part_delete"] = entry.at("on_part_delete");
      EMCEE_ASSIGN(const std::size_t word, entry.word("on_part_delete", {"clear", "refuse"}));
      move.on_part_delete = static_cast<OnPartDelete>(word);
    }
    map_.moves.push_back(std::move(move));
    return {};
  }

  Result<void> read_separate(const TableReader& entry) {
    EMCEE_TRY(entry.only({"removed", "added"}));
    const std::string path = fmt::format("separate[{}]", map_.separates.size());
    EMCEE_ASSIGN(auto removed, entry.required_text("removed"));
    EMCEE_ASSIGN(auto added, entry.required_text("added"));
    map_.separates.push_back(
        {placed(path + ".removed", std::move(removed)), placed(path + ".added", std::move(added))});
    return {};
  }

  Result<void> read_hide(const TableReader& entry) {
    EMCEE_TRY(entry.only({"table"}));
    const std::string path = fmt::format("hide[{}]", map_.hides.size());
    EMCEE_ASSIGN(auto table, entry.required_name("table"));
    map_.hides.push_back({placed(path + ".table", std::move(table))});
    return {};
  }

  Result<void> read_shadow(const TableReader& entry) {
    EMCEE_TRY(entry.only({"table", "column"}));
    const std::string path = fmt::format("shadow[{}]", map_.shadows.size());
    EMCEE_ASSIGN(auto table, entry.required_name("table"));
    EMCEE_ASSIGN(auto column, entry.required_column("column"));
    map_.shadows.push_back({placed(path + ".table", std::move(table)), placed(path + ".column", std::move(column))});
    return {};
  }

  Result<void> read_override(const TableReader& entry) {
    EMCEE_TRY(entry.only({"change", "object", "phase", "reason"}));
    const std::string path = fmt::format("override[{}]", map_.overrides.size());
    EMCEE_ASSIGN(auto change, entry.required_text("change"));
    const auto words = operations();
    if (std::find(words.begin(), words.end(), change.value) == words.end())
      return schema::fail(error_at(change.at, fmt::format("{} is not a kind of change", change.value),
                                   did_you_mean(change.value, {words.begin(), words.end()})));
    EMCEE_ASSIGN(auto object, entry.required_text("object"));
    EMCEE_ASSIGN(auto phase, entry.required_text("phase"));
    EMCEE_TRY(entry.word("phase", {"expand", "contract"}));
    EMCEE_ASSIGN(auto reason, reason_of(entry));
    map_.places[path] = entry.at();
    map_.overrides.push_back({placed(path + ".change", std::move(change)), placed(path + ".object", std::move(object)),
                              std::move(phase.value), std::move(reason)});
    return {};
  }

  Result<void> read_accept(const TableReader& entry) {
    EMCEE_TRY(entry.only({"hazard", "object", "reason"}));
    const std::string path = fmt::format("accept[{}]", map_.accepted.size());
    EMCEE_ASSIGN(auto hazard, entry.required_text("hazard"));
    EMCEE_ASSIGN(auto object, optional_text(entry, "object"));
    EMCEE_ASSIGN(auto reason, reason_of(entry));
    map_.places[path] = entry.at();
    map_.accepted.push_back({placed(path + ".hazard", std::move(hazard)), std::move(object), std::move(reason)});
    return {};
  }

  // Whoever reads the plan has to know why it departs from the rules.
  static Result<std::string> reason_of(const TableReader& entry) {
    if (!entry.has("reason"))
      return schema::fail(entry.error("reason is missing", "write one sentence for the reviewer"));
    EMCEE_ASSIGN(auto reason, entry.required_text("reason"));
    return std::move(reason.value);
  }

  // A map without a name is called after its new columns, and after its table too where that is
  // not enough.
  Result<void> name_maps() {
    const auto columns_of = [](const ColumnMap& m) {
      std::string name;
      for (const Identifier& column : m.new_columns) name += (name.empty() ? "" : "_") + as_plain_name(column.text());
      return name;
    };
    std::multiset<std::string> derived;
    for (const ColumnMap& m : map_.maps) derived.insert(m.name.empty() ? columns_of(m) : m.name);
    std::set<std::string> used;
    for (std::size_t i = 0; i < map_.maps.size(); ++i) {
      ColumnMap& m = map_.maps[i];
      if (m.name.empty()) {
        m.name = columns_of(m);
        if (derived.count(m.name) > 1) m.name = as_plain_name(m.table.name.text()) + "_" + m.name;
      }
      if (used.insert(m.name).second) continue;
      return schema::fail(error_at(map_.places[fmt::format("map[{}]", i)], fmt::format("two maps are named {}", m.name),
                                   "give each a name of its own"));
    }
    return {};
  }

  // Every column has one source of its values.
  Result<void> check_groups() {
    struct Use {
      QualifiedName table;
      Identifier column;
      bool is_new;
      std::string by;
    };
    std::vector<Use> uses;
    const auto use = [&](const QualifiedName& table, const Identifier& column, bool is_new, const std::string& by,
                         const std::string& place) -> Result<void> {
      for (const Use& other : uses)
        if (other.table == table && other.column == column && other.is_new == is_new)
          return schema::fail(
              error_at(map_.places[place],
                       fmt::format("{}.{} belongs to {} and to {}", table.text(), column.text(), other.by, by),
                       "a column belongs to one entry"));
      uses.push_back({table, column, is_new, by});
      return {};
    };
    for (std::size_t i = 0; i < map_.column_renames.size(); ++i) {
      const ColumnRename& r = map_.column_renames[i];
      const std::string by = fmt::format("the rename of {} to {}", r.from.text(), r.to.text());
      EMCEE_TRY(use(r.table, r.from, false, by, fmt::format("rename[{}].from", i)));
      EMCEE_TRY(use(r.table, r.to, true, by, fmt::format("rename[{}].to", i)));
    }
    for (std::size_t i = 0; i < map_.maps.size(); ++i) {
      const ColumnMap& m = map_.maps[i];
      const std::string by = "map " + m.name;
      for (std::size_t j = 0; j < m.old_columns.size(); ++j) {
        const std::string place = fmt::format("map[{}].old[{}]", i, j);
        const Identifier& column = m.old_columns[j];
        if (std::find(m.new_columns.begin(), m.new_columns.end(), column) != m.new_columns.end())
          return schema::fail(error_at(map_.places[place],
                                       fmt::format("{} is an old and a new column of map {}", column.text(), m.name),
                                       "give the new column another name: both exist side by side for a while"));
        EMCEE_TRY(use(m.table, column, false, by, place));
      }
      for (std::size_t j = 0; j < m.new_columns.size(); ++j)
        EMCEE_TRY(use(m.table, m.new_columns[j], true, by, fmt::format("map[{}].new[{}]", i, j)));
    }
    for (std::size_t i = 0; i < map_.fills.size(); ++i) {
      const Fill& f = map_.fills[i];
      EMCEE_TRY(use(f.table, f.column, true, "the fill of " + f.column.text(), fmt::format("fill[{}].column", i)));
    }
    for (std::size_t i = 0; i < map_.moves.size(); ++i) {
      const Move& m = map_.moves[i];
      const std::string by = fmt::format("the move to {}", m.to.text());
      for (const Lookup::Pair& pair : m.columns) {
        const std::string place = fmt::format("move[{}].columns.{}", i, pair.column.text());
        EMCEE_TRY(use(m.to, pair.column, true, by, place));
        EMCEE_TRY(use(m.from, pair.equals, false, by, place + ".equals"));
      }
    }
    for (std::size_t i = 0; i < map_.shadows.size(); ++i) {
      const Shadow& s = map_.shadows[i];
      for (const bool is_new : {false, true})
        EMCEE_TRY(
            use(s.table, s.column, is_new, "the shadow of " + s.column.text(), fmt::format("shadow[{}].column", i)));
    }
    return {};
  }

  TableReader top_;
  const std::string& dialect_;
  ReleaseMap map_;
};

}  // namespace

Result<ReleaseMap> read_release_map(const parser::Source& toml, const std::string& dialect, schema::Folding folding,
                                    const ExpressionParser& parse) {
  EMCEE_ASSIGN(const TomlText text, TomlText::parse(toml));
  const MapContext context{text, dialect, folding, parse};
  return MapReader(context).run();
}

}  // namespace emcee::diff
