#include "project/project.h"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <functional>
#include <set>
#include <utility>

#include "diff/toml_reader.h"

namespace emcee::project {

namespace {

using diff::Placed;
using diff::TableReader;
using schema::Error;
using schema::fail;
using schema::Position;
using schema::Result;

Error wrong(const Position& at, std::string message, std::string hint = {}) {
  return {schema::ErrorCode::fix_text, std::move(message), at, std::move(hint)};
}

// `${NAME}` anywhere in a URL: passwords stay out of the file.
Result<std::string> with_variables(const Placed<std::string>& text, const Environment& environment) {
  std::string result;
  std::size_t at = 0;
  while (true) {
    const std::size_t begin = text.value.find("${", at);
    result += text.value.substr(at, begin - at);
    if (begin == std::string::npos) return result;
    const std::size_t end = text.value.find('}', begin);
    if (end == std::string::npos) return fail(wrong(text.at, "'${' without its '}'"));
    const std::string name = text.value.substr(begin + 2, end - begin - 2);
    const std::optional<std::string> value = environment(name);
    if (!value)
      return fail(
          wrong(text.at, fmt::format("the environment has no variable '{}'", name), fmt::format("export {}=…", name)));
    result += *value;
    at = end + 1;
  }
}

// The file that is named next to the file that names it. `sqlite:app.db` and plain paths name files too.
std::string beside(const std::filesystem::path& folder, const std::string& path) {
  constexpr std::string_view kSqlite = "sqlite:";
  if (path.starts_with(kSqlite)) return std::string(kSqlite) + beside(folder, path.substr(kSqlite.size()));
  const bool is_url = path.find("://") != std::string::npos;
  if (is_url || path.empty() || path.front() == '/' || path.front() == ':' || folder.empty()) return path;
  return (folder / path).lexically_normal().string();
}

class Reader {
 public:
  Reader(const diff::MapContext& context, const Environment& environment)
      : top_(context, context.text.root(), {}),
        folder_(std::filesystem::path(context.text.source().name()).parent_path()),
        environment_(environment) {}

  Result<Project> run() {
    EMCEE_TRY(top_.only({"component", "series", "together"}));
    EMCEE_ASSIGN(const auto components, top_.entries("component"));
    for (const TableReader& entry : components) EMCEE_TRY(read_component(entry));
    EMCEE_ASSIGN(const auto series, top_.entries("series"));
    for (const TableReader& entry : series) EMCEE_TRY(read_series(entry));
    EMCEE_ASSIGN(const auto groups, top_.entries("together"));
    for (const TableReader& entry : groups) EMCEE_TRY(read_group(entry));
    for (const auto& [name, fill] : later_) {
      EMCEE_ASSIGN(const Component* other, component(name));
      fill(*other);
    }
    if (project_.components.empty() && project_.series.empty())
      return fail(wrong(top_.at(), "the project has neither a [[component]] nor a [[series]]",
                        "docs/project.md shows one of each"));
    return std::move(project_);
  }

 private:
  static Result<void> once(std::set<std::string>& names, const Placed<std::string>& name) {
    if (names.insert(name.value).second) return {};
    return fail(wrong(name.at, fmt::format("'{}' is there twice", name.value)));
  }

