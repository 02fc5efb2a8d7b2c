#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>

#include "cli/commands.h"
#include "cli/coverage.h"
#include "cli/files.h"
#include "cli/plan_release.h"
#include "cli/topology.h"

namespace emcee::cli {

namespace {

using plan::Finding;
using plan::Planning;
using plan::Verdict;
using schema::ErrorCode;
using schema::Result;

nlohmann::json to_json(const Finding& finding) {
  return {{"verdict", plan::to_string(finding.verdict)},
          {"rule", finding.rule},
          {"operation", diff::operation(finding.change)},
          {"object", diff::object(finding.change)},
          {"text", diff::describe(finding.change)},
          {"why", finding.why},
          {"way_out", finding.way_out}};
}

nlohmann::json to_json(const plan::Hazard& hazard) {
  return {{"code", hazard.code}, {"object", hazard.object}, {"message", hazard.message}};
}

// Hazards that say the same of several objects are one line.
void print_hazards(const std::vector<plan::Hazard>& hazards, std::string_view indent, Output& output) {
  std::vector<plan::Hazard> lines;
  for (const plan::Hazard& hazard : hazards) {
    const auto same = std::find_if(lines.begin(), lines.end(), [&](const plan::Hazard& line) {
      return line.code == hazard.code && line.message == hazard.message;
    });
    if (same == lines.end())
      lines.push_back(hazard);
    else
      same->object += ", " + hazard.object;
  }
  for (const plan::Hazard& line : lines)
    output.print(fmt::format("{}{} {} of {}: {}\n", indent, output.paint(Style::caution, "hazard"), line.code,
                             line.object, line.message));
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
  nlohmann::json to_accept = nlohmann::json::array();
  for (const plan::Hazard& hazard : planning.to_accept) {
    to_accept.push_back(to_json(hazard));
    if (output.json()) continue;
    output.print(fmt::format("{} hazard {} of {}\n  {}\n  way out: {}\n", output.paint(Style::bad, "refused:"),
                             hazard.code, hazard.object, hazard.message, plan::accept_entry(hazard)));
  }
  if (output.json())
    output.document({{"planned", false}, {"refused", std::move(refused)}, {"to_accept", std::move(to_accept)}});
  output.note("nothing was written; --best-effort plans what can be planned, and lists each decision");
  return schema::exit_code(ErrorCode::add_to_map);
}

// The changes that the title only counts: `change table images in 6 ways`.
void print_counted(const plan::Step& step, Output& output) {
  for (const plan::Operation& operation : step.operations) {
    const auto* restructure = std::get_if<plan::Restructure>(&operation);
    if (!restructure) continue;
    for (const diff::Change& change : restructure->changes)
      if (const std::string text = diff::describe(change); step.title.find(text) == std::string::npos)
        output.print("    " + text + "\n");
  }
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
    print_counted(step, output);
    print_hazards(step.hazards, "    ", output);
  }
  if (plan.steps.empty()) output.print("the schemas are equal: every phase is empty\n");
  print_hazards(plan.hazards, "", output);
  for (const plan::Choice& choice : plan.choices)
    output.print(fmt::format("{} {}: {}\n", output.paint(Style::caution, "chosen"), choice.object, choice.text));
  for (const std::string& note : plan.notes) output.note("note: " + note);
  output.note("wrote " + directory);
}

nlohmann::json to_json(const Planning& planning, const std::vector<codegen::File>& files) {
  nlohmann::json findings = nlohmann::json::array(), hazards = nlohmann::json::array(),
                 choices = nlohmann::json::array(), names = nlohmann::json::array();
  for (const Finding& finding : planning.findings) findings.push_back(to_json(finding));
  const auto add = [&](const plan::Hazard& hazard) { hazards.push_back(to_json(hazard)); };
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

Result<int> run_plan(const PlanOptions& options, Output& output) {
  EMCEE_ASSIGN(const PlannedRelease planned, plan_release(options));
  if (options.galera && planned.dialect->name() != "mariadb" && planned.dialect->name() != "mysql")
    return schema::fail(schema::ErrorCode::usage,
                        fmt::format("--topology galera: no such cluster runs {}", planned.dialect->name()),
                        "leave it out, or name the database: --dialect mariadb");
  note_coverage(planned.options.before, planned.schemas.before.coverage, output);
  note_coverage(planned.options.after, planned.schemas.after.coverage, output);
  if (planned.planning.refused()) return refuse(planned.planning, output);
  for (const codegen::File& file : planned.files)
    EMCEE_TRY(write_file((std::filesystem::path(options.out) / file.path).string(), file.text));
  remove_stale_scripts(options.out, planned.planning.plan.release, planned.files);
  if (output.json())
    output.document(to_json(planned.planning, planned.files));
  else
    print_text(planned.planning, options.out, output);
  if (options.galera && !output.json()) output.print(galera_procedure(options.out));
  return 0;
}

}  // namespace emcee::cli
