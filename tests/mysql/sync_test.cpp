// The sync suite on MariaDB and MySQL: every form of INSERT, REPLACE and UPDATE, old columns with a
// default that tells that they were left out, and old columns that take NULL instead.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "dialects/mysql/quoting.h"
#include "dialects/mysql/row_queries.h"
#include "dialects/mysql/stored_value.h"
#include "dialects/mysql/sync_triggers.h"
#include "tests/mysql/sync_table.h"
#include "tests/sync/sync_suite.h"

namespace emcee::sync_test {
namespace {

using plan::Value;
using plan::Values;
using servers::MysqlFlavour;
using servers::MysqlServer;

// `mariadb, no key` and so on.
MysqlFlavour flavour_of(const SyncCase& c) {
  return c.kind.starts_with("mariadb") ? MysqlFlavour::mariadb : MysqlFlavour::mysql;
}
std::string table_kind(const SyncCase& c) { return c.kind.substr(c.kind.find(", ") + 2); }

class MysqlDatabase : public SyncDatabase {
 public:
  explicit MysqlDatabase(MysqlFlavour flavour)
      : server_(MysqlServer::shared(flavour)), name_(server_.fresh_database()), client_(server_.root(name_)) {
    // Nothing is ever committed, so emptying the table is a ROLLBACK.
    client_.run("SET autocommit = 0, sql_mode = 'STRICT_TRANS_TABLES'");
  }
  ~MysqlDatabase() override { client_.try_sql("ROLLBACK; DROP DATABASE " + name_); }

  std::string run(const std::string& sql) override { return try_sql(client_, sql); }
  std::vector<Values> rows(const std::string& sql) override {
    std::vector<Values> result;
    for (const auto& row : client_.query(sql)) {
      Values& values = result.emplace_back();
      for (const auto& cell : row) values.push_back(cell ? Value(*cell) : Value());
    }
    return result;
  }
  void fire(bool on) override { client_.run(on ? "SET @emcee_bypass = NULL" : "SET @emcee_bypass = CONNECTION_ID()"); }

 private:
  MysqlServer& server_;
  std::string name_;
  servers::MysqlClient client_;
};

std::string list(const std::string& first, const std::vector<std::string>& rest) {
  std::vector<std::string> all{first};
  all.insert(all.end(), rest.begin(), rest.end());
  return fmt::format("{}", fmt::join(all, ", "));
}

// `{0}` the columns, `{1}` the values, `{2}` both as `c = v`.
Form insert_form(const std::string& name, const std::string& pattern) {
  return {name, [pattern](const std::string& key, const Assignments& a) {
            const std::string set = a.empty() ? "" : ", " + a.set_list();
            return fmt::format(fmt::runtime(pattern), list("id", a.columns), list(key, a.values), "id = " + key + set);
          }};
}

Form update_form(const std::string& name, const std::string& pattern) {
  return {name, [pattern](const std::string&, const Assignments& a) {
            return fmt::format(fmt::runtime(pattern), a.set_list());
          }};
}

// A statement of its own for the server, prepared and executed.
Form prepared(const Form& form) {
  return {form.name + ", prepared", [form](const std::string& key, const Assignments& a) {
            return fmt::format("PREPARE s FROM {}; EXECUTE s", mysql::string_literal(form.sql(key, a)));
          }};
}

class MysqlSyncServer : public SyncServer {
 public:
  void choose(const SyncCase& c) override {
    flavour_ = flavour_of(c);
    // The kind of table adds nothing to what the many forms test, and large groups have a hundred
    // times as many cases.
    all_forms_ = table_kind(c) == "text key" && !is_large(c.group);
  }
  std::unique_ptr<SyncDatabase> open() override { return std::make_unique<MysqlDatabase>(flavour_); }

  schema::Identifier identifier(const std::string& name) const override { return column_name(name); }
  schema::Fragment parse(const std::string& sql) const override { return parse_expression(sql); }
  // Every value goes to the server and comes back as text.
  std::string literal(const Value& value) const override {
    const auto* text = std::get_if<std::string>(&value);
    return text ? mysql::string_literal(*text) : "NULL";
  }

