#include "cli/project_targets.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
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

// A component's releases, and which of them its database had.
class History {
 public:
  static Result<History> read(const Component& component, const OpenOptions& open) {
    History history(component);
    for (const std::string& directory : component.releases) {
      EMCEE_ASSIGN(history.releases_.emplace_back(), applier::read_release(directory));
    }
    EMCEE_ASSIGN(history.connection_, connect(as_url(component.db), open));
    EMCEE_ASSIGN(history.ledger_, applier::Ledger::read(*history.connection_, history.releases_.front().component));
    return history;
  }

  // Two heads: a release was put before others that the database had already, as backports are.
  Result<void> has_one_head() const {
    for (const applier::Release& release : releases_) {
      const applier::LedgerRow* row = ledger_.find(release.name);
      if (row == nullptr || row->title.empty() || release.from.empty() || row->title == release.from) continue;
      return fail(
          ErrorCode::wrong_order,
          fmt::format("component {} has two heads: its database went from {} to {}, and the project from {} to {}",
                      component_.name, row->title, release.name, release.from, release.name),
          fmt::format("list the releases as this database had them, and plan what it lacks from where it "
                      "stands, {}",
                      ledger_.current()->key.release));
    }
    return {};
  }

  // The place of the release that the command is about. REQUIRES: not `missing`.
  Result<std::size_t> place(Which which) const {
    const applier::LedgerRow* current = ledger_.current();
    if (current == nullptr) return 0;
    const std::string& name = current->key.release;
    if (const auto at = find(name)) {
      if (which == Which::begun || *at + 1 == releases_.size()) return *at;
      EMCEE_ASSIGN(const applier::Check check, applier::check(*connection_, releases_[*at]));
      return check.state == applier::State::up_to_date ? *at + 1 : *at;
    }
    for (std::size_t i = 0; i < releases_.size(); ++i)
      if (releases_[i].from == name) return i;
    return fail(
        ErrorCode::wrong_order,
        fmt::format("component {} stands at release {}, which the project does not know", component_.name, name),
        "add its directory to `releases`, or the one of the release that follows it");
  }

  // Places of what comes after a release that the database had, and was never finished.
  Result<std::vector<std::size_t>> missing_after(const std::string& known) const {
    EMCEE_ASSIGN(std::size_t at, place_of(known));
    const applier::LedgerRow* current = ledger_.current();
    if (current == nullptr)
      return fail(
          ErrorCode::wrong_order,
          fmt::format("the database of component {} is not under control: nobody knows what it has", component_.name),
          fmt::format("`emcee adopt` with the plan of {} puts it there, if it is what it is said to be", known));
    if (!had(known))
      return fail(ErrorCode::wrong_order,
                  fmt::format("component {} stands at release {}, and never was at {}", component_.name,
                              current->key.release, known),
                  "name the release that it comes from: `emcee history` lists them");
    std::vector<std::size_t> places;
    while (++at < releases_.size())
      if (!had(releases_[at].name)) places.push_back(at);
    EMCEE_TRY(lead_on(*current, places));
    return places;
  }

 private:
  explicit History(const Component& component) : component_(component) {}

  std::optional<std::size_t> find(const std::string& name) const {
    for (std::size_t i = 0; i < releases_.size(); ++i)
      if (releases_[i].name == name) return i;
    return std::nullopt;
  }
  Result<std::size_t> place_of(const std::string& name) const {
    if (const auto at = find(name)) return *at;
    std::vector<std::string> names;
    for (const applier::Release& release : releases_) names.push_back(release.name);
    const std::string near = diff::did_you_mean(name, names);
    return fail(ErrorCode::answer_is_no, fmt::format("component {} has no release '{}'", component_.name, name),
                near.empty() ? fmt::format("there is: {}", fmt::join(names, ", ")) : near);
  }
  bool had(const std::string& name) const {
    const applier::LedgerRow* row = ledger_.find(name);
    return row != nullptr && row->done();
  }
  // Known before the first is begun: each starts from the one before it.
  Result<void> lead_on(const applier::LedgerRow& current, const std::vector<std::size_t>& places) const {
    std::string from = current.key.release;
    for (const std::size_t place : places) {
      const applier::Release& next = releases_[place];
      if (next.name != from && !next.from.empty() && next.from != from)
        return fail(ErrorCode::wrong_order,
                    fmt::format("{} leads from {}, and the database comes from {}: nothing was changed", next.name,
                                next.from, from),
                    fmt::format("plan {} from {}", next.name, from));
      from = next.name;
    }
    return {};
  }

  const Component& component_;
  std::vector<applier::Release> releases_;
  std::unique_ptr<applier::Connection> connection_;
  applier::Ledger ledger_;
};

