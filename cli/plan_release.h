// From the options of `emcee plan` to the files of a release directory; nothing is written.
#pragma once

#include <filesystem>
#include <memory>

#include "applier/release.h"
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

// What a plan consists of.
struct Planned {
  plan::Planning planning;
  std::vector<codegen::File> files;  // empty where the plan was refused
};
// The plan of a release directory, made again from the schemas in it. `map` is not resolved yet. Errors
// as above.
schema::Result<Planned> plan_again(const applier::Release& release, diff::ReleaseMap map, const plan::Dialect& dialect,
                                   bool best_effort);

// `ocata_expand02.sql`, of whatever number.
bool is_script_of(const std::string& release, const std::filesystem::path& file);

}  // namespace emcee::cli
