// Ends a statement that a server runs when a flag is set, from a thread and a connection of its own.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace emcee::applier {

class StatementKiller {
 public:
  // `kill` ends the statement that runs now; it is called in another thread, once per statement.
  // REQUIRES: the flag lives longer than this.
  StatementKiller(const std::atomic<bool>& stop, std::function<void()> kill);
  ~StatementKiller();
  StatementKiller(const StatementKiller&) = delete;
  StatementKiller& operator=(const StatementKiller&) = delete;

  void begin();
  // True where the statement was, or may have been, killed.
  bool end();

 private:
  void work();

  const std::atomic<bool>& stop_;
  std::function<void()> kill_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool running_ = false;
  bool killed_ = false;
  bool quit_ = false;
  std::thread thread_;  // last: it starts with the rest in place
};

}  // namespace emcee::applier
