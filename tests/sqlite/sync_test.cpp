// The sync suite on SQLite, on every kind of table, with recursive_triggers on and off.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sqlite3.h>

#include <set>

#include "bench/g1_by_hand.h"
#include "dialects/sqlite/parse.h"
#include "dialects/sqlite/row_queries.h"
#include "dialects/sqlite/sync_triggers.h"
#include "tests/sync/sync_suite.h"

namespace emcee::sync_test {
namespace {

using plan::Value;
using plan::Values;

const std::string kRecursive = ", recursive";
// Triggers that bench_trigger_cost compares with.
const std::string kByHand = ", by hand";

// The kind without the settings.
std::string table_kind(const SyncCase& c) { return c.kind.substr(0, c.kind.find(", ")); }
bool has(const SyncCase& c, const std::string& setting) { return c.kind.find(setting) != std::string::npos; }

class SqliteDatabase : public SyncDatabase {
 public:
  SqliteDatabase() { EXPECT_EQ(sqlite3_open(":memory:", &db_), SQLITE_OK); }
  ~SqliteDatabase() override { sqlite3_close(db_); }
  SqliteDatabase(const SqliteDatabase&) = delete;

  std::string run(const std::string& sql) override {
    char* message = nullptr;
    if (sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, &message) == SQLITE_OK) return {};
    std::string text = message ? message : "error";
    sqlite3_free(message);
    return text;
  }
  void fire(bool on) override { sqlite3_db_config(db_, SQLITE_DBCONFIG_ENABLE_TRIGGER, on ? 1 : 0, nullptr); }

  std::vector<Values> rows(const std::string& sql) override {
    sqlite3_stmt* statement = nullptr;
    EXPECT_EQ(sqlite3_prepare_v2(db_, sql.c_str(), -1, &statement, nullptr), SQLITE_OK) << sql << sqlite3_errmsg(db_);
    std::vector<Values> result;
    while (sqlite3_step(statement) == SQLITE_ROW) {
      Values row;
      for (int i = 0; i < sqlite3_column_count(statement); ++i) row.push_back(value(statement, i));
      result.push_back(std::move(row));
    }
    sqlite3_finalize(statement);
    return result;
  }

 private:
  static Value value(sqlite3_stmt* statement, int i) {
    switch (sqlite3_column_type(statement, i)) {
      case SQLITE_NULL:
        return {};
      case SQLITE_INTEGER:
        return static_cast<std::int64_t>(sqlite3_column_int64(statement, i));
      case SQLITE_FLOAT:
        return sqlite3_column_double(statement, i);
      case SQLITE_BLOB: {
        const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement, i));
        return std::vector<std::uint8_t>(bytes, bytes + sqlite3_column_bytes(statement, i));
      }
      default:
        return std::string(reinterpret_cast<const char*>(sqlite3_column_text(statement, i)));
    }
  }

  sqlite3* db_ = nullptr;
};

Form insert_form(const std::string& verb) {
  return {verb, [verb](const std::string& key, const Assignments& a) {
            std::vector<std::string> columns{"id"}, values{key};
            columns.insert(columns.end(), a.columns.begin(), a.columns.end());
            values.insert(values.end(), a.values.begin(), a.values.end());
            return fmt::format("{} INTO t ({}) VALUES ({})", verb, fmt::join(columns, ", "), fmt::join(values, ", "));
          }};
}

Form update_form(const std::string& verb, const std::string& rest = {}) {
  return {verb, [=](const std::string&, const Assignments& a) { return verb + " SET " + a.set_list() + rest; }};
}

class SqliteServer : public SyncServer {
 public:
  void choose(const SyncCase& c) override { by_hand_ = has(c, kByHand); }
  std::unique_ptr<SyncDatabase> open() override { return std::make_unique<SqliteDatabase>(); }

