#include "applier/retry.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>

namespace emcee::applier {

namespace {

using Clock = std::chrono::steady_clock;

// While a statement waits for a lock on a table, everybody who comes later waits behind it; the
// pause is when they get through, so it should not be much shorter than the lock timeout.
constexpr double kFirstSeconds = 0.1;
constexpr double kLongestSeconds = 3;
constexpr std::chrono::milliseconds kNap{20};

double seconds_of(int attempt) {
  static thread_local std::minstd_rand random{std::random_device{}()};
  const double base = std::min(kFirstSeconds * static_cast<double>(1 << std::min(attempt - 1, 10)), kLongestSeconds);
  return base * std::uniform_real_distribution<double>(0.5, 1.5)(random);
}

}  // namespace

bool wait_to_retry(const Options& options, const std::string& script, int step, const std::string& reason,
                   int attempt) {
  const double seconds = seconds_of(attempt);
  options.send(Waiting{script, step, reason, attempt, seconds});
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  while (Clock::now() < end && !options.stopped())
    std::this_thread::sleep_for(std::min<Clock::duration>(kNap, std::max<Clock::duration>(end - Clock::now(), {})));
  return !options.stopped();
}

}  // namespace emcee::applier
