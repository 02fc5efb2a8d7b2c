// May this account make, drop and run triggers on MySQL and MariaDB? The part of the examination that
// decides whether an upgrade can begin.
#pragma once

#include <string>
#include <vector>

#include "applier/connection.h"
#include "cli/doctor.h"

namespace emcee::cli {

// From the account's grants; where they allow it, also by experiment: a table emcee_probe with a
// trigger is made, written to and dropped. Errors: those of Connection.
schema::Result<std::vector<Symptom>> examine_triggers(applier::Connection& connection, const Examination& examination);

}  // namespace emcee::cli