  schema::Identifier identifier(const std::string& name) const override {
    return schema::Identifier(name, schema::Folding::ignore_case);
  }
  schema::Fragment parse(const std::string& sql) const override {
    auto result = sqlite::parse_expression(parser::Source("test", sql));
    if (!result) throw std::runtime_error(to_text(result.error()));
    return *result;
  }
  std::string literal(const Value& value) const override {
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

  // O is always relaxed while both releases run.
  std::string create_table(const SyncCase& c, bool relaxed) const override {
    const std::string recursive = has(c, kRecursive) ? "ON" : "OFF";
    return ddl(c) + (relaxed ? "" : ";PRAGMA recursive_triggers = " + recursive);
  }
  schema::Schema schema_of(const SyncCase& c) const override {
    parser::Coverage coverage;
    auto schema = sqlite::read({parser::Source("t.sql", ddl(c) + ";" + create_rows() + ";")}, false, coverage);
    if (!schema) throw std::runtime_error(to_text(schema.error()));
    return *schema;
  }
  std::string create_counted_rows() const override {
    return "CREATE TABLE r (k INTEGER PRIMARY KEY, name VARCHAR(20))";
  }
  std::string key(const SyncCase& c) const override { return table_kind(c) == "integer key" ? "7" : "'k'"; }
  bool has_key(const SyncCase& c) const override { return table_kind(c) != "no key"; }

  std::vector<std::string> start_sync(const plan::SyncGroup& group, const schema::Schema& schema) const override {
    if (by_hand_) return bench::g1_by_hand();
    auto statements = sqlite::create_sync(group, *schema.find_table(group.table));
    if (!statements) throw std::runtime_error(to_text(statements.error()));
    return *statements;
  }
  std::vector<plan::RowQuery> verify_queries(const plan::SyncGroup& group,
                                             const schema::Schema& schema) const override {
    return sqlite::verify_queries(group, schema);
  }
  std::vector<std::string> backfill(const plan::SyncGroup& group, const schema::Schema& schema) const override {
    return sync_test::statements_of(sqlite::render_backfill({group.table, {group}}, schema));
  }

  std::vector<Form> inserts() const override {
    return {insert_form("INSERT"), insert_form("INSERT OR IGNORE"), insert_form("INSERT OR REPLACE")};
  }
  std::vector<Form> replaces() const override { return {insert_form("REPLACE")}; }
  std::vector<Form> updates() const override {
    return {update_form("UPDATE t"), update_form("UPDATE OR IGNORE t"), update_form("UPDATE OR REPLACE t"),
            update_form("UPDATE t", " FROM (SELECT 1 AS one) AS f WHERE f.one = 1")};
  }
  std::vector<Form> upserts() const override {
    return {{"ON CONFLICT", [](const std::string& key, const Assignments& a) {
               return fmt::format("INSERT INTO t (id) VALUES ({}) ON CONFLICT (id) DO UPDATE SET {}", key,
                                  a.set_list());
             }}};
  }

 private:
  bool by_hand_ = false;

  static std::string ddl(const SyncCase& c) {
    const std::string kind = table_kind(c);
    std::vector<std::string> columns;
    if (kind == "text key" || kind == "STRICT") columns.emplace_back("id TEXT PRIMARY KEY");
    if (kind == "integer key") columns.emplace_back("id INTEGER PRIMARY KEY");
    if (kind == "WITHOUT ROWID") columns.emplace_back("id TEXT NOT NULL");
    if (kind == "no key") columns.emplace_back("id TEXT");
    if (kind == "shadowed rowid") columns.emplace_back("id TEXT PRIMARY KEY, rowid TEXT DEFAULT 'r', oid INTEGER");
    const auto add = [&](const ColumnCase& column, bool with_default) {
      columns.push_back(
          fmt::format("{} {}{}", column.name, column.type,
                      with_default && !column.default_value.empty() ? " DEFAULT " + column.default_value : ""));
    };
    for (const auto& column : c.group.old_columns) add(column, true);
    for (const auto& column : c.group.shared) add(column, true);
    for (const auto& column : c.group.new_columns) add(column, false);
    columns.emplace_back("other TEXT");
    if (kind == "WITHOUT ROWID") columns.emplace_back("PRIMARY KEY (id)");
    if (!c.group.constraint.empty()) columns.push_back(c.group.constraint);
    const bool option = kind == "WITHOUT ROWID" || kind == "STRICT";
    return fmt::format("CREATE TABLE t ({}){}", fmt::join(columns, ", "), option ? " " + kind : "");
  }
};

// What SQLite alone has: values of one column in several storage classes.
std::vector<GroupCase> groups() {
  std::vector<GroupCase> result = common_groups({});
  result.push_back({.name = "text and number",
                    .old_columns = {{"code", "TEXT", {"NULL", "'5'", "'05'", "'x'"}, "number", "", false}},
                    .new_columns = {{"number", "INTEGER", {"NULL", "5", "6", "'x'"}, "code", "", false}}});
  result.push_back({.name = "any type",
                    .old_columns = {{"a", "BLOB", {"NULL", "1", "1.0", "'1'", "x'31'"}, "b", "", false}},
                    .new_columns = {{"b", "BLOB", {"NULL", "1", "1.0", "'1'"}, "a", "", false}}});
  return result;
}

// A STRICT table takes the types of its own list only, and not the values that a case needs.
bool fits_strict(const GroupCase& c) {
  static const std::set<std::string> kStrict = {"INT", "INTEGER", "REAL", "TEXT", "BLOB", "ANY"};
  for (const auto& column : c.columns())
    if (!kStrict.count(column.type)) return false;
  return c.name != "text and number" && c.name != "any type";
}

// Groups of several columns have a hundred times as many cases; the kind of table adds nothing to
// what they test.
std::vector<SyncCase> cases() {
  std::vector<SyncCase> result;
  for (const GroupCase& c : groups()) {
    if (c.name == "G1") {
      result.push_back({c, "integer key" + kByHand});
      result.push_back({c, "text key" + kByHand + kRecursive});
    }
    if (c.old_columns.size() + c.new_columns.size() > 3) {
      result.push_back({c, "text key"});
      result.push_back({c, "WITHOUT ROWID" + kRecursive});
      continue;
    }
    for (const char* kind : {"text key", "integer key", "WITHOUT ROWID", "no key", "shadowed rowid", "STRICT"})
      for (const bool recursive : {false, true})
        if (std::string(kind) != "STRICT" || fits_strict(c))
          result.push_back({c, kind + (recursive ? kRecursive : "")});
  }
  return result;
}

INSTANTIATE_TEST_SUITE_P(All, SyncTriggers, ::testing::ValuesIn(cases()), case_name);

}  // namespace

SyncServer& sync_server() {
  static SqliteServer server;
  return server;
}

}  // namespace emcee::sync_test
