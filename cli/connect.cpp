#include "cli/connect.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/schema_source.h"
#include "cli/signals.h"

namespace emcee::cli {

using schema::ErrorCode;
using schema::fail;
using schema::Result;

namespace {

Result<std::unique_ptr<applier::Connection>> open(const Database& database, const std::string& url,
                                                  const OpenOptions& options) {
  for (std::int64_t attempt = 0;; ++attempt) {
    auto connection = database.open(url, options);
    if (connection || connection.error().code != ErrorCode::try_again || attempt >= options.retries) return connection;
    if (options.wait) options.wait(connection.error().message);
    if (!sleep_unless_stopped(options.retry_interval)) return fail(ErrorCode::interrupted, "stopped on request");
  }
}

}  // namespace

Result<std::unique_ptr<applier::Connection>> connect(const std::string& url, const OpenOptions& options) {
  if (const Database* database = find_database(url)) return open(*database, url, options);
  // The rest of a URL may hold a password.
  const std::string_view scheme = url_scheme(url);
  const std::string shown = scheme.empty() ? url : std::string(scheme) + ":";
  std::vector<std::string_view> examples;
  for (const Database& database : databases()) examples.push_back(database.example);
  return fail(ErrorCode::usage, fmt::format("'{}' is no URL of a database that emcee can open", shown),
              fmt::format("write {}", fmt::join(examples, " or ")));
}

Result<Target> open_target(const DatabaseOptions& options, const OpenOptions& how) {
  Target target;
  EMCEE_ASSIGN(target.release, applier::read_release(options.directory));
  EMCEE_ASSIGN(target.connection, connect(options.db, how));
  if (target.connection->dialect() != target.release.dialect)
    return fail(ErrorCode::usage,
                fmt::format("{} is a plan for {}, and {} is {}", options.directory, target.release.dialect,
                            target.connection->name(), target.connection->dialect()));
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
