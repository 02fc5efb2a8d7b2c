#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/connect.h"
#include "cli/database.h"
#include "cli/drift.h"
#include "cli/gates.h"
#include "cli/migrator.h"
#include "cli/preflight.h"
#include "cli/progress.h"
#include "cli/project_targets.h"
#include "cli/waits.h"

namespace emcee::cli {

namespace {

using applier::Outcome;
using schema::Result;

Result<Outcome> run(PhaseCommand command, Target& target, const applier::Options& options) {
  applier::Connection& connection = *target.connection;
  switch (command) {
    case PhaseCommand::expand:
      return applier::expand(connection, target.release, options);
    case PhaseCommand::migrate:
      return applier::migrate(connection, target.release, options);
    case PhaseCommand::contract:
      return applier::contract(connection, target.release, options);
    case PhaseCommand::sync:
      return applier::sync(connection, target.release, options);
    case PhaseCommand::rollback:
      return applier::rollback(connection, target.release, options);
  }
  return schema::fail(schema::ErrorCode::report_bug, "unknown phase");
}

OpenOptions open_options(const PhaseOptions& options, Output& output) {
  OpenOptions open;
  if (options.lock_timeout_ms) open.lock_timeout = std::chrono::milliseconds(*options.lock_timeout_ms);
  if (options.retries) open.retries = *options.retries;
  if (options.retry_interval_ms) open.retry_interval = std::chrono::milliseconds(*options.retry_interval_ms);
  open.wait = [&output](const std::string& reason) { output.note("waiting for the database: " + reason); };
  return open;
}

// Errors: those of connect; usage where it is no replica of such a database.
Result<std::vector<applier::OpenReplica>> open_replicas(const PhaseOptions& options, const Target& target,
                                                        Output& output) {
  std::vector<applier::OpenReplica> replicas;
  const std::string_view dialect = target.connection->dialect();
  if (dialect == "sqlite" && !options.replicas.empty())
    return schema::fail(schema::ErrorCode::usage, "SQLite has no replicas that can be asked", "leave out --replica");
  for (const std::string& url : options.replicas) {
    const applier::OpenReplica open = [=, how = open_options(options, output)] { return connect(url, how); };
    EMCEE_ASSIGN(const auto replica, open());
    if (replica->dialect() != dialect)
      return schema::fail(schema::ErrorCode::usage,
                          fmt::format("{} is no replica of {}: it is another kind of server", replica->name(),
                                      target.connection->name()),
                          "give the URL of a server that replicates this database");
    replicas.push_back(open);
  }
  return replicas;
}

Result<int> run_on_one(PhaseCommand command, const PhaseOptions& options, Output& output) {
  EMCEE_ASSIGN(Target target, open_target(options.database, open_options(options, output)));
  // Both phases change tables as the plan knows them: an index that somebody added would be lost.
  const bool structural =
      command == PhaseCommand::expand || command == PhaseCommand::contract || command == PhaseCommand::sync;
  EMCEE_ASSIGN(const std::string passed_over, pass_gates(command, options, target));
  const Database* database = find_database_of(target.release.dialect);
  std::shared_ptr<void> settings;  // goes before the connection
  if (database != nullptr && database->borrow_settings != nullptr && !options.dry_run) {
    EMCEE_ASSIGN(settings, database->borrow_settings(*target.connection, options.manage_trust));
  }
  if (structural || command == PhaseCommand::rollback)
    EMCEE_TRY(preflight(options.database, target, command != PhaseCommand::sync));
  if (structural && !options.ignore_drift) EMCEE_TRY(refuse_drift(options.database, target));
  if (!passed_over.empty()) {
    output.note("passed over, on request: " + passed_over);
    EMCEE_TRY(record_despite(command, options.despite, passed_over, target));
  }
  applier::Options how = applier_options();
  how.dry_run = options.dry_run;
  how.one_step = options.one_step;
  how.discard = options.discard;
  how.batch = options.batch;
  how.max_rows = options.max_rows;
  how.before_step = [&] { return no_old_clients(command, options, target); };
  if (options.retries) how.retries = static_cast<int>(*options.retries);
  if (options.max_lag_mb) how.max_lag = *options.max_lag_mb << 20;
  if (options.max_running) how.load.running = *options.max_running;
  if (options.max_history) how.load.history = *options.max_history;
  EMCEE_ASSIGN(how.replicas, open_replicas(options, target, output));
  if (options.max_delay) how.max_delay = std::chrono::seconds(*options.max_delay);
  if (options.jobs) how.jobs = static_cast<int>(*options.jobs);
  how.connect = [&] { return connect(options.database.db, open_options(options, output)); };
  how.ask = [&](const std::vector<std::string>& program, const std::string& input) {
    return ask_migrator(options, program, input);
  };
  if (options.sleep_ms) how.sleep = std::chrono::milliseconds(*options.sleep_ms);

  Result<Outcome> outcome;
  Waits waits;
  {
    Progress progress(output);
    how.events = [&](const applier::Event& event) {
      progress.show(event);
      waits.add(event);
    };
    outcome = run(command, target, how);
  }
  // What the phase did counts, whether this can be kept or not.
  if (const Result<void> kept = waits.record(command, target); !kept)
    output.note("what was waited for is not recorded: " + kept.error().message);
  if (!outcome) return schema::fail(std::move(outcome).error());
  if (output.json())
    output.event({{"event", "done"},
                  {"steps", outcome->steps},
                  {"rows", outcome->rows},
                  {"more", outcome->more},
                  {"text", outcome->text}});
  else if (!options.dry_run)
    output.print(outcome->text + "\n");
  return outcome->more ? 1 : 0;
}

Result<int> run_on_each(PhaseCommand command, Which which, const PhaseOptions& options, Output& output,
                        const std::string& known = {}) {
  return on_each(options.database, {which, true, open_options(options, output), known, options.dry_run}, output,
                 [&](const DatabaseOptions& database) {
                   PhaseOptions one = options;
                   one.database = database;
                   return run_on_one(command, one, output);
                 });
}

}  // namespace

Result<int> run_phase(PhaseCommand command, const PhaseOptions& options, Output& output) {
  const bool begins = command == PhaseCommand::expand || command == PhaseCommand::sync;
  return run_on_each(command, begins ? Which::next : Which::begun, options, output);
}

Result<int> run_apply_missing(const ApplyMissingOptions& options, Output& output) {
  if (options.phase.database.project.empty())
    return schema::fail(schema::ErrorCode::usage, "apply-missing needs --project: it lists the releases",
                        "docs/project.md shows one");
  return run_on_each(PhaseCommand::sync, Which::missing, options.phase, output, options.known);
}

Result<int> run_upgrade(const PhaseOptions& options, Output& output) {
  return run_on_each(PhaseCommand::sync, Which::pending, options, output);
}

}  // namespace emcee::cli
