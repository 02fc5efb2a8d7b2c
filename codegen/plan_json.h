// plan.json: docs/plan-json.md.
#pragma once

#include <string>
#include <vector>

#include "codegen/rendered_plan.h"

namespace emcee::codegen {

// `file_checksums`: one per script, of its .sql file.
std::string plan_json(const RenderedPlan& plan, const std::vector<std::string>& file_checksums);

// The checksum of a script's steps, as plan.json and the ledger hold it.
std::string script_checksum(const RenderedScript& script, const plan::Dialect& dialect);

}  // namespace emcee::codegen
