// What an error number of MySQL and MariaDB means to the reader.
#pragma once

#include <string>
#include <string_view>

#include "applier/mysql_statement.h"
#include "schema/result.h"

namespace emcee::applier {

// The error with the code of the next action. `sql` is shown, shortened; may be empty.
schema::Error to_error(const MysqlFailure& failure, std::string_view database, std::string_view sql);

// The connection is gone, and with it its transaction.
bool is_disconnect(unsigned number);
// KILL QUERY, by us or by somebody else.
bool is_killed(unsigned number);

}  // namespace emcee::applier
