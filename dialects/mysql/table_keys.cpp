#include "dialects/mysql/table_keys.h"

#include <algorithm>

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

// Nine digits in four bytes, and what is left in as many as it needs.
int decimal_bytes(int digits) {
  constexpr int kLeft[] = {0, 1, 1, 2, 2, 3, 3, 4, 4};
  return digits / 9 * 4 + kLeft[digits % 9];
}

}  // namespace

int characters(const schema::Type& type) { return argument(type, 0, 0); }

int character_bytes(const Column& column) {
  return column.collation ? bytes_per_character(charset_of(column.collation->text())) : 1;
}

// https://dev.mysql.com/doc/refman/9.0/en/storage-requirements.html
int fixed_bytes(const Column& column) {
  const schema::Type& type = column.type;
  const std::string_view name = first_word(type);
  const int fraction = (argument(type, 0, 0) + 1) / 2;  // of a second
  const std::size_t values = type.arguments.size();
  switch (family(type)) {
    case Family::integer:
      return integer_bytes(type);
    case Family::decimal: {
      const int places = argument(type, 1, 0);
      return decimal_bytes(argument(type, 0, 10) - places) + decimal_bytes(places);
    }
    case Family::floating:
      return name == "float" ? 4 : 8;
    case Family::bit:
      return (argument(type, 0, 1) + 7) / 8;
    case Family::enumeration:
      return values < 256 ? 1 : 2;
    case Family::set:
      return values > 32 ? 8 : static_cast<int>((values + 7) / 8);
    case Family::date:
      return 3;
    case Family::time:
      return 3 + fraction;
    case Family::datetime:
      return 5 + fraction;
    case Family::timestamp:
      return 4 + fraction;
    case Family::year:
      return 1;
    case Family::text:
      return name == "char" && character_bytes(column) == 1 ? characters(type) : 0;
    case Family::blob:
      return name == "binary" ? characters(type) : 0;
    case Family::other:
      return name == "uuid" || name == "inet6" ? 16 : name == "inet4" ? 4 : 0;
    case Family::json:
    case Family::spatial:
      break;
  }
  return 0;
}

int row_bytes(const Column& column) {
  if (const int fixed = fixed_bytes(column)) return fixed;
  constexpr int kPointer = 8;
  const std::string& name = column.type.name;
  if (!is_lob(column.type) && (name == "char" || name == "varchar" || name == "varbinary")) {
    const int longest = characters(column.type) * character_bytes(column);
    return longest + (name == "char" ? 0 : longest < 256 ? 1 : 2);
  }
  return kPointer + (name.starts_with("tiny")           ? 1
                     : name == "text" || name == "blob" ? 2
                     : name.starts_with("medium")       ? 3
                                                        : 4);
}

int key_bytes(const Column& column, int prefix) {
  if (const int fixed = fixed_bytes(column); fixed > 0 && prefix == 0) return fixed;
  return (prefix > 0 || is_lob(column.type) ? prefix : characters(column.type)) * character_bytes(column);
}

int key_bytes(const Table& table, const std::vector<KeyPart>& parts) {
  int total = 0;
  for (const KeyPart& part : parts) {
    const auto name = part.expression.as_column();
    if (const Column* column = name ? table.find_column(*name) : nullptr) total += key_bytes(*column, part.prefix);
  }
  return total;
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
    return index.unique && (index.method == "hash" || key_bytes(table, index.parts) > longest_key(table));
  });
}

}  // namespace emcee::mysql
