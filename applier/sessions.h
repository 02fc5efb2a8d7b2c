// Who else is connected to a database: the old release must be gone before contract.
#pragma once

#include <vector>

#include "applier/connection.h"

namespace emcee::applier {

// What Connection::other_sessions answers; errors as there.
Result<std::vector<ClientSession>> postgres_sessions(Connection& connection);
Result<std::vector<ClientSession>> mysql_sessions(Connection& connection, bool programs);

}  // namespace emcee::applier
