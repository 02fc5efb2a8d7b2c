#include "rehearse/generated_model.h"

#include <algorithm>

namespace emcee::rehearse {

GeneratedModel::GeneratedModel(const Family& family, const plan::SyncGroup& group, World& world, Completed completed)
    : family_(family),
      group_(group),
      world_(world),
      completed_(std::move(completed)),
      owner_(*family.find(group.table)),
      other_(*family.find(group.row->table)),
      by_batches_only_(std::any_of(family.fills.begin(), family.fills.end(),
                                   [&](const plan::SyncGroup& fill) { return fill.name == group.name; })) {}

const KeyedRows::value_type* GeneratedModel::find(const Value& key, const State& state) const {
  const KeyedRows& rows = state[other_];
  const auto found =
      std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return cell(row.second, group_.row->key) == key; });
  return found == rows.end() ? nullptr : &*found;
}

std::optional<Cells> GeneratedModel::row_for(const Cells& owner, const Value& key) {
  const auto given = world_.generated(group_, owner, key);
  return given ? completed_(other_, *given) : std::nullopt;
}

bool GeneratedModel::gives(const Identifier& column) const {
  return column == group_.row->key || std::any_of(group_.row->values.begin(), group_.row->values.end(),
                                                  [&](const auto& value) { return value.column == column; });
}

}  // namespace emcee::rehearse
