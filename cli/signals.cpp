#include "cli/signals.h"

#include <algorithm>
#include <csignal>
#include <thread>

namespace emcee::cli {

namespace {

std::atomic<bool> stop_requested{false};
static_assert(std::atomic<bool>::is_always_lock_free);  // a signal handler may set it

extern "C" void request_stop(int signal) {
  stop_requested.store(true);
  std::signal(signal, SIG_DFL);  // who asks twice means it
}

}  // namespace

const std::atomic<bool>& stop_on_signals() {
  std::signal(SIGINT, request_stop);
  std::signal(SIGTERM, request_stop);
  return stop_requested;
}

bool sleep_unless_stopped(std::chrono::milliseconds time) {
  constexpr std::chrono::milliseconds kLook{50};
  for (auto left = time; left.count() > 0; left -= kLook) {
    if (stop_on_signals().load()) return false;
    std::this_thread::sleep_for(std::min(left, kLook));
  }
  return !stop_on_signals().load();
}

}  // namespace emcee::cli
