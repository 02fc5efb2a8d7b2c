// What a command is asked to do, and what it answers.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "applier/connection.h"
#include "applier/events.h"
#include "applier/replicas.h"
#include "schema/result.h"

namespace emcee::applier {

struct Options {
  bool dry_run = false;                            // send `Statement` events, touch nothing
  bool one_step = false;                           // stop after one step that had work
  bool discard = false;                            // rollback: lose what the undo cannot keep
  std::optional<std::int64_t> batch;               // rows per batch; none: adapted to the target
  std::optional<std::int64_t> max_rows;            // migrate: stop after so many changed rows
  std::optional<std::chrono::milliseconds> sleep;  // after each batch; none: adapted to other writers
  std::int64_t max_lag = 64 << 20;  // batches wait while a standby or slot is more bytes behind; 0: never
  LoadLimits load;                  // batches wait while the server is busier
  // Batches wait while one of these has not got what was committed longer ago than `max_delay`, or cannot be asked.
  std::vector<OpenReplica> replicas;
  std::chrono::milliseconds max_delay{5000};
  int jobs = 1;  // migrate: so many tables at once
  // One more connection to the same database: each table that is filled beside others has its own. Needed for
  // more than one job.
  std::function<Result<std::unique_ptr<Connection>>()> connect;
  int retries = 30;                             // of a step or batch that meets a lock or a lost connection
  std::chrono::milliseconds batch_target{100};  // how long one batch keeps writers out, about
  const std::atomic<bool>* stop = nullptr;      // set by SIGINT and SIGTERM
  EventHandler events;                          // may be empty
  // Runs the program of a map that only a program can convert: gives it `input`, and comes back with what it
  // printed. `program` is empty where the map names none. Needed for such maps.
  std::function<Result<std::string>(const std::vector<std::string>& program, const std::string& input)> ask;
  std::string tool_version = "unknown";  // for the ledger
  // Asked before each step; an error ends the command there. May be empty.
  std::function<schema::Result<void>()> before_step;

  bool stopped() const { return stop != nullptr && stop->load(std::memory_order_relaxed); }
  void send(const Event& event) const {
    if (events) events(event);
  }
};

struct Outcome {
  int steps = 0;          // that ran now
  std::int64_t rows = 0;  // that changed now
  bool more = false;      // stopped at a limit: run again (exit code 1)
  std::string text;       // one sentence for people
};

}  // namespace emcee::applier
