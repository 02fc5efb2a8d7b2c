// Columns that move while two sessions write, or a session and a batch.
#pragma once

#include "applier/release.h"
#include "tests/cli/moves.h"
#include "tests/cli/races.h"

namespace emcee::testing {

class MoveRacesBase : public Races {
 protected:
  // The statements of a batch, in a transaction of the applier's.
  std::string batch() const {
    const auto release = applier::read_release(box_.path("rel"));
    EXPECT_TRUE(release.has_value());
    for (const applier::Script& script : release->scripts)
      for (const applier::Step& step : script.steps)
        if (step.backfill) {
          const applier::Backfill& b = *step.backfill;
          return fmt::format("{}; SELECT count(*) FROM (SELECT 1 FROM {} WHERE {} {}) AS locked; {}", bypass(true),
                             b.table_sql, b.pending, b.row_lock,
                             b.set.empty() ? b.generate + b.generate_end
                                           : fmt::format("UPDATE {} SET {} WHERE {}", b.table_sql, b.set, b.pending));
        }
    return {};
  }
  static std::string bypass(bool on) {
    if (is_mysql()) return on ? "SET @emcee_bypass = CONNECTION_ID()" : "SET @emcee_bypass = NULL";
    return on ? "SET emcee.bypass = 'on'" : "SET emcee.bypass = 'off'";
  }
};

}  // namespace emcee::testing
