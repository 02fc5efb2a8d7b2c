// The comparison of two tables of one name.
#pragma once

#include "diff/diff.h"
#include "diff/list_diff.h"

namespace emcee::diff {

struct TableDifference {
  std::vector<Change> changes;  // not yet in order
  ListDiff<Column> columns;     // what questions are asked about
  std::string note;             // about the order of columns; empty where it is the same
};

// `constraint_names`: see SchemaParts.
TableDifference diff_table(const Table& before, const Table& after, bool constraint_names = false);

}  // namespace emcee::diff
