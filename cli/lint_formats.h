// A report of lint in the formats that people and CI systems read.
#pragma once

#include <string>
#include <vector>

#include "cli/lint_report.h"
#include "cli/output.h"

namespace emcee::cli {

enum class LintFormat : std::uint8_t {
  text,
  json,
  github,  // https://docs.github.com/actions/reference/workflow-commands-for-github-actions
  gitlab,  // https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
  sarif,   // https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
  junit,   // https://github.com/testmoapp/junitxml
};

// The words of --format, in the order of the enumerators.
const std::vector<std::string>& lint_format_names();

void print_report(const LintReport& report, LintFormat format, Output& output);

}  // namespace emcee::cli
