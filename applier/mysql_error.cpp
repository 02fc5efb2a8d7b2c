#include "applier/mysql_error.h"
#include "applier/shown_sql.h"

#include <fmt/format.h>

namespace emcee::applier {

using schema::Error;
using schema::ErrorCode;

namespace {

struct Meaning {
  ErrorCode code;
  const char* hint;
};

// https://mariadb.com/kb/en/mariadb-error-codes/,
// https://dev.mysql.com/doc/mysql-errors/9.0/en/server-error-reference.html
Meaning meaning_of(unsigned number) {
  switch (number) {
    case 1205:  // a lock of a row or of a table
    case 3572:  // NOWAIT
      return {ErrorCode::try_again, "end the transaction that holds the lock, then run the same command again"};
    case 1213:  // deadlock
    case 1020:  // innodb_snapshot_isolation: a row is newer than the snapshot (MariaDB, on by default since 11.6.2)
      return {ErrorCode::try_again, "run the same command again"};
    case 1969:  // max_statement_time
    case 3024:  // max_execution_time
      return {ErrorCode::try_again, "the server's limit of a statement's time is too short for it"};
    case 1040:  // too many connections
    case 1203:
    case 1226:
      return {ErrorCode::try_again, "close connections or raise the limit, then run the same command again"};
    case 1044:
    case 1045:
    case 1142:
    case 1143:
    case 1227:
    case 1370:
    case 1419:
    case 1698:
      return {ErrorCode::grant_privilege, "`emcee doctor` names the rights that are missing"};
    case 1290:  // read_only, super_read_only
    case 1792:  // the transaction is read-only
    case 1836:
      return {ErrorCode::grant_privilege, "work on the primary server, or let this one be written"};
    case 1820:
    case 1862:
    case 3118:
      return {ErrorCode::grant_privilege, "the account is locked or its password has expired"};
    case 1021:  // disk full
    case 1041:  // out of memory
    case 1114:  // the table is full
      return {ErrorCode::look_at_server, "make room on the server, then run the same command again"};
    case 1047:  // Galera: https://mariadb.com/kb/en/getting-started-with-mariadb-galera-cluster/
    case 1180:  // at COMMIT: the node has just lost the others
      return {ErrorCode::try_again, "this node of the cluster answers nobody: see wsrep_cluster_status"};
    case 1049:
      return {ErrorCode::look_at_server, "give the name of the database that the application uses"};
    case 2002:
    case 2003:
      return {ErrorCode::try_again, "look whether the server runs, and whether host, port and socket are right"};
    case 2005:
      return {ErrorCode::look_at_server, "the URL names a host that is not known"};
    default:
      if (is_disconnect(number)) return {ErrorCode::try_again, "the server went away; run the same command again"};
      return {ErrorCode::look_at_server, ""};
  }
}

}  // namespace

bool is_disconnect(unsigned number) {
  switch (number) {
    case 1053:  // shutdown
    case 1080:
    case 1152:
    case 1158:
    case 1159:
    case 1160:
    case 1161:
    case 1927:  // MariaDB: connection was killed
    case 2006:
    case 2013:
    case 4031:  // MySQL: closed because of inactivity
      return true;
    default:
      return false;
  }
}

bool is_killed(unsigned number) { return number == 1317; }

Error to_error(const MysqlFailure& failure, std::string_view database, std::string_view sql) {
  const Meaning meaning = meaning_of(failure.number);
  return {meaning.code,
          fmt::format("{}: error {}: {}{}", database, failure.number, failure.message,
                      sql.empty() ? "" : "\n  " + shown_sql(sql)),
          std::nullopt, meaning.hint};
}

}  // namespace emcee::applier
