// expand, migrate, contract and sync: order first, then the runner.
#include <fmt/format.h>

#include "applier/applier.h"
#include "applier/order.h"
#include "applier/retry.h"
#include "applier/runner.h"
#include "applier/session.h"

namespace emcee::applier {

using schema::fail;

namespace {

std::string sentence(const Release& release, std::string_view done, const Outcome& outcome, const Options& options) {
  if (options.dry_run) return fmt::format("dry run: nothing was changed");
  if (outcome.more) return fmt::format("release {}: stopped at the limit, more to do", release.name);
  std::string text = fmt::format("release {} is {}", release.name, done);
  if (outcome.rows > 0) text += fmt::format(", {} {} changed", outcome.rows, outcome.rows == 1 ? "row" : "rows");
  return text;
}

Outcome nothing(std::string text) {
  Outcome outcome;
  outcome.text = std::move(text);
  return outcome;
}

// What contract relies on: no row pending, none in conflict, none against a requirement.
Result<void> ready_for_contract(Connection& connection, const Release& release) {
  std::vector<RowQuery> queries = release.verify;
  for (const Script& script : release.scripts)
    for (const Step& step : script.steps)
      if (step.requirement) queries.push_back(*step.requirement);
  std::vector<RowFindings> findings;
  bool clean = true;
  for (const RowQuery& query : queries) {
    EMCEE_ASSIGN(RowFindings found, find_rows(connection, query));
    clean = clean && found.count == 0;
    findings.push_back(std::move(found));
  }
  if (clean) return {};
  return fail(to_error("contract is refused, nothing was changed", findings));
}

Result<bool> run_migrate(Runner& runner, const Standing& at) {
  // What a look at the rows would find may have come after the batches went by.
  if (at.migrated || runner.has_filled()) {
    EMCEE_ASSIGN(const bool all, runner.run_pending_backfills());
    if (!all || at.migrated) return all;
  }
  return runner.run(Phase::migrate);
}

Result<bool> run_contract(Runner& runner, Connection& connection, const Release& release, const Options& options,
                          const Standing& at) {
  // Once contract has begun the old columns may be gone, and nothing writes them any more.
  if (!at.contract_begun && !options.dry_run)
    EMCEE_TRY(with_retries(options, release.name, 0, [&] { return ready_for_contract(connection, release); }));
  return runner.run(Phase::contract);
}

}  // namespace

Result<Outcome> expand(Connection& connection, const Release& release, const Options& options) {
  EMCEE_ASSIGN(const Session session, Session::open(Command::expand, connection, release, options));
  if (session.nothing_to_do()) return nothing(*session.nothing_to_do());
  Runner runner(connection, release, options, session.ledger(), false);
  EMCEE_ASSIGN(const bool all, runner.run(Phase::expand));
  Outcome outcome = runner.outcome();
  outcome.more = !all;
  outcome.text = sentence(release, "expanded", outcome, options);
  return outcome;
}

Result<Outcome> migrate(Connection& connection, const Release& release, const Options& options) {
  EMCEE_ASSIGN(const Session session, Session::open(Command::migrate, connection, release, options));
  if (session.nothing_to_do()) return nothing(*session.nothing_to_do());
  Runner runner(connection, release, options, session.ledger(), false);
  EMCEE_ASSIGN(const bool all, run_migrate(runner, session.standing()));
  Outcome outcome = runner.outcome();
  outcome.more = !all;
  if (all && outcome.steps == 0 && session.standing().migrated)
    return nothing(fmt::format("nothing to do: release {} is migrated, no migration needed", release.name));
  outcome.text = sentence(release, "migrated", outcome, options);
  return outcome;
}

Result<Outcome> contract(Connection& connection, const Release& release, const Options& options) {
  EMCEE_ASSIGN(const Session session, Session::open(Command::contract, connection, release, options));
  if (session.nothing_to_do()) return nothing(*session.nothing_to_do());
  Runner runner(connection, release, options, session.ledger(), false);
  EMCEE_ASSIGN(const bool all, run_contract(runner, connection, release, options, session.standing()));
  Outcome outcome = runner.outcome();
  outcome.more = !all;
  outcome.text = sentence(release, "contracted: the upgrade is complete", outcome, options);
  return outcome;
}

Result<Outcome> sync(Connection& connection, const Release& release, const Options& options) {
  EMCEE_ASSIGN(const Session session, Session::open(Command::sync, connection, release, options));
  if (session.nothing_to_do()) return nothing(*session.nothing_to_do());
  Runner runner(connection, release, options, session.ledger(), true);
  const auto all_phases = [&]() -> Result<bool> {
    EMCEE_ASSIGN(bool all, runner.run(Phase::expand));
    if (!all) return false;
    if (!session.standing().contract_begun) {
      EMCEE_ASSIGN(all, run_migrate(runner, session.standing()));
      if (!all) return false;
    }
    return run_contract(runner, connection, release, options, session.standing());
  };
  EMCEE_ASSIGN(const bool all, all_phases());
  Outcome outcome = runner.outcome();
  outcome.more = !all;
  outcome.text = sentence(release, "expanded, migrated and contracted: the upgrade is complete", outcome, options);
  return outcome;
}

}  // namespace emcee::applier
