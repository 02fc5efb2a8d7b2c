// Plan -> the generated files of a release directory (docs/release-directory.md). Pure: the caller
// writes the files. Same input, same bytes.
#pragma once

#include <string>
#include <vector>

#include "plan/dialect.h"
#include "plan/plan.h"
#include "schema/result.h"

namespace emcee::codegen {

struct File {
  std::string path;  // relative to the release directory
  std::string text;
};

// plan.json first, then one .sql file per script, then rollback/. Errors: those of
// Dialect::render.
schema::Result<std::vector<File>> generate(const plan::Plan& plan, const plan::Dialect& dialect,
                                           const std::string& tool_version);

}  // namespace emcee::codegen
