// What happens in a rehearsal, one thing after the other, and what comes of it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "applier/applier.h"

namespace emcee::rehearse {

enum class Form : std::uint8_t {
  insert,
  insert_select,
  insert_rows,
  insert_ignored,  // nothing happens where the row is there
  upsert,
  replace,
  update,
  update_rows,
  remove,
  move
};
std::string_view to_string(Form form);

// What a release does. The numbers of columns and candidates are taken modulo how many there are.
struct Write {
  Form form = Form::insert;
  bool as_new = false;
  bool undone = false;                                   // in a transaction that rolls back
  std::size_t table = 0;                                 // those that hang together come behind the others
  int row = 0, to = 0;                                   // `to`: another row, or another key
  std::vector<std::pair<std::size_t, std::size_t>> set;  // column, and its candidate
};
// What Emcee does.
struct Advance {
  applier::Phase phase = applier::Phase::expand;
  std::int64_t limit = 0;  // expand, contract: one step; migrate: so many rows. 0: to its end
  std::int64_t calls = 0;  // after so many its connection breaks; 0: it does not
};
using Act = std::variant<Write, Advance>;

struct Tally {
  std::map<std::string, std::int64_t> writes;  // by release and form
  std::int64_t refused = 0;                    // as the model says
  std::int64_t constrained = 0;                // by constraints of the table, whatever its triggers do
  std::int64_t left_out = 0;                   // the map has no image of their rows
  std::int64_t compared = 0;
  std::int64_t broken = 0;                      // connections of Emcee
  std::int64_t finished = 0;                    // upgrades
  std::map<std::string, std::int64_t> held_up;  // phases that would not go on over such rows, and why
};

struct Failure {
  enum class Kind : std::uint8_t { value, row, accepted, refused, phase };
  Kind kind = Kind::value;
  std::string what;
  std::vector<std::string> statements;  // that led there, those of Emcee as comments
  std::size_t act = 0;                  // the one that failed
};
struct Problem {
  Failure::Kind kind;
  std::string what;
};

// Who writes: before the end of expand all nodes are of the old release, from contract on of the new one.
enum class Stage : std::uint8_t { old_only, both, contracted };

}  // namespace emcee::rehearse
