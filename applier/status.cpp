// version, check and status: files, ledger and catalogue together.
#include <fmt/format.h>

#include <algorithm>

#include "applier/applier.h"
#include "applier/order.h"
#include "applier/session.h"

namespace emcee::applier {

namespace {

Check verdict(State state, std::string text, std::string_view next) {
  return {state, std::move(text), next.empty() ? std::string() : fmt::format("emcee {}", next)};
}

// The ledger is about another release than the files.
Check other_release(const Ledger& ledger, const Release& release) {
  const LedgerRow* current = ledger.current();
  if (current == nullptr)
    return verdict(State::expand_next, "the database is not under control: no release is recorded", "expand");
  const std::string& name = current->key.release;
  if (ledger.find(release.name) != nullptr)
    return verdict(State::wrong, fmt::format("the database is at {}, newer than the files of {}", name, release.name),
                   "");
  if (!current->done())
    return verdict(State::wrong,
                   fmt::format("the upgrade to {} is not finished, these are the files of {}", name, release.name), "");
  if (!release.from.empty() && release.from != name)
    return verdict(State::wrong,
                   fmt::format("the database is at {}, the files lead from {} to {}", name, release.from, release.name),
                   "");
  return verdict(State::expand_next, fmt::format("an upgrade is available: {} to {}", name, release.name), "expand");
}

// The title of a recorded step whose work is not in the catalogue any more; empty: all is there.
Result<std::string> missing_step(Connection& connection, const Ledger& ledger, const Release& release,
                                 const Standing& at) {
  for (const Script& script : release.scripts) {
    // Halfway through contract some of what expand made is gone, as it should be.
    if (at.contract_begun && !at.contracted && script.phase != Phase::contract) continue;
    for (const Step& step : script.steps) {
      if (step.probe.empty() || (step.kind != StepKind::ddl && step.kind != StepKind::sync)) continue;
      const LedgerRow* row = ledger.find(release, script, step);
      if (row == nullptr || !row->done() || !row->present) continue;
      EMCEE_ASSIGN(const auto rows, connection.query(step.probe, {}, 1));
      const auto* done =
          rows.empty() || rows.front().empty() ? nullptr : std::get_if<std::int64_t>(&rows.front().front());
      if (done == nullptr || *done == 0) return fmt::format("{} step {} ({})", script.name, step.number, step.title);
    }
  }
  return std::string();
}

Result<bool> rows_pending(Connection& connection, const Release& release) {
  for (const RowQuery& query : release.verify) {
    if (query.kind != "pending") continue;
    EMCEE_ASSIGN(const auto rows, connection.query(query.sql, {}, 1));
    if (!rows.empty()) return true;
  }
  return false;
}

Result<Check> check(Connection& connection, const Ledger& ledger, const Release& release) {
  const LedgerRow* current = ledger.current();
  if (current == nullptr || current->key.release != release.name) return other_release(ledger, release);
  const auto standing_now = standing(ledger, release);
  if (!standing_now) return verdict(State::wrong, standing_now.error().message, "");
  const Standing& at = *standing_now;
  const std::string& name = release.name;

  if (at.rolling_back)
    return verdict(State::wrong, fmt::format("the rollback of {} is not finished", name), "rollback");
  if ((at.migrate_begun && !at.expanded) || (at.contract_begun && !(at.expanded && at.migrated)))
    return verdict(State::wrong, fmt::format("the phases of {} are recorded out of order", name), "");
  EMCEE_ASSIGN(const std::string missing, missing_step(connection, ledger, release, at));
  if (!missing.empty())
    return verdict(State::wrong, fmt::format("recorded, but missing or altered in the database: {}", missing), "");

  const std::string_view next = next_command(at);
  if (at.contracted) return verdict(State::up_to_date, fmt::format("up to date: {}", name), "");
  if (!at.expanded) return verdict(State::expand_next, fmt::format("the expansion of {} is not finished", name), next);
  if (!at.migrated) return verdict(State::migrate_next, fmt::format("{} is expanded", name), next);
  if (!at.contract_begun) {
    EMCEE_ASSIGN(const bool pending, rows_pending(connection, release));
    if (pending)
      return verdict(State::migrate_next, fmt::format("{} is migrated, but rows became pending since", name),
                     at.offline ? "sync" : "migrate");
  }
  return verdict(State::contract_next, fmt::format("{} is expanded and migrated", name), next);
}

Version version_of(const Ledger& ledger) {
  Version version;
  for (const LedgerRow& row : ledger.rows()) {
    if (!row.done() || row.key.step != 0) continue;
    if (row.phase == to_string(Phase::expand)) version.expand = row.key.script;
    if (row.phase == to_string(Phase::contract)) version.contract = row.key.script;
    if (row.key.script.empty()) version.adopted = row.key.release;
  }
  return version;
}

}  // namespace

std::int64_t ScriptStatus::steps_finished() const {
  return std::count_if(steps.begin(), steps.end(), [](const StepStatus& step) { return step.finished(); });
}

std::int64_t ScriptStatus::rows_done() const {
  std::int64_t rows = 0;
  for (const StepStatus& step : steps) rows += step.rows_done;
  return rows;
}

std::string Version::text() const {
  if (expand.empty() && contract.empty()) return adopted;
  if (expand.empty() || contract.empty()) return expand + contract;
  return fmt::format("{}, {}", expand, contract);
}

Result<Version> version(Connection& connection, const std::string& component) {
  return Ledger::read(connection, component).map(version_of);
}

int to_glance(State state) {
  switch (state) {
    case State::up_to_date:
      return 0;
    case State::wrong:
      return 1;
    case State::expand_next:
      return 3;
    case State::migrate_next:
      return 4;
    case State::contract_next:
      return 5;
  }
  return 1;
}

Result<Check> check(Connection& connection, const Release& release) {
  EMCEE_TRY(check_dialect(connection, release));
  EMCEE_ASSIGN(const Ledger ledger, Ledger::read(connection, release.component));
  return check(connection, ledger, release);
}

Result<Status> status(Connection& connection, const Release& release) {
  EMCEE_TRY(check_dialect(connection, release));
  EMCEE_ASSIGN(const Ledger ledger, Ledger::read(connection, release.component));
  Status status;
  EMCEE_ASSIGN(status.check, check(connection, ledger, release));
  status.version = version_of(ledger);
  for (const Script& script : release.scripts) {
    ScriptStatus of_script;
    of_script.script = &script;
    if (const LedgerRow* row = ledger.find(release.name, script.name)) {
      of_script.state = row->state;
      of_script.started_at = row->started_at;
      of_script.finished_at = row->finished_at;
    }
    for (const Step& step : script.steps) {
      StepStatus of_step;
      of_step.step = &step;
      if (const LedgerRow* row = ledger.find(release, script, step)) {
        of_step.state = row->state;
        of_step.started_at = row->started_at;
        of_step.finished_at = row->finished_at;
        of_step.rows_done = row->rows_done;
      }
      of_script.steps.push_back(std::move(of_step));
    }
    status.scripts.push_back(std::move(of_script));
  }
  return status;
}

}  // namespace emcee::applier
