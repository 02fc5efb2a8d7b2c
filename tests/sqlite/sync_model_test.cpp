// The triggers against the reference model: every combination of {state of the row} x {statement}
// x {writer} x {values}, on every kind of table, with recursive_triggers on and off. The values of
// up and down come from SQLite itself, evaluated on a table of the same types.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <memory>
#include <set>

#include "dialects/sqlite/parse.h"
#include "dialects/sqlite/row_queries.h"
#include "dialects/sqlite/sync_triggers.h"
#include "plan/sync_model.h"
#include "tests/sqlite/sync_groups.h"

namespace emcee::sqlite {
namespace {

using plan::GroupRow;
using plan::Outcome;
using plan::Refused;
using plan::SyncGroup;
using plan::SyncModel;
using plan::Value;
using plan::Values;

// --- a small database -----------------------------------------------------------------------------

class Database {
 public:
  Database() { EXPECT_EQ(sqlite3_open(":memory:", &db_), SQLITE_OK); }
  ~Database() { sqlite3_close(db_); }
  Database(const Database&) = delete;

  // The error message, or nothing.
  std::string run(const std::string& sql) {
    char* message = nullptr;
    if (sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, &message) == SQLITE_OK) return {};
    std::string text = message ? message : "error";
    sqlite3_free(message);
    return text;
  }
  void must(const std::string& sql) {
    const std::string error = run(sql);
    ASSERT_EQ(error, "") << sql;
  }
  void triggers(bool on) { sqlite3_db_config(db_, SQLITE_DBCONFIG_ENABLE_TRIGGER, on ? 1 : 0, nullptr); }

  std::vector<Values> rows(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    EXPECT_EQ(sqlite3_prepare_v2(db_, sql.c_str(), -1, &statement, nullptr), SQLITE_OK) << sql << sqlite3_errmsg(db_);
    std::vector<Values> result;
    while (sqlite3_step(statement) == SQLITE_ROW) {
      Values row;
      for (int i = 0; i < sqlite3_column_count(statement); ++i) {
        switch (sqlite3_column_type(statement, i)) {
          case SQLITE_NULL:
            row.emplace_back();
            break;
          case SQLITE_INTEGER:
            row.emplace_back(static_cast<std::int64_t>(sqlite3_column_int64(statement, i)));
            break;
          case SQLITE_FLOAT:
            row.emplace_back(sqlite3_column_double(statement, i));
            break;
          case SQLITE_BLOB: {
            const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement, i));
            row.emplace_back(std::vector<std::uint8_t>(bytes, bytes + sqlite3_column_bytes(statement, i)));
            break;
          }
          default:
            row.emplace_back(std::string(reinterpret_cast<const char*>(sqlite3_column_text(statement, i))));
        }
      }
      result.push_back(std::move(row));
    }
    sqlite3_finalize(statement);
    return result;
  }

 private:
  sqlite3* db_ = nullptr;
};

std::string sql_of(const Value& value) {
  struct Print {
    std::string operator()(std::monostate) const { return "NULL"; }
    std::string operator()(std::int64_t v) const { return fmt::format("{}", v); }
    std::string operator()(double v) const { return fmt::format("{:#}", v); }
    std::string operator()(const std::string& v) const { return "'" + v + "'"; }
    std::string operator()(const std::vector<std::uint8_t>& v) const {
      return fmt::format("x'{:02x}'", fmt::join(v, ""));
    }
  };
  return std::visit(Print{}, value);
}

std::string text(const GroupRow& row) {
  const auto list = [](const Values& values) {
    std::vector<std::string> parts;
    for (const Value& value : values) parts.push_back(sql_of(value));
    return fmt::format("[{}]", fmt::join(parts, ", "));
  };
  return fmt::format("old {} new {} shared {}", list(row.old_values), list(row.new_values), list(row.shared));
}

