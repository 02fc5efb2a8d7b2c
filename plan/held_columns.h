// Columns that become a row of another table, whose key takes their place: what has to be true of both tables.
#pragma once

#include "plan/dialect.h"
#include "plan/sync_group.h"

namespace emcee::plan {

// Fills in which columns of the row hold the old ones. REQUIRES: group.holds_old(). Errors: add_to_map or fix_schema
// where the two could not be kept equal.
schema::Result<void> hold_columns(SyncGroup& group, const schema::Schema& before, const schema::Schema& after,
                                  const Dialect& dialect);

// No other group has anything to do with the table of the row. Errors: add_to_map.
schema::Result<void> check_holds_alone(const SyncGroup& group, const std::vector<SyncGroup>& others);

}  // namespace emcee::plan
