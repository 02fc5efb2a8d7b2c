// The table of a sync test as MariaDB and MySQL have it, and what Emcee makes of it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dialects/mysql/flavour.h"
#include "schema/schema.h"
#include "tests/servers/mysql_server.h"
#include "tests/sync/group_cases.h"

namespace emcee::sync_test {

mysql::Server server_of(servers::MysqlFlavour flavour);

// `VARCHAR(9) COLLATE utf8mb4_bin` as a column of the model.
schema::Column make_column(const std::string& name, const std::string& type);
schema::Identifier column_name(const std::string& name);
schema::Fragment parse_expression(const std::string& sql);

// Adds to the table the columns that keep both forms between expand and contract: O as the old
// release declared it, made so that a statement may leave it out; N nullable and without default.
void add_columns(schema::Table& table, const GroupCase& group, const mysql::Server& server);
// CREATE TABLE for it. `relaxed`: every column of the group takes NULL.
std::string create_table(const schema::Table& table, const GroupCase& group, const std::string& constraints,
                         bool relaxed);

// The session of one connection, for errors as text and for rows.
std::string try_sql(servers::MysqlClient& client, const std::string& sql);

// Runs the statements of a script as the applier does: what comes after runs in any case. Throws.
void run_script(servers::MysqlClient& client, const std::vector<std::string>& before,
                const std::vector<std::string>& run, const std::vector<std::string>& after);

}  // namespace emcee::sync_test
