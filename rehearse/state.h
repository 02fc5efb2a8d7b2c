// What the related tables hold, as far as it is known.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "plan/sync_model.h"
#include "rehearse/family.h"

namespace emcee::rehearse {

// A row as far as it is known, by column.
using Cells = std::map<Identifier, Value>;
// The values of the columns by which a row is known, in the order of Table::key.
using Key = std::vector<Value>;
using KeyedRows = std::map<Key, Cells>;
using State = std::vector<KeyedRows>;  // per table of the family

inline Value cell(const Cells& cells, const Identifier& name) {
  const auto found = cells.find(name);
  return found == cells.end() ? Value() : found->second;
}
inline Cells overlaid(Cells cells, const Cells& given) {
  for (const auto& [name, value] : given) cells[name] = value;
  return cells;
}
// Puts the columns of a group into a row.
void store(const plan::SyncGroup& group, const plan::GroupRow& row, Cells& cells);
Key key_of(const Table& table, const Cells& cells);
// `(1, 'a', NULL)`, of these columns; NULL where nothing is known.
std::string row_literal(const Cells& cells, const std::vector<const Column*>& columns,
                        const applier::Connection& connection);
// `id = '1' AND kind = 'a'`
std::string key_condition(const Table& table, const Key& key, const applier::Connection& connection);

// The rows of one table. `more` is read after the columns, and handed to `take` beside each row.
using TakeRow = std::function<void(Cells, const Value& more)>;
Result<void> read_rows(applier::Connection& connection, const Table& table, const std::vector<const Column*>& columns,
                       const std::string& more, const TakeRow& take);

}  // namespace emcee::rehearse
