#include "project/project.h"

#include <fmt/format.h>
#include <algorithm>
#include <filesystem>
#include <set>

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
    EMCEE_TRY(top_.only({"component", "series"}));
    EMCEE_ASSIGN(const auto components, top_.entries("component"));
    for (const TableReader& entry : components) EMCEE_TRY(read_component(entry));
    EMCEE_ASSIGN(const auto series, top_.entries("series"));
    for (const TableReader& entry : series) EMCEE_TRY(read_series(entry));
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
    EMCEE_TRY(entry.only({"name", "db", "releases"}));
    EMCEE_ASSIGN(const auto name, entry.required_text("name"));
    EMCEE_TRY(once(components_, name));
    EMCEE_ASSIGN(const auto db, entry.required_text("db"));
    EMCEE_ASSIGN(const std::string url, with_variables(db, environment_));
    Component component{name.value, beside(folder_, url), {}};
    EMCEE_ASSIGN(const auto releases, entry.texts("releases"));
    std::set<std::string> known;
    for (const auto& release : releases) {
      EMCEE_TRY(once(known, release));
      component.releases.push_back(beside(folder_, release.value));
    }
    project_.components.push_back(std::move(component));
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
