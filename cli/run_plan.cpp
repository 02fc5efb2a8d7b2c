#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>

#include "cli/commands.h"
#include "cli/coverage.h"
#include "cli/dialect_choice.h"
#include "cli/files.h"
#include "cli/schema_source.h"
#include "codegen/codegen.h"
#include "plan/planner.h"

namespace emcee::cli {

namespace {

using plan::Finding;
using plan::Planning;
using plan::Verdict;
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

nlohmann::json to_json(const Finding& finding) {
  return {{"verdict", plan::to_string(finding.verdict)},
          {"rule", finding.rule},
          {"operation", diff::operation(finding.change)},
          {"object", diff::object(finding.change)},
          {"text", diff::describe(finding.change)},
          {"why", finding.why},
          {"way_out", finding.way_out}};
}

// Nothing is written: every refused change, and what can be done about it.
int refuse(const Planning& planning, Output& output) {
  nlohmann::json refused = nlohmann::json::array();
  for (const Finding& finding : planning.findings) {
    if (finding.verdict != Verdict::refused) continue;
    refused.push_back(to_json(finding));
    if (output.json()) continue;
    output.print(fmt::format("{} {}\n  {}\n  way out: {}\n", output.paint(Style::bad, "refused:"),
                             diff::describe(finding.change), finding.why, finding.way_out));
  }
  for (const plan::Hazard& hazard : planning.plan.hazards)
    if (!hazard.accepted && !output.json())
      output.print(fmt::format("{} {} {}: {}\n", output.paint(Style::bad, "hazard:"), hazard.code, hazard.object,
                               hazard.message));
  if (output.json()) output.document({{"planned", false}, {"refused", std::move(refused)}});
  output.note("nothing was written; --best-effort plans what can be planned, and lists each decision");
  return schema::exit_code(ErrorCode::add_to_map);
}

void print_text(const Planning& planning, const std::string& directory, Output& output) {
  const plan::Plan& plan = planning.plan;
  int script = -1;
  plan::Phase phase = plan::Phase::expand;
  for (const plan::Step& step : plan.steps) {
    if (script != step.script || phase != step.phase) {
      script = step.script;
      phase = step.phase;
      output.print(output.paint(Style::heading, plan::script_name(plan, phase, script)) + "\n");
    }
    output.print("  " + step.title + "\n");
    for (const plan::Hazard& hazard : step.hazards)
      output.print(fmt::format("    {} {}: {}\n", output.paint(Style::caution, "hazard"), hazard.code, hazard.message));
  }
  if (plan.steps.empty()) output.print("the schemas are equal: every phase is empty\n");
  for (const plan::Hazard& hazard : plan.hazards)
    output.print(fmt::format("{} {} {}: {}\n", output.paint(Style::caution, "hazard"), hazard.code, hazard.object,
                             hazard.message));
  for (const plan::Choice& choice : plan.choices)
    output.print(fmt::format("{} {}: {}\n", output.paint(Style::caution, "chosen"), choice.object, choice.text));
  for (const std::string& note : plan.notes) output.note("note: " + note);
  output.note("wrote " + directory);
}

nlohmann::json to_json(const Planning& planning, const std::vector<codegen::File>& files) {
  nlohmann::json findings = nlohmann::json::array(), hazards = nlohmann::json::array(),
                 choices = nlohmann::json::array(), names = nlohmann::json::array();
  for (const Finding& finding : planning.findings) findings.push_back(to_json(finding));
  const auto add = [&](const plan::Hazard& hazard) {
    hazards.push_back({{"code", hazard.code}, {"object", hazard.object}, {"message", hazard.message}});
  };
  for (const plan::Hazard& hazard : planning.plan.hazards) add(hazard);
  for (const plan::Step& step : planning.plan.steps)
    for (const plan::Hazard& hazard : step.hazards) add(hazard);
  for (const plan::Choice& choice : planning.plan.choices)
    choices.push_back({{"object", choice.object}, {"text", choice.text}});
  for (const codegen::File& file : files) names.push_back(file.path);
  return {{"planned", true},
          {"release", planning.plan.release},
          {"findings", std::move(findings)},
          {"hazards", std::move(hazards)},
          {"choices", std::move(choices)},
          {"notes", planning.plan.notes},
          {"files", std::move(names)}};
}

// `ocata_expand02.sql`, of whatever number
bool is_script_of(const std::string& release, const std::filesystem::path& file) {
  const std::string name = file.filename().string();
  if (file.extension() != ".sql") return false;
  for (const char* phase : {"_expand", "_migrate", "_contract"})
    if (name.starts_with(release + phase)) return true;
  return false;
}

// An earlier plan of the same release may have had more scripts: they would look like part of this one.
void remove_stale_scripts(const std::filesystem::path& directory, const std::string& release,
                          const std::vector<codegen::File>& files) {
  std::set<std::filesystem::path> current;
  for (const codegen::File& file : files) current.insert((directory / file.path).lexically_normal());
  for (const auto& folder : {directory, directory / "rollback"}) {
    std::vector<std::filesystem::path> stale;
    std::error_code error;
    for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
      if (is_script_of(release, it->path()) && !current.contains(it->path().lexically_normal()))
        stale.push_back(it->path());
    for (const auto& path : stale) std::filesystem::remove(path, error);
  }
}

}  // namespace

Result<int> run_plan(const PlanOptions& given, Output& output) {
  PlanOptions options = given;
  EMCEE_ASSIGN(const auto dialect, choose_dialect(options.read, {options.before, options.after}, options.map));
  EMCEE_ASSIGN(diff::ReleaseMap map, load_map(options.map, *dialect));
  EMCEE_TRY(complete_sources(options, map));
  EMCEE_TRY(name_release(options, map));
  EMCEE_ASSIGN(const LoadedPair schemas, load_pair(options.before, options.after, *dialect, options.read.lenient));
  EMCEE_TRY(diff::resolve(map, schemas.before.schema, schemas.after.schema));
  plan::PlanOptions how;
  how.best_effort = options.best_effort;
  EMCEE_ASSIGN(const Planning planning,
               plan::make_plan(schemas.before.schema, schemas.after.schema, map, *dialect, how));
  note_coverage(options.before, schemas.before.coverage, output);
  note_coverage(options.after, schemas.after.coverage, output);
  if (planning.refused()) return refuse(planning, output);

  EMCEE_ASSIGN(const std::vector<codegen::File> files, codegen::generate(planning.plan, *dialect, EMCEE_VERSION));
  for (const codegen::File& file : files)
    EMCEE_TRY(write_file((std::filesystem::path(options.out) / file.path).string(), file.text));
  remove_stale_scripts(options.out, planning.plan.release, files);
  if (output.json())
    output.document(to_json(planning, files));
  else
    print_text(planning, options.out, output);
  return 0;
}

}  // namespace emcee::cli
