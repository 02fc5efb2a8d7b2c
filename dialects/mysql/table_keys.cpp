#include "dialects/mysql/table_keys.h"

#include <algorithm>
#include <charconv>

#include "dialects/mysql/charset.h"
#include "dialects/mysql/types.h"

namespace emcee::mysql {

using schema::Column;
using schema::Identifier;
using schema::Index;
using schema::KeyPart;
using schema::Table;

namespace {

bool leads(const std::vector<KeyPart>& parts, const Identifier& column) {
  return !parts.empty() && parts.front().expression.as_column() == column;
}

// Of a unique index whose columns are never NULL, and whole; else empty.
std::vector<Identifier> row_columns(const Table& table, const Index& index) {
  std::vector<Identifier> columns;
  if (!index.unique || !index.method.empty()) return columns;
  for (const KeyPart& part : index.parts) {
    const auto name = part.expression.as_column();
    const Column* column = name && part.prefix == 0 ? table.find_column(*name) : nullptr;
    if (!column || !column->not_null) return {};
    columns.push_back(*name);
  }
  return columns;
}

std::string engine_of(const Table& table) {
  const auto engine = table.options.other.find("engine");
  return engine == table.options.other.end() ? std::string() : engine->second;
}

bool is_too_long(const Table& table, const Index& index) {
  const int longest = longest_key(table);
  int total = 0;
  for (const KeyPart& part : index.parts) {
    const auto name = part.expression.as_column();
    if (const Column* column = name ? table.find_column(*name) : nullptr) total += key_bytes(*column, part.prefix);
  }
  return total > longest;
}

}  // namespace

int characters(const schema::Type& type) {
  int value = 0;
  if (!type.arguments.empty())
    std::from_chars(type.arguments[0].data(), type.arguments[0].data() + type.arguments[0].size(), value);
  return value;
}

int character_bytes(const Column& column) {
  return column.collation ? bytes_per_character(charset_of(column.collation->text())) : 1;
}

int key_bytes(const Column& column, int prefix) {
  const Family kind = family(column.type);
  if (kind != Family::text && kind != Family::blob) return 8;  // no number or time is longer
  return (prefix > 0 || is_lob(column.type) ? prefix : characters(column.type)) * character_bytes(column);
}

int longest_key(const Table& table) {
  const std::string engine = engine_of(table);
  return engine == "innodb" ? 3072 : engine == "aria" ? 2000 : 1000;
}

const Column* without_key(const Table& table) {
  const auto counted = std::find_if(table.columns.begin(), table.columns.end(),
                                    [](const Column& column) { return column.identity.has_value(); });
  if (counted == table.columns.end()) return nullptr;
  const bool has_key = (table.primary_key && leads(table.primary_key->parts, counted->name)) ||
                       std::any_of(table.indexes.begin(), table.indexes.end(),
                                   [&](const Index& index) { return leads(index.parts, counted->name); });
  return has_key ? nullptr : &*counted;
}

std::string interim_key(const Column& column) { return "emcee_auto_" + column.name.text(); }

std::vector<Identifier> clustered_key(const Table& table) {
  if (table.primary_key) return table.key_columns();
  for (const Index& index : table.indexes)
    if (auto columns = row_columns(table, index); !columns.empty()) return columns;
  const Column* counted = without_key(table);
  return counted ? std::vector{counted->name} : std::vector<Identifier>{};
}

bool has_hashed_key(const Table& table) {
  if (engine_of(table) == "memory") return false;  // hashes without a hidden column
  return std::any_of(table.indexes.begin(), table.indexes.end(), [&](const Index& index) {
    return index.unique && (index.method == "hash" || is_too_long(table, index));
  });
}

}  // namespace emcee::mysql
