// What became of the statements of a schema: nothing is left out in silence.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "cli/output.h"
#include "parser/ast.h"

namespace emcee::cli {

// Says what was carried verbatim, skipped or left out (--lenient); silent where all was modelled.
void note_coverage(const std::string& source, const parser::Coverage& coverage, Output& output);

nlohmann::json coverage_json(const parser::Coverage& coverage);

}  // namespace emcee::cli
