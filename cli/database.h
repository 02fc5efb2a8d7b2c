// What the commands on a database do, apart from how their options are spelled.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cli/output.h"

namespace emcee::cli {

struct DatabaseOptions {
  std::string db;         // URL
  std::string directory;  // of the release
};

enum class PhaseCommand : std::uint8_t { expand, migrate, contract, sync, rollback };

struct PhaseOptions {
  DatabaseOptions database;
  bool dry_run = false;
  bool one_step = false;
  bool discard = false;
  bool ignore_drift = false;
  bool manage_trust = false;  // MySQL: set log_bin_trust_function_creators for the time of the command
  std::optional<std::int64_t> batch, max_rows, sleep_ms, lock_timeout_ms, retries;
};
// Runs a phase. The value is 1 where it stopped at a limit and more is to be done.
schema::Result<int> run_phase(PhaseCommand command, const PhaseOptions& options, Output& output);

struct VerifyOptions {
  DatabaseOptions database;
  std::string resolve;  // `old`, `new`, or empty
  bool drift = false;   // compare the schema too
};
schema::Result<int> run_verify(const VerifyOptions& options, Output& output);

schema::Result<int> run_status(const DatabaseOptions& options, Output& output);

struct VersionOptions {
  std::string db;
  std::string directory;  // a release directory that tells the component; empty: none
  std::string component;  // empty: as the release says, else `main`
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

struct DoctorOptions {
  std::string db;
  std::string directory;  // may be empty
};
schema::Result<int> run_doctor(const DoctorOptions& options, Output& output);

}  // namespace emcee::cli
