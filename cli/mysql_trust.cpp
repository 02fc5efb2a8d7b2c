#include "cli/mysql_trust.h"

#include <fmt/format.h>

#include "applier/galera.h"
#include "cli/mysql_facts.h"
#include "cli/mysql_queries.h"

namespace emcee::cli {

using applier::Connection;
using schema::Result;

namespace {

// The row of the ledger; no component of an application has this name. The nodes of a Galera cluster share the ledger,
// and each has its own variable.
Result<schema::LedgerKey> key_of(Connection& connection) {
  schema::LedgerKey key{"emcee.settings", "log_bin_trust_function_creators", "", 0};
  EMCEE_ASSIGN(const bool galera, applier::is_galera_node(connection));
  if (galera) {
    EMCEE_ASSIGN(key.script, variable(connection, "wsrep_node_name"));
  }
  return key;
}

constexpr const char* kOn = "SET GLOBAL log_bin_trust_function_creators = 1";
constexpr const char* kOff = "SET GLOBAL log_bin_trust_function_creators = 0";

Result<void> set_back(Connection& connection) {
  EMCEE_ASSIGN(const bool borrowed, is_trust_borrowed(connection));
  if (!borrowed) return {};
  EMCEE_ASSIGN(const schema::LedgerKey key, key_of(connection));
  EMCEE_TRY(connection.execute(kOff));
  return connection.execute(schema::ledger_finish(connection.ledger(), key, "rolled_back"));
}

}  // namespace

Result<bool> is_trust_borrowed(Connection& connection) {
  const schema::LedgerDialect& ledger = connection.ledger();
  EMCEE_ASSIGN(const bool exists, connection.table_exists(ledger.table));
  if (!exists) return false;
  EMCEE_ASSIGN(const schema::LedgerKey key, key_of(connection));
  EMCEE_ASSIGN(const auto rows, connection.query(fmt::format("SELECT 1 FROM {} WHERE {} AND state = 'running'",
                                                             ledger.table, schema::ledger_where(ledger, key))));
  return !rows.empty();
}

class BorrowedTrust {
 public:
  explicit BorrowedTrust(Connection& connection) : connection_(connection) {}
  BorrowedTrust(const BorrowedTrust&) = delete;
  BorrowedTrust& operator=(const BorrowedTrust&) = delete;
  ~BorrowedTrust() {
    connection_.watch(nullptr);  // a signal must not keep it set
    // Where another applier has begun meanwhile, it has set it back already.
    if (connection_.lock_runner()) (void)set_back(connection_);
    connection_.unlock_runner();
  }

 private:
  Connection& connection_;
};

Result<std::shared_ptr<void>> borrow_trust(Connection& connection, bool allowed) {
  EMCEE_ASSIGN(const bool left, is_trust_borrowed(connection));
  if (!left && !allowed) return std::shared_ptr<void>();
  EMCEE_TRY(connection.lock_runner());  // whoever has it set now holds this lock
  if (left) {
    auto restored = set_back(connection);
    if (!restored) {
      connection.unlock_runner();
      return schema::fail(std::move(restored).error());
    }
  }
  const auto borrow = [&]() -> Result<std::shared_ptr<void>> {
    if (!allowed) return std::shared_ptr<void>();
    EMCEE_ASSIGN(const mysql::PrivilegeFacts facts, privilege_facts(connection));
    const bool needed = facts.log_bin && !facts.trust && !facts.session.has_global("SUPER");
    if (!needed || !mysql::may_set_trust(facts)) return std::shared_ptr<void>();
    const schema::LedgerDialect& ledger = connection.ledger();
    EMCEE_ASSIGN(const bool exists, connection.table_exists(ledger.table));
    if (!exists) EMCEE_TRY(connection.execute(ledger.create));
    EMCEE_ASSIGN(const schema::LedgerKey key, key_of(connection));
    for (const std::string& sql : schema::ledger_begin(ledger, {key, "setting", "was 0", "", ""}))
      EMCEE_TRY(connection.execute(sql));
    auto borrowed = std::make_shared<BorrowedTrust>(connection);  // sets back whatever happens next
    EMCEE_TRY(connection.execute(kOn));
    return std::shared_ptr<void>(std::move(borrowed));
  };
  auto borrowed = borrow();
  if (!borrowed || *borrowed == nullptr) connection.unlock_runner();
  return borrowed;
}

}  // namespace emcee::cli