schema::Fragment parse(const std::string& sql) {
  auto result = parse_expression(parser::Source("test", sql));
  if (!result) throw std::runtime_error(to_text(result.error()));
  return *result;
}

schema::Identifier id(const std::string& name) { return schema::Identifier(name, schema::Folding::ignore_case); }

SyncGroup make_group(const GroupCase& c) {
  SyncGroup group;
  group.name = "g";
  group.table.name = id("t");
  group.both_given = c.both;
  group.none_given = c.none;
  group.explicit_null = c.explicit_null;
  group.lossy = c.lossy;
  const auto value = [](const std::string& sql) { return sql.empty() ? std::nullopt : std::optional(parse(sql)); };
  for (const auto& column : c.old_columns)
    group.old_columns.push_back(
        {id(column.name), value(column.expression), value(column.default_value), column.not_null});
  for (const auto& column : c.new_columns)
    group.new_columns.push_back(
        {id(column.name), parse(column.expression), value(column.default_value), column.not_null});
  for (const auto& column : c.shared) group.shared.push_back(id(column.name));
  return group;
}

enum class Kind { text_key, integer_key, without_rowid, no_key, shadowed, strict };
const std::map<Kind, std::string> kKinds = {{Kind::text_key, "text key"},           {Kind::integer_key, "integer key"},
                                            {Kind::without_rowid, "WITHOUT ROWID"}, {Kind::no_key, "no key"},
                                            {Kind::shadowed, "shadowed rowid"},     {Kind::strict, "STRICT"}};

std::string column_sql(const ColumnCase& c, bool with_default) {
  return fmt::format("{} {}{}", c.name, c.type,
                     with_default && !c.default_value.empty() ? " DEFAULT " + c.default_value : "");
}

// The table as it is between expand and contract: O relaxed, N nullable and without default.
std::string table_sql(const GroupCase& c, Kind kind) {
  std::vector<std::string> columns;
  switch (kind) {
    case Kind::text_key:
    case Kind::strict:
      columns.push_back("id TEXT PRIMARY KEY");
      break;
    case Kind::integer_key:
      columns.push_back("id INTEGER PRIMARY KEY");
      break;
    case Kind::without_rowid:
      columns.push_back("id TEXT NOT NULL");
      break;
    case Kind::no_key:
      columns.push_back("id TEXT");
      break;
    case Kind::shadowed:
      columns.push_back("id TEXT PRIMARY KEY, rowid TEXT DEFAULT 'r', oid INTEGER");
      break;
  }
  for (const auto& column : c.old_columns) columns.push_back(column_sql(column, true));
  for (const auto& column : c.shared) columns.push_back(column_sql(column, true));
  for (const auto& column : c.new_columns) columns.push_back(column_sql(column, false));
  columns.push_back("other TEXT");
  if (kind == Kind::without_rowid) columns.push_back("PRIMARY KEY (id)");
  if (!c.constraint.empty()) columns.push_back(c.constraint);
  return fmt::format("CREATE TABLE t ({}){}", fmt::join(columns, ", "),
                     kind == Kind::without_rowid ? " WITHOUT ROWID"
                     : kind == Kind::strict      ? " STRICT"
                                                 : "");
}

class Harness {
 public:
  Harness(const GroupCase& c, Kind kind, bool recursive) : c_(c), group_(make_group(c)) {
    const std::string ddl = table_sql(c, kind);
    parser::Coverage coverage;
    auto schema = read({parser::Source("t.sql", ddl + ";")}, false, coverage);
    if (!schema) throw std::runtime_error(to_text(schema.error()));
    db_.must(ddl);
    db_.must(fmt::format("PRAGMA recursive_triggers = {}", recursive ? "ON" : "OFF"));
    auto statements = create_sync(group_, *schema->find_table(group_.table));
    if (!statements) throw std::runtime_error(to_text(statements.error()));
    for (const std::string& statement : *statements) db_.must(statement);
    pending_ = plan::RowQuery();
    for (const auto& query : verify_queries(group_, *schema)) queries_[query.kind] = query.sql;
    plan::Backfill backfill{group_.table, {group_}};
    backfill_ = render_backfill(backfill, *schema).single_update;

    // The evaluator: the same types, no triggers.
    std::string scratch = ddl;
    evaluator_.must(scratch);
    evaluator_.triggers(false);
    model_.group = group_;
    model_.up = [this](const GroupRow& row) { return evaluate(row, true); };
    model_.down = [this](const GroupRow& row) { return evaluate(row, false); };
    for (const auto& column : c.old_columns) model_.old_defaults.push_back(stored(column));
    for (const auto& column : c.new_columns) model_.new_defaults.push_back(stored(column));
    key_ = kind == Kind::integer_key ? "7" : "'k'";
    kind_ = kind;
  }

