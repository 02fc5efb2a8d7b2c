#include "tests/mysql/sync_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <stdexcept>

#include "dialects/mysql/dialect.h"
#include "dialects/mysql/group_sql.h"
#include "dialects/mysql/quoting.h"
#include "dialects/mysql/stored_value.h"
#include "dialects/sqlite/parse.h"

namespace emcee::sync_test {

mysql::Server server_of(servers::MysqlFlavour flavour) {
  servers::MysqlClient client(servers::MysqlServer::shared(flavour).root(""));
  const bool mariadb = flavour == servers::MysqlFlavour::mariadb;
  return {mariadb ? mysql::Flavour::mariadb : mysql::Flavour::mysql,
          mysql::parse_version(client.value("SELECT SUBSTRING_INDEX(@@version, '-', 1)"))};
}

schema::Identifier column_name(const std::string& name) {
  return schema::Identifier(name, schema::Folding::ignore_case);
}

// The expressions of these tests mean the same in both grammars.
schema::Fragment parse_expression(const std::string& sql) {
  auto result = sqlite::parse_expression(parser::Source("test", sql));
  if (!result) throw std::runtime_error(to_text(result.error()));
  return *result;
}

schema::Column make_column(const std::string& name, const std::string& type) {
  schema::Column column;
  column.name = column_name(name);
  column.type.text = type;
  const std::string collate = " COLLATE ";
  if (const auto at = type.find(collate); at != std::string::npos) {
    column.collation = schema::Identifier(type.substr(at + collate.size()));
    column.type.text = type.substr(0, at);
  }
  const auto open = column.type.text.find('('), close = column.type.text.rfind(')');
  column.type.name = column.type.text.substr(0, open);
  if (open == std::string::npos) return column;
  const std::string list = column.type.text.substr(open + 1, close - open - 1);
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t comma = std::min(list.find(',', at), list.size());
    column.type.arguments.push_back(list.substr(at, comma - at));
    at = comma + 1;
  }
  column.type.name += column.type.text.substr(close + 1);  // `INT` and ` UNSIGNED`
  return column;
}

void add_columns(schema::Table& table, const GroupCase& group, const mysql::Server& server) {
  for (const auto& c : group.old_columns) {
    schema::Column column = make_column(c.name, c.type);
    column.not_null = c.not_null;
    if (!c.default_value.empty()) column.default_value = parse_expression(c.default_value);
    if (c.not_null && c.default_value.empty()) {
      column.default_value = omission_default(column, server);
      column.not_null = column.default_value.has_value();
    }
    table.columns.push_back(std::move(column));
  }
  for (const auto& c : group.shared) table.columns.push_back(make_column(c.name, c.type));
  for (const auto& c : group.new_columns) table.columns.push_back(make_column(c.name, c.type));
}

namespace {

bool declares_default(const GroupCase& group, const schema::Identifier& name) {
  return std::any_of(group.old_columns.begin(), group.old_columns.end(),
                     [&](const ColumnCase& c) { return column_name(c.name) == name && !c.default_value.empty(); });
}

}  // namespace

std::string create_table(const schema::Table& table, const GroupCase& group, const std::string& constraints,
                         bool relaxed) {
  std::vector<std::string> parts;
  for (const auto& column : table.columns) {
    std::string text = fmt::format("{} {}", mysql::quoting()(column.name), column.type.text);
    if (column.collation) text += " COLLATE " + column.collation->text();
    const bool of_group = std::any_of(group.old_columns.begin(), group.old_columns.end(), [&](const ColumnCase& c) {
      return column_name(c.name) == column.name && c.not_null;
    });
    text += column.not_null && !(relaxed && of_group) ? " NOT NULL" : " NULL";
    const bool tells_omission = column.not_null && of_group && !declares_default(group, column.name);
    if (column.default_value && !(relaxed && tells_omission)) {
      const std::string value = mysql::expression_sql(*column.default_value);
      text += " DEFAULT " + (value.starts_with("concat") ? "(" + value + ")" : value);
    }
    parts.push_back(std::move(text));
  }
  if (!constraints.empty()) parts.push_back(constraints);
  if (!group.constraint.empty()) parts.push_back(group.constraint);
  return fmt::format("CREATE TABLE {} ({}) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4", mysql::quoting()(table.name),
                     fmt::join(parts, ", "));
}

std::string try_sql(servers::MysqlClient& client, const std::string& sql) {
  const unsigned error = client.try_sql(sql);
  return error == 0 ? std::string() : fmt::format("{} {}", error, client.message());
}

void run_script(servers::MysqlClient& client, const std::vector<std::string>& before,
                const std::vector<std::string>& run, const std::vector<std::string>& after) {
  std::string error;
  for (const auto* part : {&before, &run})
    for (const std::string& sql : *part)
      if (error.empty())
        if (const std::string answer = try_sql(client, sql); !answer.empty()) error = answer + "\n" + sql;
  for (const std::string& sql : after) client.run(sql);
  if (!error.empty()) throw std::runtime_error(error);
}

}  // namespace emcee::sync_test
