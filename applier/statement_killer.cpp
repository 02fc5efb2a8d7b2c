#include "applier/statement_killer.h"

#include <chrono>

namespace emcee::applier {

namespace {
// Between two looks at the flag.
constexpr std::chrono::milliseconds kInterval{20};
}  // namespace

StatementKiller::StatementKiller(const std::atomic<bool>& stop, std::function<void()> kill)
    : stop_(stop), kill_(std::move(kill)), thread_([this] { work(); }) {}

StatementKiller::~StatementKiller() {
  {
    const std::lock_guard lock(mutex_);
    quit_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void StatementKiller::begin() {
  {
    const std::lock_guard lock(mutex_);
    running_ = true;
    killed_ = false;
  }
  changed_.notify_one();
}

bool StatementKiller::end() {
  const std::lock_guard lock(mutex_);
  running_ = false;
  return killed_;
}

void StatementKiller::work() {
  std::unique_lock lock(mutex_);
  while (!quit_) {
    if (!running_ || killed_) {
      changed_.wait(lock);
      continue;
    }
    changed_.wait_for(lock, kInterval);
    if (quit_ || !running_ || killed_ || !stop_.load(std::memory_order_relaxed)) continue;
    killed_ = true;
    kill_();  // under the lock: no statement after this one can be hit
  }
}

}  // namespace emcee::applier
