// A release as `emcee plan` writes it and the applier reads it: what is measured is what users run.
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>

#include "applier/release.h"
#include "codegen/codegen.h"
#include "dialects/registry.h"
#include "diff/release_map.h"
#include "plan/planner.h"

namespace emcee::bench {

template <class T>
T must(schema::Result<T> result) {
  if (!result) throw std::runtime_error(schema::to_text(result.error()));
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

// From the DDL `before` to the DDL `after` with the text of a release map.
inline applier::Release planned_release(const std::string& dialect_name, const char* before, const char* after,
                                        const char* map_text) {
  const auto dialect = must(dialects::make(dialect_name, ""));
  const auto parse = [&](const char* sql) {
    parser::Coverage coverage;
    return must(dialect->read({parser::Source("schema.sql", sql)}, false, coverage));
  };
  const schema::Schema old_schema = parse(before), new_schema = parse(after);
  diff::ReleaseMap map =
      must(diff::read_release_map(parser::Source("map", map_text), std::string(dialect->name()), dialect->folding(),
                                  [&](const parser::Source& text) { return dialect->parse_expression(text); }));
  must(diff::resolve(map, old_schema, new_schema));
  plan::PlanOptions options;
  options.best_effort = true;
  const plan::Planning planning = must(plan::make_plan(old_schema, new_schema, map, *dialect, options));
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / fmt::format("emcee-bench-{}", static_cast<long>(getpid()));
  for (const auto& file : must(codegen::generate(planning.plan, *dialect, "bench"))) {
    std::filesystem::create_directories((folder / file.path).parent_path());
    std::ofstream(folder / file.path, std::ios::binary) << file.text;
  }
  applier::Release release = must(applier::read_release(folder));
  std::filesystem::remove_all(folder);
  return release;
}

// The group of the backfill's figures: G1 of an image service, one derived column.
inline constexpr char kImageMap[] =
    "name = \"bench\"\n[[map]]\ntable = \"images\"\nold = \"is_public\"\nnew = \"visibility\"\n"
    "up.visibility = \"CASE is_public WHEN 1 THEN 'public' WHEN 0 THEN 'shared' END\"\n"
    "down.is_public = \"CASE WHEN visibility = 'public' THEN 1 ELSE 0 END\"\n";
inline constexpr char kImageFill[] =
    "UPDATE images SET visibility = CASE is_public WHEN 1 THEN 'public' WHEN 0 THEN 'shared' END";

}  // namespace emcee::bench
