// What every writing command starts with: the lock, the ledger, the order.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "applier/connection.h"
#include "applier/ledger.h"
#include "applier/options.h"
#include "applier/order.h"

namespace emcee::applier {

// The plan must be for the connection's database. Errors: fix_text.
Result<void> check_dialect(const Connection& connection, const Release& release);

class Session {
 public:
  // Takes the runner's lock (not for a dry run), reads the ledger and enforces the order. The lock
  // and the stop flag end with the session.
  static Result<Session> open(Command command, Connection& connection, const Release& release, const Options& options);
  // The same without an order, for commands that have their own.
  static Result<Session> open(Connection& connection, const std::string& component, const Options& options);

  const Ledger& ledger() const { return ledger_; }
  const Standing& standing() const { return standing_; }
  // Why the command has nothing to do.
  const std::optional<std::string>& nothing_to_do() const { return nothing_; }

 private:
  struct LetGo {
    void operator()(Connection* connection) const {
      connection->watch(nullptr);
      connection->unlock_runner();
    }
  };

  explicit Session(Connection& connection) : hold_(&connection) {}

  std::unique_ptr<Connection, LetGo> hold_;  // does not own the connection
  Ledger ledger_;
  Standing standing_;
  std::optional<std::string> nothing_;
};

}  // namespace emcee::applier
