// Columns that are copied to a wider type beside themselves ([[shadow]] of the release map), where writing the table
// anew would keep everybody out for too long.
//
//   expand    a column of the wider type under another name, kept equal by triggers
//   migrate   copy
//   contract  what hangs on the old column is built on the copy; then, in one step, the old column goes and the copy
//             takes its name
//
// To the planners that is a rename: an old column, a new one, and a group of both. What is said about it, findings and
// hazards, is said of the one column that people know.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/dialect.h"
#include "schema/schema.h"

namespace emcee::plan {

struct Shadow {
  QualifiedName table;
  Identifier column;
  Identifier stand_in;  // the name of the copy until contract
  schema::Type before, after;
  std::string obstacle;  // why there cannot be one; empty where there can
};

struct Shadows {
  std::vector<Shadow> all;
  // What the planners work towards: the new schema, and the map, with the copies in place of the columns. None where
  // nothing is copied.
  std::optional<schema::Schema> after;
  diff::ReleaseMap map;
};

// REQUIRES: a map that has been resolved. Errors: report_bug.
schema::Result<Shadows> make_shadows(const schema::Schema& before, const schema::Schema& after,
                                     const diff::ReleaseMap& map, const Dialect& dialect);

class Draft;

// Makes a plan with copies, `draft`, say what a plan of the columns themselves, `meant`, would say, and adds the step
// in which the copies take their places.
void take_places(Draft& draft, const Draft& meant);

}  // namespace emcee::plan
