#include "cli/lint_release.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "applier/release.h"
#include "cli/files.h"
#include "cli/plan_release.h"
#include "dialects/registry.h"

namespace emcee::cli {

namespace {

namespace fs = std::filesystem;
using applier::Release;
using schema::Result;

bool is_release(const fs::path& folder) {
  std::error_code error;
  return fs::exists(folder / "plan.json", error) || fs::exists(folder / "release.toml", error);
}

std::vector<fs::path> release_folders(const fs::path& directory) {
  if (is_release(directory)) return {directory};
  std::vector<fs::path> folders;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error))
    if (it->is_directory() && is_release(it->path())) folders.push_back(it->path());
  std::sort(folders.begin(), folders.end());
  return folders;
}

LintFinding fault(const std::string& rule, const std::string& object, const fs::path& file, std::string why,
                  std::string way_out) {
  LintFinding finding;
  finding.level = LintLevel::error;
  finding.rule = rule;
  finding.object = object;
  finding.text = "release " + object;
  finding.why = std::move(why);
  finding.way_out = std::move(way_out);
  finding.position = schema::Position{file.string(), 1, 1, {}};
  return finding;
}

// The plan as it would be written today, but for the version of the tool.
std::string without_tool(const std::string& plan_json) {
  auto json = nlohmann::ordered_json::parse(plan_json, nullptr, false);
  if (json.is_object()) json.erase("tool");
  for (auto& script : json.contains("scripts") ? json["scripts"] : nlohmann::ordered_json::array())
    script.erase("file_checksum");  // the files name the tool too
  return json.dump(-1, ' ', false, nlohmann::detail::error_handler_t::replace);
}

// What is wrong with one release, first fault first.
std::optional<LintFinding> fault_of(const fs::path& folder, const Release& release) {
  const fs::path plan = folder / "plan.json";
  std::set<std::string> known;
  for (const applier::Script& script : release.scripts) {
    known.insert(script.name + ".sql");
    const fs::path back = folder / "rollback" / (script.name + ".sql");
    if (script.phase == applier::Phase::expand && !fs::exists(back))
      return fault("incomplete-release", release.name, plan, fmt::format("{} is missing", back.string()),
                   "run `emcee plan` again");
  }
  for (const applier::Phase phase : {applier::Phase::expand, applier::Phase::migrate, applier::Phase::contract}) {
    const bool there = std::any_of(release.scripts.begin(), release.scripts.end(),
                                   [&](const applier::Script& script) { return script.phase == phase; });
    if (!there)
      return fault("incomplete-release", release.name, plan, "a phase has no script", "run `emcee plan` again");
  }
  std::vector<fs::path> stray;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    if (is_script_of(release.name, it->path()) && !known.count(it->path().filename().string()))
      stray.push_back(it->path());
  std::sort(stray.begin(), stray.end());
  if (!stray.empty())
    return fault("stray-script", release.name, stray.front(),
                 fmt::format("the plan does not know {}", stray.front().string()),
                 "remove it, or run `emcee plan` again");
  if (!fs::exists(folder / "release.toml")) return std::nullopt;

  PlanOptions options;
  options.map = (folder / "release.toml").string();
  options.read.dialect = release.dialect;
  options.best_effort = !release.choices.empty();
  const auto planned = plan_release(options);
  if (!planned) {
    // A map without [schema] says nothing of where the schemas are.
    if (planned.error().code == schema::ErrorCode::usage) return std::nullopt;
    return fault("outdated-plan", release.name, options.map, planned.error().message, planned.error().hint);
  }
  const auto text = read_file(plan.string());
  if (planned->planning.refused() || (text && without_tool(text->text()) != without_tool(planned->files.front().text)))
    return fault("outdated-plan", release.name, plan, "the schemas and the map give another plan",
                 "run `emcee plan` again, if the release has not run anywhere");
  return std::nullopt;
}

Result<schema::Schema> parse(const Release& release, const std::string& ddl) {
  EMCEE_ASSIGN(const auto dialect, dialects::make(release.dialect));
  parser::Coverage coverage;
  return dialect->read({parser::Source(release.name, ddl)}, false, coverage);
}

struct Found {
  fs::path folder;
  Release release;
};

void check_path(const std::vector<Found>& all, LintReport& report) {
  std::map<std::pair<std::string, std::string>, std::vector<const Found*>> children;  // component, from
  std::map<std::pair<std::string, std::string>, const Found*> by_name;
  for (const Found& found : all) {
    by_name[{found.release.component, found.release.name}] = &found;
    children[{found.release.component, found.release.from}].push_back(&found);
  }
  for (const auto& [parent, followers] : children) {
    const std::string& from = parent.second;
    for (std::size_t i = 1; i < followers.size(); ++i)
      report.findings.push_back(
          fault("two-heads", followers[i]->release.name, followers[i]->folder / "plan.json",
                fmt::format("{} follows {} too", followers[0]->release.name, from.empty() ? "no release" : from),
                "plan one of the two from the other"));
  }
  // The oldest release that is kept follows one that is not.
  std::size_t roots = 0;
  for (const Found& found : all) {
    const Release& release = found.release;
    const auto parent = by_name.find({release.component, release.from});
    if (parent == by_name.end()) {
      if (release.from.empty() || ++roots == 1) continue;
      report.findings.push_back(fault("missing-parent", release.name, found.folder / "plan.json",
                                      fmt::format("it follows {}, which is not there", release.from),
                                      "name the release before with `from`"));
      continue;
    }
    const auto start = parse(release, release.old_schema);
    const auto end = parse(parent->second->release, parent->second->release.new_schema);
    if (start && end && !(*start == *end))
      report.findings.push_back(fault("broken-path", release.name, found.folder / "plan.json",
                                      fmt::format("it starts from another schema than {} ends with", release.from),
                                      fmt::format("`emcee diff` shows the difference; plan {} again", release.name)));
  }
}

}  // namespace

bool holds_releases(const std::string& directory) {
  std::error_code error;
  return fs::is_directory(directory, error) && !release_folders(directory).empty();
}

Result<LintReport> lint_releases(const std::string& directory) {
  LintReport report;
  report.policy = "complete";
  report.unit = "release";
  report.source = directory;
  std::vector<Found> all;
  for (const fs::path& folder : release_folders(directory)) {
    if (!fs::exists(folder / "plan.json")) {
      report.findings.push_back(fault("incomplete-release", folder.filename().string(), folder / "release.toml",
                                      "it was not planned", "run `emcee plan`"));
      continue;
    }
    auto release = applier::read_release(folder);
    if (!release) {
      report.findings.push_back(fault("incomplete-release", folder.filename().string(), folder / "plan.json",
                                      release.error().message, release.error().hint));
      continue;
    }
    if (auto finding = fault_of(folder, *release)) {
      report.findings.push_back(*std::move(finding));
    } else {
      LintFinding fine;
      fine.text = "release " + release->name;
      fine.object = release->name;
      fine.rule = "complete";
      report.findings.push_back(std::move(fine));
    }
    all.push_back({folder, *std::move(release)});
  }
  check_path(all, report);
  return report;
}

}  // namespace emcee::cli
