// verify: rows pending and in conflict, and how conflicts are settled.
#include <fmt/format.h>

#include <algorithm>

#include "applier/applier.h"
#include "applier/runner.h"
#include "applier/session.h"

namespace emcee::applier {

using schema::fail;

namespace {

// True where the columns that the queries name are there.
Result<bool> has_both_forms(const Ledger& ledger, const Release& release) {
  EMCEE_ASSIGN(const Standing at, standing(ledger, release));
  if (at.contract_begun || at.contracted) return false;
  if (!at.expanded || at.rolling_back)
    return fail(ErrorCode::wrong_order,
                fmt::format("release {} is not expanded, there is nothing to verify yet", release.name),
                fmt::format("run `emcee {}` first", next_command(at)));
  return true;
}

}  // namespace

bool Verification::clean() const {
  return std::all_of(findings.begin(), findings.end(), [](const RowFindings& each) { return each.count == 0; });
}

Result<Verification> verify(Connection& connection, const Release& release, const Options& options) {
  EMCEE_TRY(check_dialect(connection, release));
  const Watch watch(connection, options.stop);
  EMCEE_ASSIGN(const Ledger ledger, Ledger::read(connection, release.component));
  EMCEE_ASSIGN(const bool both, has_both_forms(ledger, release));
  Verification result;
  if (!both) return result;
  for (const RowQuery& query : release.verify) {
    EMCEE_ASSIGN(RowFindings found, find_rows(connection, query));
    result.findings.push_back(std::move(found));
  }
  return result;
}

Result<Outcome> resolve(Connection& connection, const Release& release, Side winner, const Options& options) {
  EMCEE_TRY(check_dialect(connection, release));
  EMCEE_ASSIGN(const Session session, Session::open(connection, release.component, options));
  EMCEE_ASSIGN(const bool both, has_both_forms(session.ledger(), release));
  Outcome outcome;
  if (!both) {
    outcome.text = "nothing to do: only the new form is left";
    return outcome;
  }
  const auto& statements = winner == Side::old_release ? release.resolve_old : release.resolve_new;
  if (options.dry_run) {
    for (const std::string& sql : statements) options.send(Statement{sql});
    outcome.text = "dry run: nothing was changed";
    return outcome;
  }
  EMCEE_TRY(in_transaction(connection, [&]() -> Result<void> {
    for (const std::string& sql : statements) {
      EMCEE_ASSIGN(const std::int64_t changed, connection.change(sql, {}));
      outcome.rows += changed;
    }
    return {};
  }));
  outcome.text =
      outcome.rows == 0
          ? "nothing to do: no row is in conflict"
          : fmt::format("{} {} now {} the {} release", outcome.rows, outcome.rows == 1 ? "row" : "rows",
                        outcome.rows == 1 ? "follows" : "follow", winner == Side::old_release ? "old" : "new");
  return outcome;
}

}  // namespace emcee::applier
