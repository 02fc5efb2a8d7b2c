// The meaning of a change, as a function on schemas: the oracle for diffs and plans.
#pragma once

#include "diff/change.h"
#include "schema/result.h"

namespace emcee::diff {

// Errors: report_bug, where the change does not fit the schema (a column that is not there);
// the schema is then unchanged. Dropping a table also drops its triggers. Renaming a table or a
// column renames it in the keys, checks, indexes, foreign keys, triggers and views that name it.
schema::Result<void> apply_change(schema::Schema& schema, const Change& change);

}  // namespace emcee::diff
