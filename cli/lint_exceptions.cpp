#include "cli/lint_exceptions.h"

#include <fmt/format.h>

#include "cli/files.h"
#include "diff/toml_reader.h"
#include "schema/identifier.h"

namespace emcee::cli {

namespace {

using schema::ErrorCode;
using schema::fail;
using schema::Position;
using schema::Result;

struct Exception {
  std::string rule, object, reason, expires;
  Position position;
};

Result<std::vector<Exception>> read_exceptions(const parser::Source& file) {
  EMCEE_ASSIGN(const diff::TomlText text, diff::TomlText::parse(file));
  // Exceptions have no SQL in them.
  const std::string no_dialect;
  const diff::ExpressionParser no_expressions = [](const parser::Source&) -> Result<schema::Fragment> {
    return fail(ErrorCode::report_bug, "exceptions hold no expressions");
  };
  const diff::MapContext context{text, no_dialect, schema::Folding::ignore_case, no_expressions};
  const diff::TableReader top(context, text.root(), {});
  EMCEE_TRY(top.only({"allow"}));
  EMCEE_ASSIGN(const auto entries, top.entries("allow"));
  std::vector<Exception> exceptions;
  for (const diff::TableReader& entry : entries) {
    EMCEE_TRY(entry.only({"rule", "object", "reason", "expires"}));
    EMCEE_ASSIGN(const auto rule, entry.required_text("rule"));
    EMCEE_ASSIGN(const auto object, entry.required_text("object"));
    EMCEE_ASSIGN(const auto reason, entry.required_text("reason"));
    EMCEE_ASSIGN(const auto expires, entry.required_text("expires"));
    exceptions.push_back({rule.value, object.value, reason.value, expires.value, entry.at()});
  }
  return exceptions;
}

LintFinding about(const Exception& exception, const std::string& rule, const std::string& why) {
  LintFinding finding;
  finding.level = LintLevel::error;
  finding.rule = rule;
  finding.object = exception.object;
  finding.text = fmt::format("the exception of {} for {}", exception.object, exception.rule);
  finding.why = why;
  finding.way_out = "take it out of the file";
  finding.position = exception.position;
  return finding;
}

}  // namespace

Result<void> allow(LintReport& report, const std::string& file, const std::string& release) {
  EMCEE_ASSIGN(const parser::Source source, read_file(file));
  EMCEE_ASSIGN(const std::vector<Exception> exceptions, read_exceptions(source));
  std::vector<LintFinding> stale;
  for (const Exception& exception : exceptions) {
    if (!release.empty() && exception.expires == release) {
      stale.push_back(about(exception, "expired-exception", fmt::format("it ends with {}", release)));
      continue;
    }
    bool used = false;
    for (LintFinding& finding : report.findings) {
      if (finding.rule != exception.rule || !schema::equal_ignoring_case(finding.object, exception.object)) continue;
      used = true;
      if (finding.level < LintLevel::warning) continue;
      finding.level = LintLevel::note;
      finding.why += fmt::format(" (allowed until {}: {})", exception.expires, exception.reason);
      finding.way_out.clear();
    }
    if (!used) stale.push_back(about(exception, "unused-exception", "nothing of the kind was found"));
  }
  report.findings.insert(report.findings.end(), stale.begin(), stale.end());
  return {};
}

}  // namespace emcee::cli
