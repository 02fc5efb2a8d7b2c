// A PostgreSQL server of the tests' own, shared by all tests of a program.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "server_process.h"

namespace emcee::servers {

class PostgresServer {
 public:
  // The program's server, started by the first call. Throws with the server's log where it cannot
  // be started: a test that needs a server fails without one.
  static PostgresServer& shared();
  // One more, for tests that crash or reconfigure it. Each setting is `name=value` as in
  // postgresql.conf.
  explicit PostgresServer(const std::vector<std::string>& settings = {});
  // One that streams from it, read-only until `SELECT pg_promote()`.
  static std::unique_ptr<PostgresServer> standby_of(const PostgresServer& primary);

  // postgresql:///database?host=...&user=...; `postgres` is the superuser.
  std::string url(const std::string& database, const std::string& user = "postgres") const;

  // kill -9, and a new start on the same data.
  void crash();
  void start();

 private:
  struct StandbyOf {
    const PostgresServer& primary;
  };
  explicit PostgresServer(StandbyOf of);

  ServerFolder folder_;
  std::vector<std::string> settings_;
  std::unique_ptr<ServerProcess> process_;
};

// A database that lives as long as this; fresh, with nothing in it.
class PostgresDatabase {
 public:
  explicit PostgresDatabase(PostgresServer& server = PostgresServer::shared(), const std::string& options = "");
  ~PostgresDatabase();
  PostgresDatabase(const PostgresDatabase&) = delete;
  PostgresDatabase& operator=(const PostgresDatabase&) = delete;

  const std::string& name() const { return name_; }
  std::string url(const std::string& user = "postgres") const { return server_.url(name_, user); }

 private:
  PostgresServer& server_;
  std::string name_;
};

// Runs SQL on a connection of its own, as an application does: the first value of the last
// statement, "NULL" where it is null or there is none. Throws std::runtime_error with the server's
// message and SQLSTATE.
std::string run_postgres(const std::string& url, const std::string& sql);

// The folder of the newest server programs on this machine; EMCEE_POSTGRES_BIN overrides.
std::string postgres_programs();

}  // namespace emcee::servers
