// What has to be right on a node of a Galera cluster before an upgrade.
#pragma once

#include <vector>

#include "cli/doctor.h"

namespace emcee::cli {

// REQUIRES: the server is one. Errors: look_at_server.
schema::Result<std::vector<Symptom>> examine_galera(applier::Connection& connection, const Examination& examination);

}  // namespace emcee::cli
