// Connection to a SQLite database file.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "applier/connection.h"

namespace emcee::applier {

struct SqliteOptions {
  bool create = false;                           // make the file where there is none
  std::chrono::milliseconds busy_timeout{5000};  // how long to wait for another process's lock
};

// `url`: sqlite:path, sqlite:///path (relative), sqlite:////path (absolute), or a plain path.
// Foreign keys are not enforced on the connection: rebuilding a table must not cascade, and the
// steps of a plan check keys themselves.
// Errors: usage for another scheme; look_at_server where there is no database; those of Connection.
Result<std::unique_ptr<Connection>> open_sqlite(const std::string& url, const SqliteOptions& options = {});

}  // namespace emcee::applier
