// What the privilege checks of MySQL and MariaDB know about a server and an account.
#pragma once

#include "applier/connection.h"
#include "dialects/mysql/privileges.h"

namespace emcee::cli {

// Reads what every account may read about itself. On MySQL the session's roles change for a moment.
// Errors: those of Connection.
schema::Result<mysql::PrivilegeFacts> privilege_facts(applier::Connection& connection);

}  // namespace emcee::cli
