#include "cli/lint_exceptions.h"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>

#include "cli/files.h"
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

Position position_of(const std::string& file, const toml::source_region& at) {
  Position position;
  position.file = file;
  position.line = at.begin.line;
  position.column = at.begin.column;
  return position;
}

tl::unexpected<schema::Error> wrong(const Position& position, const std::string& message) {
  return fail(schema::Error{ErrorCode::fix_text, message, position,
                            "each [[allow]] has rule, object, reason and expires, all of them texts"});
}

Result<Exception> read_entry(const toml::table& entry, const std::string& file) {
  Exception exception;
  exception.position = position_of(file, entry.source());
  for (const auto& [key, value] : entry) {
    std::string* field = key == "rule"      ? &exception.rule
                         : key == "object"  ? &exception.object
                         : key == "reason"  ? &exception.reason
                         : key == "expires" ? &exception.expires
                                            : nullptr;
    const Position at = position_of(file, value.source());
    if (!field) return wrong(at, fmt::format("unknown key '{}'", std::string_view(key)));
    if (!value.is_string()) return wrong(at, fmt::format("'{}' is no text", std::string_view(key)));
    *field = value.value_or(std::string());
  }
  for (const std::string* field : {&exception.rule, &exception.object, &exception.reason, &exception.expires})
    if (field->empty()) return wrong(exception.position, "the exception is not complete");
  return exception;
}

Result<std::vector<Exception>> read_exceptions(const std::string& file) {
  EMCEE_ASSIGN(const parser::Source source, read_file(file));
  std::vector<Exception> exceptions;
  toml::table table;
  try {
    table = toml::parse(source.text());
  } catch (const toml::parse_error& error) {
    return fail(
        schema::Error{ErrorCode::fix_text, std::string(error.description()), position_of(file, error.source()), ""});
  }
  for (const auto& [key, value] : table) {
    const toml::array* entries = value.as_array();
    if (key != "allow" || !entries)
      return wrong(position_of(file, value.source()), fmt::format("'{}' is no [[allow]]", std::string_view(key)));
    for (const toml::node& node : *entries) {
      const toml::table* entry = node.as_table();
      if (!entry) return wrong(position_of(file, node.source()), "an exception is a table");
      EMCEE_ASSIGN(Exception exception, read_entry(*entry, file));
      exceptions.push_back(std::move(exception));
    }
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
  EMCEE_ASSIGN(const std::vector<Exception> exceptions, read_exceptions(file));
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
