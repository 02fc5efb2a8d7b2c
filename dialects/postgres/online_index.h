// Indexes that are built and dropped while others write: CONCURRENTLY, in a step of their own and
// outside of a transaction. A build that fails leaves an INVALID index behind, which goes before the
// next attempt. https://www.postgresql.org/docs/15/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
#pragma once

#include "dialects/postgres/statements.h"
#include "schema/schema.h"

namespace emcee::postgres {

// False where the change is none of an index, or the server cannot: an exclusion constraint, or an index
// of a partitioned table that goes. One that comes is built on each partition. `before` is the
// schema before the step, `last` the one at the end of the upgrade.
bool change_index_online(Script& script, const diff::Change& change, const schema::Schema& before,
                         const schema::Schema& last);

}  // namespace emcee::postgres
