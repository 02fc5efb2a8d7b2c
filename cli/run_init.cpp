// emcee init: a new installation, which needs no upgrade.
#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "applier/runner.h"
#include "cli/connect.h"
#include "cli/database.h"
#include "cli/dialect_choice.h"
#include "cli/live_schema.h"
#include "cli/project_targets.h"

namespace emcee::cli {

namespace {

using schema::ErrorCode;
using schema::fail;
using schema::Result;

Result<void> must_be_empty(Target& target, const plan::Dialect& dialect) {
  parser::Coverage coverage;
  EMCEE_ASSIGN(const schema::Schema live, read_live_schema(*target.connection, dialect, true, coverage));
  EMCEE_ASSIGN(const auto history, applier::history(*target.connection, target.release.component));
  if (live.tables().empty() && live.views().empty() && history.empty()) return {};
  const std::string what = live.tables().empty() ? "objects in it" : "tables in it";
  return fail(ErrorCode::wrong_order,
              fmt::format("{} is not empty: there are {}, nothing was changed", target.connection->name(), what),
              "`emcee sync` upgrades it, and `emcee adopt` takes it over as it is");
}

Result<int> init_one(const InitOptions& options, const DatabaseOptions& database, Output& output) {
  if (options.dry_run) {  // not even a file is made
    EMCEE_ASSIGN(const applier::Release release, applier::read_release(database.directory));
    output.print(release.new_schema);
    return 0;
  }
  OpenOptions open;
  open.create = true;
  EMCEE_ASSIGN(Target target, open_target(database, open));
  EMCEE_ASSIGN(const auto ledger, applier::Ledger::read(*target.connection, target.release.component));
  if (const auto* row = ledger.find(target.release.name); row != nullptr && row->done()) {
    output.print(fmt::format("nothing to do: the database is at release {}\n", target.release.name));
    return 0;
  }
  EMCEE_ASSIGN(const auto dialect, choose_dialect({}, {database.db}));
  EMCEE_TRY(must_be_empty(target, *dialect));
  EMCEE_TRY(applier::in_transaction(*target.connection,
                                    [&] { return target.connection->create_schema(target.release.new_schema); }));
  EMCEE_ASSIGN(const auto adopted, applier::adopt(*target.connection, target.release, applier_options()));
  const std::string text = fmt::format("the schema of release {} is made, and recorded", target.release.name);
  if (output.json())
    output.document({{"release", target.release.name}, {"text", text}});
  else
    output.print(text + "\n");
  return 0;
}

}  // namespace

Result<int> run_init(const InitOptions& options, Output& output) {
  return on_each(options.database, {Which::last, true}, output,
                 [&](const DatabaseOptions& database) { return init_one(options, database, output); });
}

}  // namespace emcee::cli
