// Foreign keys that change a row of a mapped table without firing its triggers: neither MariaDB nor
// MySQL (as shipped) fires triggers for what a cascade writes
// (https://dev.mysql.com/doc/refman/9.0/en/triggers.html).
#pragma once

#include "plan/sync_group.h"
#include "schema/result.h"
#include "schema/table.h"

namespace emcee::mysql {

// Errors: add_to_map where a cascade changes a column of the group behind the triggers. A plain
// rename is fine where the new column has the same foreign key: the server changes both.
schema::Result<void> check_cascades(const plan::SyncGroup& group, const schema::Table& table);

// The same of a table that the group looks into. A row that goes with one of the group's table is looked up no more.
schema::Result<void> check_cascades_into_lookup(const plan::SyncGroup& group, const schema::Table& lookup);

}  // namespace emcee::mysql