  // All rows of the product of the columns' values, as they are stored.
  std::vector<GroupRow> states() {
    std::vector<std::vector<std::string>> assignments{{}};
    for (const auto* columns : {&c_.old_columns, &c_.new_columns, &c_.shared})
      for (const auto& column : *columns) {
        std::vector<std::vector<std::string>> next;
        for (const auto& prefix : assignments)
          for (const std::string& value : column.values) {
            if (columns == &c_.old_columns && column.not_null && value == "NULL") continue;
            next.push_back(prefix);
            next.back().push_back(value);
          }
        assignments = std::move(next);
      }
    std::vector<GroupRow> result;
    for (const auto& assignment : assignments) {
      evaluator_.must("DELETE FROM t");
      evaluator_.must(
          fmt::format("INSERT INTO t (id, {}) VALUES ({}, {})", columns_sql(), key_, fmt::join(assignment, ", ")));
      result.push_back(only_row(evaluator_));
    }
    return result;
  }

  void set_state(const GroupRow& row) {
    db_.triggers(false);
    db_.must("DELETE FROM t");
    db_.must(fmt::format("INSERT INTO t (id, {}) VALUES ({}, {})", columns_sql(), key_, values_sql(row)));
    db_.triggers(true);
  }
  void clear() {
    db_.triggers(false);
    db_.must("DELETE FROM t");
    db_.triggers(true);
  }

  // The row as the statement alone would leave it.
  GroupRow without_triggers(const std::optional<GroupRow>& before, const std::string& statement) {
    evaluator_.must("DELETE FROM t");
    if (before)
      evaluator_.must(fmt::format("INSERT INTO t (id, {}) VALUES ({}, {})", columns_sql(), key_, values_sql(*before)));
    evaluator_.must(statement);
    return only_row(evaluator_);
  }

  // Runs the statement with triggers, and compares with the model's outcome.
  void expect(const std::optional<GroupRow>& before, const std::string& statement, const Outcome& outcome) {
    ++cases;
    const std::string error = db_.run(statement);
    const std::string where = fmt::format("{} on {}\nstate: {}\nstatement: {}", c_.name, kKinds.at(kind_),
                                          before ? text(*before) : "no row", statement);
    if (std::holds_alternative<Refused>(outcome)) {
      EXPECT_NE(error, "") << where << "\nexpected a refusal " << static_cast<int>(std::get<Refused>(outcome).why)
                           << ", got " << text(only_row(db_));
      return;
    }
    EXPECT_EQ(error, "") << where << "\nexpected: " << text(std::get<GroupRow>(outcome));
    if (!error.empty()) return;
    const auto rows = db_.rows("SELECT count(*) FROM t");
    EXPECT_EQ(rows[0][0], Value(std::int64_t{1})) << where;
    const GroupRow got = only_row(db_);
    EXPECT_EQ(got, std::get<GroupRow>(outcome))
        << where << "\ngot:      " << text(got) << "\nexpected: " << text(std::get<GroupRow>(outcome));
    expect_verified(got, where);
  }

