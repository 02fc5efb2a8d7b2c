#include "cli/databases.h"

#include <algorithm>
#include <iterator>

#include "applier/mysql_connection.h"
#include "applier/postgres_connection.h"
#include "applier/sqlite_connection.h"
#include "cli/mysql_trust.h"
#include "cli/old_statements.h"
#include "cli/schema_source.h"
#include "cli/scratch.h"
#include "dialects/postgres/owners.h"

namespace emcee::cli {

namespace {

using schema::Result;
using Opened = Result<std::unique_ptr<applier::Connection>>;

Opened open_sqlite_file(const std::string& url, const OpenOptions& options) {
  applier::SqliteOptions how;
  if (options.lock_timeout) how.busy_timeout = *options.lock_timeout;
  how.create = options.create;
  return applier::open_sqlite(url, how);
}

Opened open_postgres_database(const std::string& url, const OpenOptions& options) {
  applier::PostgresOptions how;
  if (options.lock_timeout) how.lock_timeout = *options.lock_timeout;
  return applier::open_postgres(url, how);
}

Opened open_mysql_database(const std::string& url, const OpenOptions& options) {
  applier::MysqlOptions how;
  // The server counts in seconds.
  if (options.lock_timeout) how.lock_timeout = std::chrono::ceil<std::chrono::seconds>(*options.lock_timeout);
  return applier::open_mysql(url, how);
}

}  // namespace

const std::vector<Database>& databases() {
  static const std::vector<Database> all = {
      {"sqlite", {"sqlite"}, "sqlite:app.db", open_sqlite_file, sqlite_scratch, examine_sqlite},
      {"postgres",
       {"postgresql", "postgres"},
       "postgresql://user@host/database",
       open_postgres_database,
       postgres_scratch,
       examine_postgres,
       nullptr,
       true,
       watch_postgres,
       postgres::wrong_owners_query},
      {"mysql",
       {"mysql"},
       "mysql://user@host/database",
       open_mysql_database,
       mysql_scratch,
       examine_mysql,
       borrow_trust,
       false,
       watch_mysql},
      {"mariadb",
       {"mariadb"},
       "mariadb://user@host/database",
       open_mysql_database,
       mysql_scratch,
       examine_mysql,
       borrow_trust,
       false,
       watch_mysql},
  };
  return all;
}

const Database* find_database(std::string_view url) {
  const std::string_view scheme = url_scheme(url);
  for (const Database& database : databases())
    if (std::find(database.schemes.begin(), database.schemes.end(), scheme) != database.schemes.end()) return &database;
  return nullptr;
}

bool is_schemaless(std::string_view url) {
  constexpr std::string_view kSchemes[] = {"mongodb", "hbase", "es", "elasticsearch", "gnocchi", "influxdb", "redis"};
  return std::find(std::begin(kSchemes), std::end(kSchemes), url_scheme(url)) != std::end(kSchemes);
}

const Database* find_database_of(std::string_view dialect) {
  for (const Database& database : databases())
    if (database.dialect == dialect) return &database;
  return nullptr;
}

}  // namespace emcee::cli
