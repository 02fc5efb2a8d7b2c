// The program of an operator that converts rows which no expression can convert (docs/applier.md).
#pragma once

#include <string>
#include <vector>

#include "cli/database.h"
#include "schema/result.h"

namespace emcee::cli {

// Gives the program `input` and comes back with what it printed; its standard error is ours. `program` is that of
// the map; the options may name another one. Errors: usage, where there is none or it cannot be started;
// look_at_server, where it fails or takes too long; interrupted.
schema::Result<std::string> ask_migrator(const PhaseOptions& options, const std::vector<std::string>& program,
                                         const std::string& input);

}  // namespace emcee::cli
