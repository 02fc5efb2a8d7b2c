#include "tests/soak/scenario.h"

#include <chrono>
#include <thread>

namespace emcee::soak {

std::shared_lock<std::shared_mutex> Gate::enter() {
  while (closing_) std::this_thread::sleep_for(std::chrono::microseconds(100));
  return std::shared_lock(mutex_);
}

std::unique_lock<std::shared_mutex> Gate::close() {
  closing_ = true;
  std::unique_lock lock(mutex_);
  closing_ = false;
  return lock;
}

}  // namespace emcee::soak
