// The triggers that keep the two forms of a group equal while both releases write.
//
// Two BEFORE ROW triggers and their functions, which live in schema emcee. They change NEW, so the
// application sees the synced row in RETURNING, insert ids and row counts stay its own, and a NOT
// NULL column of the old form is filled before the constraint looks. Functions run with the rights
// of the writer (SECURITY INVOKER): a trigger may set columns that the writer may not, and reads
// nothing but the row.
//
// Not UPDATE OF: it looks at the SET list only and misses what an earlier trigger changed. WHEN
// keeps the function from being called for other columns. All facts seen on 15 and 18.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plan/sync_group.h"
#include "schema/result.h"
#include "schema/schema.h"

namespace emcee::postgres {

// The batches of a backfill say so, and are not taken for a release.
inline constexpr const char* kNotBypassed = "pg_catalog.current_setting('emcee.bypass', true) IS DISTINCT FROM 'on'";

// The triggers of a table run in the order of their names, and ours come last, but for those that write the row of
// another table: they come before those that look for it, as RI_ConstraintTrigger_.. of a foreign key that is there
// already.
std::string sync_trigger_name(const plan::SyncGroup& group, std::string_view event);
// As SQL.
std::string sync_function_name(const plan::SyncGroup& group, std::string_view event);

struct SyncOptions {
  // Fire for rows that logical replication applies, too: on a subscriber whose publisher does not
  // keep the pair equal.
  bool always = false;
};

// `schema` is the schema while both forms exist. REQUIRES: schema emcee exists.
// Errors: fix_schema / add_to_map where no trigger could keep the pair equal: a column of the group
// is generated or part of a partition key, an expression reads something that cannot be seen in a
// BEFORE trigger, a trigger of the application would run after ours.
schema::Result<std::vector<std::string>> create_sync(const plan::SyncGroup& group, const schema::Schema& schema,
                                                     const SyncOptions& options = {});
std::vector<std::string> drop_sync(const plan::SyncGroup& group, const schema::Schema& schema);

// The functions anew: what only an old release would write is refused now. No lock on the table.
std::vector<std::string> fence_sync(const plan::SyncGroup& group, const schema::Schema& schema);

// The triggers that create_sync makes, without quotes.
std::vector<std::string> sync_trigger_names(const plan::SyncGroup& group);
// Conditions, true where a trigger is there; those of them on tables that are looked up; and one that is true where
// the functions refuse the old release.
std::vector<std::string> sync_probes(const plan::SyncGroup& group, const schema::Schema& schema);
std::vector<std::string> lookup_probes(const plan::SyncGroup& group);
std::string fence_probe(const plan::SyncGroup& group);

}  // namespace emcee::postgres
