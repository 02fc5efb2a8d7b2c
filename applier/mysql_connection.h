// Connection to a MySQL or MariaDB database.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "applier/connection.h"

namespace emcee::applier {

struct MysqlOptions {
  // How long a statement waits for a lock of a row or a table. Everything that comes to the table
  // later waits behind a waiting DDL, so this is also how long the application may be held up.
  std::chrono::seconds lock_timeout{2};
  std::chrono::seconds connect_timeout{10};
};

// The sql_mode of the applier's sessions; triggers are made under it as well, so that both give the
// same answers. Zero dates that are there can be copied; a 0 in an AUTO_INCREMENT column stays 0.
inline constexpr std::string_view kMysqlSqlMode = "STRICT_TRANS_TABLES,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION";

// `url`: see parse_mysql_url. Reconnects by itself after the server went away, but never inside of a
// transaction. Sync triggers leave alone what a session writes that has @emcee_bypass at its own
// CONNECTION_ID().
// Errors: usage; look_at_server, grant_privilege where the server cannot be reached or refuses.
Result<std::unique_ptr<Connection>> open_mysql(const std::string& url, const MysqlOptions& options = {});

}  // namespace emcee::applier
