#include "cli/project_targets.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <cstdlib>
#include <set>

#include "applier/ledger.h"
#include "cli/connect.h"
#include "cli/files.h"
#include "cli/schema_source.h"
#include "diff/near_name.h"

namespace emcee::cli {

namespace {

using project::Component;
using project::Project;
using schema::ErrorCode;
using schema::fail;
using schema::Result;

std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

Result<void> must_exist(const Project& project, const std::string& component) {
  if (component.empty() || project.find(component) != nullptr) return {};
  std::vector<std::string> names;
  for (const Component& one : project.components) names.push_back(one.name);
  const std::string near = diff::did_you_mean(component, names);
  return fail(ErrorCode::usage, fmt::format("the project has no component '{}'", component),
              near.empty() ? fmt::format("there is: {}", fmt::join(names, ", ")) : near);
}

Result<std::vector<Component>> chosen(const Project& project, const DatabaseOptions& options) {
  EMCEE_TRY(must_exist(project, options.component));
  for (const std::string& name : options.skip) EMCEE_TRY(must_exist(project, name));
  std::vector<Component> components;
  std::set<std::pair<std::string, std::vector<std::string>>> known;
  for (const Component& component : project.components) {
    const bool wanted = options.component.empty() || options.component == component.name;
    const bool skipped = std::find(options.skip.begin(), options.skip.end(), component.name) != options.skip.end();
    if (wanted && !skipped && known.emplace(component.db, component.releases).second) components.push_back(component);
  }
  if (components.empty()) return fail(ErrorCode::usage, "there is no component left to work on");
  return components;
}

// The release directories that the command is about.
Result<std::vector<std::string>> directories(const Component& component, Which which, const OpenOptions& open) {
  if (component.releases.empty())
    return fail(ErrorCode::usage, fmt::format("component {} has no releases", component.name),
                "name their directories in `releases` of the project file, oldest first");
  if (which == Which::last) return std::vector<std::string>{component.releases.back()};
  std::vector<applier::Release> releases;
  for (const std::string& directory : component.releases) {
    EMCEE_ASSIGN(releases.emplace_back(), applier::read_release(directory));
  }
  EMCEE_ASSIGN(const auto connection, connect(as_url(component.db), open));
  EMCEE_ASSIGN(const applier::Ledger ledger, applier::Ledger::read(*connection, releases.front().component));
  const applier::LedgerRow* current = ledger.current();
  std::size_t at = 0;
  if (current != nullptr) {
    const std::string& name = current->key.release;
    const auto is = [&](const applier::Release& release) { return release.name == name; };
    const auto follows = [&](const applier::Release& release) { return release.from == name; };
    auto found = std::find_if(releases.begin(), releases.end(), is);
    if (found == releases.end()) {
      found = std::find_if(releases.begin(), releases.end(), follows);
      if (found == releases.end())
        return fail(
            ErrorCode::wrong_order,
            fmt::format("component {} stands at release {}, which the project does not know", component.name, name),
            "add its directory to `releases`, or the one of the release that follows it");
      at = static_cast<std::size_t>(found - releases.begin());
    } else {
      at = static_cast<std::size_t>(found - releases.begin());
      if (which != Which::begun && at + 1 < releases.size()) {
        EMCEE_ASSIGN(const applier::Check check, applier::check(*connection, releases[at]));
        if (check.state == applier::State::up_to_date) ++at;
      }
    }
  }
  const auto begin = component.releases.begin() + static_cast<std::ptrdiff_t>(at);
  return std::vector<std::string>(begin, which == Which::pending ? component.releases.end() : begin + 1);
}

struct Standing {
  std::vector<std::string> done;
  std::string failed;
  std::vector<std::string> untouched;
};

std::string to_text(const Standing& standing, const std::string& project) {
  std::string text = fmt::format("component {} did not get through", standing.failed);
  if (!standing.done.empty()) text += fmt::format("; done: {}", fmt::join(standing.done, ", "));
  if (!standing.untouched.empty()) text += fmt::format("; not touched: {}", fmt::join(standing.untouched, ", "));
  return text + fmt::format("\n`emcee status --project {}` shows where each stands", project);
}

}  // namespace

Result<Project> load_project(const std::string& file) {
  EMCEE_ASSIGN(const parser::Source text, read_file(file));
  return project::read_project(text, environment);
}

Result<int> on_each(const DatabaseOptions& options, OnEach how, Output& output,
                    const std::function<Result<int>(const DatabaseOptions&)>& command) {
  if (options.project.empty()) return command(options);
  EMCEE_ASSIGN(const Project project, load_project(options.project));
  EMCEE_ASSIGN(const std::vector<Component> components, chosen(project, options));
  const auto run = [&](const Component& component) -> Result<int> {
    EMCEE_ASSIGN(const auto places, directories(component, how.which, how.open));
    for (const std::string& place : places) {
      if (!output.json())
        output.note(output.paint_note(Style::heading, fmt::format("== {}: {}", component.name, place)));
      EMCEE_ASSIGN(const int code, command({as_url(component.db), place, {}, component.name, {}, &component}));
      if (code != 0) return code;
    }
    return 0;
  };
  int worst = 0;
  for (std::size_t i = 0; i < components.size(); ++i) {
    Result<int> code = run(components[i]);
    if (code && *code == 0) continue;
    if (how.changes) {
      Standing standing{{}, components[i].name, {}};
      for (std::size_t j = 0; j < components.size(); ++j)
        if (j != i) (j < i ? standing.done : standing.untouched).push_back(components[j].name);
      if (components.size() > 1) output.note(to_text(standing, options.project));
      return code;
    }
    // Each is asked, whatever the others say.
    if (!code) output.error(code.error());
    const int value = code ? *code : schema::exit_code(code.error().code);
    worst = worst == 0 ? value : std::min(worst, value);
  }
  return worst;
}

}  // namespace emcee::cli
