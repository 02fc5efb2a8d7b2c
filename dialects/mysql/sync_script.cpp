#include "dialects/mysql/sync_script.h"

#include <fmt/format.h>

#include <optional>

#include "dialects/mysql/quoting.h"

namespace emcee::mysql {

using plan::SyncGroup;

namespace {

// What the triggers are like whatever the mode of the session that made them was: strict, so that
// nothing is cut to fit in silence; without NO_ZERO_DATE and ERROR_FOR_DIVISION_BY_ZERO, so that
// values which the application stores in a mode of its own stay what they are.
constexpr const char* kSqlMode = "STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION";

// Literals of the expressions compare with the columns of the group, so they get their collation.
std::optional<std::string> collation_of(const SyncGroup& group, const schema::Table& table) {
  for (const auto& c : group.new_columns)
    if (const auto* column = table.find_column(c.name); column && column->collation) {
      const std::string name = schema::to_lower(column->collation->text());
      if (name.starts_with("utf8mb4_")) return name;
    }
  return std::nullopt;
}

// A write that waits for LOCK TABLES while triggers come that name other tables may fail on MariaDB (seen on 10.11)
// with error 1146, `Table 'emcee_w' doesn't exist`, though no table is missing: about once per script under four
// writers without a break. Without the lock it never did.
//
// On a Galera cluster (MariaDB 10.11, Galera 26.4; before 10.6 MariaDB does not prepare LOCK TABLES):
//   no lock: what comes from other nodes would wait for it, and the triggers for what came before them, so that nothing
//   goes on any more, on any node. As after a lost connection, the order keeps every part of the way in sync;
//   a pause before each statement: DDL ends the sessions that use the table, and one that is just reading the
//   triggers leaves them half read to the DDL, which fails with error 1064, and on other nodes in silence. Sessions
//   read them when they use the table for the first time after DDL.
bool knows_galera(const Server& server) { return server.is_mariadb() && server.version >= 100600; }

constexpr const char* kSetGalera =
    "SET @emcee_galera = EXISTS (SELECT 1 FROM information_schema.GLOBAL_VARIABLES WHERE VARIABLE_NAME = 'WSREP_ON' "
    "AND VARIABLE_VALUE = 'ON')";
constexpr const char* kPause = "DO SLEEP(IF(@emcee_galera, 0.25, 0))";

}  // namespace

SyncScript sync_script(const SyncGroup& group, const schema::Table& table, const Server& server,
                       const std::vector<std::string>& run, const std::vector<schema::QualifiedName>& others,
                       Together together) {
  SyncScript result;
  result.before.push_back(
      "SET @emcee_sql_mode = @@SESSION.sql_mode, @emcee_collation = @@SESSION.collation_connection");
  result.before.push_back(fmt::format("SET SESSION sql_mode = '{}', SESSION collation_connection = '{}'", kSqlMode,
                                      collation_of(group, table).value_or("utf8mb4_general_ci")));
  // Under the lock no write sees one trigger without the other.
  std::string locks = fmt::format("LOCK TABLES {} WRITE", quoting()(table.name));
  for (const schema::QualifiedName& other : others) locks += fmt::format(", {} WRITE", quoting()(other));
  const bool lock = together == Together::locked || !server.is_mariadb();
  if (knows_galera(server)) {
    result.before.emplace_back(kSetGalera);
    if (lock)
      result.run.push_back(fmt::format("EXECUTE IMMEDIATE IF(@emcee_galera, 'DO 0', {})", string_literal(locks)));
  } else if (lock) {
    result.run.push_back(locks);
  }
  for (const std::string& statement : run) {
    if (knows_galera(server)) result.run.emplace_back(kPause);
    result.run.push_back(statement);
  }
  if (knows_galera(server)) result.run.emplace_back(kPause);
  if (lock) result.run.emplace_back("UNLOCK TABLES");
  if (lock) result.after.emplace_back("UNLOCK TABLES");  // where the work failed in between
  result.after.emplace_back("SET SESSION sql_mode = @emcee_sql_mode, SESSION collation_connection = @emcee_collation");
  return result;
}

}  // namespace emcee::mysql
