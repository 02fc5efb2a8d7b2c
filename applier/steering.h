// What an operator asks of a running migrate from another terminal: to pause, or to go slower. It stands in
// the ledger, so that it reaches an applier on any machine, and outlives it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "applier/notes.h"

namespace emcee::applier {

inline constexpr const char* kSteering = "steering";  // kind of its note

struct Steering {
  bool paused = false;
  std::string reason;                              // of whoever asked; may be empty
  std::optional<std::int64_t> batch;               // rows per batch
  std::optional<std::chrono::milliseconds> sleep;  // after each batch
  std::string since;                               // UTC, by the database's clock; set by read_steering

  bool any() const { return paused || batch || sleep; }
};

// Nothing where nobody asked, or there is no ledger.
Result<Steering> read_steering(Connection& connection, const NotePlace& place);

// Takes the place of what was asked before. REQUIRES: there is a ledger.
Result<void> write_steering(Connection& connection, const NotePlace& place, const Steering& steering,
                            const std::string& tool_version);

}  // namespace emcee::applier
