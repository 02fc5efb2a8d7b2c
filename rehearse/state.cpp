#include "rehearse/state.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace emcee::rehearse {

void store(const plan::SyncGroup& group, const plan::GroupRow& row, Cells& cells) {
  for (std::size_t i = 0; i < group.old_columns.size(); ++i) cells[group.old_columns[i].name] = row.old_values[i];
  for (std::size_t i = 0; i < group.new_columns.size(); ++i) cells[group.new_columns[i].name] = row.new_values[i];
}

Key key_of(const Table& table, const Cells& cells) {
  Key key;
  for (const Identifier& name : table.key_names()) key.push_back(cell(cells, name));
  return key;
}

std::string row_literal(const Cells& cells, const std::vector<const Column*>& columns,
                        const applier::Connection& connection) {
  std::vector<std::string> values;
  for (const Column* column : columns) values.push_back(literal(cell(cells, column->name), connection));
  return fmt::format("({})", fmt::join(values, ", "));
}

std::string key_condition(const Table& table, const Key& key, const applier::Connection& connection) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < key.size(); ++i)
    parts.push_back(fmt::format("{} = {}", table.key[i], literal(key[i], connection)));
  return fmt::format("{}", fmt::join(parts, " AND "));
}

Result<void> read_rows(applier::Connection& connection, const Table& table, const std::vector<const Column*>& columns,
                       const std::string& more, const TakeRow& take) {
  std::vector<std::string> names;
  for (const Column* column : columns) names.push_back(column->sql);
  names.push_back(more);
  EMCEE_ASSIGN(const auto rows, connection.query(fmt::format("SELECT {} FROM {}", fmt::join(names, ", "), table.sql)));
  for (const applier::Row& row : rows) {
    Cells cells;
    for (std::size_t i = 0; i < columns.size(); ++i) cells[columns[i]->name] = row[i];
    take(std::move(cells), row.back());
  }
  return {};
}

}  // namespace emcee::rehearse
