// Generated rows whose keys the server counts: what has to be true of their table.
#pragma once

#include "plan/dialect.h"
#include "plan/sync_group.h"

namespace emcee::plan {

// How the key of the generated rows is counted. REQUIRES: group.row. Errors: add_to_map where the server does not
// count it in both releases, where the column of the group cannot hold it, or where a number could not be had without
// a trace.
schema::Result<CountedKey> counted_key(const SyncGroup& group, const schema::Schema& before,
                                       const schema::Schema& after, const Dialect& dialect);

// What other groups do to the table of the generated rows. Errors: add_to_map where one of them would keep a number
// from being had without a trace.
schema::Result<void> check_counted(const SyncGroup& group, const std::vector<SyncGroup>& others,
                                   const Dialect& dialect);

}  // namespace emcee::plan
