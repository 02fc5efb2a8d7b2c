// The triggers that keep the two forms of a group equal while both releases write.
//
// BEFORE triggers change the row before it is stored. They compare values and keep no state beyond
// their statement, so nothing can leak from one that failed; a session that must not fire them (the
// backfill) sets @emcee_bypass to its own connection id, which is no other session's.
#pragma once

#include <string>
#include <vector>

#include "dialects/mysql/flavour.h"
#include "plan/sync_group.h"
#include "schema/result.h"
#include "schema/table.h"

namespace emcee::mysql {

// Statements of a step: settings of the session, the work, and what ends both, failed or not.
struct SyncScript {
  std::vector<std::string> before, run, after;
};

// `table` is the table while both forms exist. All triggers of the group appear at once, under a
// lock of the table. Errors: fix_schema where the server changes a column of the group without
// firing a trigger.
schema::Result<SyncScript> create_sync(const plan::SyncGroup& group, const schema::Table& table, const Server& server);
SyncScript drop_sync(const plan::SyncGroup& group, const schema::Table& table);

// The first step of contract, where DDL is not transactional: in place of the triggers others,
// which refuse what only the old release would write, and go on doing the rest.
schema::Result<SyncScript> fence_sync(const plan::SyncGroup& group, const schema::Table& table, const Server& server);

// The triggers that create_sync and fence_sync make, without quotes. The guard is made before them, and
// goes last.
std::vector<std::string> sync_trigger_names(const plan::SyncGroup& group);
std::vector<std::string> fence_trigger_names(const plan::SyncGroup& group);

// The one for REPLACE, where the table has a primary key.
std::string replace_guard_name(const plan::SyncGroup& group);

// An expression, true where the trigger is there.
std::string trigger_exists(const std::string& unquoted_name);

}  // namespace emcee::mysql
