// Columns that two releases have in different tables, completed for a server: the whole is the table of both
// releases, the part holds the columns in rows of its own. Rules: docs/sync.md.
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
  bool splits = true;     // the part comes with the new release; false: it goes with the old one
  std::vector<Pair> key;  // a key of both tables: rows that are equal in it belong together
  std::vector<Column> columns;
  bool leaves_row = true;     // a row of the part can hold what stands for none; false: it goes with its last value
  bool bound_at_once = true;  // a foreign key keeps the part from having a row without the whole
};

}  // namespace emcee::plan