  std::string create_table(const SyncCase& c, bool relaxed) const override {
    const std::string kind = table_kind(c);
    const std::string key = kind == "no key" ? "" : "PRIMARY KEY (id)";
    std::string sql = sync_test::create_table(table(c), c.group, key, relaxed);
    if (kind == "auto increment") sql.insert(sql.find("`id` INT") + 8, " AUTO_INCREMENT");
    return sql;
  }
  schema::Schema schema_of(const SyncCase& c) const override {
    schema::SchemaParts parts;
    parts.tables.push_back(table(c));
    schema::Table rows;
    rows.name.name = identifier("r");
    for (const char* name : {"k", "name"}) {
      schema::Column column;
      column.name = identifier(name);
      column.type.name = "varchar";
      rows.columns.push_back(std::move(column));
    }
    parts.tables.push_back(std::move(rows));
    auto schema = schema::Schema::make(std::move(parts));
    if (!schema) throw std::runtime_error(to_text(schema.error()));
    return *schema;
  }
  bool looks_up_first_keys() const override { return true; }
  std::string key(const SyncCase& c) const override { return table_kind(c) == "auto increment" ? "7" : "'k'"; }
  bool has_key(const SyncCase& c) const override { return table_kind(c) != "no key"; }

  std::string reset() const override { return "ROLLBACK"; }

  std::vector<std::string> start_sync(const plan::SyncGroup& group, const schema::Schema& schema) const override {
    auto script = mysql::create_sync(group, *schema.find_table(group.table), server_of(flavour_));
    if (!script) throw std::runtime_error(to_text(script.error()));
    std::vector<std::string> result = script->before;
    for (const auto* part : {&script->run, &script->after}) result.insert(result.end(), part->begin(), part->end());
    return result;
  }
  std::vector<plan::RowQuery> verify_queries(const plan::SyncGroup& group,
                                             const schema::Schema& schema) const override {
    return mysql::verify_queries(group, schema, server_of(flavour_));
  }
  std::vector<std::string> backfill(const plan::SyncGroup& group, const schema::Schema& schema) const override {
    return sync_test::statements_of(mysql::render_backfill({group.table, {group}}, schema, server_of(flavour_)));
  }

  std::vector<Form> inserts() const override {
    const Form plain = insert_form("INSERT VALUES", "INSERT INTO t ({0}) VALUES ({1})");
    std::vector<Form> result{plain, insert_form("INSERT SELECT", "INSERT INTO t ({0}) SELECT {1}")};
    if (!all_forms_) return result;
    result.push_back(insert_form("INSERT SET", "INSERT INTO t SET {2}"));
    result.push_back(insert_form("INSERT IGNORE", "INSERT IGNORE INTO t ({0}) VALUES ({1})"));
    result.push_back(insert_form("INSERT IGNORE SELECT", "INSERT IGNORE INTO t ({0}) SELECT {1}"));
    result.push_back(insert_form("REPLACE", "REPLACE INTO t ({0}) VALUES ({1})"));
    result.push_back(prepared(plain));
    if (flavour_ == MysqlFlavour::mariadb)
      result.push_back(insert_form("INSERT RETURNING", "INSERT INTO t ({0}) VALUES ({1}) RETURNING id"));
    return result;
  }
  std::vector<Form> replaces() const override {
    std::vector<Form> result{insert_form("REPLACE VALUES", "REPLACE INTO t ({0}) VALUES ({1})")};
    if (!all_forms_) return result;
    result.push_back(insert_form("REPLACE SELECT", "REPLACE INTO t ({0}) SELECT {1}"));
    result.push_back(insert_form("REPLACE SET", "REPLACE INTO t SET {2}"));
    return result;
  }
  std::vector<Form> updates() const override {
    const Form plain = update_form("UPDATE", "UPDATE t SET {}");
    if (!all_forms_) return {plain};
    return {plain, update_form("UPDATE IGNORE", "UPDATE IGNORE t SET {}"),
            update_form("UPDATE JOIN", "UPDATE t JOIN (SELECT 1 AS one) AS f ON f.one = 1 SET {}"), prepared(plain)};
  }
  std::vector<Form> upserts() const override {
    return {{"ON DUPLICATE KEY UPDATE", [](const std::string& key, const Assignments& a) {
               return fmt::format("INSERT INTO t (id) VALUES ({}) ON DUPLICATE KEY UPDATE {}", key, a.set_list());
             }}};
  }
  bool upsert_inserts_first() const override { return true; }
  std::optional<std::string> announce(plan::Writer writer) const override {
    return fmt::format("SET @emcee_release = {}", writer == plan::Writer::old_release   ? "'old'"
                                                  : writer == plan::Writer::new_release ? "'new'"
                                                                                        : "NULL");
  }

