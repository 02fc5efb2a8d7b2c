// Generated rows (rule 11 of docs/sync.md): the rows of another table that come with each row that has no key of one.
#pragma once

#include "rehearse/world.h"

namespace emcee::rehearse {

class GeneratedModel {
 public:
  // What the other table makes of a row that is given these columns, as it stands before contract; nothing where it
  // takes no such row.
  using Completed = std::function<std::optional<Cells>(std::size_t table, const Cells& given)>;
  // REQUIRES: all outlive it.
  GeneratedModel(const Family& family, const plan::SyncGroup& group, World& world, Completed completed);

  const plan::SyncGroup& group() const { return group_; }
  // The column is one of both releases: no trigger makes its rows.
  bool by_batches_only() const { return by_batches_only_; }
  std::size_t owner() const { return owner_; }
  std::size_t other() const { return other_; }
  // The key that a row has; NULL where it has none.
  Value key(const Cells& owner) const { return cell(owner, group_.new_columns.front().name); }
  const KeyedRows::value_type* find(const Value& key, const State& state) const;
  // The row of the other table that comes with this one.
  std::optional<Cells> row_for(const Cells& owner, const Value& key);
  // Where nobody has looked which key was made: these stand for it.
  const std::vector<Value>& spare_keys() const { return family_.spare_keys.at(group_.name); }
  // Whether the row gets the column with its own key, or from the map.
  bool gives(const Identifier& column) const;

 private:
  const Family& family_;
  const plan::SyncGroup& group_;
  World& world_;
  Completed completed_;
  std::size_t owner_, other_;
  bool by_batches_only_;
};

}  // namespace emcee::rehearse
