// lint DIR: is a release directory complete, and do the releases of a folder form one path?
#pragma once

#include <string>

#include "cli/lint_report.h"

namespace emcee::cli {

// True where the folder is a release directory, or one of its folders is.
bool holds_releases(const std::string& directory);

// One finding per release, its first fault or none, then what is wrong between releases:
//
//   incomplete-release   not planned; a script or its rollback is missing, or was changed
//   stray-script         a script of this release that its plan does not know
//   outdated-plan        schemas and map give another plan than plan.json
//   two-heads            two releases follow the same one, or two follow none
//   missing-parent       the release before is not there
//   broken-path          it starts from another schema than the release before ends with
//
// Errors: usage, where the folder cannot be read.
schema::Result<LintReport> lint_releases(const std::string& directory);

}  // namespace emcee::cli
