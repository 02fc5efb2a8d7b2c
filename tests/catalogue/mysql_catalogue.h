// The catalogue of a MySQL or MariaDB database as text, from information_schema and SHOW CREATE, apart
// from all code of Emcee: the oracle of convergence. Two databases that are the same give the same
// text, whatever the order of their columns and keys, their names and their data.
#pragma once

#include <string>

#include "servers/mysql_client.h"

namespace emcee::testing {

struct MysqlCatalogueOptions {
  // The sql_mode and character set under which views, triggers and routines were made.
  bool sessions = false;
};

// Of the client's current database, without what Emcee put there (emcee_*). Sorted lines; throws
// std::runtime_error where the server fails.
std::string mysql_catalogue(servers::MysqlClient& client, const MysqlCatalogueOptions& options = {});

}  // namespace emcee::testing
