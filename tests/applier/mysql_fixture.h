// A hand-made release for MySQL and MariaDB, whose DDL commits by itself.
#pragma once

#include "applier/mysql_connection.h"
#include "dying_connection.h"
#include "fixture.h"
#include "tests/servers/mysql_server.h"

namespace emcee::applier {

// As image_plan: every step with DDL is announced, run and confirmed, and its probe decides after a
// crash in between.
Json mysql_image_plan(servers::MysqlFlavour flavour);
// A fresh database on the shared server with the old schema and `rows` images; its URL.
std::string create_mysql_images(servers::MysqlServer& server, int rows);
// A client of the URL's database.
servers::MysqlClient mysql_client(servers::MysqlServer& server, const std::string& url);
// The catalogue as the server tells it, and all rows.
std::string mysql_dump(servers::MysqlServer& server, const std::string& url);
// The ledger without times.
std::string mysql_dump_ledger(servers::MysqlServer& server, const std::string& url);
// The same end, made by hand.
std::string expected_mysql_images(servers::MysqlServer& server, int rows);

}  // namespace emcee::applier
