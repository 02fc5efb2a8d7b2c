// adopt: a database that was made by other means comes under control.
#include <fmt/format.h>

#include "applier/applier.h"
#include "applier/runner.h"
#include "applier/session.h"

namespace emcee::applier {

using schema::fail;

namespace {

// What stands when a release is finished; triggers and fences are gone by then.
bool is_structure(const Step& step) { return step.kind == StepKind::ddl && !step.probe.empty(); }

// The last phase that changes the structure: what it makes must be there.
Phase last_phase(const Release& release) {
  Phase last = Phase::expand;
  for (const Script& script : release.scripts)
    for (const Step& step : script.steps)
      if (is_structure(step)) last = script.phase;
  return last;
}

Result<void> check_catalogue(Connection& connection, const Release& release) {
  std::string missing;
  const Phase last = last_phase(release);
  for (const Script& script : release.scripts) {
    if (script.phase != last) continue;
    for (const Step& step : script.steps) {
      if (!is_structure(step)) continue;
      EMCEE_ASSIGN(const auto rows, connection.query(step.probe, {}, 1));
      const auto* done =
          rows.empty() || rows.front().empty() ? nullptr : std::get_if<std::int64_t>(&rows.front().front());
      if (done == nullptr || *done == 0) missing += fmt::format("\n  {}", step.title);
    }
  }
  if (missing.empty()) return {};
  return fail(ErrorCode::answer_is_no,
              fmt::format("the database does not stand at the end of release {}; not there:{}", release.name, missing),
              "adopt the release that the database is at, or run `emcee sync`");
}

Result<void> record(Connection& connection, const Release& release, const Options& options) {
  EMCEE_TRY(begin_row(connection, release, options.tool_version));
  for (const Script& script : release.scripts) {
    EMCEE_TRY(begin_row(connection, release, script, options.tool_version));
    for (const Step& step : script.steps) {
      const auto key = key_of(release, script, step);
      EMCEE_TRY(begin_row(connection, release, script, step, options.tool_version));
      EMCEE_TRY(finish_row(connection, key, step.kind == StepKind::sync ? "skipped" : "done"));
      if (is_structure(step))
        EMCEE_TRY(connection.execute(schema::ledger_present(connection.ledger(), key, step.probe)));
    }
    EMCEE_TRY(finish_row(connection, key_of(release, script)));
  }
  return finish_row(connection, key_of(release));
}

}  // namespace

Result<Outcome> adopt(Connection& connection, const Release& release, const Options& options) {
  EMCEE_ASSIGN(const Session session, Session::open(Command::sync, connection, release, options));
  Outcome outcome;
  if (session.nothing_to_do()) {
    outcome.text = *session.nothing_to_do();
    return outcome;
  }
  if (session.standing().begun)
    return fail(ErrorCode::wrong_order, fmt::format("the upgrade to {} has begun", release.name),
                fmt::format("run `emcee {}`", next_command(session.standing())));
  EMCEE_TRY(check_catalogue(connection, release));
  if (options.dry_run) {
    outcome.text = "dry run: nothing was changed";
    return outcome;
  }
  EMCEE_TRY(create_ledger(connection));
  EMCEE_TRY(in_transaction(connection, [&] { return record(connection, release, options); }));
  outcome.text = fmt::format("the database is adopted at release {}", release.name);
  return outcome;
}

Result<Outcome> adopt_at(Connection& connection, const std::string& component, const std::string& release,
                         const Options& options) {
  EMCEE_ASSIGN(const Session session, Session::open(connection, component, options));
  Outcome outcome;
  if (const LedgerRow* current = session.ledger().current()) {
    if (current->key.release != release || !current->done())
      return fail(ErrorCode::wrong_order,
                  fmt::format("the database is under control already, at release {}", current->key.release),
                  "`emcee status` shows where it stands");
    outcome.text = fmt::format("nothing to do: the database is at release {}", release);
    return outcome;
  }
  if (options.dry_run) {
    outcome.text = "dry run: nothing was changed";
    return outcome;
  }
  Release named;
  named.component = component;
  named.name = release;
  const auto record_name = [&]() -> Result<void> {
    EMCEE_TRY(begin_row(connection, named, options.tool_version));
    return finish_row(connection, key_of(named));
  };
  EMCEE_TRY(create_ledger(connection));
  EMCEE_TRY(in_transaction(connection, record_name));
  outcome.text = fmt::format("the database is adopted at release {}", release);
  return outcome;
}

}  // namespace emcee::applier
