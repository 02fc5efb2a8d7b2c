#include "cli/scratch.h"

#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>

#include "applier/mysql_connection.h"
#include "applier/postgres_connection.h"
#include "applier/sqlite_connection.h"

namespace emcee::cli {

using schema::ErrorCode;
using schema::fail;
using schema::Result;

Result<std::unique_ptr<Scratch>> sqlite_scratch(const std::string& /*url*/) {
  std::string folder = (std::filesystem::temp_directory_path() / "emcee-scratch-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr)
    return fail(ErrorCode::look_at_server, fmt::format("cannot make a folder for a scratch database: {}", folder));
  auto scratch = std::make_unique<Scratch>(fmt::format("sqlite:{}/scratch.db", folder), [folder] {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  });
  applier::SqliteOptions create;
  create.create = true;
  EMCEE_TRY(applier::open_sqlite(scratch->url(), create));
  return scratch;
}

namespace {

// The URL with another database in it: a parameter at the end counts more than the path.
std::string with_database(const std::string& url, const std::string& database) {
  return fmt::format("{}{}dbname={}", url, url.find('?') == std::string::npos ? '?' : '&', database);
}

}  // namespace

Result<std::unique_ptr<Scratch>> postgres_scratch(const std::string& url) {
  static std::atomic<int> count = 0;
  EMCEE_ASSIGN(const auto connection, applier::open_postgres(url));
  // The server's process number is nobody else's while the session lasts; what an earlier one of
  // that number left behind goes.
  EMCEE_ASSIGN(
      const auto rows,
      connection->query("SELECT format('CREATE DATABASE %I TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE "
                        "%L', 'emcee_scratch_' || pg_backend_pid() || $1, pg_encoding_to_char(encoding), "
                        "datcollate, datctype), 'emcee_scratch_' || pg_backend_pid() || $1 FROM pg_database "
                        "WHERE datname = current_database()",
                        {fmt::format("_{}", ++count)}));
  const std::string name = applier::to_text(rows.front()[1]);
  const std::string drop = fmt::format("DROP DATABASE IF EXISTS {} WITH (FORCE)", name);
  EMCEE_TRY(connection->execute(drop));
  EMCEE_TRY(connection->execute(applier::to_text(rows.front()[0])));
  return std::make_unique<Scratch>(with_database(url, name), [url, drop] {
    if (const auto again = applier::open_postgres(url)) (void)(*again)->execute(drop);
  });
}

Result<std::unique_ptr<Scratch>> mysql_scratch(const std::string& url) {
  static std::atomic<int> count = 0;
  EMCEE_ASSIGN(const auto connection, applier::open_mysql(url));
  EMCEE_ASSIGN(const auto rows, connection->query("SELECT CONCAT('emcee_scratch_', CONNECTION_ID()), "
                                                  "@@character_set_database, @@collation_database"));
  const std::string name = fmt::format("{}_{}", applier::to_text(rows.front()[0]), ++count);
  const std::string drop = fmt::format("DROP DATABASE IF EXISTS {}", name);
  EMCEE_TRY(connection->execute(drop));
  EMCEE_TRY(connection->execute(fmt::format("CREATE DATABASE {} CHARACTER SET {} COLLATE {}", name,
                                            applier::to_text(rows.front()[1]), applier::to_text(rows.front()[2]))));
  // The path of the URL is the database.
  const std::size_t options = std::min(url.find('?'), url.size());
  const std::size_t path = url.rfind('/', options) + 1;
  return std::make_unique<Scratch>(url.substr(0, path) + name + url.substr(options), [url, drop] {
    if (const auto again = applier::open_mysql(url)) (void)(*again)->execute(drop);
  });
}

}  // namespace emcee::cli
