#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/coverage.h"
#include "cli/dialect_choice.h"
#include "cli/locate.h"
#include "cli/schema_source.h"
#include "plan/planner.h"

namespace emcee::cli {

namespace {

using plan::Finding;
using plan::Verdict;
using schema::ErrorCode;
using schema::fail;
using schema::Position;
using schema::Result;

// A finding, judged.
struct Judged {
  Finding finding;
  bool fails = false;
  std::optional<Position> position;
};

struct Report {
  LintPolicy policy = LintPolicy::add_only;
  std::vector<Judged> judged;
  std::size_t failing() const {
    return static_cast<std::size_t>(
        std::count_if(judged.begin(), judged.end(), [](const Judged& j) { return j.fails; }));
  }
};

bool fails(Verdict verdict, LintPolicy policy) {
  switch (verdict) {
    case Verdict::adds:
      return false;
    case Verdict::rolls:
      return policy == LintPolicy::add_only;
    case Verdict::refused:
      return true;
  }
  return true;
}

std::string_view to_string(LintPolicy policy) { return policy == LintPolicy::rolling ? "rolling" : "add-only"; }

std::string place(const std::optional<Position>& position) {
  return position ? fmt::format("{}:{}:{}: ", position->file, position->line, position->column) : std::string();
}

std::string rule_of(const Finding& finding) {
  return finding.rule.empty() ? std::string(diff::operation(finding.change)) : finding.rule;
}

std::string summary(const Report& report) {
  const std::size_t failing = report.failing();
  return fmt::format("{} change{}, {} against policy {}", report.judged.size(), report.judged.size() == 1 ? "" : "s",
                     failing == 0 ? "none" : std::to_string(failing), to_string(report.policy));
}

void print_text(const Report& report, Output& output) {
  for (const Judged& j : report.judged) {
    if (!j.fails && j.finding.rule.empty()) continue;  // a plain addition
    const std::string word = j.fails ? output.paint(Style::bad, "error") : output.paint(Style::caution, "note");
    output.print(fmt::format("{}{}: {}: {}: {}\n", place(j.position), word, rule_of(j.finding),
                             diff::describe(j.finding.change), j.finding.why));
    if (!j.finding.way_out.empty()) output.print(fmt::format("  way out: {}\n", j.finding.way_out));
  }
  output.print(summary(report) + "\n");
}

nlohmann::json to_json(const Report& report) {
  nlohmann::json findings = nlohmann::json::array();
  for (const Judged& j : report.judged) {
    nlohmann::json finding = {{"verdict", plan::to_string(j.finding.verdict)},
                              {"fails", j.fails},
                              {"rule", j.finding.rule},
                              {"operation", diff::operation(j.finding.change)},
                              {"object", diff::object(j.finding.change)},
                              {"text", diff::describe(j.finding.change)},
                              {"why", j.finding.why},
                              {"way_out", j.finding.way_out}};
    if (j.position)
      finding["position"] = {{"file", j.position->file}, {"line", j.position->line}, {"column", j.position->column}};
    findings.push_back(std::move(finding));
  }
  return {{"policy", to_string(report.policy)},
          {"passes", report.failing() == 0},
          {"failing", report.failing()},
          {"findings", findings}};
}

// https://docs.github.com/actions/reference/workflow-commands-for-github-actions
std::string escape_github(std::string_view text, bool property) {
  std::string escaped;
  for (const char c : text) {
    if (c == '%' || c == '\r' || c == '\n' || (property && (c == ':' || c == ',')))
      escaped += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    else
      escaped += c;
  }
  return escaped;
}

void print_github(const Report& report, Output& output) {
  for (const Judged& j : report.judged) {
    if (!j.fails && j.finding.rule.empty()) continue;
    std::string properties = "title=" + escape_github(rule_of(j.finding), true);
    if (j.position)
      properties += fmt::format(",file={},line={},col={}", escape_github(j.position->file, true), j.position->line,
                                j.position->column);
    std::string message = fmt::format("{}: {}", diff::describe(j.finding.change), j.finding.why);
    if (!j.finding.way_out.empty()) message += "\nway out: " + j.finding.way_out;
    output.print(fmt::format("::{} {}::{}\n", j.fails ? "error" : "notice", properties, escape_github(message, false)));
  }
  output.note(summary(report));
}

Result<LoadedPair> load(const LintOptions& options, const plan::Dialect& dialect) {
  if (!options.base.empty()) return load_onto_base(options.base, options.sources, dialect, options.read.lenient);
  if (options.sources.size() != 2)
    return fail(ErrorCode::usage, fmt::format("lint compares two schemas, {} given", options.sources.size()),
                "emcee lint OLD NEW, or emcee lint FILE... --base OLD");
  return load_pair(options.sources[0], options.sources[1], dialect, options.read.lenient);
}

}  // namespace

Result<int> run_lint(const LintOptions& options, Output& output) {
  std::vector<std::string> sources = options.sources;
  if (!options.base.empty()) sources.push_back(options.base);
  EMCEE_ASSIGN(const auto dialect, choose_dialect(options.read, sources, options.map));
  EMCEE_ASSIGN(const diff::ReleaseMap map, load_map(options.map, *dialect));
  EMCEE_ASSIGN(const LoadedPair schemas, load(options, *dialect));
  EMCEE_TRY(diff::resolve(map, schemas.before.schema, schemas.after.schema));
  EMCEE_ASSIGN(plan::Planning planning, plan::make_plan(schemas.before.schema, schemas.after.schema, map, *dialect));

  Report report{options.policy, {}};
  for (Finding& finding : planning.findings) {
    auto position = locate(finding.change, schemas.after.schema, schemas.after.texts);
    const bool failing = fails(finding.verdict, options.policy);
    report.judged.push_back({std::move(finding), failing, std::move(position)});
  }
  note_coverage("old", schemas.before.coverage, output);
  note_coverage("new", schemas.after.coverage, output);
  switch (options.format) {
    case LintFormat::text:
      print_text(report, output);
      break;
    case LintFormat::json:
      output.document(to_json(report));
      break;
    case LintFormat::github:
      print_github(report, output);
      break;
  }
  return report.failing() == 0 ? 0 : 1;
}

}  // namespace emcee::cli
