#include "dialects/sqlite/counted_key.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "dialects/sqlite/ddl.h"

namespace emcee::sqlite {

using plan::SyncGroup;
using schema::Identifier;

namespace {

std::string column(const SyncGroup& group) { return quoting()(group.new_columns.front().name); }

// The highest number that is taken; `others`: queries of one number that count as well. A number as text or a blob is
// no key.
std::string highest(const SyncGroup& group, std::vector<std::string> others) {
  const diff::GeneratedRow& row = *group.row;
  others.insert(others.begin(), fmt::format("SELECT max({}) FROM {}", quoting()(row.key), quoting()(row.table)));
  if (group.counted->keeps_count)
    others.push_back(fmt::format("SELECT max(seq) FROM sqlite_sequence WHERE name = {} COLLATE NOCASE",
                                 string_literal(row.table.name.text())));
  std::vector<std::string> numbers;
  for (const std::string& other : others) numbers.push_back(fmt::format("coalesce(({}), 0)", other));
  return fmt::format("max(0, {})", fmt::join(numbers, ", "));
}

}  // namespace

std::string last_key_table(const SyncGroup& group) {
  return quoting()(Identifier(fmt::format("emcee_{}_last", group.name)));
}

std::vector<std::string> create_last_key(const SyncGroup& group) {
  return {fmt::format("CREATE TABLE {} (last INTEGER NOT NULL)", last_key_table(group)),
          fmt::format("INSERT INTO {} VALUES (0)", last_key_table(group))};
}

std::string count_key(const SyncGroup& group, const std::string& condition) {
  return fmt::format("UPDATE {} SET last = {} + 1 WHERE {}", last_key_table(group), highest(group, {"last"}),
                     condition);
}

std::string note_key(const SyncGroup& group) {
  return fmt::format("UPDATE {0} SET last = CAST(NEW.{1} AS INTEGER) WHERE last < CAST(NEW.{1} AS INTEGER)",
                     last_key_table(group), column(group));
}

// A number behind the last one is no integer any more.
std::string no_key_left(const SyncGroup& group) {
  return fmt::format("EXISTS (SELECT 1 FROM {} WHERE typeof(last) <> 'integer')", last_key_table(group));
}

plan::NumberingUpdate numbering(const SyncGroup& group, const schema::Table& table, const RowKey& key) {
  const std::string t = quoting()(table.name), c = column(group);
  const std::vector<std::string> key_sql = key.sql();
  std::vector<std::string> names, same;
  for (std::size_t i = 0; i < key_sql.size(); ++i) {
    names.push_back(fmt::format("{} AS emcee_k{}", key_sql[i], i + 1));
    same.push_back(fmt::format("{}.{} IS emcee_n.emcee_k{}", t, key_sql[i], i + 1));
  }
  const std::string taken =
      highest(group, {fmt::format("SELECT max({0}) FROM {1} WHERE typeof({0}) = 'integer'", c, t)});
  plan::NumberingUpdate result;
  result.update = fmt::format(
      "UPDATE {0} SET {1} = emcee_n.emcee_key FROM (SELECT {2}, {3} + row_number() OVER (ORDER BY {4}) AS emcee_key "
      "FROM {0} WHERE {5}",
      t, c, fmt::join(names, ", "), taken, fmt::join(key_sql, ", "), GroupSql(group, table).pending());
  result.end = fmt::format(") AS emcee_n WHERE {}", fmt::join(same, " AND "));
  return result;
}

}  // namespace emcee::sqlite
