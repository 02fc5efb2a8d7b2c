// What a phase had to wait for: added up, and kept in the ledger for those who read about the upgrade later.
#pragma once

#include <string>

#include "applier/events.h"
#include "cli/connect.h"
#include "cli/database.h"

namespace emcee::cli {

class Waits {
 public:
  // Only events of waiting count.
  void add(const applier::Event& event);

  // One note per phase, with what earlier runs of it waited for. Nothing where nobody waited.
  schema::Result<void> record(PhaseCommand command, Target& target) const;

 private:
  std::int64_t times_ = 0;
  double seconds_ = 0;
  std::string reason_;  // of the last
};

}  // namespace emcee::cli
