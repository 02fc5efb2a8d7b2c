// Which dialect a text is in.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "diff/release_map.h"
#include "plan/dialect.h"

namespace emcee::cli {

// The dialect of --dialect, else of the first source that is a database URL, else of the map's
// `dialect` (`map` is the path, or empty), else sqlite; for the version of --server-version.
// Errors: usage, where two of them contradict each other or there is no such dialect; the hint
// names those that exist.
schema::Result<std::unique_ptr<plan::Dialect>> choose_dialect(const ReadOptions& options,
                                                              const std::vector<std::string>& sources,
                                                              const std::string& map = {});

// The release map in that dialect; an empty one where `path` is empty. Names are not resolved yet.
schema::Result<diff::ReleaseMap> load_map(const std::string& path, const plan::Dialect& dialect);

}  // namespace emcee::cli
