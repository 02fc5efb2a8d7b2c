// From a database URL to a connection of the applier.
#pragma once

#include <memory>
#include <string>

#include "applier/applier.h"
#include "cli/database.h"
#include "cli/databases.h"

namespace emcee::cli {

// Opens the database. Errors: usage (the URL), look_at_server, try_again, grant_privilege.
schema::Result<std::unique_ptr<applier::Connection>> connect(const std::string& url, const OpenOptions& options = {});

// A release and the database that it is for.
struct Target {
  applier::Release release;
  std::unique_ptr<applier::Connection> connection;
};
// Errors: those of connect and applier::read_release; usage where they are of different dialects.
schema::Result<Target> open_target(const DatabaseOptions& options, const OpenOptions& how = {});

// Options of the applier for this process: stop flag and version are set.
applier::Options applier_options();

}  // namespace emcee::cli
