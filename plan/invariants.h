// What holds for every plan, whatever made it.
#pragma once

#include "plan/plan.h"
#include "schema/result.h"

namespace emcee::plan {

// Nothing destructive before contract; every sync group that starts also stops, before a column it
// names goes; phases and scripts ascend; every phase has a script; applying all steps to the old
// schema gives the new one, order of columns aside. Errors: report_bug.
schema::Result<void> check_invariants(const Plan& plan);

// The schema after all structural changes of one step. Errors: report_bug.
schema::Result<void> apply_step(schema::Schema& schema, const Step& step);

}  // namespace emcee::plan
