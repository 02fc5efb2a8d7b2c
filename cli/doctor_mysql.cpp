#include <fmt/format.h>

#include <cstdio>

#include "applier/galera.h"
#include "cli/doctor_galera.h"
#include "cli/mysql_queries.h"
#include "cli/mysql_triggers.h"
#include "cli/mysql_trust.h"
#include "dialects/mysql/dialect.h"

namespace emcee::cli {

namespace {

using applier::Connection;
using schema::Result;
using Symptoms = std::vector<Symptom>;

Result<Symptom> writable(Connection& connection) {
  for (const char* name : {"read_only", "super_read_only", "innodb_read_only", "transaction_read_only"}) {
    EMCEE_ASSIGN(const std::string value, variable(connection, name));
    if (value != "" && value != "OFF" && value != "0")
      return Symptom{Severity::missing, fmt::format("the server is read-only ({} = {})", name, value),
                     "work on the primary server", true};
  }
  return good("the server can be written");
}

// Facts on replication: engine-facts C.
Result<Symptom> binlog_format(Connection& connection, bool mariadb, bool needs_rows) {
  EMCEE_ASSIGN(const std::string log_bin, variable(connection, "log_bin"));
  EMCEE_ASSIGN(const std::string format, variable(connection, "binlog_format"));
  if (log_bin != "ON") return good("the binary log is off");
  if (format != "STATEMENT") return good("binlog_format is " + format);
  return Symptom{Severity::problem,
                 needs_rows ? "binlog_format is STATEMENT: an expression of the plan is not the same twice, and every "
                              "replica would evaluate it anew"
                            : "binlog_format is STATEMENT: triggers and batches are replayed on replicas as text, and "
                              "batches must lock the gaps between rows",
                 mariadb ? "SET GLOBAL binlog_format = 'MIXED' (or ROW), then let the application connect anew"
                         : "SET GLOBAL binlog_format = 'ROW', then let the application connect anew",
                 needs_rows};
}

Result<Symptom> triggers_on_replicas(Connection& connection) {
  EMCEE_ASSIGN(const std::string value, variable(connection, "slave_run_triggers_for_rbr"));
  if (value.empty() || value == "NO") return good("replicas do not run triggers for row events");
  return Symptom{Severity::problem,
                 fmt::format("slave_run_triggers_for_rbr is {}: a replica runs the sync triggers again on rows that "
                             "they have changed already",
                             value),
                 "SET GLOBAL slave_run_triggers_for_rbr = 'NO' on the replicas for the time of the upgrade"};
}

Result<Symptom> sql_mode(Connection& connection) {
  EMCEE_ASSIGN(const std::string mode, variable(connection, "sql_mode"));
  std::string unusual;
  for (const char* each :
       {"ANSI_QUOTES", "NO_BACKSLASH_ESCAPES", "PIPES_AS_CONCAT", "HIGH_NOT_PRECEDENCE", "PAD_CHAR_TO_FULL_LENGTH"})
    if (mode.find(each) != std::string::npos) unusual += (unusual.empty() ? "" : ", ") + std::string(each);
  if (mode.find("STRICT_") == std::string::npos)
    return Symptom{Severity::note,
                   "the server's sql_mode is not strict: the application's writes may be cut to fit, and the triggers, "
                   "which are strict, refuse such values",
                   "look for values that do not fit before contract narrows anything"};
  if (!unusual.empty())
    return Symptom{Severity::note, fmt::format("the server's sql_mode has {}", unusual),
                   "expressions of the release map are read without it"};
  return good("sql_mode is strict");
}

Result<Symptom> time_zone(Connection& connection) {
  EMCEE_ASSIGN(const std::string set, variable(connection, "time_zone"));
  EMCEE_ASSIGN(const std::string system, variable(connection, "system_time_zone"));
  const std::string zone = set == "SYSTEM" ? system : set;
  if (zone == "UTC" || zone == "+00:00") return good("the server's time zone is UTC");
  return Symptom{Severity::note,
                 fmt::format("the server's time zone is {}: an expression over TIMESTAMP columns or NOW() gives other "
                             "values in the application's sessions than in batches, which run in UTC",
                             zone),
                 "use UTC_TIMESTAMP() and CONVERT_TZ in the expressions of the release map"};
}

Result<Symptom> instant_budget(Connection& connection, int version) {
  // https://dev.mysql.com/doc/refman/9.1/en/innodb-online-ddl-operations.html: 64 versions of a
  // table's rows, 255 since 9.1; then ALGORITHM=INSTANT is refused until the table is rebuilt.
  const int limit = version >= 90100 ? 255 : 64;
  return none_of(connection,
                 fmt::format("SELECT NAME, TOTAL_ROW_VERSIONS FROM information_schema.INNODB_TABLES WHERE NAME LIKE "
                             "CONCAT(DATABASE(), '/%') AND TOTAL_ROW_VERSIONS >= {}",
                             limit - limit / 8),
                 "no table is near the limit of instant changes", Severity::problem,
                 fmt::format("tables that have nearly used up their {} instant changes", limit),
                 "OPTIMIZE TABLE gives them back, by a copy of the table");
}

// On a Galera cluster, nodes may hold the rows of such a table in another order, and cannot delete them.
Result<Symptom> primary_keys(Connection& connection, bool galera) {
  EMCEE_ASSIGN(const std::string required, variable(connection, "sql_require_primary_key"));
  return none_of(
      connection,
      "SELECT t.TABLE_NAME FROM information_schema.TABLES t LEFT JOIN information_schema.TABLE_CONSTRAINTS c "
      "ON c.TABLE_SCHEMA = t.TABLE_SCHEMA AND c.TABLE_NAME = t.TABLE_NAME AND c.CONSTRAINT_TYPE = 'PRIMARY "
      "KEY' WHERE t.TABLE_SCHEMA = DATABASE() AND t.TABLE_TYPE = 'BASE TABLE' AND c.CONSTRAINT_NAME IS NULL "
      "ORDER BY 1",
      "every table has a primary key", required == "ON" || galera ? Severity::problem : Severity::note,
      required == "ON" ? "sql_require_primary_key is on, and these tables, which have none, cannot be altered"
                       : "tables without a primary key, whose rows no batch can walk",
      "give them a primary key");
}

Result<void> add_sessions(Connection& connection, std::chrono::milliseconds limit, Symptoms& symptoms) {
  EMCEE_ASSIGN(symptoms.emplace_back(),
               none_of(connection,
                       fmt::format("SELECT CONCAT('connection ', trx_mysql_thread_id), CONCAT(TIMESTAMPDIFF(SECOND, "
                                   "trx_started, NOW()), ' s') FROM information_schema.INNODB_TRX WHERE trx_started "
                                   "<= NOW() - INTERVAL {} SECOND ORDER BY trx_started",
                                   limit.count() / 1000),
                       "no transaction is open for long", Severity::problem,
                       "transactions that have been open for long: a change of a table that they read waits for them, "
                       "and the application behind it",
                       "end them (KILL), or run when there is none"));
  if (symptoms.back().severity == Severity::note) return {};  // without PROCESS the next one sees nothing either
  EMCEE_ASSIGN(symptoms.emplace_back(),
               none_of(connection,
                       "SELECT CONCAT('connection ', ID), CONCAT(TIME, ' s') FROM information_schema.PROCESSLIST WHERE "
                       "STATE LIKE 'Waiting for%metadata lock' ORDER BY TIME DESC",
                       "nobody waits for a metadata lock", Severity::problem, "sessions that wait for a metadata lock",
                       "find who holds the table: performance_schema.metadata_locks tells"));
  return {};
}

// What names a DEFINER that is gone fails with error 1449 for everybody.
Result<Symptom> definers(Connection& connection) {
  return none_of(connection,
                 "SELECT CONCAT(d.kind, ' ', d.name), d.definer FROM ("
                 "SELECT 'trigger' AS kind, TRIGGER_NAME AS name, DEFINER AS definer FROM information_schema.TRIGGERS "
                 "WHERE EVENT_OBJECT_SCHEMA = DATABASE() UNION ALL "
                 "SELECT 'view', TABLE_NAME, DEFINER FROM information_schema.VIEWS WHERE TABLE_SCHEMA = DATABASE() "
                 "AND SECURITY_TYPE = 'DEFINER' UNION ALL "
                 "SELECT 'routine', ROUTINE_NAME, DEFINER FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = "
                 "DATABASE() AND SECURITY_TYPE = 'DEFINER' UNION ALL "
                 "SELECT 'event', EVENT_NAME, DEFINER FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE()"
                 ") d LEFT JOIN mysql.user u ON CONVERT(CONCAT(u.User, '@', u.Host) USING utf8mb4) COLLATE utf8mb4_bin "
                 "= CONVERT(d.definer USING utf8mb4) COLLATE utf8mb4_bin WHERE u.User IS NULL ORDER BY 1",
                 "every DEFINER exists", Severity::problem, "objects whose DEFINER is gone",
                 "make the account again, or create the object anew with another DEFINER");
}

Result<Symptom> leftovers(Connection& connection) {
  EMCEE_ASSIGN(const bool ledger, connection.table_exists(connection.ledger().table));
  const std::string open =
      ledger ? "SELECT COUNT(*) FROM emcee_ledger WHERE script = '' AND state IN ('running', 'rolling_back')"
             : "SELECT 0";
  EMCEE_ASSIGN(const auto unfinished, rows_of(connection, open));
  const bool running = unfinished.front().front() != applier::Value(std::int64_t{0});
  return none_of(connection,
                 "SELECT CONCAT('trigger ', TRIGGER_NAME) FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = "
                 "DATABASE() AND TRIGGER_NAME LIKE 'emcee\\_%' UNION SELECT CONCAT('table ', TABLE_NAME) FROM "
                 "information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME LIKE 'emcee\\_%' AND "
                 "TABLE_NAME <> 'emcee_ledger' ORDER BY 1",
                 "no objects of an unfinished upgrade", running ? Severity::note : Severity::problem,
                 running ? "objects of an upgrade that is not finished" : "objects of Emcee that no upgrade owns",
                 running ? "finish it with contract, or go back with rollback; `emcee status` says where it stands"
                         : "drop the triggers first, then the tables");
}

Result<int> version_number(Connection& connection) {
  EMCEE_ASSIGN(const auto rows, rows_of(connection, "SELECT SUBSTRING_INDEX(@@version, '-', 1)"));
  return mysql::parse_version(applier::to_text(rows.front().front()));
}

}  // namespace

Result<Symptoms> examine_mysql(Connection& connection, const Examination& examination) {
  const bool mariadb = connection.dialect() == "mariadb";
  Symptoms symptoms;
  EMCEE_ASSIGN(symptoms.emplace_back(), writable(connection));
  EMCEE_ASSIGN(const Symptoms triggers, examine_triggers(connection, examination));
  symptoms.insert(symptoms.end(), triggers.begin(), triggers.end());
  EMCEE_ASSIGN(symptoms.emplace_back(), binlog_format(connection, mariadb, examination.replicates_rows));
  if (mariadb) {
    EMCEE_ASSIGN(symptoms.emplace_back(), triggers_on_replicas(connection));
  }
  EMCEE_ASSIGN(const bool galera, applier::is_galera_node(connection));
  if (galera) {
    EMCEE_ASSIGN(const Symptoms cluster, examine_galera(connection, examination));
    symptoms.insert(symptoms.end(), cluster.begin(), cluster.end());
  } else {
    symptoms.push_back(good("not a node of a Galera cluster"));
  }
  EMCEE_ASSIGN(symptoms.emplace_back(),
               none_of(connection,
                       "SELECT TABLE_NAME, ENGINE FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND "
                       "TABLE_TYPE = 'BASE TABLE' AND ENGINE <> 'InnoDB' ORDER BY 1",
                       "every table is InnoDB", Severity::problem,
                       galera ? "tables whose rows stay on the node where they are written, those of batches too"
                              : "tables whose engine has no transactions: a batch that is interrupted stays half done",
                       "ALTER TABLE ... ENGINE = InnoDB"));
  EMCEE_ASSIGN(symptoms.emplace_back(), primary_keys(connection, galera));
  EMCEE_ASSIGN(symptoms.emplace_back(), sql_mode(connection));
  EMCEE_ASSIGN(symptoms.emplace_back(), time_zone(connection));
  EMCEE_ASSIGN(symptoms.emplace_back(), definers(connection));
  EMCEE_TRY(add_sessions(connection, examination.long_transaction, symptoms));
  EMCEE_ASSIGN(const int version, version_number(connection));
  if (!mariadb && version >= 80029) {
    EMCEE_ASSIGN(symptoms.emplace_back(), instant_budget(connection, version));
  }
  EMCEE_ASSIGN(symptoms.emplace_back(), leftovers(connection));
  EMCEE_ASSIGN(const bool borrowed, is_trust_borrowed(connection));
  if (borrowed)
    symptoms.push_back({Severity::problem,
                        "log_bin_trust_function_creators was set by --manage-trust, of a command that runs now or died",
                        "the next command on this database sets it back; or SET GLOBAL "
                        "log_bin_trust_function_creators = 0"});
  return symptoms;
}

}  // namespace emcee::cli
