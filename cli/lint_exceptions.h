// lint --allow FILE: what is known and tolerated, each with a reason and an end.
//
//   [[allow]]
//   rule = "drop-column"
//   object = "users.fax"
//   reason = "no client has read it since 2019"
//   expires = "ocata"   # the release in which the exception is over
#pragma once

#include <string>

#include "cli/lint_report.h"

namespace emcee::cli {

// Findings that the file allows become notes. An exception that allows nothing, or whose release
// `expires` is the one that is looked at, is a finding of its own: unused-exception,
// expired-exception. Errors: usage, where the file cannot be read; fix_text, where it is no such file.
schema::Result<void> allow(LintReport& report, const std::string& file, const std::string& release);

}  // namespace emcee::cli
