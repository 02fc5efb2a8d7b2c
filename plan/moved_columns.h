// Columns that two releases have in different tables, completed for a server: the part holds them in rows of its own,
// one for some rows of the whole. Rules: docs/sync.md.
#pragma once

#include <optional>
#include <vector>

#include "schema/schema.h"

namespace emcee::plan {

struct MovedColumns {
  struct Pair {
    schema::Identifier whole, part;
  };
  struct Column : Pair {
    std::optional<schema::Fragment> absent;  // what the whole holds where the part has no row; none: NULL
  };

  schema::QualifiedName whole, part;
  bool splits = true;     // the columns go from the whole to the part; false: from the part to the whole
  std::vector<Pair> key;  // a key of both tables: rows that are equal in it belong together
  std::vector<Column> columns;
  std::optional<schema::Index> one;  // makes the key of the part one, until it goes
  bool leaves_row = true;     // a row of the part can hold what stands for none; false: it goes with its last value
  bool bound_at_once = true;  // a foreign key keeps the part from having a row without the whole
  // Both releases have the part, and make rows of it for what else it holds; false: it comes, or goes, with the move.
  bool part_stays = false;
  bool refuses_delete = false;  // then: a row of the part stays while it holds a value; false: the value goes with it

  // A row that triggers made of a value goes where a release makes its own.
  bool row_steps_aside = false;

  // A row of the part may be there before the backfill has given it its columns.
  bool part_waits() const { return part_stays && splits; }
};

}  // namespace emcee::plan
