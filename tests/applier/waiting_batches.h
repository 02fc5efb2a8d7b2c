// A migrate that takes a second or two, and what its batches wait for.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <thread>

#include "applier/applier.h"
#include "fixture.h"

namespace emcee::applier {

inline bool comes_true(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

class WaitingBatches {
 public:
  static constexpr int kRows = 4000;

  WaitingBatches() {
    options.batch = 20;
    options.sleep = std::chrono::milliseconds(5);
    options.events = [this](const Event& event) {
      const std::lock_guard lock(mutex_);
      if (const auto* waiting = std::get_if<Waiting>(&event)) reason_ = waiting->reason;
      batches_ += std::holds_alternative<BatchFinished>(event);
    };
  }
  // The reason of the last wait.
  std::string waits_for() {
    const std::lock_guard lock(mutex_);
    return reason_;
  }
  int batches_done() {
    const std::lock_guard lock(mutex_);
    return batches_;
  }
  // Waits until migrate waits for `what` and does no more; then `relieve` lets it end.
  void expect_to_wait_for(const std::string& what, Connection& connection, const Release& release,
                          const std::function<void()>& relieve) {
    auto migrated = std::async(std::launch::async, [&] { return migrate(connection, release, options); });
    EXPECT_TRUE(comes_true([&] { return waits_for().find(what) != std::string::npos; })) << waits_for();
    const int before = batches_done();
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    EXPECT_EQ(batches_done(), before);
    EXPECT_LT(before, kRows / 20);
    relieve();
    const auto outcome = migrated.get();
    ASSERT_OK(outcome);
    EXPECT_EQ(outcome->rows, kRows);
  }

  Options options;

 private:
  std::mutex mutex_;
  std::string reason_;
  int batches_ = 0;
};

}  // namespace emcee::applier
