// What happened, summed over all writers.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "tests/soak/server.h"

namespace emcee::soak {

// Statements of the application in one period.
struct Traffic {
  std::atomic<std::int64_t> old_writes{0}, new_writes{0}, again{0};
};

class Counts {
 public:
  Traffic without, with;  // without Emcee on the database, and with it
  std::atomic<std::int64_t> refused{0}, lost{0}, transactions{0}, rolled_back{0}, compared{0}, wrong{0};

  // Which of the two it is at the moment.
  Traffic& traffic() { return with_emcee_ ? with : without; }
  void begin_emcee() { with_emcee_ = true; }

  // Something is not as the model has it.
  void report(const std::string& what);
  // An error after which an application tries again.
  void tried_again(const std::string& message);
  std::map<std::string, std::int64_t> reasons() const;  // messages of those, and how often

 private:
  std::atomic<bool> with_emcee_{false};
  mutable std::mutex mutex_;
  std::map<std::string, std::int64_t> reasons_;
};

}  // namespace emcee::soak
