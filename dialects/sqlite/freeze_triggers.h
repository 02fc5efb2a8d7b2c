// The triggers of a group that is frozen (docs/sync.md, rule 10): no expression converts its columns, so writes
// that would need one are refused.
#pragma once

#include <string>
#include <vector>

#include "plan/sync_group.h"
#include "schema/table.h"

namespace emcee::sqlite {

// AFTER triggers: a row that OR IGNORE or an upsert does not insert is not refused. REQUIRES: the group is frozen.
std::vector<std::string> create_freeze(const plan::SyncGroup& group, const schema::Table& table);

// Without quotes.
std::vector<std::string> freeze_trigger_names(const plan::SyncGroup& group);

}  // namespace emcee::sqlite
