#include "applier/order.h"

#include <fmt/format.h>

#include <algorithm>

namespace emcee::applier {

using schema::fail;

namespace {

using Verdict = Result<std::optional<std::string>>;

tl::unexpected<Error> refuse(std::string message, std::string_view next) {
  return fail(ErrorCode::wrong_order, std::move(message),
              next.empty() ? std::string() : fmt::format("run `emcee {}` first", next));
}

bool phase_finished(const Ledger& ledger, const Release& release, Phase phase) {
  return std::all_of(release.scripts.begin(), release.scripts.end(),
                     [&](const Script& script) { return script.phase != phase || ledger.finished(release, script); });
}

// What another release in the ledger means for the start of this one.
Result<void> may_start(const Ledger& ledger, const Release& release) {
  const LedgerRow* current = ledger.current();
  if (current == nullptr) return {};
  const std::string& name = current->key.release;
  if (ledger.find(release.name) != nullptr)
    return fail(ErrorCode::wrong_order,
                fmt::format("the database is at release {}, which came after {}", name, release.name),
                "use the plan of a later release");
  if (!current->done())
    return fail(ErrorCode::wrong_order, fmt::format("release {} is not finished", name),
                fmt::format("run `emcee contract` (or `emcee rollback`) with the plan of {} first", name));
  if (!release.from.empty() && release.from != name)
    return fail(
        ErrorCode::wrong_order,
        fmt::format("the plan leads from {} to {}, but the database is at {}", release.from, release.name, name),
        fmt::format("use a plan that starts from {}", name));
  return {};
}

}  // namespace

std::string_view to_string(Command command) {
  switch (command) {
    case Command::expand:
      return "expand";
    case Command::migrate:
      return "migrate";
    case Command::contract:
      return "contract";
    case Command::sync:
      return "sync";
    case Command::rollback:
      return "rollback";
  }
  return "";
}

Result<Standing> standing(const Ledger& ledger, const Release& release) {
  Standing result;
  for (const LedgerRow& row : ledger.rows()) {
    if (row.key.release != release.name) continue;
    result.begun = true;
    if (row.key.script.empty()) {
      result.rolling_back = row.state == "rolling_back";
      result.contracted = row.done();
      continue;
    }
    const auto script = std::find_if(release.scripts.begin(), release.scripts.end(),
                                     [&](const Script& each) { return each.name == row.key.script; });
    if (script == release.scripts.end())
      return fail(ErrorCode::wrong_order, fmt::format("changed script: {} ran, but is not in the plan", row.key.script),
                  "put back the release directory that was used");
    if (script->checksum != row.checksum)
      return fail(ErrorCode::wrong_order, fmt::format("changed script: {} was changed after it ran", row.key.script),
                  "put back the release directory that was used");
    const bool something = row.key.step > 0 || row.done();
    if (something && script->phase == Phase::migrate) result.migrate_begun = true;
    if (something && script->phase == Phase::contract) result.contract_begun = true;
    if (row.state == "skipped") result.offline = true;
  }
  result.expanded = phase_finished(ledger, release, Phase::expand);
  result.migrated = phase_finished(ledger, release, Phase::migrate);
  if (result.contracted) result.offline = false;
  return result;
}

std::string_view next_command(const Standing& standing) {
  if (standing.rolling_back) return "rollback";
  if (standing.contracted) return "";
  if (standing.offline) return "sync";
  if (!standing.expanded) return "expand";
  if (!standing.migrated) return "migrate";
  return "contract";
}

Result<std::optional<std::string>> may_run(Command command, const Ledger& ledger, const Release& release) {
  EMCEE_ASSIGN(const Standing at, standing(ledger, release));
  const LedgerRow* current = ledger.current();
  const bool is_current = current != nullptr && current->key.release == release.name;
  const auto nothing = [](std::string text) { return Verdict(std::optional<std::string>(std::move(text))); };

  if (command == Command::rollback) {
    if (!at.begun) return nothing(fmt::format("nothing to do: release {} has not begun", release.name));
    if (at.contract_begun || at.contracted)
      return fail(ErrorCode::wrong_order,
                  fmt::format("release {} cannot be rolled back: contract has removed the old schema", release.name),
                  "restore the backup that was made before contract, or plan a release that leads back");
    return Verdict(std::nullopt);
  }
  if (!is_current) {
    EMCEE_TRY(may_start(ledger, release));
    if (command == Command::expand || command == Command::sync) return Verdict(std::nullopt);
    return refuse(fmt::format("release {} is not expanded", release.name), "expand");
  }
  if (at.rolling_back)
    return refuse(fmt::format("the rollback of release {} is not finished", release.name), "rollback");
  if (at.contracted) return nothing(fmt::format("nothing to do: release {} is finished", release.name));
  if (command == Command::sync) return Verdict(std::nullopt);
  if (at.offline) return refuse(fmt::format("release {} was begun offline, without triggers", release.name), "sync");
  if (command == Command::expand)
    return at.expanded
               ? nothing(fmt::format("nothing to do: release {} is expanded, no expansion needed", release.name))
               : Verdict(std::nullopt);
  if (!at.expanded) return refuse(fmt::format("release {} is not expanded", release.name), "expand");
  if (command == Command::migrate) {
    if (at.contract_begun)
      return nothing(fmt::format("nothing to do: release {} is migrated, contract has begun", release.name));
    return Verdict(std::nullopt);
  }
  if (!at.migrated) return refuse(fmt::format("release {} is not migrated", release.name), "migrate");
  return Verdict(std::nullopt);
}

}  // namespace emcee::applier