  void expect_verified(const GroupRow& row, const std::string& where) {
    EXPECT_EQ(!db_.rows(queries_["pending"]).empty(), plan::is_pending(model_, row)) << where << "\n" << text(row);
    if (queries_.count("conflict")) {
      EXPECT_EQ(!db_.rows(queries_["conflict"]).empty(), plan::is_conflict(model_, row)) << where << "\n" << text(row);
    }
  }

  void backfill() { db_.must(backfill_); }
  Database& db() { return db_; }
  SyncModel& model() { return model_; }
  const GroupCase& group_case() const { return c_; }
  const std::string& key() const { return key_; }
  Kind kind() const { return kind_; }
  GroupRow row() { return only_row(db_); }

  std::size_t cases = 0;

 private:
  std::string columns_sql() const {
    std::vector<std::string> names;
    for (const auto* columns : {&c_.old_columns, &c_.new_columns, &c_.shared})
      for (const auto& column : *columns) names.push_back(column.name);
    return fmt::format("{}", fmt::join(names, ", "));
  }
  std::string values_sql(const GroupRow& row) const {
    std::vector<std::string> values;
    for (const auto* part : {&row.old_values, &row.new_values, &row.shared})
      for (const Value& value : *part) values.push_back(sql_of(value));
    return fmt::format("{}", fmt::join(values, ", "));
  }

  GroupRow only_row(Database& db) const {
    const auto rows = db.rows(fmt::format("SELECT {} FROM t", columns_sql()));
    GroupRow row;
    if (rows.empty()) return row;
    std::size_t i = 0;
    for (std::size_t n = 0; n < c_.old_columns.size(); ++n) row.old_values.push_back(rows[0][i++]);
    for (std::size_t n = 0; n < c_.new_columns.size(); ++n) row.new_values.push_back(rows[0][i++]);
    for (std::size_t n = 0; n < c_.shared.size(); ++n) row.shared.push_back(rows[0][i++]);
    return row;
  }

  // up or down as SQLite computes and stores it.
  Values evaluate(const GroupRow& row, bool up) {
    const std::string key = (up ? "u" : "d") + text(row);
    const auto found = cache_.find(key);
    if (found != cache_.end()) return found->second;
    evaluator_.must("DELETE FROM t");
    evaluator_.must(fmt::format("INSERT INTO t (id, {}) VALUES ({}, {})", columns_sql(), key_, values_sql(row)));
    std::vector<std::string> set;
    for (const auto& column : up ? c_.new_columns : c_.old_columns)
      set.push_back(fmt::format("{} = ({})", column.name, column.expression));
    evaluator_.must(fmt::format("UPDATE t SET {}", fmt::join(set, ", ")));
    const GroupRow result = only_row(evaluator_);
    return cache_[key] = up ? result.new_values : result.old_values;
  }

  Value stored(const ColumnCase& column) {
    if (column.default_value.empty()) return {};
    Database scratch;
    scratch.must(fmt::format("CREATE TABLE s (c {})", column.type));
    scratch.must(fmt::format("INSERT INTO s VALUES ({})", column.default_value));
    return scratch.rows("SELECT c FROM s")[0][0];
  }

  GroupCase c_;
  SyncGroup group_;
  Database db_, evaluator_;
  SyncModel model_;
  plan::RowQuery pending_;
  std::map<std::string, std::string> queries_;
  std::map<std::string, Values> cache_;
  std::string backfill_, key_;
  Kind kind_ = Kind::text_key;
};

bool fits(const GroupCase& c, Kind kind) {
  if (kind != Kind::strict) return true;
  // A STRICT table takes the types of its own list only, and not the values that a case needs.
  static const std::set<std::string> kStrict = {"INT", "INTEGER", "REAL", "TEXT", "BLOB", "ANY"};
  for (const auto* columns : {&c.old_columns, &c.new_columns, &c.shared})
    for (const auto& column : *columns)
      if (!kStrict.count(column.type)) return false;
  return c.name != "text and number" && c.name != "any type";
}

