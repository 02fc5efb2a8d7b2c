#include "dialects/postgres/row_key.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "dialects/postgres/quoting.h"

namespace emcee::postgres {

using schema::Identifier;

namespace {

// The parts as columns; empty where one of them can be NULL, or is an expression.
std::vector<Identifier> not_null_columns(const std::vector<schema::KeyPart>& parts, const schema::Table& table) {
  std::vector<Identifier> result;
  for (const auto& part : parts) {
    const auto name = part.expression.as_column();
    const schema::Column* column = name ? table.find_column(*name) : nullptr;
    if (!column || !column->not_null) return {};
    result.push_back(*name);
  }
  return result;
}

}  // namespace

std::vector<Identifier> batch_key(const schema::Table& table) {
  if (auto key = table.key_columns(); !key.empty()) return key;
  for (const auto& unique : table.uniques)
    if (auto key = not_null_columns(unique.parts, table); !key.empty()) return key;
  for (const auto& index : table.indexes)
    if (index.unique && !index.where && index.method.empty())
      if (auto key = not_null_columns(index.parts, table); !key.empty()) return key;
  return {Identifier("ctid")};
}

std::string key_text(const schema::Table& table) {
  std::vector<std::string> parts;
  for (const Identifier& column : batch_key(table))
    parts.push_back(fmt::format("coalesce({}::pg_catalog.text, 'NULL')", quoting()(column)));
  return fmt::format("{}", fmt::join(parts, " || ', ' || "));
}

}  // namespace emcee::postgres
