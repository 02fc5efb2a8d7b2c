#include "cli/connect.h"

#include <fmt/format.h>

#include "applier/sqlite_connection.h"
#include "cli/schema_source.h"
#include "cli/signals.h"

namespace emcee::cli {

using schema::ErrorCode;
using schema::fail;
using schema::Result;

Result<std::unique_ptr<applier::Connection>> connect(const std::string& url) {
  if (url_scheme(url) == "sqlite") return applier::open_sqlite(url);
  // The rest of a URL may hold a password.
  const std::string_view scheme = url_scheme(url);
  const std::string shown = scheme.empty() ? url : std::string(scheme) + ":";
  return fail(ErrorCode::usage, fmt::format("'{}' is no URL of a database that emcee can open", shown),
              "a SQLite database is sqlite:PATH, for instance sqlite:app.db");
}

Result<Target> open_target(const DatabaseOptions& options) {
  Target target;
  EMCEE_ASSIGN(target.release, applier::read_release(options.directory));
  EMCEE_ASSIGN(target.connection, connect(options.db));
  if (target.connection->dialect() != target.release.dialect)
    return fail(ErrorCode::usage, fmt::format("{} is a plan for {}, and {} is {}", options.directory,
                                              target.release.dialect, options.db, target.connection->dialect()));
  target.connection->watch(&stop_on_signals());
  return target;
}

applier::Options applier_options() {
  applier::Options options;
  options.stop = &stop_on_signals();
  options.tool_version = EMCEE_VERSION;
  return options;
}

}  // namespace emcee::cli
