#include "tests/converge/rows.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "dialects/sqlite/affinity.h"
#include "dialects/sqlite/ddl.h"

namespace emcee::testing {

namespace {

using schema::Column;
using schema::Table;
using sqlite::Affinity;

std::string fitting(const Column& column, int number) {
  return sqlite::affinity(column.type) == Affinity::text ? fmt::format("'{}'", number) : std::to_string(number);
}

// Several tries, from the most awkward on: a NOT NULL or a CHECK may refuse some.
std::vector<std::string> values_of(const Column& column, RowKind kind, int number, int attempt, bool in_key) {
  if (kind == RowKind::fitting || in_key || attempt >= 3) return {fitting(column, number)};
  if (attempt == 0 && !column.not_null) return {"NULL"};
  if (attempt <= 1 && sqlite::affinity(column.type) == Affinity::text)
    return {fmt::format("'{}'", std::string(300, 'x'))};
  return {fitting(column, 1)};  // the same in every row
}

bool try_insert(sqlite3* db, const Table& table, RowKind kind, int number, int attempt) {
  std::vector<std::string> names, values;
  const auto key = table.key_columns();
  for (const Column& column : table.columns) {
    if (column.generated) continue;
    const bool in_key = std::find(key.begin(), key.end(), column.name) != key.end();
    names.push_back(sqlite::quoting()(column.name));
    values.push_back(values_of(column, kind, number, attempt, in_key).front());
  }
  if (names.empty()) return false;
  const std::string sql = fmt::format("INSERT INTO {} ({}) VALUES ({})", sqlite::quoting()(table.name),
                                      fmt::join(names, ", "), fmt::join(values, ", "));
  return sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
}

}  // namespace

std::vector<std::string> insert_rows(sqlite3* db, const schema::Schema& schema, RowKind kind, int number) {
  std::vector<std::string> taken;
  for (const Table& table : schema.tables())
    for (int attempt = 0; attempt < 4; ++attempt)
      if (try_insert(db, table, kind, number, attempt)) {
        taken.push_back(table.name.text());
        break;
      }
  return taken;
}

std::map<std::string, std::vector<std::string>> common_rows(sqlite3* db, const schema::Schema& schema,
                                                            const schema::Schema& other) {
  std::map<std::string, std::vector<std::string>> result;
  for (const Table& table : schema.tables()) {
    const Table* counterpart = other.find_table(table.name);
    if (!counterpart) continue;
    std::vector<std::string> columns;
    for (const Column& column : table.columns) {
      const Column* same = counterpart->find_column(column.name);
      if (same && !column.generated && !same->generated &&
          sqlite::affinity(column.type) == sqlite::affinity(same->type))
        columns.push_back("quote(" + sqlite::quoting()(column.name) + ")");
    }
    if (columns.empty()) continue;
    std::sort(columns.begin(), columns.end());
    const std::string sql =
        fmt::format("SELECT {} FROM {}", fmt::join(columns, " || ',' || "), sqlite::quoting()(table.name));
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) continue;
    auto& rows = result[schema::to_lower(table.name.text())];
    while (sqlite3_step(statement) == SQLITE_ROW)
      rows.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(statement, 0)));
    sqlite3_finalize(statement);
    std::sort(rows.begin(), rows.end());
  }
  return result;
}

}  // namespace emcee::testing
