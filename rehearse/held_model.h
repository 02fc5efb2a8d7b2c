// Columns that become a row of another table (rule 13 of docs/sync.md), as a function on the rows of both.
#pragma once

#include "rehearse/generated_model.h"
#include "rehearse/plain_database.h"

namespace emcee::rehearse {

class HeldModel {
 public:
  // The key that was made for the row of that key; nobody can foresee it.
  using MadeKey = std::function<Value(const Key& owner)>;
  // `made` makes the rows of the other table. `replace_deletes`: a REPLACE fires the triggers for DELETE. REQUIRES: all
  // outlive it.
  HeldModel(const Family& family, GeneratedModel& made, bool replace_deletes);

  struct Step {
    bool refused = false;                             // the statement has to be
    bool may_refuse = false;                          // it writes both tables, in an order of the server's
    std::optional<std::pair<Key, Value>> taken = {};  // the key that was made for this row is another row's
  };
  // Brings what the statement wrote into one table to the other one. `rows` is what it did without triggers; `seen`
  // tells who has kept a key, where one statement gives rows of their own to all but one of those that share it; null:
  // nobody has looked.
  Step carry(const State& before, const Plain& plain, const State* seen, const MadeKey& made_key, State& rows);
  // Whether an INSERT of these cells is refused; an upsert fires its triggers, too.
  bool refuses_insert(const Cells& given, const State& before);
  // A row that waits is given a key that names no row: what a batch does as well, whose row comes behind it.
  bool looks_like_a_batch(const State& before, const Plain& plain) const;
  // What is wrong with a row that has a key, in itself; nothing: its row is there and says what it does.
  std::optional<std::string> wrong_link(const State& rows, const applier::Connection& connection) const;

  std::size_t owner() const { return made_.owner(); }
  std::size_t other() const { return made_.other(); }
  const plan::SyncGroup& group() const { return made_.group(); }

 private:
  using Said = std::vector<Value>;
  Said said(const Cells& owner) const;
  Said row_says(const Cells& row) const;
  bool says_nothing(const Said& said) const;
  bool waits(const Cells& owner) const { return plan::is_null(made_.key(owner)) && !says_nothing(said(owner)); }
  // Another row than that of this key has the same key of the other table.
  bool is_shared(const Value& key, const Key& owner, const State& rows) const;
  Cells* find_row(const Value& key, State& rows) const;

  // One statement, as it goes on.
  struct Work;
  void tell(const Cells& was, const Cells& now, Work& work) const;
  void row_gone(const Cells& was, Work& work) const;
  void inserted(const Key& place, const Cells* replaced, Work& work);
  void updated(const Key& place, const Cells& was, Work& work);
  void key_changed(const Cells& was, Cells& now, Work& work) const;
  void old_changed(const Key& place, Cells& now, Work& work);
  void take_down(const Said& says, Cells& owner, Work& work) const;
  void make_row(const Key& place, const Cells* copied, Work& work);
  void carry_rows(Work& work) const;
  void carry_owners(Work& work);

  const Family& family_;
  GeneratedModel& made_;
  bool replace_deletes_;
  std::vector<Value> old_defaults_;
};

}  // namespace emcee::rehearse