class SyncTriggers : public testing::TestWithParam<std::tuple<GroupCase, Kind, bool>> {
 protected:
  void SetUp() override {
    const auto& [c, kind, recursive] = GetParam();
    harness_ = std::make_unique<Harness>(c, kind, recursive);
  }
  std::unique_ptr<Harness> harness_;
};

// Every choice of {left out, each value} for the columns.
std::vector<std::vector<std::optional<std::string>>> choices(const std::vector<ColumnCase>& columns) {
  std::vector<std::vector<std::optional<std::string>>> result{{}};
  for (const auto& column : columns) {
    std::vector<std::vector<std::optional<std::string>>> next;
    for (const auto& prefix : result) {
      next.push_back(prefix);
      next.back().push_back(std::nullopt);
      for (const std::string& value : column.values) {
        next.push_back(prefix);
        next.back().push_back(value);
      }
      if (column.values.front() != "NULL") {
        next.push_back(prefix);
        next.back().push_back("NULL");
      }
    }
    result = std::move(next);
  }
  return result;
}

std::vector<ColumnCase> all_columns(const GroupCase& c) {
  std::vector<ColumnCase> result = c.old_columns;
  result.insert(result.end(), c.new_columns.begin(), c.new_columns.end());
  result.insert(result.end(), c.shared.begin(), c.shared.end());
  return result;
}

struct Statement {
  std::string columns, values, assignments;
  bool empty = true;
  bool names_new = false;
};

std::vector<Statement> statements(const GroupCase& c) {
  const auto columns = all_columns(c);
  std::vector<Statement> result;
  for (const auto& choice : choices(columns)) {
    Statement s;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (!choice[i]) continue;
      s.columns += ", " + columns[i].name;
      s.values += ", " + *choice[i];
      s.assignments += (s.empty ? "" : ", ") + columns[i].name + " = " + *choice[i];
      s.empty = false;
      if (i >= c.old_columns.size() && i < c.old_columns.size() + c.new_columns.size()) s.names_new = true;
    }
    result.push_back(std::move(s));
  }
  return result;
}

TEST_P(SyncTriggers, Insert) {
  Harness& h = *harness_;
  for (const Statement& s : statements(h.group_case()))
    for (const char* verb : {"INSERT", "INSERT OR IGNORE", "INSERT OR REPLACE"}) {
      h.clear();
      const std::string sql = fmt::format("{} INTO t (id{}) VALUES ({}{})", verb, s.columns, h.key(), s.values);
      const std::string alone = fmt::format("INSERT INTO t (id{}) VALUES ({}{})", s.columns, h.key(), s.values);
      h.expect(std::nullopt, sql, plan::after_insert(h.model(), h.without_triggers(std::nullopt, alone)));
      if (testing::Test::HasFailure()) return;
    }
  EXPECT_GT(h.cases, 10u);
}

TEST_P(SyncTriggers, Replace) {
  if (harness_->kind() == Kind::no_key) return;  // nothing to collide with
  Harness& h = *harness_;
  for (const GroupRow& state : h.states())
    for (const Statement& s : statements(h.group_case())) {
      h.set_state(state);
      const std::string sql = fmt::format("REPLACE INTO t (id{}) VALUES ({}{})", s.columns, h.key(), s.values);
      h.expect(state, sql, plan::after_insert(h.model(), h.without_triggers(std::nullopt, sql), state));
      if (testing::Test::HasFailure()) return;
    }
}

TEST_P(SyncTriggers, Update) {
  Harness& h = *harness_;
  const std::vector<std::string> forms = {"UPDATE t SET {}", "UPDATE OR IGNORE t SET {}", "UPDATE OR REPLACE t SET {}",
                                          "UPDATE t SET {} FROM (SELECT 1 AS one) AS f WHERE f.one = 1"};
  for (const GroupRow& state : h.states()) {
    for (const Statement& s : statements(h.group_case())) {
      if (s.empty) continue;
      for (const std::string& form : forms) {
        h.set_state(state);
        const std::string sql = fmt::format(fmt::runtime(form), s.assignments);
        h.expect(state, sql, plan::after_update(h.model(), state, h.without_triggers(state, sql)));
        if (testing::Test::HasFailure()) return;
      }
    }
    // A write to a column outside of the group changes nothing.
    h.set_state(state);
    h.expect(state, "UPDATE t SET other = 'x'", state);
    if (testing::Test::HasFailure()) return;
  }
}

