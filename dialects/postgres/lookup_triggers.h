// The triggers on tables that a group looks into: they refresh the rows that read what was written there.
//
// Before a row is written, those that read it are locked, and it is noted which of them follow (rule 5); when
// the statement is through, these are derived anew. The lock comes first: whoever writes such a row
// meanwhile waits, or is waited for, and reads what is there then. The rows are written even where nothing
// changes, so that a REPEATABLE READ transaction with an older snapshot fails to serialize instead of
// deriving from it. Facts seen on 15.
//
// The functions run with the rights of their owner (SECURITY DEFINER): who writes the other table may have
// none on the rows that read it.
#pragma once

#include <string>
#include <vector>

#include "plan/sync_group.h"
#include "schema/result.h"
#include "schema/schema.h"

namespace emcee::postgres {

// `schema` is the schema while both forms exist. REQUIRES: schema emcee exists. Nothing where the group
// looks into no other table. Errors: fix_schema where a statement could write the other table under another
// name, which fires no triggers of its own (partitions, inheritance).
schema::Result<std::vector<std::string>> create_lookups(const plan::SyncGroup& group, const schema::Schema& schema);
std::vector<std::string> drop_lookups(const plan::SyncGroup& group);

// The triggers that create_lookups makes, without quotes; those of the lookup with this number.
std::vector<std::string> lookup_trigger_names(const plan::SyncGroup& group, std::size_t lookup);

}  // namespace emcee::postgres
