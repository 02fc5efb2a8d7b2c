#include "plan/index_use.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <set>

namespace emcee::plan {

using schema::Identifier;
using schema::Index;
using schema::KeyPart;
using schema::Table;

namespace {

bool begins_with_columns(const std::vector<KeyPart>& parts, const std::vector<Identifier>& columns) {
  if (parts.size() < columns.size()) return false;
  std::set<Identifier> leading;
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (const auto column = parts[i].expression.as_column()) leading.insert(*column);
  return leading == std::set<Identifier>(columns.begin(), columns.end());
}

bool begins_with_parts(const std::vector<KeyPart>& parts, const std::vector<KeyPart>& beginning) {
  return parts.size() >= beginning.size() && std::equal(beginning.begin(), beginning.end(), parts.begin());
}

}  // namespace

bool are_columns(const std::vector<KeyPart>& parts, const std::vector<Identifier>& columns) {
  return parts.size() == columns.size() && std::all_of(parts.begin(), parts.end(), [&](const KeyPart& part) {
           const auto column = part.expression.as_column();
           return column && part.prefix == 0 && std::find(columns.begin(), columns.end(), *column) != columns.end();
         });
}

bool finds_rows_by(const Table& table, const std::vector<Identifier>& columns) {
  const auto fits = [&](const std::vector<KeyPart>& parts) { return begins_with_columns(parts, columns); };
  return (table.primary_key && fits(table.primary_key->parts)) ||
         std::any_of(table.uniques.begin(), table.uniques.end(), [&](const auto& u) { return fits(u.parts); }) ||
         std::any_of(table.indexes.begin(), table.indexes.end(),
                     [&](const Index& index) { return !index.where && fits(index.parts); });
}

std::string without_index(const schema::ForeignKey& key) {
  std::vector<std::string> columns;
  for (const Identifier& column : key.columns) columns.push_back(column.text());
  return fmt::format("no index begins with {}: a delete in {} reads every row of this table", fmt::join(columns, ", "),
                     key.references.text());
}

std::string served_by(const Table& table, const Index& index) {
  if (index.unique) return {};
  for (const Index& other : table.indexes) {
    const bool alike = other.where == index.where && other.method == index.method && other.include == index.include &&
                       other.options == index.options;
    if (!(other.name == index.name) && alike && begins_with_parts(other.parts, index.parts))
      return fmt::format("index {}", other.name.text());
  }
  if (index.where || !index.method.empty() || !index.include.empty()) return {};
  if (table.primary_key && begins_with_parts(table.primary_key->parts, index.parts)) return "the primary key";
  for (const auto& unique : table.uniques)
    if (begins_with_parts(unique.parts, index.parts)) return "a UNIQUE constraint";
  return {};
}

}  // namespace emcee::plan
