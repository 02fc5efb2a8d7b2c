// The triggers of a group that is frozen (docs/sync.md, rule 10): no expression converts its columns, so writes
// that would need one are refused.
#pragma once

#include <string>
#include <vector>

#include "dialects/mysql/flavour.h"
#include "plan/sync_group.h"
#include "schema/table.h"

namespace emcee::mysql {

// Statements that make them where they are not there yet. BEFORE triggers: an engine without transactions keeps
// what an AFTER trigger refuses. REQUIRES: the group is frozen.
std::vector<std::string> create_freeze(const plan::SyncGroup& group, const schema::Table& table, const Server& server);

// Without quotes, in the order of create_freeze.
std::vector<std::string> freeze_trigger_names(const plan::SyncGroup& group);

}  // namespace emcee::mysql
