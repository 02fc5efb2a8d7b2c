#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "tests/sync/sync_suite.h"

namespace emcee::sync_test {

using plan::GroupRow;
using plan::Outcome;
using plan::Refused;
using plan::SyncGroup;
using plan::Value;
using plan::Values;

std::string Assignments::set_list() const {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < columns.size(); ++i) parts.push_back(columns[i] + " = " + values[i]);
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string text(const GroupRow& row) {
  const auto list = [](const Values& values) {
    std::vector<std::string> parts;
    for (const Value& value : values) parts.push_back(sync_server().literal(value));
    return fmt::format("[{}]", fmt::join(parts, ", "));
  };
  return fmt::format("old {} new {} shared {}", list(row.old_values), list(row.new_values), list(row.shared));
}

std::vector<std::string> statements_of(const plan::RenderedBackfill& backfill) {
  std::vector<std::string> result;
  const plan::NumberingUpdate numbering = backfill.numbering.value_or(plan::NumberingUpdate());
  result.insert(result.end(), numbering.before.begin(), numbering.before.end());
  result.push_back(backfill.single_update);
  result.insert(result.end(), numbering.after.begin(), numbering.after.end());
  if (!backfill.generate.empty()) result.push_back(backfill.generate + backfill.generate_end);
  return result;
}

SyncGroup make_group(const GroupCase& c) {
  const SyncServer& server = sync_server();
  SyncGroup group;
  group.name = "g";
  group.table.name = server.identifier("t");
  group.both_given = c.both;
  group.none_given = c.none;
  group.explicit_null = c.explicit_null;
  group.lossy = c.lossy;
  group.freeze = c.freeze;
  if (c.freeze) {
    group.error = c.freeze->message;
    group.lossy = true;
    group.deterministic = false;
  }
  const auto value = [&](const std::string& sql) {
    return sql.empty() ? std::nullopt : std::optional(server.parse(sql));
  };
  for (const auto& column : c.old_columns)
    group.old_columns.push_back(
        {server.identifier(column.name), value(column.expression), value(column.default_value), column.not_null});
  for (const auto& column : c.new_columns)
    group.new_columns.push_back({server.identifier(column.name), value(column.expression).value_or(schema::Fragment()),
                                 value(column.default_value), column.not_null});
  for (const auto& column : c.shared) group.shared.push_back(server.identifier(column.name));
  if (c.looks_up)
    for (const bool down : {false, true}) {
      plan::Lookup lookup;
      lookup.table.name = server.identifier("r");
      lookup.of = group.table;
      lookup.key = {{server.identifier(down ? "k" : "name"), server.identifier(down ? "n" : "o")}};
      lookup.down = down;
      lookup.tie = plan::Lookup::Tie::pointed_to_by;
      lookup.columns = {server.identifier("k"), server.identifier("name")};
      group.lookups.push_back(std::move(lookup));
    }
  if (c.generates) {
    group.deterministic = false;
    diff::GeneratedRow row;
    row.table.name = server.identifier("r");
    row.key = server.identifier("k");
    row.values.push_back({server.identifier("name"), server.parse("s")});
    row.freeze = c.frozen_inserts;
    row.counted = c.counted;
    if (c.counted) {
      group.counted.emplace();
      group.counted->first_looked_up = sync_server().looks_up_first_keys();
    }
    group.row = std::move(row);
  }
  return group;
}

std::string case_name(const ::testing::TestParamInfo<SyncCase>& info) {
  std::string name = info.param.group.name + "_" + info.param.kind;
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return name;
}

void Harness::must(SyncDatabase& db, const std::string& sql) {
  const std::string error = db.run(sql);
  if (!error.empty()) throw std::runtime_error(error + "\n" + sql);
}

Harness::Harness(const SyncCase& c) : c_(c), columns_(c.group.columns()) {
  SyncServer& server = sync_server();
  server.choose(c);
  db_ = server.open();
  evaluator_ = server.open();
  const SyncGroup group = make_group(c.group);
  const schema::Schema schema = server.schema_of(c);
  must(*db_, server.create_table(c, false));
  if (c.group.generates) must(*db_, c.group.counted ? server.create_counted_rows() : server.create_rows());
  if (c.group.looks_up)
    for (auto* db : {db_.get(), evaluator_.get()}) {
      must(*db, server.create_rows());
      must(*db, "INSERT INTO r (k, name) VALUES ('k-ann', 'ann'), ('k-bob', 'bob')");
    }
  for (const std::string& statement : server.start_sync(group, schema)) must(*db_, statement);
  std::map<std::string, std::string> queries;
  for (const auto& query : server.verify_queries(group, schema)) queries[query.kind] = query.sql;
  const auto finds = [&](const char* kind) {
    return fmt::format("CASE WHEN EXISTS ({}) THEN 1 ELSE 0 END", queries.at(kind));
  };
  verify_ = "SELECT " + finds("pending") + (queries.contains("conflict") ? ", " + finds("conflict") : "");
  backfill_ = server.backfill(group, schema);

  must(*evaluator_, server.create_table(c, true));
  model_.group = group;
  model_.up = [this](const GroupRow& row) { return evaluate(row, true); };
  model_.has_row = [this](const Value& key) { return rows(key) > 0; };
  if (c.group.looks_up) model_.finds = [this](const GroupRow& row) { return rows(row.new_values.front()) > 0; };
  model_.down = [this](const GroupRow& row) { return evaluate(row, false); };
  for (const auto& column : c.group.old_columns) model_.old_defaults.push_back(stored(column));
  for (const auto& column : c.group.new_columns) model_.new_defaults.push_back(stored(column));
}

namespace {
constexpr std::int64_t kOfRow = 500000000;  // a counted key of a row that is there
constexpr std::int64_t kLost = 1000000000;  // and of one that is not

// Servers hand over a number as one, or as text.
bool is_number(const Value& value, std::int64_t number) {
  return value == Value(number) || value == Value(std::to_string(number));
}
}  // namespace

std::string Harness::key() const { return sync_server().key(c_); }
bool Harness::has_key() const { return sync_server().has_key(c_); }

std::vector<GroupRow> Harness::states() {
  std::vector<std::vector<std::string>> rows{{}};
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const bool old_column = i < c_.group.old_columns.size();
    std::vector<std::vector<std::string>> next;
    for (const auto& prefix : rows)
      for (const std::string& value : columns_[i].values) {
        if (old_column && columns_[i].not_null && value == "NULL") continue;
        next.push_back(prefix);
        next.back().push_back(value);
      }
    rows = std::move(next);
  }
  std::vector<std::string> names;
  for (const auto& column : columns_) names.push_back(column.name);
  std::vector<GroupRow> result;
  for (const auto& row : rows) {
    must(*evaluator_, sync_server().reset());
    must(*evaluator_,
         fmt::format("INSERT INTO t (id, {}) VALUES ({}, {})", fmt::join(names, ", "), key(), fmt::join(row, ", ")));
    result.push_back(only_row(*evaluator_));
  }
  return result;
}

