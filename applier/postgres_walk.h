// What a walk along the key of a table asks of PostgreSQL beside its batches.
#pragma once

#include <cstdint>
#include <string>

#include "applier/connection.h"

namespace emcee::applier {

// See Connection::finish_walk, prepare_walk, refuse_scan, followers_behind and busy.
Result<void> analyze_postgres(Connection& connection, const std::string& table_sql);
Result<void> prepare_postgres_walk(Connection& connection, const std::string& table_sql);
Result<void> refuse_postgres_scan(Connection& connection, std::string_view sql, const Row& parameters);
Result<std::string> postgres_followers_behind(Connection& connection, std::int64_t bytes);
Result<std::string> postgres_busy(Connection& connection, const LoadLimits& limits);

}  // namespace emcee::applier
