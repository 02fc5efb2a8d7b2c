#include "dialects/mysql/limits.h"

#include <fmt/format.h>

#include <algorithm>

#include "dialects/mysql/table_keys.h"
#include "dialects/mysql/types.h"

namespace emcee::mysql {

using schema::Column;
using schema::Table;

namespace {

std::optional<std::string> too_long_key(const Table& table, const Server& server) {
  const int longest = longest_key(table);
  const auto breaks = [&](const std::string& name, const std::vector<schema::KeyPart>& parts) {
    const int bytes = key_bytes(table, parts);
    return bytes <= longest ? std::nullopt
                            : std::optional(fmt::format("{} would take {} bytes of at most {}", name, bytes, longest));
  };
  if (table.primary_key)
    if (auto found = breaks("the primary key", table.primary_key->parts)) return found;
  for (const schema::Index& index : table.indexes) {
    // Its parts say nothing of what it takes; and MariaDB hashes what is unique and too long.
    if (!index.method.empty() && index.method != "btree") continue;
    if (index.unique && server.is_mariadb()) continue;
    if (auto found = breaks("the key " + index.name.name.text(), index.parts)) return found;
  }
  return std::nullopt;
}

// The server's own record, in which a BLOB is a pointer.
std::optional<std::string> too_long_row(const Table& table) {
  constexpr int kLongest = 65535;
  int bytes = 0, nullable = 0;
  for (const Column& column : table.columns) {
    bytes += row_bytes(column);
    if (!column.not_null) ++nullable;
  }
  bytes += (nullable + 7) / 8;
  if (bytes <= kLongest) return std::nullopt;
  return fmt::format("a row would take {} bytes of at most {}", bytes, kLongest);
}

bool is_innodb_dynamic(const Table& table) {
  const auto option = [&](const char* name) {
    const auto it = table.options.other.find(name);
    return it == table.options.other.end() ? std::string() : schema::to_lower(it->second);
  };
  const std::string format = option("row_format");
  return option("engine") == "innodb" && (format.empty() || format == "dynamic" || format == "default");
}

// What a long value leaves of itself in the page at most, with its length: MySQL counts with 40 bytes,
// MariaDB with a pointer for what is longer than 255 bytes.
int page_bytes(const Column& column, const Server& server) {
  if (const int fixed = fixed_bytes(column)) return fixed;
  constexpr int kPointer = 20, kStays = 40, kShort = 255;
  const bool lob = is_lob(column.type);
  const int longest = characters(column.type) * character_bytes(column);
  if (server.is_mariadb()) return (lob || longest > kShort ? kPointer : longest) + 1;
  return (lob ? kStays : std::min(longest, kStays)) + 1;
}

// Half a page of 16 KiB has to hold a row of InnoDB.
std::optional<std::string> too_long_for_page(const Table& table, const Server& server) {
  constexpr int kLongest = 8125;
  if (!is_innodb_dynamic(table)) return std::nullopt;
  int nullable = 0;
  int bytes = 5 + 6 + 7;  // the head of a record; who wrote it, and what it was before
  if (clustered_key(table).empty()) bytes += 6;
  for (const Column& column : table.columns) {
    if (column.generated && !column.generated->stored) continue;
    if (!column.not_null) ++nullable;
    bytes += page_bytes(column, server);
  }
  bytes += (nullable + 7) / 8;
  if (bytes <= kLongest) return std::nullopt;
  return fmt::format("a row would take {} bytes of its page, of at most {}", bytes, kLongest);
}

std::optional<std::string> counts_twice(const Table& table) {
  const auto counts = [](const Column& column) { return column.identity.has_value(); };
  const auto first = std::find_if(table.columns.begin(), table.columns.end(), counts);
  if (first == table.columns.end()) return std::nullopt;
  const auto second = std::find_if(first + 1, table.columns.end(), counts);
  if (second == table.columns.end()) return std::nullopt;
  return fmt::format("{} and {} would both count, and one column of a table can", first->name.text(),
                     second->name.text());
}

std::optional<std::string> too_many(const Table& table) {
  constexpr std::size_t kKeys = 64, kColumns = 1017;
  const std::size_t keys = table.indexes.size() + (table.primary_key ? 1 : 0);
  if (keys > kKeys) return fmt::format("it would have {} keys of at most {}", keys, kKeys);
  if (table.columns.size() > kColumns)
    return fmt::format("it would have {} columns of at most {}", table.columns.size(), kColumns);
  return std::nullopt;
}

}  // namespace

std::optional<std::string> broken_limit(const Table& table, const Server& server) {
  if (auto found = counts_twice(table)) return found;
  if (auto found = too_long_key(table, server)) return found;
  if (auto found = too_long_row(table)) return found;
  if (auto found = too_long_for_page(table, server)) return found;
  return too_many(table);
}

}  // namespace emcee::mysql
