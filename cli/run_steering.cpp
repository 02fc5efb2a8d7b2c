// emcee pause, resume and throttle: steering a running migrate from another terminal.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "applier/ledger.h"
#include "applier/steering.h"
#include "cli/connect.h"
#include "cli/database.h"
#include "cli/project_targets.h"

namespace emcee::cli {

namespace {

using applier::Steering;
using schema::ErrorCode;
using schema::fail;
using schema::Result;

Result<int> steer_one(const SteeringOptions& options, const DatabaseOptions& database, Output& output) {
  EMCEE_ASSIGN(const Target target, open_target(database));
  const applier::Release& release = target.release;
  EMCEE_ASSIGN(const applier::Ledger ledger, applier::Ledger::read(*target.connection, release.component));
  if (ledger.find(release.name) == nullptr)
    return fail(ErrorCode::wrong_order, fmt::format("release {} has not begun in this database", release.name),
                "the next command is `emcee expand`");
  EMCEE_ASSIGN(Steering steering, applier::read_steering(*target.connection, {release.component, release.name}));
  std::string text;
  switch (options.command) {
    case SteeringCommand::pause:
      steering.paused = true;
      steering.reason = options.reason;
      text = "paused: a running migrate stops before its next batch, and `emcee resume` lets it go on";
      break;
    case SteeringCommand::resume:
      text = steering.any() ? "resumed: migrate goes on at its own pace" : "nothing was paused or throttled";
      steering = {};
      break;
    case SteeringCommand::throttle:
      if (options.batch) steering.batch = options.batch;
      if (options.sleep_ms) steering.sleep = std::chrono::milliseconds(*options.sleep_ms);
      text = "throttled: it holds from the next batch on, and until `emcee resume`";
      break;
  }
  EMCEE_TRY(applier::write_steering(*target.connection, {release.component, release.name}, steering,
                                    applier_options().tool_version));
  if (output.json())
    output.document({{"paused", steering.paused}, {"text", text}});
  else
    output.print(text + "\n");
  return 0;
}

}  // namespace

Result<int> run_steering(const SteeringOptions& options, Output& output) {
  if (options.command == SteeringCommand::throttle && !options.batch && !options.sleep_ms)
    return fail(ErrorCode::usage, "throttle needs --batch or --sleep", "see `emcee help throttle`");
  return on_each(options.database, {Which::begun, true}, output,
                 [&](const DatabaseOptions& database) { return steer_one(options, database, output); });
}

}  // namespace emcee::cli
