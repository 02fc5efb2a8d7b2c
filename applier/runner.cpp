#include "applier/runner.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "applier/batch_runner.h"
#include "applier/findings.h"
#include "applier/retry.h"

namespace emcee::applier {

using schema::fail;

namespace {

std::string program_of(const Conversion& conversion) {
  return conversion.program.empty() ? "a program" : fmt::format("{}", fmt::join(conversion.program, " "));
}

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace

Error in_step(Error error, const Script& script, const Step& step) {
  error.message = fmt::format("{} step {} ({}): {}", script.name, step.number, step.title, error.message);
  return error;
}

Result<void> run_and_verify(Connection& connection, const std::vector<std::string>& run,
                            const std::vector<std::string>& verify) {
  for (const std::string& sql : run) EMCEE_TRY(connection.execute(sql));
  for (const std::string& sql : verify) {
    EMCEE_ASSIGN(const auto rows, connection.query(sql, {}, kListedRows));
    if (!rows.empty())
      return fail(ErrorCode::answer_is_no,
                  fmt::format("the result is not as it has to be, nothing was changed: {}{}", sql,
                              list_rows(rows, static_cast<std::int64_t>(rows.size()))),
                  "correct these rows, then run the same command again");
  }
  return {};
}

bool Runner::limit_reached() const {
  if (options_.one_step && outcome_.steps > 0) return true;
  return options_.max_rows && outcome_.rows >= *options_.max_rows;
}

// An attempt that failed with a lost connection may have committed all the same: the ledger knows.
template <class Body>
auto Runner::persistently(const Script& script, int step, Body body) -> decltype(body()) {
  bool again = false;
  return with_retries(options_, script.name, step, [&]() -> decltype(body()) {
    if (std::exchange(again, true)) {
      EMCEE_ASSIGN(ledger_, Ledger::read(connection_, release_.component));
    }
    return body();
  });
}

Result<bool> Runner::run(Phase phase) {
  const auto fills = [&](const Script& script) {
    return script.phase == phase && std::all_of(script.steps.begin(), script.steps.end(),
                                                [](const Step& step) { return step.kind == StepKind::backfill; });
  };
  for (auto it = release_.scripts.begin(); it != release_.scripts.end(); ++it) {
    if (it->phase != phase) continue;
    if (several_at_once() && fills(*it)) {
      std::vector<const Script*> scripts;
      for (; it != release_.scripts.end() && fills(*it); ++it) scripts.push_back(&*it);
      EMCEE_TRY(run_at_once(scripts));
      --it;
      continue;
    }
    EMCEE_ASSIGN(const bool finished, run_script(*it));
    if (!finished) return false;
  }
  return true;
}

// Limits count what one table after the other does, and a database with one write lock gains nothing.
bool Runner::several_at_once() const {
  return options_.jobs > 1 && options_.connect && !options_.dry_run && !options_.one_step && !options_.max_rows &&
         !connection_.locks_all_writers();
}

// Each script of migrate fills one table: so many workers take one after the other. What one of them meets
// ends the command once the others are through with the tables that they have in hand.
Result<void> Runner::run_at_once(const std::vector<const Script*>& scripts) {
  // The rows of the scripts before, which the workers must not make again.
  EMCEE_ASSIGN(ledger_,
               with_retries(options_, release_.name, 0, [&] { return Ledger::read(connection_, release_.component); }));
  std::mutex mutex;
  Options options = options_;
  options.events = [&](const Event& event) {
    const std::lock_guard lock(mutex);
    options_.send(event);
  };
  if (options_.before_step)
    options.before_step = [&] {
      const std::lock_guard lock(mutex);
      return options_.before_step();
    };
  std::size_t next = 0;
  Result<void> result;
  const auto take = [&]() -> const Script* {
    const std::lock_guard lock(mutex);
    return result && next < scripts.size() ? scripts[next++] : nullptr;
  };
  const auto work = [&]() -> Result<void> {
    EMCEE_ASSIGN(const std::unique_ptr<Connection> connection,
                 with_retries(options, release_.name, 0, [&] { return options_.connect(); }));
    const Watch watch(*connection, options_.stop);
    Runner runner(*connection, release_, options, ledger_, offline_);
    Result<void> done;
    while (const Script* script = done ? take() : nullptr) done = runner.run_script(*script).map([](bool) {});
    const std::lock_guard lock(mutex);
    outcome_.steps += runner.outcome_.steps;
    outcome_.rows += runner.outcome_.rows;
    return done;
  };
  std::vector<std::thread> workers;
  for (std::size_t i = 0; i < std::min(scripts.size(), static_cast<std::size_t>(options_.jobs)); ++i)
    workers.emplace_back([&] {
      Result<void> done = work();
      const std::lock_guard lock(mutex);
      if (!done && result) result = std::move(done);
    });
  for (std::thread& worker : workers) worker.join();
  return result;
}

Result<bool> Runner::run_script(const Script& script) {
  if (ledger_.finished(release_, script)) return true;
  const Stopwatch watch;
  options_.send(ScriptStarted{script.name, script.phase});
  if (!options_.dry_run) EMCEE_TRY(persistently(script, 0, [&] { return begin_script(script); }));
  for (const Step& step : script.steps) {
    if (options_.stopped()) return fail(ErrorCode::interrupted, "stopped on request");
    const LedgerRow* of_step = ledger_.find(release_, script, step);
    if (of_step != nullptr && (of_step->done() || of_step->state == "skipped")) continue;
    if (limit_reached()) return false;
    if (options_.before_step && !options_.dry_run) EMCEE_TRY(options_.before_step());
    auto finished = run_step(script, step);
    if (!finished) return fail(in_step(std::move(finished).error(), script, step));
    if (!*finished) return false;
  }
  if (!options_.dry_run) EMCEE_TRY(persistently(script, 0, [&] { return finish_script(script); }));
  options_.send(ScriptFinished{script.name, watch.seconds()});
  return true;
}

Result<void> Runner::begin_script(const Script& script) {
  if (ledger_.find(release_.name, script.name) != nullptr) return {};
  const bool first = !begun_ && ledger_.find(release_.name) == nullptr;
  if (first) EMCEE_TRY(create_ledger(connection_));
  auto begun = in_transaction(connection_, [&]() -> Result<void> {
    if (first) EMCEE_TRY(begin_row(connection_, release_, options_.tool_version));
    return begin_row(connection_, release_, script, options_.tool_version);
  });
  begun_ = begun_ || begun;  // not before: where the commit fails, the next attempt has all of it to do
  return begun;
}

Result<void> Runner::finish_script(const Script& script) {
  return in_transaction(connection_, [&]() -> Result<void> {
    EMCEE_TRY(finish_row(connection_, key_of(release_, script)));
    if (script.phase == Phase::migrate) return {};
    // What contract took away is not missed by `check`, nor what the script itself put back: foreign keys step aside.
    for (const Script& earlier : release_.scripts) {
      if (script.phase == Phase::contract || &earlier == &script)
        for (const Step& step : earlier.steps)
          if (step.kind == StepKind::ddl || step.kind == StepKind::sync)
            if (!step.probe.empty())
              EMCEE_TRY(connection_.execute(
                  schema::ledger_present(connection_.ledger(), key_of(release_, earlier, step), step.probe)));
      if (&earlier == &script) break;
    }
    if (script.phase != Phase::contract) return {};
    return &script == &release_.scripts.back() ? finish_row(connection_, key_of(release_)) : Result<void>();
  });
}

Result<bool> is_done(Connection& connection, const Step& step) {
  if (step.probe.empty()) return false;
  EMCEE_ASSIGN(const auto rows, connection.query(step.probe, {}, 1));
  if (rows.empty() || rows.front().empty()) return false;
  const auto* done = std::get_if<std::int64_t>(&rows.front().front());
  return done != nullptr && *done != 0;
}

Result<bool> Runner::run_step(const Script& script, const Step& step) {
  const Stopwatch watch;
  options_.send(StepStarted{script.name, step.number, step.kind, step.title});
  const auto finished = [&](StepEnd end) -> Result<bool> {
    if (end == StepEnd::ran) ++outcome_.steps;
    options_.send(StepFinished{script.name, step.number, end, watch.seconds()});
    return true;
  };
  const auto persist = [&](auto body) { return persistently(script, step.number, body); };

  if (offline_ && step.kind == StepKind::sync) {
    if (!options_.dry_run) EMCEE_TRY(persist([&] { return record(script, step, "skipped"); }));
    return finished(StepEnd::skipped);
  }
  if (options_.dry_run) {
    show(step);
    return finished(StepEnd::ran);
  }
  switch (step.kind) {
    case StepKind::ddl:
    case StepKind::sync: {
      EMCEE_ASSIGN(const StepEnd end, persist([&] { return run_structure(script, step); }));
      return finished(end);
    }
    case StepKind::check:
      EMCEE_TRY(persist([&] { return run_check(script, step); }));
      return finished(StepEnd::ran);
    case StepKind::backfill: {
      EMCEE_TRY(persist([&] { return announce(script, step); }));
      const LedgerRow* row = ledger_.find(release_, script, step);
      EMCEE_ASSIGN(const bool all,
                   run_backfill(script, step, row != nullptr ? row->cursor : "", row != nullptr ? row->rows_done : 0));
      if (!all) return false;
      return finished(StepEnd::ran);
    }
  }
  return true;
}

Result<StepEnd> Runner::run_structure(const Script& script, const Step& step) {
  const LedgerRow* row = ledger_.find(release_, script, step);
  if (row != nullptr && row->done()) return StepEnd::ran;  // the attempt before, whose answer was lost
  // A transaction leaves its row or nothing at all; only without one can the work be there although
  // nothing confirms it.
  bool found = false;
  if (!step.transactional && row != nullptr) {
    EMCEE_ASSIGN(found, is_done(connection_, step));
  }
  if (found) {
    EMCEE_TRY(record(script, step, "done"));
    return StepEnd::found;
  }
  EMCEE_TRY(run_statements(script, step));
  return StepEnd::ran;
}

// The row appears before the work, where the work and its end cannot be one transaction.
Result<void> Runner::announce(const Script& script, const Step& step) {
  if (ledger_.find(release_, script, step) != nullptr) return {};
  return in_transaction(connection_,
                        [&] { return begin_row(connection_, release_, script, step, options_.tool_version); });
}

Result<void> Runner::record(const Script& script, const Step& step, std::string_view state) {
  return in_transaction(connection_, [&]() -> Result<void> {
    if (ledger_.find(release_, script, step) == nullptr)
      EMCEE_TRY(begin_row(connection_, release_, script, step, options_.tool_version));
    return finish_row(connection_, key_of(release_, script, step), state);
  });
}

Result<void> Runner::run_statements(const Script& script, const Step& step) {
  if (step.transactional) {
    return with_settings(connection_, step.before, step.after, [&] {
      return in_transaction(connection_, [&]() -> Result<void> {
        if (ledger_.find(release_, script, step) == nullptr)
          EMCEE_TRY(begin_row(connection_, release_, script, step, options_.tool_version));
        EMCEE_TRY(run_and_verify(connection_, step.run, step.verify));
        return finish_row(connection_, key_of(release_, script, step));
      });
    });
  }
  // Announced, run, confirmed: after a crash in between, the probe decides.
  EMCEE_TRY(announce(script, step));
  EMCEE_TRY(with_settings(connection_, step.before, step.after,
                          [&] { return run_and_verify(connection_, step.run, step.verify); }));
  return in_transaction(connection_, [&] { return finish_row(connection_, key_of(release_, script, step)); });
}

Result<void> Runner::run_check(const Script& script, const Step& step) {
  EMCEE_ASSIGN(RowFindings found, find_rows(connection_, *step.requirement));
  if (found.count > 0) return fail(to_error("rows stand against what the upgrade needs", {std::move(found)}));
  return record(script, step, "done");
}

Result<bool> Runner::run_backfill(const Script& script, const Step& step, const std::string& cursor,
                                  std::int64_t rows_done) {
  BatchRunner batches(connection_, options_, script, step, key_of(release_, script, step), offline_);
  std::optional<std::int64_t> limit;
  if (options_.max_rows) limit = *options_.max_rows - outcome_.rows;
  const auto finished = batches.run(cursor, rows_done, limit);
  outcome_.rows += batches.changed();
  if (!finished || !*finished) return finished;
  return persistently(script, step.number, [&]() -> Result<bool> {
    EMCEE_TRY(in_transaction(connection_, [&] { return finish_row(connection_, key_of(release_, script, step)); }));
    return true;
  });
}

bool Runner::has_filled() const {
  return std::all_of(release_.scripts.begin(), release_.scripts.end(), [&](const Script& script) {
    return std::all_of(script.steps.begin(), script.steps.end(), [&](const Step& step) {
      const LedgerRow* row = ledger_.find(release_, script, step);
      return step.kind != StepKind::backfill || (row != nullptr && row->done());
    });
  });
}

Result<bool> Runner::run_pending_backfills() {
  for (const Script& script : release_.scripts) {
    for (const Step& step : script.steps) {
      const LedgerRow* row = ledger_.find(release_, script, step);
      if (step.kind != StepKind::backfill || row == nullptr || !row->done()) continue;
      EMCEE_ASSIGN(const bool pending,
                   persistently(script, step.number, [&] { return has_pending(connection_, *step.backfill); }));
      if (!pending) continue;
      if (limit_reached()) return false;
      const Stopwatch watch;
      const std::int64_t rows_done = row->rows_done;
      options_.send(StepStarted{script.name, step.number, step.kind, step.title});
      if (options_.dry_run) {
        show(step);
        continue;
      }
      EMCEE_TRY(persistently(script, step.number, [&] {
        return in_transaction(connection_, [&] {
          return connection_.execute(schema::ledger_again(connection_.ledger(), key_of(release_, script, step)));
        });
      }));
      auto finished = run_backfill(script, step, "", rows_done);
      if (!finished) return fail(in_step(std::move(finished).error(), script, step));
      if (!*finished) return false;
      ++outcome_.steps;
      options_.send(StepFinished{script.name, step.number, StepEnd::ran, watch.seconds()});
    }
  }
  return true;
}

void Runner::show(const Step& step) const {
  const auto show_all = [&](const std::vector<std::string>& statements) {
    for (const std::string& sql : statements) options_.send(Statement{sql});
  };
  show_all(step.before);
  if (step.transactional && !step.run.empty()) options_.send(Statement{"BEGIN"});
  show_all(step.run);
  show_all(step.verify);
  if (step.transactional && !step.run.empty()) options_.send(Statement{"COMMIT"});
  show_all(step.after);
  if (step.backfill && step.backfill->conversion)
    options_.send(
        Statement{fmt::format("SELECT * FROM {} WHERE ({}) -- {} converts these rows", step.backfill->table_sql,
                              step.backfill->pending, program_of(*step.backfill->conversion))});
  else if (step.backfill)
    options_.send(Statement{fmt::format("UPDATE {} SET {} WHERE ({})", step.backfill->table_sql, step.backfill->set,
                                        step.backfill->pending)});
  if (step.requirement) options_.send(Statement{step.requirement->sql});
}

}  // namespace emcee::applier
