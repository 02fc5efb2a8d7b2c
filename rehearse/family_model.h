// The rules of sync for tables that hang together: what both releases must see after a statement, from what it does
// where nothing is kept in sync, and what was there before.
#pragma once

#include "rehearse/generated_model.h"
#include "rehearse/held_model.h"
#include "rehearse/move_model.h"
#include "rehearse/plain_database.h"
#include "rehearse/world.h"

namespace emcee::rehearse {

// What a row may be; nothing: it is not there.
using Alternatives = std::vector<std::optional<Cells>>;
using Expected = std::vector<std::map<Key, Alternatives>>;  // per table; rows that are not named are not there

// Looks which of the alternatives there is. Without a database, the first one is.
struct Seen {
  const State* state = nullptr;
  std::function<bool(const Column&)> visible = {};
  const applier::Connection* connection = nullptr;  // for texts
};

struct Judgement {
  bool refused = false;      // the statement has to be
  bool may_refuse = false;   // some ways to do it are
  std::string difference{};  // what stands against what is seen
  State rows;                // as they are known from then on
};

class FamilyModel {
 public:
  // REQUIRES: they outlive it.
  FamilyModel(const Family& family, World& world, const plan::Dialect& dialect,
              const GeneratedModel::Completed& completed);

  struct Attempt {
    std::size_t table = 0;
    // The triggers of INSERT see the rows first, though they update others, or are passed over.
    bool upsert_fires_insert = false;
    std::vector<Cells> given;  // rows of an INSERT, with the defaults of the old release
  };
  Judgement after_statement(const State& before, const Plain& plain, const Attempt& attempt, const Seen& seen);

  enum class Batches : std::uint8_t { none, some, all };
  // `expanded`: what triggers did before the end of expand is not known.
  Judgement after_batches(const State& before, Batches batches, bool expanded, const Seen& seen);
  // A row that a batch generates, and whose.
  struct Generated {
    std::size_t table = 0, owner_table = 0;
    Key key, owner;
    Cells row;
  };
  // What batches would make of all rows, and the rows that they would generate.
  State filled(const State& state, Batches batches, std::vector<Generated>& generated);
  // While expand is under way, what the statement inserted may have generated rows; these are added to `rows`.
  void adopt_generated(const Plain& plain, const Seen& seen, State& rows);
  // Rows that would hold up migrate, which fills all rows first, or contract, which does not, by table: they stay
  // pending, or point to no row.
  std::vector<std::pair<std::size_t, Key>> in_the_way(const State& state, Batches batches);
  const std::vector<MoveModel>& moves() const { return moves_; }
  const std::vector<HeldModel>& held() const { return held_; }
  const std::vector<GeneratedModel>& generated() const { return generated_; }

 private:
  struct Group {
    std::size_t table = 0;
    bool fill = false;  // of a column that both releases have: only batches do it
    bool held = false;  // its columns become a row of another table: statements are the affair of HeldModel
    plan::SyncModel model;
  };
  // A row and what became of it.
  struct Change {
    const Cells* before = nullptr;
    const Cells* replaced = nullptr;
    const Cells* written = nullptr;
  };
  plan::GroupRow row_at(const Group& group, const Cells& cells, std::size_t world) const;
  Cells cells_of(const plan::SyncGroup& group, const plan::GroupRow& row) const;
  const State& world_of(const plan::GroupRow& row) const;

  void enter_worlds(const State& before, const State& now);
  std::vector<plan::Outcome> outcomes(const Group& group, const Change& change);
  std::vector<plan::Outcome> followed(const Group& group, const Cells& before, const Cells& written);
  std::vector<Cells> settled(std::size_t table, const Change& change, Judgement& judgement);
  Alternatives after_batch(std::size_t table, const Cells& cells, Batches batches, bool expanded);
  std::vector<std::string> differences(const Table& table, const Cells& should, const Cells& is,
                                       const Seen& seen) const;
  bool differs(std::size_t table, const std::map<Key, Alternatives>& expected, const Seen& seen, Judgement& judgement);
  void carry_held(const State& before, const Plain& plain, const Attempt& attempt, const Seen& seen,
                  Judgement& judgement);
  // What is wrong with the keys that triggers have made, as far as it is known.
  std::string wrong_links(const State& rows, const Seen& seen) const;
  GeneratedModel* generator(const plan::SyncGroup& group);
  Value made_key(const plan::SyncGroup& group);
  Value spare_key(const GeneratedModel& generator);
  void begin(const Seen& seen);
  std::optional<Cells> generated_row(GeneratedModel& generator, const Key& owner, const Seen& seen,
                                     Judgement& judgement);
  bool generates_for_statement(std::size_t table, const State& before, const State& written, const Seen& seen,
                               Judgement& judgement);
  bool generates_for_batch(std::size_t table, const State& before, Batches batches, const Seen& seen,
                           Judgement& judgement, std::vector<std::map<Key, Alternatives>>& more);
  std::string taken_key(const GeneratedModel& generator, const Key& owner, const Value& key) const;
  void adopt_new_table(std::size_t table, const Seen& seen, State& rows) const;
  void take_numbers(const Seen& seen, bool all, State& rows) const;

  const Family& family_;
  World& world_;
  bool by_statement_;  // triggers on tables that are looked up work when the whole statement is through
  std::vector<Group> groups_;
  std::vector<MoveModel> moves_;
  std::vector<GeneratedModel> generated_;
  std::vector<HeldModel> held_;
  // Whose row is being settled, for keys that the database makes.
  const Seen* seen_ = nullptr;
  const Key* owner_ = nullptr;
  std::map<std::pair<const GeneratedModel*, Key>, Value> spare_;
  std::vector<Generated> by_batches_;
  std::vector<const State*> worlds_;  // in the row's last shared value: its place here
  std::vector<State> between_;
  std::vector<std::vector<std::size_t>> ways_;  // in which one world may become another, by their places
};

}  // namespace emcee::rehearse
