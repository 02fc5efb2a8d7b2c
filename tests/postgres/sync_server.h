// The sync suite's PostgreSQL: tables of a group by hand, triggers by dialects/postgres.
#pragma once

#include <string>
#include <vector>

#include "tests/postgres/session.h"
#include "tests/sync/sync_server.h"

namespace emcee::postgres_test {

// A column `c type` as the parser would give it, for types of one word with arguments.
schema::Column make_column(const std::string& name, const std::string& type, bool not_null = false,
                           const std::string& default_value = {});
schema::Fragment parse(const std::string& expression);
schema::Identifier id(const std::string& name);

// One database of the program's server, with schema emcee, a collation `nocase`, citext and the
// types that the groups use.
const std::string& sync_database();

// Starts sync on the schema's table; throws where a statement fails.
void start_sync(Session& session, const plan::SyncGroup& group, const schema::Schema& schema);
schema::Schema make_schema(std::vector<schema::Table> tables);

}  // namespace emcee::postgres_test
