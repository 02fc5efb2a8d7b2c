// What operators of a cluster do around the phases, with Emcee's commands.
#pragma once

#include <string>

namespace emcee::cli {

// The upgrade of a Galera cluster, rolling and with the least downtime, step by step. `directory`: of the release.
std::string galera_procedure(const std::string& directory);

}  // namespace emcee::cli
