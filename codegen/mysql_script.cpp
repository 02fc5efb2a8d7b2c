#include "codegen/mysql_script.h"

#include <fmt/format.h>

#include "dialects/mysql/ddl.h"
#include "dialects/mysql/quoting.h"

namespace emcee::codegen {

namespace {

class MysqlScript : public ScriptDialect {
 public:
  const schema::LedgerDialect& ledger() const override { return schema::mysql_ledger(); }
  std::string command(const std::string& file) const override { return "mysql app < " + file; }

  // The settings that the applier's connection has, where a statement could mean something else.
  // The client stops at the first error unless it is told --force.
  std::string opening() const override {
    return "SET NAMES utf8mb4;\n"
           "SET SESSION sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', "
           "time_zone = '+00:00', lock_wait_timeout = 10, innodb_lock_wait_timeout = 10, autocommit = 1, "
           "foreign_key_checks = 1, unique_checks = 1, sql_safe_updates = 0;\n"
           "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED;\n";
  }
  std::string begin() const override { return "START TRANSACTION"; }

  std::string terminated(const std::string& statement) const override { return mysql::terminated(statement); }

  // Neither server has a conditional statement outside of programs that both know, and SIGNAL cannot
  // be prepared: a column that is not there fails, and its name is the message.
  std::vector<std::string> guard(const std::string& message, const std::string& condition) const override {
    const std::string failing = "SELECT " + mysql::quoting().quoted(message.substr(0, 64));
    return {fmt::format("SET @emcee_guard = IF(({}), 'DO 0', {})", condition, mysql::string_literal(failing)),
            "PREPARE emcee_guard FROM @emcee_guard", "EXECUTE emcee_guard", "DEALLOCATE PREPARE emcee_guard"};
  }

  // Error 1419 comes after the first trigger of a table, when the upgrade has begun; emcee doctor
  // looks closer. https://dev.mysql.com/doc/refman/9.0/en/stored-programs-logging.html
  std::vector<std::string> before_sync() const override {
    return guard("triggers are refused here (error 1419): ask emcee doctor",
                 "@@GLOBAL.log_bin = 0 OR @@GLOBAL.log_bin_trust_function_creators = 1 OR EXISTS (SELECT 1 FROM "
                 "information_schema.USER_PRIVILEGES WHERE PRIVILEGE_TYPE = 'SUPER' AND REPLACE(GRANTEE, '''', '') = "
                 "CURRENT_USER())");
  }

  // A procedure that commits needs a right of its own, so this is one statement; emcee migrate works
  // in batches. It commits alone: with GTIDs a table without transactions takes no other statement beside
  // it (error 1785), and when it comes again it finds nothing left to do.
  bool commits_batches() const override { return true; }
  std::vector<std::string> backfill(const plan::RenderedBackfill& backfill, const schema::LedgerKey&) const override {
    std::vector<std::string> result{backfill.bypass_triggers ? "SET @emcee_bypass = CONNECTION_ID()"
                                                             : "SET @emcee_bypass = NULL"};
    const plan::NumberingUpdate numbering = backfill.numbering.value_or(plan::NumberingUpdate());
    result.insert(result.end(), numbering.before.begin(), numbering.before.end());
    result.insert(result.end(),
                  {backfill.single_update, "SET @emcee_changed = ROW_COUNT()", "SET @emcee_bypass = NULL"});
    result.insert(result.end(), numbering.after.begin(), numbering.after.end());
    if (!backfill.generate.empty() && backfill.updates()) result.push_back(backfill.generate + backfill.generate_end);
    return result;
  }
  std::string rows_changed() const override { return "@emcee_changed"; }
};

}  // namespace

const ScriptDialect& mysql_script() {
  static const MysqlScript script;
  return script;
}

}  // namespace emcee::codegen