TEST_P(SyncTriggers, Upsert) {
  if (harness_->kind() == Kind::no_key) return;  // nothing to collide with
  Harness& h = *harness_;
  for (const GroupRow& state : h.states())
    for (const Statement& s : statements(h.group_case())) {
      if (s.empty) continue;
      h.set_state(state);
      const std::string sql =
          fmt::format("INSERT INTO t (id) VALUES ({}) ON CONFLICT (id) DO UPDATE SET {}", h.key(), s.assignments);
      h.expect(state, sql, plan::after_update(h.model(), state, h.without_triggers(state, sql)));
      if (testing::Test::HasFailure()) return;
    }
}

// A REPLACE right after a write that was given up must not see that write's row.
TEST_P(SyncTriggers, NothingIsLeftOfEarlierStatements) {
  if (harness_->kind() == Kind::no_key) return;  // nothing to collide with
  Harness& h = *harness_;
  const auto states = h.states();
  const auto all = statements(h.group_case());
  for (std::size_t i = 0; i < states.size(); i += 3) {
    const GroupRow& state = states[i];
    h.set_state(state);
    h.db().must(fmt::format("INSERT OR IGNORE INTO t (id) VALUES ({})", h.key()));
    h.clear();
    for (std::size_t n = 0; n < all.size(); n += 2) {
      const std::string sql = fmt::format("INSERT INTO t (id{}) VALUES ({}{})", all[n].columns, h.key(), all[n].values);
      h.clear();
      h.expect(std::nullopt, sql, plan::after_insert(h.model(), h.without_triggers(std::nullopt, sql)));
      if (testing::Test::HasFailure()) return;
    }
  }
}

TEST_P(SyncTriggers, BackfillGivesTheAnswerOfTheModel) {
  Harness& h = *harness_;
  for (const bool triggers : {true, false})
    for (const GroupRow& state : h.states()) {
      h.set_state(state);
      h.expect_verified(state, "before the backfill");
      h.db().triggers(triggers);
      h.backfill();
      const GroupRow once = h.row();
      EXPECT_EQ(once, plan::after_backfill(h.model(), state)) << text(state) << "\ngot " << text(once);
      h.backfill();
      EXPECT_EQ(h.row(), once) << "a second run changes nothing";
      if (testing::Test::HasFailure()) return;
    }
}

std::string param_name(const testing::TestParamInfo<SyncTriggers::ParamType>& info) {
  std::string name = fmt::format("{}_{}_{}", std::get<0>(info.param).name, kKinds.at(std::get<1>(info.param)),
                                 std::get<2>(info.param) ? "recursive" : "plain");
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return name;
}

// Groups of several columns have a hundred times as many cases; the kind of table adds nothing to
// what they test.
std::vector<SyncTriggers::ParamType> parameters() {
  std::vector<SyncTriggers::ParamType> result;
  for (const GroupCase& c : groups())
    for (const auto& [kind, name] : kKinds)
      for (const bool recursive : {false, true}) {
        const bool large = c.old_columns.size() + c.new_columns.size() > 3;
        if (!fits(c, kind) || (large && kind != (recursive ? Kind::without_rowid : Kind::text_key))) continue;
        result.emplace_back(c, kind, recursive);
      }
  return result;
}

INSTANTIATE_TEST_SUITE_P(All, SyncTriggers, testing::ValuesIn(parameters()), param_name);

}  // namespace
}  // namespace emcee::sqlite
