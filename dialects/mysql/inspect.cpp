// The catalogue of a live database.
#include <fmt/format.h>

#include "dialects/mysql/inspect.h"

namespace emcee::mysql {

namespace {

// One kind of objects: how they are asked for, and in which column of the answer the statement is.
std::string part(int rank, const char* what, int column, const char* name, const char* before, const char* from) {
  return fmt::format(
      "SELECT {} AS r, {} AS n, CONCAT('SHOW CREATE {} `', REPLACE({}, '`', '``'), '`') AS q, {} AS c, {} AS b FROM "
      "information_schema.{} AND LEFT({}, 6) <> 'emcee_'",
      rank, name, what, name, column, before, from, name);
}

}  // namespace

std::string catalogue_query(const Server& server) {
  // A program is read under the sql_mode that it was made with.
  const char* const mode = "CONCAT('SET sql_mode = ''', SQL_MODE, '''')";
  std::string sql = "SELECT q, c, b FROM (";
  if (server.is_mariadb())
    sql += part(1, "SEQUENCE", 2, "TABLE_NAME", "'SET sql_mode = '''''",
                "TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'SEQUENCE'") +
           " UNION ALL ";
  sql += part(2, "TABLE", 2, "TABLE_NAME", "'SET sql_mode = '''''",
              "TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')") +
         " UNION ALL " +
         part(3, "FUNCTION", 3, "ROUTINE_NAME", mode,
              "ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() AND ROUTINE_TYPE = 'FUNCTION'") +
         " UNION ALL " +
         part(4, "VIEW", 2, "TABLE_NAME", "'SET sql_mode = '''''", "VIEWS WHERE TABLE_SCHEMA = DATABASE()") +
         " UNION ALL " +
         part(5, "TRIGGER", 3, "TRIGGER_NAME", mode, "TRIGGERS WHERE EVENT_OBJECT_SCHEMA = DATABASE()") +
         " UNION ALL " +
         part(6, "PROCEDURE", 3, "ROUTINE_NAME", mode,
              "ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() AND ROUTINE_TYPE = 'PROCEDURE'") +
         " UNION ALL " + part(7, "EVENT", 4, "EVENT_NAME", mode, "EVENTS WHERE EVENT_SCHEMA = DATABASE()");
  return sql + ") AS catalogue ORDER BY r, n";
}

}  // namespace emcee::mysql
