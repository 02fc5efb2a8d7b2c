// The triggers that keep the two forms of a group equal while both releases write.
//
// BEFORE triggers change the row before it is stored. They compare values and keep no state beyond
// their statement, so nothing can leak from one that failed; a session that must not fire them (the
// backfill) sets @emcee_bypass to its own connection id, which is no other session's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dialects/mysql/flavour.h"
#include "dialects/mysql/lookup_triggers.h"
#include "dialects/mysql/trigger_body.h"
#include "plan/sync_group.h"
#include "schema/result.h"
#include "schema/table.h"

namespace emcee::mysql {

// The session is not the one of a backfill.
inline constexpr const char* kNotBypassed = "NOT (@emcee_bypass <=> CONNECTION_ID())";

// Statements of a step: settings of the session, the work, and what ends both, failed or not.
struct SyncScript {
  std::vector<std::string> before, run, after;
};

// `table` is the table while both forms exist. All triggers of the group appear at once, under a
// lock of the table. Errors: fix_schema where the server changes a column of the group without
// firing a trigger.
schema::Result<SyncScript> create_sync(const plan::SyncGroup& group, const schema::Table& table, const Server& server,
                                       const LookupScript& lookups = {});
SyncScript drop_sync(const plan::SyncGroup& group, const schema::Table& table, const Server& server,
                     const LookupScript& lookups = {});

// The first step of contract, where DDL is not transactional: in place of the triggers others,
// which refuse what only the old release would write, and go on doing the rest.
schema::Result<SyncScript> fence_sync(const plan::SyncGroup& group, const schema::Table& table, const Server& server,
                                      const LookupScript& lookups = {});

// The triggers that create_sync and fence_sync make, without quotes. A frozen group needs no fence. The guard is made
// before them, and goes last.
std::vector<std::string> sync_trigger_names(const plan::SyncGroup& group);
std::vector<std::string> fence_trigger_names(const plan::SyncGroup& group);

// The one that generates rows of another table, where the group does.
std::string row_trigger_name(const plan::SyncGroup& group);

// The one for REPLACE, where the table has a primary key.
std::string replace_guard_name(const plan::SyncGroup& group);

// `emcee_<group>_<what>`, in the length that names may have.
std::string sync_object_name(const plan::SyncGroup& group, std::string_view what);

// CREATE TRIGGER: `time` is `BEFORE INSERT`. The DEFINER is named, so that the script says whose rights the
// triggers run with.
std::string create_trigger(const Server& server, const std::string& name, const std::string& time,
                           const std::string& table, const TriggerBody& body);
// Adds statements that make a trigger where it is not there yet, after a crash in the middle.
void make_trigger(std::vector<std::string>& run, const Server& server, const std::string& name, std::string create);

// An expression, true where the trigger is there.
std::string trigger_exists(const std::string& unquoted_name);

}  // namespace emcee::mysql
