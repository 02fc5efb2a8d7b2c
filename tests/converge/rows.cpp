#include "tests/converge/rows.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace emcee::testing {

namespace {

using schema::Column;
using schema::Table;

constexpr int kAttempts = 4;

// Several tries, from the most awkward on: a NOT NULL or a CHECK may refuse some.
std::string value_of(const Server& server, const Column& column, RowKind kind, int number, int attempt, bool in_key) {
  if (kind == RowKind::fitting || in_key || attempt >= 3) return server.value(column, number);
  if (attempt == 0 && !column.not_null) return "NULL";
  if (attempt <= 1)
    if (const auto text = server.long_text(column)) return *text;
  return server.value(column, 1);  // the same in every row
}

std::string try_insert(const Server& server, Database& database, const Table& table, RowKind kind, int number,
                       int attempt) {
  std::vector<std::string> names, values;
  const auto key = table.key_columns();
  const auto& quoting = server.dialect().quoting();
  for (const Column& column : table.columns) {
    if (column.generated || (column.identity && column.identity->always)) continue;
    const bool in_key = std::find(key.begin(), key.end(), column.name) != key.end();
    names.push_back(quoting(column.name));
    values.push_back(value_of(server, column, kind, number, attempt, in_key));
  }
  if (names.empty()) return "no columns";
  return database
      .run(fmt::format("INSERT INTO {} ({}) VALUES ({})", quoting(table.name), fmt::join(names, ", "),
                       fmt::join(values, ", ")))
      .value_or("");
}

std::string insert(const Server& server, Database& database, const Table& table, RowKind kind, int number) {
  std::string message;
  const int attempts = kind == RowKind::fitting ? 1 : kAttempts;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    message = try_insert(server, database, table, kind, number, attempt);
    if (message.empty()) break;
  }
  return message;
}

}  // namespace

std::map<std::string, std::string> insert_rows(const Server& server, Database& database, const schema::Schema& schema,
                                               RowKind kind, int number) {
  std::map<std::string, std::string> result;
  // Parents first, whatever their order in the schema: who was refused tries again.
  for (bool progress = true; progress;) {
    progress = false;
    for (const Table& table : schema.tables()) {
      const auto it = result.find(table.name.text());
      if (it != result.end() && it->second.empty()) continue;
      std::string message = insert(server, database, table, kind, number);
      progress = progress || message.empty();
      result[table.name.text()] = std::move(message);
    }
  }
  return result;
}

std::map<std::string, std::vector<std::string>> common_rows(const Server& server, Database& database,
                                                            const schema::Schema& schema, const schema::Schema& other) {
  std::map<std::string, std::vector<std::string>> result;
  const auto& quoting = server.dialect().quoting();
  for (const Table& table : schema.tables()) {
    const Table* counterpart = other.find_table(table.name);
    if (!counterpart) continue;
    std::vector<std::string> columns;
    for (const Column& column : table.columns) {
      const Column* same = counterpart->find_column(column.name);
      if (same && !column.generated && !same->generated && server.same_values(column.type, same->type))
        columns.push_back(server.as_text(quoting(column.name)));
    }
    if (columns.empty()) continue;
    std::sort(columns.begin(), columns.end());
    auto rows =
        database.query(fmt::format("SELECT {} FROM {}", fmt::join(columns, " || ',' || "), quoting(table.name)));
    std::sort(rows.begin(), rows.end());
    result[schema::to_lower(table.name.text())] = std::move(rows);
  }
  return result;
}

}  // namespace emcee::testing
