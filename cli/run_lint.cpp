#include <fmt/format.h>

#include <algorithm>

#include "cli/commands.h"
#include "cli/coverage.h"
#include "cli/dialect_choice.h"
#include "cli/lint_exceptions.h"
#include "cli/lint_release.h"
#include "cli/locate.h"
#include "cli/schema_source.h"
#include "plan/planner.h"

namespace emcee::cli {

namespace {

using plan::Finding;
using plan::Verdict;
using schema::ErrorCode;
using schema::fail;
using schema::Result;

LintLevel judge(const Finding& finding, LintPolicy policy) {
  switch (finding.verdict) {
    case Verdict::adds:
      return finding.rule.empty() ? LintLevel::none : LintLevel::note;
    case Verdict::rolls:
      return policy == LintPolicy::add_only ? LintLevel::error : LintLevel::note;
    case Verdict::refused:
      return LintLevel::error;
  }
  return LintLevel::error;
}

LintFinding to_lint(const Finding& finding, LintPolicy policy, const Locator& locator) {
  LintFinding result;
  result.level = judge(finding, policy);
  result.rule = finding.rule.empty() ? std::string(diff::operation(finding.change)) : finding.rule;
  result.object = diff::object(finding.change);
  result.text = diff::describe(finding.change);
  result.why = finding.why;
  result.way_out = finding.way_out;
  result.position = locator.locate(finding.change);
  result.verdict = plan::to_string(finding.verdict);
  result.operation = diff::operation(finding.change);
  return result;
}

// `fk_onto_old_table` -> `fk-onto-old-table`: rules are spelled so.
LintFinding to_lint(const plan::Hazard& hazard) {
  LintFinding result;
  result.level = LintLevel::warning;
  result.rule = hazard.code;
  std::replace(result.rule.begin(), result.rule.end(), '_', '-');
  result.object = hazard.object;
  result.text = hazard.object;
  result.why = hazard.message;
  result.way_out = plan::accept_entry(hazard);
  return result;
}

Result<LoadedPair> load(const LintOptions& options, const plan::Dialect& dialect) {
  if (!options.base.empty()) return load_onto_base(options.base, options.sources, dialect, options.read.lenient);
  if (options.sources.size() != 2)
    return fail(ErrorCode::usage, fmt::format("lint compares two schemas, {} given", options.sources.size()),
                "emcee lint OLD NEW, emcee lint FILE... --base OLD, or emcee lint DIR for release directories");
  return load_pair(options.sources[0], options.sources[1], dialect, options.read.lenient);
}

Result<LintReport> lint_schemas(const LintOptions& options, diff::ReleaseMap& map, Output& output) {
  std::vector<std::string> sources = options.sources;
  if (!options.base.empty()) sources.push_back(options.base);
  EMCEE_ASSIGN(const auto dialect, choose_dialect(options.read, sources, options.map));
  EMCEE_ASSIGN(map, load_map(options.map, *dialect));
  EMCEE_ASSIGN(const LoadedPair schemas, load(options, *dialect));
  EMCEE_TRY(diff::resolve(map, schemas.before.schema, schemas.after.schema));
  EMCEE_ASSIGN(const plan::Planning planning,
               plan::make_plan(schemas.before.schema, schemas.after.schema, map, *dialect));
  LintReport report;
  report.policy = options.policy == LintPolicy::rolling ? "rolling" : "add-only";
  report.source = options.sources.back();
  const Locator locator(schemas.after.schema, schemas.after.texts);
  for (const Finding& finding : planning.findings) report.findings.push_back(to_lint(finding, options.policy, locator));
  for (const plan::Hazard& hazard : planning.to_accept) report.findings.push_back(to_lint(hazard));
  note_coverage("old", schemas.before.coverage, output);
  note_coverage("new", schemas.after.coverage, output);
  return report;
}

}  // namespace

Result<int> run_lint(const LintOptions& options, Output& output) {
  const bool of_releases = options.base.empty() && options.sources.size() == 1 && holds_releases(options.sources[0]);
  diff::ReleaseMap map;
  EMCEE_ASSIGN(LintReport report, of_releases ? lint_releases(options.sources[0]) : lint_schemas(options, map, output));
  if (!options.allow.empty()) {
    EMCEE_TRY(allow(report, options.allow, options.release.empty() ? map.name : options.release));
  }
  print_report(report, options.format, output);
  return std::any_of(report.findings.begin(), report.findings.end(),
                     [&](const LintFinding& f) { return f.level >= options.fail_on; })
             ? 1
             : 0;
}

}  // namespace emcee::cli
