#include "applier/sessions.h"

#include <fmt/format.h>

namespace emcee::applier {

using schema::fail;

namespace {

// application_name is there for everybody, whoever owns the session
// (https://www.postgresql.org/docs/current/monitoring-stats.html; PostgreSQL 15).
constexpr const char* kPostgres =
    "SELECT pid::text, coalesce(usename::text, ''), coalesce(application_name, ''), concat_ws(', ', client_addr::text, "
    "state) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = "
    "'client backend' ORDER BY backend_start";

// Without the privilege PROCESS the list holds the account's own sessions only, and says nothing; this
// table says it (MariaDB 10.11, MySQL 9.7: error 1227).
constexpr const char* kMysqlMaySee = "SELECT COUNT(*) FROM information_schema.INNODB_TRX";
constexpr const char* kMysql =
    "SELECT CAST(p.ID AS CHAR), p.USER, {}, CONCAT_WS(', ', p.HOST, LOWER(p.COMMAND)) FROM "
    "information_schema.PROCESSLIST AS p {}WHERE p.DB = DATABASE() AND p.ID <> CONNECTION_ID() ORDER BY p.ID";
constexpr const char* kMysqlPrograms =
    "LEFT JOIN performance_schema.session_connect_attrs AS a ON a.PROCESSLIST_ID = p.ID AND a.ATTR_NAME = "
    "'program_name' ";

Result<void> may_see_all(Connection& connection) {
  auto seen = connection.query(kMysqlMaySee);
  if (seen) return {};
  seen.error().hint = "GRANT PROCESS ON *.* to the account that emcee uses: without it sessions of others are hidden";
  return fail(std::move(seen).error());
}

// Off by default on MariaDB; the table is empty then.
Result<void> knows_programs(Connection& connection) {
  EMCEE_ASSIGN(const auto rows, connection.query("SELECT CAST(@@performance_schema AS SIGNED)"));
  if (rows.front().front() == Value(std::int64_t{1})) return {};
  return fail(ErrorCode::look_at_server,
              fmt::format("{} does not know the names of programs: performance_schema is off", connection.name()),
              "name accounts instead (`user:NAME`), or switch performance_schema on");
}

Result<std::vector<ClientSession>> ask(Connection& connection, const std::string& sql) {
  EMCEE_ASSIGN(const auto rows, connection.query(sql));
  std::vector<ClientSession> sessions;
  for (const Row& row : rows)
    sessions.push_back({text_or_empty(row[0]), text_or_empty(row[1]), text_or_empty(row[2]), text_or_empty(row[3])});
  return sessions;
}

}  // namespace

Result<std::vector<ClientSession>> postgres_sessions(Connection& connection) { return ask(connection, kPostgres); }

Result<std::vector<ClientSession>> mysql_sessions(Connection& connection, bool programs) {
  EMCEE_TRY(may_see_all(connection));
  if (!programs) return ask(connection, fmt::format(kMysql, "''", ""));
  EMCEE_TRY(knows_programs(connection));
  return ask(connection, fmt::format(kMysql, "COALESCE(a.ATTR_VALUE, '')", kMysqlPrograms));
}

}  // namespace emcee::applier
