// Who else is connected to a database: the old release must be gone before contract.
#pragma once

#include <string>
#include <vector>

#include "applier/connection.h"

namespace emcee::applier {

struct ClientSession {
  std::string id;       // as the server counts them
  std::string user;     // its account
  std::string program;  // as it names itself: application_name, program_name; empty where it does not
  std::string doing;    // for people: where it comes from, and what it does
};

// Sessions of others in this database. `programs`: the names of programs are needed.
// Errors: grant_privilege where the server hides sessions of others; look_at_server where it does not
// know the names of programs; usage where the database is a file, which has no sessions.
Result<std::vector<ClientSession>> other_sessions(Connection& connection, bool programs);

}  // namespace emcee::applier
