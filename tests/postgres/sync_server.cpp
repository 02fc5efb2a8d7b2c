#include "tests/postgres/sync_server.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "dialects/postgres/row_queries.h"
#include "dialects/postgres/sync_triggers.h"
#include "dialects/sqlite/parse.h"
#include "servers/postgres_server.h"
#include "tests/sync/sync_suite.h"

namespace emcee::postgres_test {

using sync_test::Assignments;
using sync_test::Form;
using sync_test::SyncCase;

schema::Identifier id(const std::string& name) { return schema::Identifier(name); }

schema::Fragment parse(const std::string& expression) {
  // The expressions of these tests are the same in both languages, but for the case of names.
  auto result = sqlite::parse_expression(parser::Source("test", expression));
  if (!result) throw std::runtime_error(to_text(result.error()));
  std::vector<schema::Token> tokens = result->tokens();
  for (std::size_t i = 1; i < tokens.size(); ++i)
    if (tokens[i].role == schema::Role::name && tokens[i - 1].is(schema::Role::keyword, "AS"))
      tokens[i].role = schema::Role::keyword;  // CAST(a AS INTEGER)
  return schema::Fragment(std::move(tokens));
}

schema::Column make_column(const std::string& name, const std::string& type, bool not_null,
                           const std::string& default_value) {
  schema::Column column;
  column.name = id(name);
  column.type.text = schema::to_lower(type.substr(0, type.find(" COLLATE ")));
  column.type.name = column.type.text;
  if (const auto open = column.type.text.find('('); open != std::string::npos) {
    const auto close = column.type.text.find(')');
    column.type.name = column.type.text.substr(0, open) + column.type.text.substr(close + 1);
    std::string arguments = column.type.text.substr(open + 1, close - open - 1);
    for (std::size_t comma; (comma = arguments.find(',')) != std::string::npos; arguments.erase(0, comma + 1))
      column.type.arguments.push_back(arguments.substr(0, comma));
    column.type.arguments.push_back(arguments);
  }
  column.not_null = not_null;
  if (!default_value.empty()) column.default_value = parse(default_value);
  return column;
}

schema::Schema make_schema(std::vector<schema::Table> tables) {
  schema::SchemaParts parts;
  parts.tables = std::move(tables);
  auto schema = schema::Schema::make(std::move(parts));
  if (!schema) throw std::runtime_error(to_text(schema.error()));
  return *schema;
}

void start_sync(Session& session, const plan::SyncGroup& group, const schema::Schema& schema) {
  auto statements = postgres::create_sync(group, schema);
  if (!statements) throw std::runtime_error(to_text(statements.error()));
  for (const std::string& statement : *statements) session.must(statement);
}

const std::string& sync_database() {
  static const servers::PostgresDatabase database;
  static const std::string url = [] {
    Session session(database.url());
    session.must("CREATE SCHEMA emcee");
    session.must("CREATE EXTENSION citext");
    session.must("CREATE COLLATION public.nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false)");
    session.must("CREATE TYPE public.mood AS ENUM ('sad', 'ok', 'happy')");
    session.must("CREATE TYPE public.pair AS (x integer, y text)");
    session.must("CREATE DOMAIN public.word AS text CHECK (VALUE ~ '^[a-zA-Z]*$')");
    return database.url();
  }();
  return url;
}

namespace {

class PostgresSyncDatabase : public sync_test::SyncDatabase {
 public:
  PostgresSyncDatabase() : session_(sync_database()) {
    static int count = 0;
    schema_ = fmt::format("s{}", ++count);
    session_.must(fmt::format("CREATE SCHEMA {0}; SET search_path TO {0}, public", schema_));
  }
  ~PostgresSyncDatabase() override { session_.run(fmt::format("DROP SCHEMA {} CASCADE", schema_)); }

  std::string run(const std::string& sql) override { return session_.run(sql).error; }
  std::vector<plan::Values> rows(const std::string& sql) override {
    std::vector<plan::Values> result;
    for (const auto& row : session_.rows(sql)) {
      plan::Values& values = result.emplace_back();
      for (const Field& field : row) values.push_back(field ? plan::Value(*field) : plan::Value());
    }
    return result;
  }
  void fire(bool on) override { session_.must(on ? "SET emcee.bypass = 'off'" : "SET emcee.bypass = 'on'"); }

