// Steps that are put into the scripts of their phase.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "plan/draft.h"

namespace emcee::plan {

class Scripts {
 public:
  void add(Step step) {
    step.script = script_;
    steps_.push_back(std::move(step));
    used_ = true;
  }
  // What follows belongs to the next script, if this one has anything.
  void next() {
    if (used_) ++script_;
    used_ = false;
  }
  void phase() {
    script_ = 1;
    used_ = false;
  }
  const std::vector<Step>& steps() const { return steps_; }
  std::vector<Step> take() { return std::move(steps_); }

 private:
  std::vector<Step> steps_;
  int script_ = 1;
  bool used_ = false;
};

// `is_public <-> visibility`, `->` where a program converts; only the new columns where nothing old belongs to the
// group; `bio to profiles` where columns move, `users to people` where a table does.
std::string names(const SyncGroup& group);
// The entry of the map that it comes from, with these.
std::string reason(const SyncGroup& group);

enum class SyncMove : std::uint8_t { start, fence, stop };
// All groups are of one table, and all of them are frozen or none.
Step sync_step(Phase phase, const std::vector<SyncGroup>& groups, SyncMove move);
// What the change can do ahead, while others write.
Step prepare_step(Phase phase, const Item& item);
// The rows are looked at, and none of them is in the way of the change.
Step check_step(Phase phase, CheckRows check);

// The whole of migrate: a script for each table that is backfilled, then the checks of what contract relies on.
void schedule_migrate(Scripts& scripts, const Draft& draft);

}  // namespace emcee::plan
