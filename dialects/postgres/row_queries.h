// Queries over rows: which wait for the backfill, which are in conflict, which stand against a
// requirement of contract; and the backfill itself.
//
// The backfill is one UPDATE whose WHERE and SET read the row that it writes: after waiting for a
// lock PostgreSQL evaluates both anew. With a subquery or a FROM it would write what it read before
// (engine facts: it overwrote what the new release had just written, seen on 15).
#pragma once

#include <string>
#include <vector>

#include "plan/dialect.h"

namespace emcee::postgres {

plan::RenderedBackfill render_backfill(const plan::Backfill& backfill, const schema::Schema& schema);
std::vector<plan::RowQuery> verify_queries(const plan::SyncGroup& group, const schema::Schema& schema);
std::vector<std::string> resolve(const plan::SyncGroup& group, const schema::Schema& schema, bool old_wins);
plan::RowQuery requirement_query(const plan::CheckRows& check, const schema::Schema& schema);

}  // namespace emcee::postgres