 private:
  Session session_;
  std::string schema_;
};

// `(id, a, b)` and `('k', 1, 2)`, after the verb.
std::string columns(const Assignments& a) {
  return a.empty() ? "(id)" : fmt::format("(id, {})", fmt::join(a.columns, ", "));
}
std::string values(const std::string& key, const Assignments& a) {
  return a.empty() ? key : fmt::format("{}, {}", key, fmt::join(a.values, ", "));
}

// A line of COPY for literals without quotes or tabs inside.
std::string copy_line(const std::string& key, const Assignments& a) {
  const auto plain = [](const std::string& literal) {
    if (literal == "NULL") return std::string("\\N");
    return literal.front() == '\'' ? literal.substr(1, literal.size() - 2) : literal;
  };
  std::string line = plain(key);
  for (const std::string& value : a.values) line += "\t" + plain(value);
  return line + "\n";
}

class PostgresSyncServer : public sync_test::SyncServer {
 public:
  std::unique_ptr<sync_test::SyncDatabase> open() override { return std::make_unique<PostgresSyncDatabase>(); }

  schema::Identifier identifier(const std::string& name) const override { return id(name); }
  schema::Fragment parse(const std::string& expression) const override { return postgres_test::parse(expression); }
  std::string literal(const plan::Value& value) const override {
    if (plan::is_null(value)) return "NULL";
    std::string result = "'";
    for (char c : std::get<std::string>(value)) result += c == '\'' ? "''" : std::string(1, c);
    return result + "'";
  }

  // O keeps its NOT NULL: the triggers fill it.
  std::string create_table(const SyncCase& c, bool relaxed) const override {
    std::vector<std::string> parts{c.kind == "no key" ? "id text" : "id text PRIMARY KEY"};
    const auto add = [&](const sync_test::ColumnCase& column, bool is_new) {
      std::string part = column.name + " " + column.type;
      if (!is_new && !column.default_value.empty()) part += " DEFAULT " + column.default_value;
      if (!is_new && column.not_null && !relaxed) part += " NOT NULL";
      parts.push_back(part);
    };
    for (const auto& column : c.group.old_columns) add(column, false);
    for (const auto& column : c.group.shared) add(column, false);
    for (const auto& column : c.group.new_columns) add(column, true);
    parts.emplace_back("other text");
    if (!c.group.constraint.empty()) parts.push_back(c.group.constraint);
    std::string sql = fmt::format("CREATE TABLE t ({})", fmt::join(parts, ", "));
    if (c.kind == "partitioned") sql += " PARTITION BY LIST (id); CREATE TABLE t_rest PARTITION OF t DEFAULT";
    return sql + "; CREATE VIEW v AS SELECT * FROM t";
  }
  schema::Schema schema_of(const SyncCase& c) const override {
    schema::Table table;
    table.name.name = id("t");
    table.columns.push_back(make_column("id", "text", c.kind != "no key"));
    for (const auto& column : c.group.old_columns)
      table.columns.push_back(make_column(column.name, column.type, column.not_null, column.default_value));
    for (const auto& column : c.group.shared) table.columns.push_back(make_column(column.name, column.type));
    for (const auto& column : c.group.new_columns) table.columns.push_back(make_column(column.name, column.type));
    table.columns.push_back(make_column("other", "text"));
    if (c.kind != "no key") table.primary_key = schema::PrimaryKey{{}, {{schema::Fragment::column(id("id")), {}}}};
    if (c.kind == "partitioned") table.options.other["partition_by"] = "LIST (id)";
    schema::Table rows;
    rows.name.name = id("r");
    rows.columns = {make_column("k", "varchar(20)"), make_column("name", "varchar(20)")};
    return make_schema({table, rows});
  }
  // Functions that look names up themselves do so in `public`.
  std::string create_rows() const override {
    return "DROP TABLE IF EXISTS public.r; CREATE TABLE public.r (k VARCHAR(20) PRIMARY KEY, name VARCHAR(20))";
  }
  std::string create_counted_rows() const override {
    return "DROP TABLE IF EXISTS public.r; CREATE TABLE public.r (k BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY "
           "KEY, "
           "name VARCHAR(20))";
  }
  std::string key(const SyncCase&) const override { return "'k'"; }
  bool has_key(const SyncCase& c) const override { return c.kind != "no key"; }

