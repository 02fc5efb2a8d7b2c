// PostgreSQL (14 or newer) behind the applier's Connection, over libpq.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "applier/connection.h"

namespace emcee::applier {

struct PostgresOptions {
  // How long a statement of a transaction waits for a lock. Whoever comes later waits behind it, so
  // this is also the longest stall of a reader. Shorter than the server's deadlock_timeout (1 s as shipped): where
  // a step and a writer wait for each other's tables, the step is the one that gives way.
  std::chrono::milliseconds lock_timeout{500};
};

// `url` is postgresql://... or postgres://..., in the forms of libpq: sockets (?host=/run/...),
// services, environment and password file included
// (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING). Errors: usage where
// it is no such URL; grant_privilege where the server does not let us in; look_at_server; try_again
// where there is no server at the moment.
Result<std::unique_ptr<Connection>> open_postgres(const std::string& url, const PostgresOptions& options = {});

}  // namespace emcee::applier
