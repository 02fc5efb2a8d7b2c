#include "tests/mysql/sync_fixture.h"

#include <fmt/format.h>

#include <stdexcept>

#include "dialects/mysql/row_queries.h"

namespace emcee::sync_test {

using servers::MysqlClient;
using servers::MysqlServer;

GroupCase visibility() {
  return {.name = "visibility",
          .old_columns = {{"is_public", "TINYINT(1)", {}, "CASE visibility WHEN 'public' THEN 1 ELSE 0 END", "", true}},
          .new_columns = {{"visibility",
                           "VARCHAR(9)",
                           {},
                           "CASE WHEN is_public = 1 THEN 'public' ELSE 'shared' END",
                           "'shared'",
                           true}}};
}

GroupCase upper_and_lower() {
  return {.name = "b",
          .old_columns = {{"a", "VARCHAR(20)", {}, "lower(b)", "", true}},
          .new_columns = {{"b", "VARCHAR(20)", {}, "upper(a)", "", true}}};
}

void MysqlSync::SetUp() {
  EMCEE_NEEDS_MYSQL(GetParam());
  database_ = MysqlServer::shared(GetParam()).fresh_database();
  client_ = connect();
}

std::unique_ptr<MysqlClient> MysqlSync::connect() const {
  auto result = std::make_unique<MysqlClient>(MysqlServer::shared(GetParam()).root(database_));
  result->run("SET sql_mode = 'STRICT_TRANS_TABLES'");
  return result;
}

void MysqlSync::start(const GroupCase& c, const std::string& id, const std::string& constraints) {
  schema::Table table;
  table.name.name = schema::Identifier("t");
  const bool numbered = id.ends_with("AUTO_INCREMENT");
  table.columns.push_back(make_column("id", id.substr(0, id.find(' '))));
  table.columns.front().not_null = true;
  if (numbered) table.columns.front().identity.emplace();
  if (constraints.find("PRIMARY KEY (id)") != std::string::npos) {
    table.primary_key.emplace();
    table.primary_key->parts.emplace_back().expression = schema::Fragment::column(column_name("id"));
  }
  add_columns(table, c, server());
  table.columns.push_back(make_column("other", "TEXT"));
  std::string ddl = create_table(table, c, constraints, false);
  if (numbered) ddl.insert(ddl.find("`id` INT") + 8, " AUTO_INCREMENT");
  client_->run(ddl);

  group_ = {};
  group_.name = c.name;
  group_.table = table.name;
  group_.both_given = c.both;
  group_.none_given = c.none;
  group_.explicit_null = c.explicit_null;
  const auto value = [](const std::string& sql) {
    return sql.empty() ? std::nullopt : std::optional(parse_expression(sql));
  };
  for (const auto& o : c.old_columns)
    group_.old_columns.push_back({column_name(o.name), value(o.expression), value(o.default_value), o.not_null});
  for (const auto& n : c.new_columns)
    group_.new_columns.push_back(
        {column_name(n.name), parse_expression(n.expression), value(n.default_value), n.not_null});
  for (const auto& s : c.shared) group_.shared.push_back(column_name(s.name));

  schema::SchemaParts parts;
  parts.tables.push_back(table);
  auto schema = schema::Schema::make(std::move(parts));
  if (!schema) throw std::runtime_error(to_text(schema.error()));
  schema_ = *schema;
  auto script = mysql::create_sync(group_, schema_.tables().front(), server());
  if (!script) throw std::runtime_error(to_text(script.error()));
  run(*script);
}

void MysqlSync::fence() {
  auto script = mysql::fence_sync(group_, schema_.tables().front(), server());
  if (!script) throw std::runtime_error(to_text(script.error()));
  run(*script);
}

std::string MysqlSync::conflicts() {
  for (const auto& query : mysql::verify_queries(group_, schema_, server()))
    if (query.kind == "conflict") return value(query.count);
  return "no such query";
}

std::string MysqlSync::backfill() const {
  return mysql::render_backfill({group_.table, {group_}}, schema_, server()).single_update;
}

}  // namespace emcee::sync_test