  std::vector<std::string> start_sync(const plan::SyncGroup& group, const schema::Schema& schema) const override {
    auto statements = postgres::create_sync(group, schema);
    if (!statements) throw std::runtime_error(to_text(statements.error()));
    // All cases share the database, and only one is under sync at a time.
    statements->insert(statements->begin(), "DROP SCHEMA IF EXISTS emcee CASCADE; CREATE SCHEMA emcee");
    return *statements;
  }
  std::vector<plan::RowQuery> verify_queries(const plan::SyncGroup& group,
                                             const schema::Schema& schema) const override {
    return postgres::verify_queries(group, schema);
  }
  std::vector<std::string> backfill(const plan::SyncGroup& group, const schema::Schema& schema) const override {
    return sync_test::statements_of(postgres::render_backfill({group.table, {group}}, schema));
  }

  std::vector<Form> inserts() const override {
    return {
        {"VALUES",
         [](const std::string& key, const Assignments& a) {
           return fmt::format("INSERT INTO t {} VALUES ({})", columns(a), values(key, a));
         }},
        {"SELECT",
         [](const std::string& key, const Assignments& a) {
           return fmt::format("INSERT INTO t {} SELECT {}", columns(a), values(key, a));
         }},
        {"view, ON CONFLICT DO NOTHING",
         [](const std::string& key, const Assignments& a) {
           return fmt::format("INSERT INTO v {} VALUES ({}) ON CONFLICT DO NOTHING", columns(a), values(key, a));
         }},
        {"WITH",
         [](const std::string& key, const Assignments& a) {
           return fmt::format("WITH w AS (INSERT INTO t {} VALUES ({}) RETURNING *) SELECT count(*) FROM w", columns(a),
                              values(key, a));
         }},
        {"MERGE",
         [](const std::string& key, const Assignments& a) {
           return fmt::format(
               "MERGE INTO t USING (SELECT 'k' AS k) AS s ON t.id = s.k WHEN NOT MATCHED THEN INSERT {} VALUES ({})",
               columns(a), values(key, a));
         }},
        {"COPY",
         [](const std::string& key, const Assignments& a) {
           return fmt::format("COPY t {} FROM STDIN\n{}", columns(a), copy_line(key, a));
         }},
    };
  }
  std::vector<Form> updates() const override {
    const auto form = [](const std::string& before, const std::string& after) {
      return Form{before, [=](const std::string&, const Assignments& a) { return before + a.set_list() + after; }};
    };
    return {
        form("UPDATE t SET ", ""),
        form("UPDATE v SET ", " FROM (SELECT 1 AS one) AS f WHERE f.one = 1"),
        form("WITH w AS (UPDATE t SET ", " RETURNING *) SELECT count(*) FROM w"),
        form("MERGE INTO t USING (SELECT 'k' AS k) AS s ON t.id = s.k WHEN MATCHED THEN UPDATE SET ", ""),
    };
  }
  std::vector<Form> upserts() const override {
    return {{"ON CONFLICT", [](const std::string& key, const Assignments& a) {
               return fmt::format("INSERT INTO t (id) VALUES ({}) ON CONFLICT (id) DO UPDATE SET {}", key,
                                  a.set_list());
             }}};
  }
  bool upsert_inserts_first() const override { return true; }
  std::optional<std::string> announce(plan::Writer writer) const override {
    return fmt::format("SET emcee.release = '{}'", writer == plan::Writer::old_release ? "old" : "new");
  }
};

}  // namespace

}  // namespace emcee::postgres_test

namespace emcee::sync_test {

SyncServer& sync_server() {
  static postgres_test::PostgresSyncServer server;
  return server;
}

}  // namespace emcee::sync_test
