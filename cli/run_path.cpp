#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "cli/database.h"
#include "cli/project_targets.h"
#include "project/paths.h"

namespace emcee::cli {

using schema::Result;

Result<int> run_path(const PathOptions& options, Output& output) {
  EMCEE_ASSIGN(const project::Project project, load_project(options.project));
  EMCEE_TRY(project::check_path(project, options.stations));
  if (output.json())
    output.document({{"allowed", true}, {"path", options.stations}});
  else
    output.print(fmt::format("{}\n", fmt::join(options.stations, " → ")));
  return 0;
}

}  // namespace emcee::cli