// The release directories that the command is about.
Result<std::vector<std::string>> directories(const Component& component, const OnEach& how) {
  if (component.releases.empty())
    return fail(ErrorCode::usage, fmt::format("component {} has no releases", component.name),
                "name their directories in `releases` of the project file, oldest first");
  if (how.which == Which::last) return std::vector<std::string>{component.releases.back()};
  EMCEE_ASSIGN(const History history, History::read(component, how.open));
  if (how.which != Which::begun) EMCEE_TRY(history.has_one_head());
  std::vector<std::string> chosen;
  if (how.which == Which::missing) {
    EMCEE_ASSIGN(const auto places, history.missing_after(how.known));
    for (const std::size_t place : places) chosen.push_back(component.releases[place]);
    return chosen;
  }
  EMCEE_ASSIGN(const std::size_t place, history.place(how.which));
  const auto begin = component.releases.begin() + static_cast<std::ptrdiff_t>(place);
  return std::vector<std::string>(begin, how.which == Which::pending ? component.releases.end() : begin + 1);
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

namespace {

// One component's part of a command.
struct Part {
  const Component* component;
  std::vector<std::string> places;  // release directories
};

void say_nothing_to_do(const std::string& why, Output& output) {
  const std::string text = "nothing to do: " + why;
  if (output.json())
    output.event({{"event", "done"}, {"steps", 0}, {"rows", 0}, {"more", false}, {"text", text}});
  else
    output.print(text + "\n");
}

// A group goes from release to release together, so that one component has no turn with its second release
// before all others had theirs with the first. They all end at the same release.
std::vector<Part> in_turn(const std::vector<Part>& parts) {
  std::size_t rounds = 0;
  for (const Part& part : parts) rounds = std::max(rounds, part.places.size());
  std::vector<Part> turns;
  for (std::size_t left = rounds; left > 0; --left)
    for (const Part& part : parts)
      if (part.places.size() >= left) turns.push_back({part.component, {part.places[part.places.size() - left]}});
  return turns;
}

class Turns {
 public:
  Turns(const DatabaseOptions& options, const OnEach& how, Output& output,
        const std::function<Result<int>(const DatabaseOptions&)>& command)
      : options_(options), how_(how), output_(output), command_(command) {}

  Result<int> run() {
    EMCEE_ASSIGN(const Project project, load_project(options_.project));
    EMCEE_ASSIGN(const std::vector<Component> components, chosen(project, options_));
    const bool together = project.has_groups && (how_.which == Which::pending || how_.which == Which::missing);
    return together ? run_in_turn(components) : run_one_by_one(components);
  }

 private:
  Result<Part> part_of(const Component& component) {
    if (is_schemaless(as_url(component.db))) {
      say_nothing_to_do(
          fmt::format("{} of component {} has no schema", url_scheme(as_url(component.db)), component.name), output_);
      return Part{&component, {}};
    }
    EMCEE_ASSIGN(auto places, directories(component, how_));
    if (places.empty())
      say_nothing_to_do(fmt::format("no release after {} is missing in component {}", how_.known, component.name),
                        output_);
    return Part{&component, std::move(places)};
  }

  Result<int> run(const Part& part) {
    for (const std::string& place : part.places) {
      if (!output_.json())
        output_.note(output_.paint_note(Style::heading, fmt::format("== {}: {}", part.component->name, place)));
      const Component& component = *part.component;
      EMCEE_ASSIGN(const int code, command_({as_url(component.db), place, {}, component.name, {}, &component}));
      if (code != 0) return code;
    }
    return 0;
  }

  // The releases behind the first of a dry run start from what it makes.
  void first_only(Part& part) {
    if (!how_.dry_run || part.places.size() < 2) return;
    output_.note(fmt::format("{}: {} first, then from what that makes: {}", part.component->name, part.places.front(),
                             fmt::join(part.places.begin() + 1, part.places.end(), ", ")));
    part.places.resize(1);
  }

  Result<int> run_one_by_one(const std::vector<Component>& components) {
    int worst = 0;
    for (std::size_t i = 0; i < components.size(); ++i) {
      Result<int> code = part_of(components[i]).and_then([&](Part part) {
        first_only(part);
        return run(part);
      });
      if (code && *code == 0) continue;
      if (how_.changes) {
        Standing standing{{}, components[i].name, {}};
        for (std::size_t j = 0; j < components.size(); ++j)
          if (j != i) (j < i ? standing.done : standing.untouched).push_back(components[j].name);
        if (components.size() > 1) output_.note(to_text(standing, options_.project));
        return code;
      }
      // Each is asked, whatever the others say.
      if (!code) output_.error(code.error());
      const int value = code ? *code : how_.error_code.value_or(schema::exit_code(code.error().code));
      worst = worst == 0 ? value : std::min(worst, value);
    }
    return worst;
  }

  Result<int> run_in_turn(const std::vector<Component>& components) {
    std::vector<Part> parts;
    for (const Component& component : components) {
      EMCEE_ASSIGN(Part part, part_of(component));
      first_only(part);
      parts.push_back(std::move(part));
    }
    for (const Part& turn : in_turn(parts)) {
      const Result<int> code = run(turn);
      if (code && *code == 0) continue;
      output_.note(to_text({{}, turn.component->name, {}}, options_.project));
      return code;
    }
    return 0;
  }

  const DatabaseOptions& options_;
  const OnEach& how_;
  Output& output_;
  const std::function<Result<int>(const DatabaseOptions&)>& command_;
};

}  // namespace

Result<int> on_each(const DatabaseOptions& options, OnEach how, Output& output,
                    const std::function<Result<int>(const DatabaseOptions&)>& command) {
  if (!options.project.empty()) return Turns(options, how, output, command).run();
  if (!is_schemaless(options.db)) return command(options);
  say_nothing_to_do(fmt::format("{} has no schema", url_scheme(options.db)), output);
  return 0;
}

}  // namespace emcee::cli
