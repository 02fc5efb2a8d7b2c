#include "dialects/sqlite/row_key.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "dialects/sqlite/ddl.h"

namespace emcee::sqlite {

using schema::Folding;
using schema::Identifier;

std::optional<Identifier> rowid_name(const schema::Table& table) {
  if (table.options.without_rowid) return std::nullopt;
  if (table.primary_key && table.primary_key->is_rowid) return table.key_columns().front();
  for (const char* name : {"rowid", "_rowid_", "oid"}) {
    Identifier id(name, Folding::ignore_case);
    if (!table.find_column(id)) return id;
  }
  return std::nullopt;
}

std::vector<std::string> RowKey::sql(const std::string& prefix) const {
  std::vector<std::string> result;
  for (const Identifier& column : columns) result.push_back(prefix + quoting()(column));
  return result;
}

std::string RowKey::matches(const std::string& left, const std::string& right) const {
  std::vector<std::string> terms;
  const auto a = sql(left), b = sql(right);
  for (std::size_t i = 0; i < a.size(); ++i) terms.push_back(fmt::format("{} = {}", a[i], b[i]));
  return fmt::format("{}", fmt::join(terms, " AND "));
}

std::optional<RowKey> row_key(const schema::Table& table) {
  if (auto rowid = rowid_name(table)) return RowKey{{*rowid}, true};
  if (table.options.without_rowid) return RowKey{table.key_columns(), false};
  return std::nullopt;
}

std::string key_text(const schema::Table& table) {
  std::vector<Identifier> columns = table.key_columns();
  if (columns.empty())
    if (auto key = row_key(table)) columns = key->columns;
  std::vector<std::string> parts;
  for (const Identifier& column : columns)
    parts.push_back(fmt::format("coalesce(CAST({} AS TEXT), 'NULL')", quoting()(column)));
  return parts.empty() ? "'?'" : fmt::format("{}", fmt::join(parts, " || ', ' || "));
}

}  // namespace emcee::sqlite
