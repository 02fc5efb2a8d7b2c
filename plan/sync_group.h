// One group of columns of one table that two releases see differently, completed for a server:
// what a trigger, a backfill and the reference model need to know. Rules: docs/sync.md.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "diff/release_map.h"
#include "plan/mirrored_table.h"
#include "plan/moved_columns.h"
#include "schema/schema.h"

namespace emcee::plan {

using diff::BothGiven;
using diff::ExplicitNull;
using diff::Freeze;
using diff::NoneGiven;
using schema::Fragment;
using schema::Identifier;
using schema::QualifiedName;

// A column of the old form (O). Dropped at contract.
struct OldColumn {
  Identifier name;
  std::optional<Fragment> down;           // over shared and new columns; none: lossy
  std::optional<Fragment> default_value;  // a value equal to it is not "given" on INSERT
  bool not_null = false;                  // declared so by the old release; relaxed meanwhile
};

// A column of the new form (N). Nullable and without default until contract.
struct NewColumn {
  Identifier name;
  Fragment up;                            // over shared and old columns; empty where the group is frozen or counted
  std::optional<Fragment> default_value;  // declared by the new release; set at contract
  bool not_null = false;                  // declared by the new release; set at contract
};

// A table that `up` or `down` looks into.
struct Lookup : diff::Lookup {
  bool down = false;  // `down` does; its way leads through other lookups of `down`
  // How the server holds the two rows together: its row points to one of `of`, it is pointed to, or nothing does.
  enum class Tie : std::uint8_t { points_to, pointed_to_by, none };
  Tie tie = Tie::none;
  bool goes_along = false;  // with the row that it points to (ON DELETE CASCADE)
  // No row that reads one of its rows is there before it, where the server looks at foreign keys.
  bool comes_first() const { return tie == Tie::pointed_to_by; }
  std::vector<Identifier> columns;  // that decide: the key, and all that expressions and other lookups may read
};

// The server counts the keys of generated rows: the map has no expression that makes them.
struct CountedKey {
  std::optional<Fragment> default_value;  // gives the next number (a serial); none: the column numbers itself
  bool always = false;                    // the column refuses a number of somebody else (GENERATED ALWAYS)
  bool keeps_count = false;               // no number comes twice, its row be gone or not (SQLite: AUTOINCREMENT)
  bool first_looked_up = false;           // a first key that is given is one of a row, too: batches have another way
};

struct SyncGroup {
  std::string name;  // `visibility`: unique within the release
  QualifiedName table;
  std::vector<OldColumn> old_columns;  // empty: a fill
  std::vector<NewColumn> new_columns;  // never empty, but for a move or a mirror
  std::vector<Identifier> shared;      // other columns of the row that the expressions name
  std::vector<Lookup> lookups;         // other tables that the expressions look into: those of `up` come first
  BothGiven both_given = BothGiven::error_if_inconsistent;
  NoneGiven none_given = NoneGiven::use_default;
  ExplicitNull explicit_null = ExplicitNull::propagate;
  std::string error;                  // message of a refused write; empty: Emcee's own
  bool lossy = false;                 // no down: what the new release writes never reaches O
  bool one_to_one = false;            // up is injective: where O is unique, N is
  bool deterministic = true;          // false: an expression calls for the time, a uuid, ...; or there is none
  std::optional<Freeze> freeze;       // there are no expressions: writes that would need them are refused
  std::vector<std::string> migrator;  // the program that converts the rows, and its arguments
  // N, one column, is the key of a row of another table: N := up makes that row as well. Never deterministic. Where
  // there are old columns, the row holds them, and `down` is what it says.
  std::optional<diff::GeneratedRow> row;
  std::optional<CountedKey> counted;  // with `row`
  // The columns go to another table, or come from one; `table` is the whole. Then nothing else is said above.
  std::optional<MovedColumns> move;
  // The table gets another name by a copy; `table` is the one of the old release. Then nothing else is said above.
  std::optional<MirroredTable> mirror;

  // The row holds the old columns: `holding` are its columns that do, and `kept` its others, which a copy of it takes
  // over.
  std::vector<Identifier> holding, kept;
  bool clears_key = false;  // the foreign key of the new release empties N when the row goes (ON DELETE SET NULL)

  bool holds_old() const { return row.has_value() && !old_columns.empty(); }
  // No row stands for an O that is wholly NULL: N is NULL then.
  bool row_may_lack() const { return !new_columns.front().not_null; }
  bool has_down() const { return !old_columns.empty() && !lossy; }
  // What either release says can be held against the other's form.
  bool compares() const { return has_down() && (deterministic || holds_old()); }
  // Rows follow what other tables say for as long as the old release may write; the new one does not know of it.
  bool follows_until_fence() const { return !lookups.empty() && !has_down(); }
  bool down_looks_up() const {
    return std::any_of(lookups.begin(), lookups.end(), [](const Lookup& lookup) { return lookup.down; });
  }
  // The tables that the expressions look into, each once; the columns that decide there, each once; and the lookups
  // there, by their places.
  std::vector<QualifiedName> lookup_tables() const {
    std::vector<QualifiedName> result;
    for (const Lookup& lookup : lookups)
      if (std::find(result.begin(), result.end(), lookup.table) == result.end()) result.push_back(lookup.table);
    return result;
  }
  std::vector<Identifier> columns_read(const QualifiedName& other) const {
    std::vector<Identifier> result;
    for (const Lookup& lookup : lookups)
      for (const Identifier& column : lookup.columns)
        if (lookup.table == other && std::find(result.begin(), result.end(), column) == result.end())
          result.push_back(column);
    return result;
  }
  std::vector<std::size_t> lookups_in(const QualifiedName& other) const {
    std::vector<std::size_t> result;
    for (std::size_t i = 0; i < lookups.size(); ++i)
      if (lookups[i].table == other) result.push_back(i);
    return result;
  }
};

}  // namespace emcee::plan
