// From the options of `emcee plan` to the files of a release directory; nothing is written.
#pragma once

#include <filesystem>
#include <memory>

#include "cli/commands.h"
#include "cli/schema_source.h"
#include "codegen/codegen.h"
#include "plan/planner.h"

namespace emcee::cli {

struct PlannedRelease {
  std::unique_ptr<plan::Dialect> dialect;
  PlanOptions options;  // with the sources that were read
  LoadedPair schemas;
  plan::Planning planning;
  std::vector<codegen::File> files;  // empty where the plan was refused
};

// Errors: usage, fix_text, fix_schema, add_to_map; not where the plan is refused.
schema::Result<PlannedRelease> plan_release(const PlanOptions& options);

// `ocata_expand02.sql`, of whatever number.
bool is_script_of(const std::string& release, const std::filesystem::path& file);

}  // namespace emcee::cli
