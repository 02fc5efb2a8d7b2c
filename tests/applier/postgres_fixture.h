// A hand-made release for PostgreSQL, and what its tests share.
#pragma once

#include "applier/postgres_connection.h"
#include "dying_connection.h"
#include "fixture.h"
#include "losing_connection.h"
#include "tests/catalogue/postgres_catalogue.h"
#include "tests/servers/postgres_server.h"

namespace emcee::applier {

using servers::PostgresDatabase;
using servers::PostgresServer;
using servers::run_postgres;

// As image_plan, in the words of PostgreSQL: a function and a trigger, an index that is built
// CONCURRENTLY outside of a transaction, contract by ALTER TABLE.
Json postgres_image_plan();
// The old schema with `rows` images, as an application left it.
void create_postgres_images(const std::string& url, int rows);
// The same end, made by hand: as `postgres_dump` shows it.
std::string expected_postgres_images(int rows);

// The catalogue as the server tells it, and all rows of images and tags.
std::string postgres_dump(const std::string& url);
// As dump_ledger.
std::string postgres_dump_ledger(const std::string& url);

// Fails the test where it cannot be opened.
std::unique_ptr<Connection> open_test_database(const std::string& url,
                                               std::chrono::milliseconds lock_timeout = std::chrono::seconds(2));

// Fresh databases of the shared server.
Bed postgres_bed();
// Ends sessions from `other`, which has to outlive it.
EndSession end_postgres_session(const PostgresDatabase& other);

}  // namespace emcee::applier
