#include "dialects/mysql/row_key.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>

#include "dialects/mysql/quoting.h"

namespace emcee::mysql {

using schema::Identifier;

namespace {

// The columns of a unique key, where it has no other parts and takes no NULL.
std::optional<RowKey> as_key(const schema::Table& table, const std::vector<schema::KeyPart>& parts) {
  RowKey key;
  for (const schema::KeyPart& part : parts) {
    const auto name = part.expression.as_column();
    const schema::Column* column = name ? table.find_column(*name) : nullptr;
    if (!column || !column->not_null) return std::nullopt;
    key.columns.push_back(*name);
  }
  return key;
}

}  // namespace

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
  if (table.primary_key) return RowKey{table.key_columns()};
  for (const auto& unique : table.uniques)
    if (auto key = as_key(table, unique.parts)) return key;
  for (const auto& index : table.indexes)
    if (index.unique && !index.where)
      if (auto key = as_key(table, index.parts)) return key;
  return std::nullopt;
}

std::string key_text(const schema::Table& table) {
  const auto key = row_key(table);
  if (!key) return "'?'";
  std::vector<std::string> parts;
  for (const std::string& column : key->sql())
    parts.push_back(fmt::format("COALESCE(CAST({} AS CHAR), 'NULL')", column));
  return parts.size() == 1 ? parts.front() : fmt::format("CONCAT_WS(', ', {})", fmt::join(parts, ", "));
}

}  // namespace emcee::mysql
