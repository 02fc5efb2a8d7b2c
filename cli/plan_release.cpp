#include "cli/plan_release.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "cli/dialect_choice.h"

namespace emcee::cli {

namespace {

using schema::ErrorCode;
using schema::fail;
using schema::Result;

// A path of the map is relative to it.
std::string beside(const std::string& map, const std::string& source) {
  if (!url_scheme(source).empty() || source.starts_with("git:")) return source;
  return (std::filesystem::path(map).parent_path() / source).string();
}

// OLD and NEW as given, else as the map names them.
Result<void> complete_sources(PlanOptions& options, const diff::ReleaseMap& map) {
  if (!options.after.empty()) return {};
  if (!options.before.empty() || options.map.empty())
    return fail(ErrorCode::usage, "plan needs OLD and NEW", "or --map with a release map whose [schema] names both");
  if (map.old_schema.empty() || map.new_schema.empty())
    return fail(ErrorCode::usage, "plan needs OLD and NEW, and " + options.map + " does not name them",
                "[schema] with old = \"...\" and new = \"...\" in the map, or both on the command line");
  options.before = beside(options.map, map.old_schema);
  options.after = beside(options.map, map.new_schema);
  return {};
}

bool plain_name(const std::string& name) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && std::all_of(name.begin(), name.end(), plain);
}

// Names of releases and components become names of files and triggers.
Result<void> name_release(const PlanOptions& options, diff::ReleaseMap& map) {
  const auto override_by = [](std::string& name, const std::string& option) {
    if (!option.empty()) name = option;
  };
  override_by(map.name, options.release);
  override_by(map.from, options.from);
  override_by(map.component, options.component);
  if (map.component.empty()) map.component = "main";
  if (map.name.empty())
    return fail(ErrorCode::usage, "the new release has no name", "--release NAME, or name = \"...\" in the map");
  for (const std::string& name : {map.name, map.component})
    if (!plain_name(name))
      return fail(ErrorCode::usage, fmt::format("'{}' is no name of a release or component", name),
                  "small letters, digits and _ only: it becomes part of file names");
  return {};
}

Result<Planned> make_planned(const schema::Schema& before, const schema::Schema& after, diff::ReleaseMap map,
                             const plan::Dialect& dialect, bool best_effort, const std::string& tool) {
  EMCEE_TRY(diff::resolve(map, before, after));
  Planned planned;
  plan::PlanOptions how;
  how.best_effort = best_effort;
  EMCEE_ASSIGN(planned.planning, plan::make_plan(before, after, map, dialect, how));
  if (planned.planning.refused()) return planned;
  EMCEE_ASSIGN(planned.files, codegen::generate(planned.planning.plan, dialect, tool));
  return planned;
}

}  // namespace

Result<PlannedRelease> plan_release(const PlanOptions& given) {
  PlannedRelease planned;
  planned.options = given;
  PlanOptions& options = planned.options;
  EMCEE_ASSIGN(planned.dialect, choose_dialect(options.read, {options.before, options.after}, options.map));
  EMCEE_ASSIGN(diff::ReleaseMap map, load_map(options.map, *planned.dialect));
  EMCEE_TRY(complete_sources(options, map));
  EMCEE_TRY(name_release(options, map));
  EMCEE_ASSIGN(planned.schemas, load_pair(options.before, options.after, *planned.dialect, options.read.lenient));
  EMCEE_ASSIGN(Planned made, make_planned(planned.schemas.before.schema, planned.schemas.after.schema, std::move(map),
                                          *planned.dialect, options.best_effort, EMCEE_VERSION));
  planned.planning = std::move(made.planning);
  planned.files = std::move(made.files);
  return planned;
}

Result<Planned> plan_again(const applier::Release& release, diff::ReleaseMap map, const plan::Dialect& dialect,
                           bool best_effort) {
  parser::Coverage coverage;
  EMCEE_ASSIGN(const schema::Schema before,
               dialect.read({parser::Source("plan.json", release.old_schema)}, true, coverage));
  EMCEE_ASSIGN(const schema::Schema after,
               dialect.read({parser::Source("plan.json", release.new_schema)}, true, coverage));
  map.name = release.name;
  map.from = release.from;
  map.component = release.component;
  return make_planned(before, after, std::move(map), dialect, best_effort, release.tool);
}

// `ocata_expand02.sql`, of whatever number
bool is_script_of(const std::string& release, const std::filesystem::path& file) {
  const std::string name = file.filename().string();
  if (file.extension() != ".sql") return false;
  for (const char* phase : {"_expand", "_migrate", "_contract"})
    if (name.starts_with(release + phase)) return true;
  return false;
}

}  // namespace emcee::cli
