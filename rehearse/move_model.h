// Columns that move between two tables (rule 12 of docs/sync.md), as a pure function on the rows of both.
#pragma once

#include "rehearse/plain_database.h"

namespace emcee::rehearse {

class MoveModel {
 public:
  // `keeps_key`: foreign keys are looked at before the triggers of the whole can take the part along.
  MoveModel(const Family& family, const plan::SyncGroup& group, bool keeps_key);

  struct Step {
    bool refused = false;     // the statement has to be
    bool may_refuse = false;  // foreign keys, or a row that may have been made, may stand against it
    // What a row of the part may be besides; nothing: it may as well not be there.
    std::vector<std::pair<Key, std::optional<Cells>>> further;
  };
  // Brings what the statement wrote into one table to the other one. `rows` is what it did without triggers.
  Step carry(const State& before, const Plain& plain, State& rows) const;
  // What the batches make of the rows.
  Step backfill(State& rows) const;
  // A row of the whole that triggers or batches may have brought to the part, or the other way.
  bool waits(const State& rows, const Key& whole) const;

  using Match = std::vector<Value>;  // the values of the key of the move
  Match of_part(const Cells& cells) const;
  // In columns that neither the key nor the move is about.
  bool part_holds_more(const Cells& cells) const;
  std::size_t whole() const { return whole_; }
  std::size_t part() const { return part_; }
  const plan::MovedColumns& move() const { return *group_.move; }

 private:
  Match of_whole(const Cells& cells) const;
  bool whole_is_empty(const Cells& cells) const;
  bool part_is_empty(const Cells& cells) const;
  void to_part(const Cells& whole, Cells& part) const;
  void to_whole(const Cells& part, Cells& whole) const;
  void clear(Cells& cells, bool whole) const;
  Cells* find_whole(State& rows, const Match& match) const;
  Cells* find_part(State& rows, const Match& match) const;
  Cells new_part(const Cells& whole) const;
  void put_part(State& rows, const Cells& cells) const;
  void enter_keys(State& rows) const;
  void erase_part(State& rows, const Match& match) const;

  void carry_whole(const Cells* before, const Cells& after, State& rows, Step& step) const;
  void carry_whole_away(const Cells& before, State& rows, Step& step) const;
  void carry_part(const Cells* before, const Cells& after, State& rows, Step& step) const;
  void carry_part_away(const Cells& before, State& rows, Step& step) const;

  const Family& family_;
  const plan::SyncGroup& group_;
  bool keeps_key_;
  std::size_t whole_ = 0, part_ = 0;
  std::vector<Value> absent_;       // what the whole holds where the part has no row
  std::vector<Value> part_absent_;  // what the part holds that is given nothing
};

}  // namespace emcee::rehearse
