// What changes become on the server: statements in their order, and what they cost.
#pragma once

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "plan/dialect.h"

namespace emcee::postgres {

// From weak to strong; https://www.postgresql.org/docs/15/explicit-locking.html
enum class Lock : std::uint8_t { none, share_update_exclusive, share, share_row_exclusive, access_exclusive };

// A wait for the lock of a table stops its readers too, so it is short; the runner tries again.
// Within a transaction the connection sees to it.
inline constexpr const char* kShortWait = "SET lock_timeout = '2s'";
// Nobody waits for one who waits for SHARE UPDATE EXCLUSIVE.
inline constexpr const char* kLongWait = "SET lock_timeout = 0";

struct Script {
  plan::LockTime lock_time = plan::LockTime::none;
  Lock lock = Lock::none;
  std::vector<std::string> run;
  std::vector<plan::Hazard> hazards;
  bool transactional = true;
  bool has_undo = true;

  void needs(Lock strength, plan::LockTime time) {
    lock = std::max(lock, strength);
    lock_time = std::max(lock_time, time);
  }
  void add(std::string statement) { run.push_back(std::move(statement)); }
  void add(std::vector<std::string> statements) {
    run.insert(run.end(), std::make_move_iterator(statements.begin()), std::make_move_iterator(statements.end()));
  }
};

}  // namespace emcee::postgres
