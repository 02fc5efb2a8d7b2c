// Scripts for the plain sqlite3 shell: the same work and the same ledger as the applier's, one
// transaction per step, and one UPDATE per table in migrate.
#pragma once

#include <string>

#include "codegen/rendered_plan.h"

namespace emcee::codegen {

std::string sqlite_script(const RenderedPlan& plan, const RenderedScript& script);
// What takes the script back; run in the reverse order of the scripts.
std::string sqlite_rollback(const RenderedPlan& plan, const RenderedScript& script);

}  // namespace emcee::codegen
