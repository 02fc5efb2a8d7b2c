#include "cli/migrator.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/process.h"
#include "cli/signals.h"

namespace emcee::cli {

using schema::ErrorCode;
using schema::fail;

namespace {

constexpr std::int64_t kSeconds = 600;
constexpr const char* kNothingWritten = "nothing of this batch was written: mend it, then run the same command again";

}  // namespace

schema::Result<std::string> ask_migrator(const PhaseOptions& options, const std::vector<std::string>& program,
                                         const std::string& input) {
  Program run;
  run.arguments = program;
  if (!options.migrator.empty()) run.arguments = {"/bin/sh", "-c", options.migrator};
  if (run.arguments.empty())
    return fail(ErrorCode::usage, "rows wait for a new form that no expression gives, and the map names no migrator",
                "`emcee migrate --migrator COMMAND`, or migrator = [..] in the map; or write the new columns yourself");
  run.input = input;
  run.shows_errors = true;
  run.time_limit = std::chrono::seconds(options.migrator_timeout.value_or(kSeconds));
  run.stop = &stop_on_signals();
  const std::string name = options.migrator.empty() ? fmt::format("{}", fmt::join(program, " ")) : options.migrator;
  auto result = run_program(run);
  if (!result) {
    schema::Error error = std::move(result).error();
    if (error.code == ErrorCode::look_at_server) error.hint = "nothing of this batch was written: `--migrator-timeout`";
    if (error.code == ErrorCode::usage) error.hint = kNothingWritten;
    return fail(std::move(error));
  }
  if (result->status != 0)
    return fail(ErrorCode::look_at_server, fmt::format("the migrator ended with code {}: {}", result->status, name),
                kNothingWritten);
  return std::move(result->out);
}

}  // namespace emcee::cli
