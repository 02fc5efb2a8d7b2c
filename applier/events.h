// What happens while a command runs, for progress bars and --json.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <variant>

#include "applier/release.h"

namespace emcee::applier {

struct ScriptStarted {
  std::string script;
  Phase phase = Phase::expand;
};
struct ScriptFinished {
  std::string script;
  double seconds = 0;
};
struct StepStarted {
  std::string script;
  int step = 0;
  StepKind kind = StepKind::ddl;
  std::string title;
};
enum class StepEnd : std::uint8_t {
  ran,      // it did its work
  found,    // its probe said that the work was there already: recorded only
  skipped,  // offline, no triggers needed
  undone,   // rollback
};
struct StepFinished {
  std::string script;
  int step = 0;
  StepEnd end = StepEnd::ran;
  double seconds = 0;
};
// With dry_run: a statement that would run now.
struct Statement {
  std::string sql;
};
// After every batch.
struct BatchFinished {
  std::string script;
  int step = 0;
  std::string table;
  std::int64_t changed = 0;        // rows of this batch
  std::int64_t size = 0;           // rows of the key range that the batch was to cover
  double seconds = 0;              // how long writers had to wait
  std::int64_t total_changed = 0;  // of the step, earlier runs included
  std::int64_t walked = 0;         // rows behind the cursor; an estimate while others insert
  std::int64_t rows = 0;           // rows of the table when the run began
  double rate = 0;                 // rows walked per second of this run
  double eta_seconds = 0;          // until the walk ends, at this rate
};
// Batches leave room for other writers.
struct Throttled {
  std::string script;
  int step = 0;
  double seconds = 0;  // of the pause
};
// An operator paused the batches; they go on when the operator says so.
struct Paused {
  std::string script;
  int step = 0;
  std::string reason;  // may be empty
};
// Something is in the way; it is tried again after a pause.
struct Waiting {
  std::string script;
  int step = 0;        // 0: the script's own row in the ledger
  std::string reason;  // what the database said
  int attempt = 0;     // that failed, from 1
  double seconds = 0;  // until the next
};

using Event = std::variant<ScriptStarted, ScriptFinished, StepStarted, StepFinished, Statement, BatchFinished,
                           Throttled, Paused, Waiting>;
using EventHandler = std::function<void(const Event&)>;

}  // namespace emcee::applier
