// Queries over rows: which wait for the backfill, which are in conflict, which stand against a
// requirement of contract; and the backfill itself.
#pragma once

#include <string>
#include <vector>

#include "dialects/mysql/flavour.h"
#include "plan/dialect.h"

namespace emcee::mysql {

plan::RenderedBackfill render_backfill(const plan::Backfill& backfill, const schema::Schema& schema,
                                       const Server& server);
std::vector<plan::RowQuery> verify_queries(const plan::SyncGroup& group, const schema::Schema& schema,
                                           const Server& server);
std::vector<std::string> resolve(const plan::SyncGroup& group, const schema::Schema& schema, const Server& server,
                                 bool old_wins);
plan::RowQuery requirement_query(const plan::CheckRows& check, const schema::Schema& schema, const Server& server);

}  // namespace emcee::mysql