  Result<void> read_component(const TableReader& entry) {
    EMCEE_TRY(entry.only({"name", "db", "releases", "old_clients", "old_statements", "backup", "manual"}));
    EMCEE_ASSIGN(const auto name, entry.required_text("name"));
    EMCEE_TRY(once(components_, name));
    EMCEE_ASSIGN(const auto db, entry.required_text("db"));
    EMCEE_ASSIGN(const std::string url, with_variables(db, environment_));
    Component component;
    component.name = name.value;
    component.db = beside(folder_, url);
    EMCEE_ASSIGN(const auto releases, entry.texts("releases"));
    std::set<std::string> known;
    for (const auto& release : releases) {
      EMCEE_TRY(once(known, release));
      component.releases.push_back(beside(folder_, release.value));
    }
    EMCEE_ASSIGN(component.old_clients, read_clients(entry));
    EMCEE_ASSIGN(const auto watch, entry.text("old_statements"));
    if (watch) {
      EMCEE_ASSIGN(component.watch, seconds(*watch));
    }
    EMCEE_ASSIGN(const auto backup, entry.table("backup"));
    if (backup) {
      EMCEE_ASSIGN(component.backup, read_backup(*backup));
    }
    EMCEE_ASSIGN(const auto manual, entry.entries("manual"));
    std::set<std::string> steps;
    for (const TableReader& step : manual) {
      EMCEE_ASSIGN(component.manual.emplace_back(), read_manual(step, steps));
      EMCEE_TRY(read_same(step, project_.components.size(), component.manual));
    }
    project_.components.push_back(std::move(component));
    return {};
  }

  static Result<std::vector<ClientPattern>> read_clients(const TableReader& entry) {
    std::vector<ClientPattern> clients;
    EMCEE_ASSIGN(const auto texts, entry.texts("old_clients"));
    for (const auto& text : texts) {
      const std::size_t colon = text.value.find(':');
      const std::string kind = text.value.substr(0, colon);
      if (colon == std::string::npos || colon + 1 == text.value.size() || (kind != "user" && kind != "program"))
        return fail(wrong(text.at, fmt::format("'{}' names no client", text.value),
                          "write `user:NAME` or `program:NAME`; * stands for anything"));
      clients.push_back({kind == "program", text.value.substr(colon + 1)});
    }
    return clients;
  }

  static Result<std::chrono::seconds> seconds(const Placed<std::string>& text) {
    int count = 0;
    const char* end = text.value.data() + text.value.size();
    const auto [stopped, error] = std::from_chars(text.value.data(), end, count);
    if (error == std::errc() && std::string_view(stopped, static_cast<std::size_t>(end - stopped)) == "s" && count > 0)
      return std::chrono::seconds(count);
    return fail(wrong(text.at, fmt::format("'{}' is no time", text.value), "write seconds: \"10s\""));
  }

  static Result<std::string> phase(const Placed<std::string>& text) {
    if (text.value == "expand" || text.value == "migrate" || text.value == "contract") return text.value;
    return fail(wrong(text.at, fmt::format("'{}' is no phase", text.value), "expand, migrate or contract"));
  }

  static Result<Backup> read_backup(const TableReader& entry) {
    EMCEE_TRY(entry.only({"before", "command"}));
    Backup backup;
    EMCEE_ASSIGN(const auto before, entry.texts("before"));
    for (const auto& text : before) {
      EMCEE_ASSIGN(backup.before.emplace_back(), phase(text));
    }
    if (backup.before.empty()) backup.before = {"contract"};
    EMCEE_ASSIGN(const auto command, entry.text("command"));
    if (command) backup.command = command->value;
    return backup;
  }

  static Result<ManualStep> read_manual(const TableReader& entry, std::set<std::string>& names) {
    EMCEE_TRY(entry.only({"name", "before", "text", "query", "same"}));
    EMCEE_ASSIGN(const auto name, entry.required_text("name"));
    if (name.value == kBackupName)
      return fail(wrong(name.at, "'backup' is the name of the component's backup", "give the step another name"));
    if (name.value == kDroppedTables)
      return fail(wrong(name.at, fmt::format("'{}' is what contract asks for by itself", kDroppedTables),
                        "give the step another name"));
    EMCEE_TRY(once(names, name));
    EMCEE_ASSIGN(const auto before, entry.required_text("before"));
    EMCEE_ASSIGN(std::string phase_name, phase(before));
    EMCEE_ASSIGN(const auto text, entry.required_text("text"));
    return ManualStep{name.value, std::move(phase_name), text.value, std::nullopt};
  }

