// SIGINT and SIGTERM as a flag that the applier looks at.
#pragma once

#include <atomic>
#include <chrono>

namespace emcee::cli {

// From now on the first of these signals sets the flag, and the next one ends the process as usual.
const std::atomic<bool>& stop_on_signals();

// False where such a signal ended the pause.
bool sleep_unless_stopped(std::chrono::milliseconds time);

}  // namespace emcee::cli
