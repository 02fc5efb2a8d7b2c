// The applier's commands. Each takes a connection and a release, enforces the order of the phases
// before it touches anything, and can be run again at any time: after kill -9 it continues where
// the database stands.
//
// Errors of all: wrong_order (another command comes first; the hint names it; nothing was touched),
// those of Connection, interrupted (run the same command again), fix_text (the plan is for another
// dialect).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "applier/connection.h"
#include "applier/findings.h"
#include "applier/options.h"
#include "applier/release.h"

namespace emcee::applier {

Result<Outcome> expand(Connection& connection, const Release& release, const Options& options);
// Runs again over tables whose rows became pending since. Errors: answer_is_no where rows stay
// pending, or stand against a requirement of contract; they are listed.
Result<Outcome> migrate(Connection& connection, const Release& release, const Options& options);
// Errors: answer_is_no where rows are pending, in conflict or against a requirement.
Result<Outcome> contract(Connection& connection, const Release& release, const Options& options);
// The offline way: all phases without triggers, whatever has been done online. Errors as above.
Result<Outcome> sync(Connection& connection, const Release& release, const Options& options);
// Back to the old schema. Errors: accept_hazard where data would be lost, which is listed, unless
// options.discard; wrong_order after contract has begun.
Result<Outcome> rollback(Connection& connection, const Release& release, const Options& options);

struct Verification {
  std::vector<RowFindings> findings;  // one per query of the plan, clean ones too
  bool clean() const;
};
// Nothing to verify is clean. Errors: wrong_order before expand.
Result<Verification> verify(Connection& connection, const Release& release, const Options& options);
enum class Side : std::uint8_t { old_release, new_release };
// Rows in conflict follow one side. Outcome::rows: how many changed.
Result<Outcome> resolve(Connection& connection, const Release& release, Side winner, const Options& options);

// Composite identifier: the last expand and the last contract script that are finished, of
// whatever release (docs/applier.md).
struct Version {
  std::string expand, contract;
  std::string adopted;       // where no script ever ran: the release the database was adopted at
  std::string text() const;  // `bexar_expand03, bexar_contract01`; empty: not under control
};
Result<Version> version(Connection& connection, const std::string& component);

// Codes of `check`; to_glance gives those of `--codes glance`.
enum class State : std::uint8_t { up_to_date = 0, wrong = 1, expand_next = 2, migrate_next = 3, contract_next = 4 };
int to_glance(State state);
struct Check {
  State state = State::wrong;
  std::string text;  // one sentence
  std::string next;  // the next command: `emcee migrate`; empty where there is none
};
// From files, ledger and catalogue together. A database that cannot be read is an error here;
// `emcee check` answers 1 for it.
Result<Check> check(Connection& connection, const Release& release);

struct StepStatus {
  const Step* step = nullptr;
  std::string state;  // of the ledger; empty: not begun
  std::string started_at, finished_at;
  std::int64_t rows_done = 0;

  bool finished() const { return state == "done" || state == "skipped"; }
};
struct ScriptStatus {
  const Script* script = nullptr;
  std::string state;
  std::string started_at, finished_at;
  std::vector<StepStatus> steps;

  std::int64_t steps_finished() const;
  std::int64_t rows_done() const;
};
struct Status {
  Check check;
  Version version;
  std::vector<ScriptStatus> scripts;  // point into the release
};
Result<Status> status(Connection& connection, const Release& release);

// Records that the database stands at the end of the release. Errors: answer_is_no where the
// catalogue lacks what the last phase makes; wrong_order where the ledger says otherwise.
Result<Outcome> adopt(Connection& connection, const Release& release, const Options& options);
// Records the name of the release that the database stands at, without any plan of it. Errors:
// wrong_order where the database is under control already.
Result<Outcome> adopt_at(Connection& connection, const std::string& component, const std::string& release,
                         const Options& options);

}  // namespace emcee::applier
