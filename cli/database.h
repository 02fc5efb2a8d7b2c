// What the commands on a database do, apart from how their options are spelled.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "applier/order.h"
#include "cli/output.h"

namespace emcee::project {
struct Component;
}

namespace emcee::cli {

struct DatabaseOptions {
  std::string db;         // URL
  std::string directory;  // of the release
  // Instead of both: a project file, whose components are upgraded in its order.
  std::string project;
  std::string component;                      // only this one; empty: all
  std::vector<std::string> skip;              // not these
  const project::Component* rules = nullptr;  // what the project says of this database; null: nothing
};

using PhaseCommand = applier::Command;

struct PathOptions {
  std::string project;
  std::vector<std::string> stations;
};
// Prints the way. Errors: answer_is_no where it is not allowed, naming the shortest one that is.
schema::Result<int> run_path(const PathOptions& options, Output& output);

struct PhaseOptions {
  DatabaseOptions database;
  bool dry_run = false;
  bool one_step = false;
  bool discard = false;
  bool ignore_drift = false;
  bool manage_trust = false;  // MySQL: set log_bin_trust_function_creators for the time of the command
  std::string despite;        // reason to pass over what the project asks for
  std::string migrator;       // a command, in place of the program that a map names
  std::optional<std::int64_t> migrator_timeout;  // seconds that it has for a batch
  std::optional<std::int64_t> batch, max_rows, sleep_ms, max_lag_mb, max_running, max_history, jobs, lock_timeout_ms,
      retries, retry_interval_ms, max_delay;
  std::vector<std::string> replicas;  // URLs
};
// Every release that a project has in store for its databases, one after the other, offline.
schema::Result<int> run_upgrade(const PhaseOptions& options, Output& output);

struct ApplyMissingOptions {
  PhaseOptions phase;
  std::string known;  // the release that the database has
};
schema::Result<int> run_apply_missing(const ApplyMissingOptions& options, Output& output);

// Runs a phase. The value is 1 where it stopped at a limit and more is to be done.
schema::Result<int> run_phase(PhaseCommand command, const PhaseOptions& options, Output& output);

enum class SteeringCommand : std::uint8_t { pause, resume, throttle };

struct SteeringOptions {
  SteeringCommand command = SteeringCommand::pause;
  DatabaseOptions database;
  std::string reason;                           // pause
  std::optional<std::int64_t> batch, sleep_ms;  // throttle
};
// What a running migrate does before its next batch, wherever it runs.
schema::Result<int> run_steering(const SteeringOptions& options, Output& output);

struct ConfirmOptions {
  DatabaseOptions database;
  std::string name;  // of a manual step, or `backup`
  std::string note;
};
schema::Result<int> run_confirm(const ConfirmOptions& options, Output& output);

struct BackupOptions {
  DatabaseOptions database;
  std::string file;     // empty: a name that tells component, release and phase
  std::string command;  // empty: as the project says; SQLite: built in
};
schema::Result<int> run_backup(const BackupOptions& options, Output& output);

struct VerifyOptions {
  DatabaseOptions database;
  std::string resolve;  // `old`, `new`, or empty
  bool drift = false;   // compare the schema too
};
schema::Result<int> run_verify(const VerifyOptions& options, Output& output);

struct StatusOptions {
  DatabaseOptions database;
  bool metrics = false;  // as Prometheus reads it
};
schema::Result<int> run_status(const StatusOptions& options, Output& output);

struct VersionOptions {
  std::string db;
  std::string directory;  // a release directory that tells the component; empty: none
  std::string component;  // empty: as the release says, else `main`
  std::string project;    // instead of db and directory
};
schema::Result<int> run_version(const VersionOptions& options, Output& output);

struct CheckOptions {
  DatabaseOptions database;
  bool glance = false;
};
// Never an error: what is wrong is state 1.
schema::Result<int> run_check(const CheckOptions& options, Output& output);

struct AdoptOptions {
  DatabaseOptions database;  // without a directory, `schema` and `release` say where it stands
  std::string schema;
  std::string release;
  std::string component;
};
schema::Result<int> run_adopt(const AdoptOptions& options, Output& output);

struct HistoryOptions {
  std::string db;
  std::string component;
  std::string file;  // JSON goes here; empty: nowhere
  std::string page;  // HTML goes here; empty: nowhere
};
schema::Result<int> run_history(const HistoryOptions& options, Output& output);

struct InitOptions {
  DatabaseOptions database;
  bool dry_run = false;
};
// Makes the schema at the end of a release in an empty database. Errors: wrong_order where it is not.
schema::Result<int> run_init(const InitOptions& options, Output& output);

struct DoctorOptions {
  std::string db;
  std::string directory;  // may be empty
};
schema::Result<int> run_doctor(const DoctorOptions& options, Output& output);

struct RehearseOptions {
  std::string directory;       // of the release
  std::string db;              // URL of a server for scratch databases; empty: SQLite needs none
  std::string map;             // that the plan was made with; empty: release.toml in the directory, if it is there
  std::string server_version;  // that the plan was made for
  std::optional<std::int64_t> seconds, seed;
};
// The value is 1 where a row differs from the model.
schema::Result<int> run_rehearse(const RehearseOptions& options, Output& output);

}  // namespace emcee::cli
