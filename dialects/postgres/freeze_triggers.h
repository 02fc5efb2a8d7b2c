// The triggers of a group that is frozen (docs/sync.md, rule 10): no expression converts its columns, so writes
// that would need one are refused.
#pragma once

#include <string>
#include <vector>

#include "plan/sync_group.h"
#include "schema/schema.h"

namespace emcee::postgres {

// One function, and its triggers on `table` and all that inherit from it. BEFORE triggers: a row that moves to another
// partition goes without an AFTER UPDATE. REQUIRES: the group is frozen.
std::vector<std::string> create_freeze(const plan::SyncGroup& group, const schema::Schema& schema);

// The events that it has triggers for: `insert`, `truncate`.
std::vector<std::string> freeze_events(const plan::SyncGroup& group);

}  // namespace emcee::postgres
