// What failed for a passing reason (a lock, a deadlock, a lost connection) is tried again.
#pragma once

#include <string>

#include "applier/connection.h"
#include "applier/options.h"

namespace emcee::applier {

// Waits before attempt `attempt` + 1: twice as long each time, up to some seconds, and by chance a
// little more or less, so that two who got in each other's way do not meet again. Sends `Waiting`.
// False where the wait was interrupted.
bool wait_to_retry(const Options& options, const std::string& script, int step, const std::string& reason, int attempt);

// Runs `body`, and again while it fails with try_again, options.retries times at most. REQUIRES:
// what a failed `body` did is rolled back, or does no harm when done again.
template <class Body>
auto with_retries(const Options& options, const std::string& script, int step, Body body) -> decltype(body()) {
  for (int attempt = 1;; ++attempt) {
    auto result = body();
    if (result || result.error().code != ErrorCode::try_again || attempt > options.retries) return result;
    if (!wait_to_retry(options, script, step, result.error().message, attempt))
      return schema::fail(ErrorCode::interrupted, "stopped on request");
  }
}

}  // namespace emcee::applier
