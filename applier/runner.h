// Runs the scripts of a release, step by step, each step together with its row in the ledger.
#pragma once

#include <string>

#include "applier/connection.h"
#include "applier/ledger.h"
#include "applier/options.h"
#include "applier/release.h"

namespace emcee::applier {

class Runner {
 public:
  // `offline`: steps of kind sync are left out. All arguments live as long as the runner.
  Runner(Connection& connection, const Release& release, const Options& options, const Ledger& ledger, bool offline)
      : connection_(connection), release_(release), options_(options), ledger_(ledger), offline_(offline) {}

  // Runs what is left of a phase. False where it stopped at a limit of the options.
  Result<bool> run(Phase phase);
  // Every backfill has been through once.
  bool has_filled() const;
  // Runs the backfills that are done again whose rows became pending since; bool as above.
  Result<bool> run_pending_backfills();

  const Outcome& outcome() const { return outcome_; }

 private:
  template <class Body>
  auto persistently(const Script& script, int step, Body body) -> decltype(body());
  Result<bool> run_script(const Script& script);
  bool several_at_once() const;
  Result<void> run_at_once(const std::vector<const Script*>& scripts);
  Result<void> begin_script(const Script& script);
  Result<void> finish_script(const Script& script);
  Result<bool> run_step(const Script& script, const Step& step);
  Result<void> record(const Script& script, const Step& step, std::string_view state);
  Result<StepEnd> run_structure(const Script& script, const Step& step);
  Result<void> run_statements(const Script& script, const Step& step);
  Result<void> run_check(const Script& script, const Step& step);
  Result<bool> run_backfill(const Script& script, const Step& step, const std::string& cursor, std::int64_t rows_done);
  Result<void> announce(const Script& script, const Step& step);
  void show(const Step& step) const;
  bool limit_reached() const;

  Connection& connection_;
  const Release& release_;
  const Options& options_;
  Ledger ledger_;  // as it was when the command began, or after the last failed attempt
  bool offline_;
  bool begun_ = false;  // the release has its row
  Outcome outcome_;
};

// Runs `body` inside of one transaction.
template <class Body>
Result<void> in_transaction(Connection& connection, Body body) {
  EMCEE_TRY(connection.begin());
  if (Result<void> done = body(); !done) {
    connection.rollback();
    return done;
  }
  return connection.commit();
}

// Runs `before`, then `body`, then `after`, which runs whatever happened.
template <class Body>
Result<void> with_settings(Connection& connection, const std::vector<std::string>& before,
                           const std::vector<std::string>& after, Body body) {
  const auto run_all = [&](const std::vector<std::string>& statements) -> Result<void> {
    for (const std::string& sql : statements) EMCEE_TRY(connection.execute(sql));
    return {};
  };
  Result<void> done = run_all(before);
  if (done) done = body();
  Result<void> restored = run_all(after);
  return done ? restored : done;
}

// What the step's probe says; false where it has none.
Result<bool> is_done(Connection& connection, const Step& step);

// Runs the statements of a step, then the queries that must give no row. Errors: answer_is_no,
// listing the rows.
Result<void> run_and_verify(Connection& connection, const std::vector<std::string>& run,
                            const std::vector<std::string>& verify);

// The error with the step that it happened in.
Error in_step(Error error, const Script& script, const Step& step);

}  // namespace emcee::applier
