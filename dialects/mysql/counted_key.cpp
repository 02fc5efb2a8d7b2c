#include "dialects/mysql/counted_key.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "dialects/mysql/quoting.h"

namespace emcee::mysql {

namespace {

constexpr const char* kStart = "SET @emcee_numbering = CONNECTION_ID()";
constexpr const char* kEnd = "SET @emcee_numbering = NULL";

std::string column(const GroupSql& sql) { return quoting()(sql.group().new_columns.front().name); }

plan::NumberingUpdate update(const GroupSql& sql, const std::string& value, std::vector<std::string> kept) {
  kept.insert(kept.begin(), fmt::format("{} = {}", column(sql), value));
  plan::NumberingUpdate result;
  // It must not look into the table that the trigger writes (error 1442).
  result.update =
      fmt::format("UPDATE {} SET {} WHERE {}", quoting()(sql.table().name), fmt::join(kept, ", "), sql.pending());
  result.after = {kEnd};
  return result;
}

}  // namespace

TriggerBody reserve_key(const GroupSql& sql) {
  const diff::GeneratedRow& row = *sql.group().row;
  const std::string key = "NEW." + column(sql);
  TriggerBody body;
  body.add("BEGIN DECLARE EXIT HANDLER FOR 1062 BEGIN END");
  body.add(sql.insert_values(kNew, false));
  body.add(fmt::format("SET {} = LAST_INSERT_ID()", key));
  body.add(fmt::format("DELETE FROM {} WHERE {} = {}", quoting()(row.table), quoting()(row.key), key));
  body.add("END");
  return body;
}

TriggerBody refuse_without_key(const GroupSql& sql) {
  TriggerBody body;
  body.add(sql.insert_values(kNew, false));
  body.refuse(fmt::format("emcee: no row of {} can be generated for this one", sql.group().row->table.text()));
  return body;
}

TriggerBody number_row(const GroupSql& sql) {
  TriggerBody body;
  body.add(sql.insert_values(kNew, false));
  body.set(column(sql), "LAST_INSERT_ID()");
  return body;
}

plan::NumberingUpdate numbering(const GroupSql& sql, const std::vector<std::string>& kept) {
  plan::NumberingUpdate result = update(sql, column(sql), kept);
  result.before = {kStart};
  return result;
}

// The first number is had by a row that is inserted and deleted again, so that none comes a second time; the others
// follow it.
plan::NumberingUpdate numbering_offline(const GroupSql& sql, const std::vector<std::string>& kept) {
  const diff::GeneratedRow& row = *sql.group().row;
  const std::string table = quoting()(sql.table().name), target = quoting()(row.table), key = quoting()(row.key);
  std::vector<std::string> columns;
  for (const diff::Assignment& value : row.values) columns.push_back(quoting()(value.column));
  std::vector<std::string> values = sql.generated_values(sql.itself());
  if (columns.empty()) {
    columns.push_back(key);
    values.emplace_back("NULL");
  }
  plan::NumberingUpdate result = update(sql, "(@emcee_number := @emcee_number + 1)", kept);
  result.before = {kStart,
                   fmt::format("INSERT INTO {} ({}) SELECT {} FROM {} WHERE {} LIMIT 1", target,
                               fmt::join(columns, ", "), fmt::join(values, ", "), table, sql.pending()),
                   "SET @emcee_number = IF(ROW_COUNT() = 1, LAST_INSERT_ID(), NULL)",
                   fmt::format("DELETE FROM {} WHERE {} = @emcee_number", target, key),
                   fmt::format("SET @emcee_number = GREATEST(@emcee_number, (SELECT COALESCE(MAX({}), 0) + 1 FROM {})) "
                               "- 1",
                               column(sql), table)};
  return result;
}

}  // namespace emcee::mysql