std::vector<Assignments> Harness::statements() const {
  std::vector<Assignments> result{{}};
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::vector<std::string> values = columns_[i].values;
    if (values.front() != "NULL") values.emplace_back("NULL");
    const bool is_new =
        i >= c_.group.old_columns.size() && i < c_.group.old_columns.size() + c_.group.new_columns.size();
    std::vector<Assignments> next;
    for (const Assignments& prefix : result) {
      next.push_back(prefix);
      for (const std::string& value : values) {
        next.push_back(prefix);
        next.back().columns.push_back(columns_[i].name);
        next.back().values.push_back(value);
        next.back().names_new |= is_new;
      }
    }
    result = std::move(next);
  }
  return result;
}

void Harness::set_state(const std::optional<GroupRow>& row) {
  db_->fire(false);
  must(*db_, sync_server().reset());
  if (row) must(*db_, insert(*row));
  if (c_.group.generates) set_rows(row);
  db_->fire(true);
}

// The one that a release writes itself is there, and that of the row unless it was lost.
void Harness::set_rows(const std::optional<GroupRow>& row) {
  must(*db_, "DELETE FROM r");
  must(*db_, fmt::format("INSERT INTO r (k) VALUES ({})", c_.group.counted ? "1" : "'own'"));
  if (!row) return;
  const Value& key = row->new_values.front();
  if (plan::is_null(key) || key == Value(std::string("lost")) || is_number(key, kLost) || rows(key) > 0) return;
  must(*db_, fmt::format("INSERT INTO r (k) VALUES ({})", sync_server().literal(key)));
}

std::size_t Harness::rows(const Value& key) {
  return db_->rows(fmt::format("SELECT k FROM r WHERE k = {}", sync_server().literal(key))).size();
}

// An INSERT that made a key has made its row; nothing else is made.
void Harness::expect_rows(const std::optional<GroupRow>& before, const GroupRow& got, std::size_t rows_before,
                          bool had_row, const std::string& where) {
  const std::size_t now = db_->rows("SELECT k FROM r").size();
  const bool has_row = !plan::is_null(got.new_values.front()) && rows(got.new_values.front()) > 0;
  EXPECT_EQ(now, rows_before + (has_row && !had_row ? 1 : 0)) << where;
  if (!before) {
    EXPECT_EQ(has_row, !plan::is_null(got.new_values.front())) << where << "\n" << text(got);
  }
}

const GroupRow& Harness::without_triggers(const std::optional<GroupRow>& before, const std::string& statement) {
  const auto [known, is_new] = plain_.try_emplace((before ? text(*before) : "") + statement);
  if (!is_new) return known->second;
  must(*evaluator_, sync_server().reset());
  if (before) must(*evaluator_, insert(*before));
  must(*evaluator_, statement);
  return known->second = only_row(*evaluator_);
}

