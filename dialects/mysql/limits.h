// What a table cannot be: keys, rows and numbers of things have limits.
// (https://dev.mysql.com/doc/refman/9.0/en/innodb-limits.html,
// https://mariadb.com/kb/en/innodb-limitations/; tests/mysql/limits_test.cpp asks both servers.)
#pragma once

#include <optional>
#include <string>

#include "dialects/mysql/flavour.h"
#include "schema/table.h"

namespace emcee::mysql {

// Which limit of the server the table breaks: `the key k takes 4000 bytes, of 3072`. None: it can be made.
std::optional<std::string> broken_limit(const schema::Table& table, const Server& server);

}  // namespace emcee::mysql
