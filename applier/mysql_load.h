// How busy a server of MariaDB or MySQL is.
#pragma once

#include <string>

#include "applier/connection.h"

namespace emcee::applier {

// See Connection::busy. https://dev.mysql.com/doc/refman/9.0/en/innodb-purge-configuration.html
Result<std::string> mysql_busy(Connection& connection, const LoadLimits& limits);

}  // namespace emcee::applier