void Harness::expect(const std::optional<GroupRow>& before, const std::string& statement, const Outcome& outcome) {
  ++cases;
  const bool generates = c_.group.generates;
  const auto* expected = std::get_if<GroupRow>(&outcome);
  const std::size_t rows_before = generates ? db_->rows("SELECT k FROM r").size() : 0;
  const bool had_row =
      generates && expected && !plan::is_null(expected->new_values.front()) && rows(expected->new_values.front()) > 0;
  const std::string error = db_->run(statement);
  const std::string where = fmt::format("{} on {}\nstate: {}\nstatement: {}", c_.group.name, c_.kind,
                                        before ? text(*before) : "no row", statement);
  if (std::holds_alternative<Refused>(outcome)) {
    const bool frozen = std::get<Refused>(outcome).why == Refused::Why::frozen;
    if (frozen) {
      EXPECT_NE(error.find(c_.group.freeze ? c_.group.freeze->message : c_.group.frozen_inserts), std::string::npos)
          << where << "\n"
          << error;
    }
    EXPECT_NE(error, "") << where << "\nexpected a refusal " << static_cast<int>(std::get<Refused>(outcome).why)
                         << ", got " << text(only_row(*db_));
    return;
  }
  EXPECT_EQ(error, "") << where << "\nexpected: " << text(std::get<GroupRow>(outcome));
  if (!error.empty()) return;
  std::size_t count = 0;
  const GroupRow got = only_row(*db_, &count);
  EXPECT_EQ(count, 1u) << where;
  EXPECT_EQ(foreseen(got), std::get<GroupRow>(outcome))
      << where << "\ngot:      " << text(got) << "\nexpected: " << text(std::get<GroupRow>(outcome));
  if (generates) expect_rows(before, got, rows_before, had_row, where);
  expect_verified(got, where);
}

// A number that the server has counted is no other one, and the model calls it -1.
GroupRow Harness::foreseen(GroupRow row) const {
  if (!c_.group.counted) return row;
  Value& key = row.new_values.front();
  if (plan::is_null(key) || is_number(key, 1) || is_number(key, kOfRow) || is_number(key, kLost)) return row;
  key = std::holds_alternative<std::string>(key) ? Value(std::string("-1")) : Value(std::int64_t{-1});
  return row;
}

void Harness::expect_verified(const GroupRow& row, const std::string& where) {
  const auto found = db_->rows(verify_);
  EXPECT_EQ(is_number(found.at(0).at(0), 1), plan::is_pending(model_, row)) << where << "\n" << text(row);
  if (found[0].size() > 1) {
    EXPECT_EQ(is_number(found[0][1], 1), plan::is_conflict(model_, row)) << where << "\n" << text(row);
  }
}

void Harness::backfill() {
  for (const std::string& statement : backfill_) must(*db_, statement);
}

std::string Harness::insert(const GroupRow& row) const {
  std::vector<std::string> names{"id"}, values{key()};
  for (const auto& column : columns_) names.push_back(column.name);
  for (const auto* part : {&row.old_values, &row.new_values, &row.shared})
    for (const Value& value : *part) values.push_back(sync_server().literal(value));
  return fmt::format("INSERT INTO t ({}) VALUES ({})", fmt::join(names, ", "), fmt::join(values, ", "));
}

GroupRow Harness::only_row(SyncDatabase& db, std::size_t* count) const {
  std::vector<std::string> names;
  for (const auto& column : columns_) names.push_back(column.name);
  const auto rows = db.rows(fmt::format("SELECT {} FROM t", fmt::join(names, ", ")));
  GroupRow row;
  if (count) *count = rows.size();
  if (rows.empty()) return row;
  auto take = [&, at = std::size_t{0}](std::size_t count) mutable {
    const Values part(rows[0].begin() + static_cast<std::ptrdiff_t>(at),
                      rows[0].begin() + static_cast<std::ptrdiff_t>(at + count));
    at += count;
    return part;
  };
  row.old_values = take(c_.group.old_columns.size());
  row.new_values = take(c_.group.new_columns.size());
  row.shared = take(c_.group.shared.size());
  return row;
}

// up or down as the server computes and stores it.
Values Harness::evaluate(const GroupRow& row, bool up) {
  const std::string name = (up ? "u" : "d") + text(row);
  const auto found = cache_.find(name);
  if (found != cache_.end()) return found->second;
  must(*evaluator_, sync_server().reset());
  must(*evaluator_, insert(row));
  std::vector<std::string> set;
  for (const auto& column : up ? c_.group.new_columns : c_.group.old_columns)
    set.push_back(fmt::format("{} = ({})", column.name, column.expression));
  must(*evaluator_, fmt::format("UPDATE t SET {}", fmt::join(set, ", ")));
  const GroupRow result = only_row(*evaluator_);
  return cache_[name] = up ? result.new_values : result.old_values;
}

Value Harness::stored(const ColumnCase& column) {
  if (column.default_value.empty()) return {};
  auto scratch = sync_server().open();
  must(*scratch, fmt::format("CREATE TABLE s (c {})", column.type));
  must(*scratch, fmt::format("INSERT INTO s VALUES ({})", column.default_value));
  return scratch->rows("SELECT c FROM s")[0][0];
}

}  // namespace emcee::sync_test