  // The other component may stand further down in the file.
  Result<void> read_same(const TableReader& entry, std::size_t component, const std::vector<ManualStep>& steps) {
    EMCEE_ASSIGN(const auto query, entry.text("query"));
    EMCEE_ASSIGN(const auto same, entry.table("same"));
    if (!query && !same) return {};
    if (!query || !same) return fail(entry.error(" needs both, `query` and `same`: they have to give the same rows"));
    EMCEE_TRY(same->only({"component", "query"}));
    EMCEE_ASSIGN(const auto name, same->required_text("component"));
    EMCEE_ASSIGN(const auto there, same->required_text("query"));
    const std::size_t step = steps.size() - 1;
    later_.emplace_back(
        name, [this, component, step, here = query->value, there = there.value](const Component& other) {
          project_.components[component].manual[step].same = SameRows{here, other.name, other.db, there};
        });
    return {};
  }

  Result<const Component*> component(const Placed<std::string>& name) const {
    if (const Component* found = project_.find(name.value)) return found;
    return fail(wrong(name.at, fmt::format("there is no component '{}'", name.value)));
  }

  Result<void> read_group(const TableReader& entry) {
    EMCEE_TRY(entry.only({"components"}));
    EMCEE_ASSIGN(const auto names, entry.texts("components"));
    std::set<std::string> known;
    for (const auto& name : names) {
      EMCEE_TRY(once(known, name));
      EMCEE_ASSIGN(const Component* found, component(name));
      if (!found->peers.empty()) return fail(wrong(name.at, fmt::format("'{}' is in another group", name.value)));
    }
    if (names.size() < 2) return fail(entry.error(" needs two `components` or more"));
    project_.has_groups = true;
    for (Component& one : project_.components)
      if (known.contains(one.name))
        for (const Component& other : project_.components)
          if (known.contains(other.name) && other.name != one.name)
            one.peers.push_back({other.name, other.db, other.releases});
    return {};
  }

  Result<void> read_series(const TableReader& entry) {
    EMCEE_TRY(entry.only({"name", "releases", "empty"}));
    EMCEE_ASSIGN(const auto name, entry.required_text("name"));
    EMCEE_TRY(once(series_, name));
    Series series{name.value, {}, {}};
    EMCEE_ASSIGN(const auto releases, entry.texts("releases"));
    if (releases.empty()) return fail(entry.error(" names no releases"));
    for (const auto& release : releases) {
      EMCEE_TRY(once(releases_, release));
      series.releases.push_back(release.value);
    }
    EMCEE_ASSIGN(const auto empty, entry.texts("empty"));
    for (const auto& release : empty) {
      if (std::find(series.releases.begin(), series.releases.end(), release.value) == series.releases.end())
        return fail(wrong(release.at, fmt::format("'{}' is no release of series {}", release.value, series.name)));
      series.empty.push_back(release.value);
    }
    project_.series.push_back(std::move(series));
    return {};
  }

  TableReader top_;
  std::filesystem::path folder_;
  const Environment& environment_;
  std::set<std::string> components_, series_, releases_;
  Project project_;
  // What is filled in once all components are known.
  std::vector<std::pair<Placed<std::string>, std::function<void(const Component&)>>> later_;
};

}  // namespace

const Component* Project::find(std::string_view component) const {
  for (const Component& one : components)
    if (one.name == component) return &one;
  return nullptr;
}

Result<Project> read_project(const parser::Source& text, const Environment& environment) {
  EMCEE_ASSIGN(const diff::TomlText toml, diff::TomlText::parse(text));
  // A project has no SQL in it.
  const std::string no_dialect;
  const diff::ExpressionParser no_expressions = [](const parser::Source&) -> Result<schema::Fragment> {
    return fail(schema::ErrorCode::report_bug, "a project holds no expressions");
  };
  const diff::MapContext context{toml, no_dialect, schema::Folding::ignore_case, no_expressions};
  return Reader(context, environment).run();
}

}  // namespace emcee::project
