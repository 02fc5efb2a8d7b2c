// rollback: the undo of every step that ran, last first, each with its row in the ledger.
#include <fmt/format.h>

#include <chrono>
#include <utility>
#include <vector>

#include "applier/applier.h"
#include "applier/findings.h"
#include "applier/retry.h"
#include "applier/runner.h"
#include "applier/session.h"

namespace emcee::applier {

using schema::fail;

namespace {

struct Done {
  const Script* script;
  const Step* step;
  bool has_undo() const { return step->kind == StepKind::ddl || step->kind == StepKind::sync; }
};

// Steps that have a row which is not skipped, last first.
std::vector<Done> steps_done(const Ledger& ledger, const Release& release) {
  std::vector<Done> done;
  for (auto script = release.scripts.rbegin(); script != release.scripts.rend(); ++script)
    for (auto step = script->steps.rbegin(); step != script->steps.rend(); ++step) {
      const LedgerRow* row = ledger.find(release, *script, *step);
      if (row != nullptr && row->state != "skipped") done.push_back({&*script, &*step});
    }
  return done;
}

// Only without a transaction can the work be gone, or never have been there, although the step has its row.
Result<bool> is_gone(Connection& connection, const Done& done) {
  if (done.step->transactional || done.step->probe.empty()) return false;
  return is_done(connection, *done.step).map([](bool there) { return !there; });
}

// What the undo of the step would lose, as lines; empty: nothing.
Result<std::string> losses(Connection& connection, const Done& done) {
  if (!done.has_undo()) return std::string();
  if (!done.step->undo) return fmt::format("\n{}: cannot be undone and would stay", done.step->title);
  if (done.step->undo->loses.empty()) return std::string();
  EMCEE_ASSIGN(const bool gone, is_gone(connection, done));
  if (gone) return std::string();
  EMCEE_ASSIGN(const auto rows, connection.query(done.step->undo->loses, {}, kListedRows + 1));
  if (rows.empty()) return std::string();
  std::vector<Row> listed(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(std::min(rows.size(), kListedRows)));
  return fmt::format("\n{}:{}{}", done.step->title, list_rows(listed, static_cast<std::int64_t>(listed.size())),
                     rows.size() > kListedRows ? "\n  ... and more" : "");
}

tl::unexpected<Error> refused(const std::string& listed) {
  return fail(ErrorCode::accept_hazard, "the rollback would lose what the old schema cannot hold:" + listed,
              "run `emcee rollback --discard` to lose it, or finish the upgrade");
}

Result<void> undo(Connection& connection, const Release& release, const Done& done, const Options& options) {
  const auto mark = [&] { return finish_row(connection, key_of(release, *done.script, *done.step), "rolled_back"); };
  if (!done.has_undo() || !done.step->undo) return in_transaction(connection, mark);
  const Undo& undo = *done.step->undo;
  EMCEE_ASSIGN(const bool gone, is_gone(connection, done));
  return with_settings(connection, undo.before, undo.after, [&] {
    return in_transaction(connection, [&]() -> Result<void> {
      // Somebody may have written since the losses were listed.
      if (!options.discard) {
        EMCEE_ASSIGN(const std::string lost, losses(connection, done));
        if (!lost.empty()) return refused(lost);
      }
      auto undone = run_and_verify(connection, undo.run, undo.verify);
      // One statement that finds nothing to take back: an attempt before did it, and died.
      const bool nothing_left =
          gone && undo.run.size() == 1 && !undone && undone.error().code == ErrorCode::look_at_server;
      if (!undone && !nothing_left) return undone;
      return mark();
    });
  });
}

// An attempt that failed with a lost connection may have committed all the same: its row is gone then.
Result<void> persistently(Connection& connection, const Release& release, const Done& done, const Options& options) {
  bool again = false;
  return with_retries(options, done.script->name, done.step->number, [&]() -> Result<void> {
    if (std::exchange(again, true)) {
      EMCEE_ASSIGN(const Ledger ledger, Ledger::read(connection, release.component));
      if (ledger.find(release, *done.script, *done.step) == nullptr) return {};
    }
    return undo(connection, release, done, options);
  });
}

void show(const Undo& undo, const Options& options) {
  for (const auto* part : {&undo.before, &undo.run, &undo.verify, &undo.after})
    for (const std::string& sql : *part) options.send(Statement{sql});
}

}  // namespace

Result<Outcome> rollback(Connection& connection, const Release& release, const Options& options) {
  EMCEE_ASSIGN(const Session session, Session::open(Command::rollback, connection, release, options));
  Outcome outcome;
  if (session.nothing_to_do()) {
    outcome.text = *session.nothing_to_do();
    return outcome;
  }
  const std::vector<Done> done = steps_done(session.ledger(), release);
  if (!options.discard) {
    std::string listed;
    for (const Done& each : done) {
      EMCEE_ASSIGN(const std::string lost, losses(connection, each));
      listed += lost;
    }
    if (!listed.empty()) return refused(listed);
  }

  if (!options.dry_run)
    EMCEE_TRY(in_transaction(connection, [&] { return finish_row(connection, key_of(release), "rolling_back"); }));
  for (const Done& each : done) {
    if (options.stopped()) return fail(ErrorCode::interrupted, "stopped on request");
    const auto start = std::chrono::steady_clock::now();
    options.send(StepStarted{each.script->name, each.step->number, each.step->kind, "undo: " + each.step->title});
    if (options.dry_run) {
      if (each.step->undo) show(*each.step->undo, options);
    } else if (auto undone = persistently(connection, release, each, options); !undone) {
      return fail(in_step(std::move(undone).error(), *each.script, *each.step));
    }
    ++outcome.steps;
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    options.send(StepFinished{each.script->name, each.step->number, StepEnd::undone, seconds.count()});
  }
  if (options.dry_run) {
    outcome.text = "dry run: nothing was changed";
    return outcome;
  }
  EMCEE_TRY(in_transaction(connection, [&] {
    return connection.execute(schema::ledger_rolled_back(connection.ledger(), release.component, release.name));
  }));
  outcome.text = fmt::format("release {} is rolled back", release.name);
  return outcome;
}

}  // namespace emcee::applier
