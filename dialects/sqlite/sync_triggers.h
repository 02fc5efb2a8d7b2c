// The triggers that keep the two forms of a group equal while both releases write.
//
// SQLite cannot change a row before it is stored, so the triggers are AFTER triggers that update
// the row again. What they write is in sync by construction, and a write that leaves the pair in
// sync carries nothing over; so they end by themselves with recursive_triggers on and off, and
// whichever order SQLite runs them in.
#pragma once

#include <string>
#include <vector>

#include "plan/sync_group.h"
#include "schema/result.h"
#include "schema/table.h"

namespace emcee::sqlite {

// `table` is the table while both forms exist. Errors: fix_schema where the rows of the table
// cannot be told apart (all three names of the rowid are taken by columns).
schema::Result<std::vector<std::string>> create_sync(const plan::SyncGroup& group, const schema::Table& table);
std::vector<std::string> drop_sync(const plan::SyncGroup& group, const schema::Table& table);

// The triggers that create_sync makes, without quotes.
std::vector<std::string> sync_trigger_names(const plan::SyncGroup& group, const schema::Table& table);

}  // namespace emcee::sqlite
