// The draft of a release map: what `emcee map` writes.
#pragma once

#include <string>

#include "diff/diff.h"

namespace emcee::diff {

// A release.toml that read_release_map accepts: questions as commented-out entries, and a `fill`
// (commented out) for every added NOT NULL column without a default.
std::string draft_map(const Difference& difference, const std::string& release, const schema::Schema& before,
                      const schema::Schema& after, const schema::Quoting& quoting);

}  // namespace emcee::diff