  static bool is_large(const GroupCase& c) { return c.old_columns.size() + c.new_columns.size() > 3; }

 private:
  MysqlFlavour flavour_ = MysqlFlavour::mariadb;
  bool all_forms_ = true;

  static schema::Table table(const SyncCase& c) {
    schema::Table result;
    result.name.name = schema::Identifier("t");
    const bool number = table_kind(c) == "auto increment", key = table_kind(c) != "no key";
    result.columns.push_back(make_column("id", number ? "INT" : "VARCHAR(20)"));
    result.columns.front().not_null = key;
    if (key) {
      result.primary_key.emplace();
      result.primary_key->parts.emplace_back().expression = schema::Fragment::column(column_name("id"));
      if (number) result.columns.front().identity.emplace();
    }
    add_columns(result, c.group, server_of(flavour_of(c)));
    result.columns.push_back(make_column("other", "TEXT"));
    return result;
  }
};

// In the words of these servers.
std::vector<GroupCase> groups() {
  Words words;
  words.flag = "TINYINT(1)";
  words.integer = "INT";
  words.real = "DOUBLE";
  words.text = "VARCHAR(50) COLLATE utf8mb4_bin";
  words.any_case_text = "VARCHAR(50) COLLATE utf8mb4_general_ci";
  words.concat = [](const std::string& a, const std::string& b) { return "concat(" + a + ", " + b + ")"; };
  std::vector<GroupCase> result = common_groups(words);
  for (GroupCase& c : result) {
    if (c.name != "N1") continue;
    const std::string port = "0 + substring_index(socket, ':', -1)";
    c.new_columns[0].expression = "substr(socket, 1, length(socket) - length(substring_index(socket, ':', -1)) - 1)";
    c.new_columns[1].expression = c.new_columns[2].expression = port;
  }
  // No default of this old column could tell that it was left out: it takes NULL for the time being.
  GroupCase g1 = result.front();
  g1.name = "G1, an enum";
  g1.old_columns[0].type = "ENUM('0', '1')";
  g1.old_columns[0].values = {"NULL", "'0'", "'1'"};
  g1.old_columns[0].expression = "CASE visibility WHEN 'public' THEN '1' ELSE '0' END";
  g1.new_columns[0].expression = "CASE WHEN is_public = '1' THEN 'public' ELSE 'shared' END";
  g1.constraint = "";
  result.push_back(g1);
  return result;
}

std::vector<SyncCase> cases() {
  std::vector<SyncCase> result;
  for (const char* flavour : {"mariadb", "mysql"})
    for (const GroupCase& c : groups()) {
      result.push_back({c, fmt::format("{}, text key", flavour)});
      if (c.name != "G1" && c.name != "rename" && c.name != "shared") continue;
      result.push_back({c, fmt::format("{}, auto increment", flavour)});
      result.push_back({c, fmt::format("{}, no key", flavour)});
    }
  return result;
}

INSTANTIATE_TEST_SUITE_P(All, SyncTriggers, ::testing::ValuesIn(cases()), case_name);

}  // namespace

SyncServer& sync_server() {
  static MysqlSyncServer server;
  return server;
}

}  // namespace emcee::sync_test
