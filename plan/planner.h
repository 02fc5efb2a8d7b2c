// Changes -> phased steps: the phase table of docs/phases.md.
#pragma once

#include "plan/dialect.h"
#include "plan/finding.h"
#include "plan/plan.h"

namespace emcee::plan {

struct PlanOptions {
  // Put what would break the old release into contract instead of refusing it, fill NOT NULL
  // columns without a value with the zero of their type, and list every such choice.
  bool best_effort = false;
};

struct Planning {
  Plan plan;                      // complete only if nothing was refused
  std::vector<Finding> findings;  // one per change, in the order of the diff
  std::vector<Hazard> to_accept;  // what the map has to accept first
  bool refused() const;
};

// What to add to the map to accept the hazard.
std::string accept_entry(const Hazard& hazard);

// `map` must have been resolved against both schemas. Errors: report_bug, where the plan breaks an
// invariant (plan/invariants.h); never because of what a user wrote: that is a refused finding.
schema::Result<Planning> make_plan(const schema::Schema& before, const schema::Schema& after,
                                   const diff::ReleaseMap& map, const Dialect& dialect,
                                   const PlanOptions& options = {});

}  // namespace emcee::plan
