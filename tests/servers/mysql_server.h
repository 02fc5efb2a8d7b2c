// A MariaDB or MySQL server of the tests' own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "mysql_client.h"
#include "server_process.h"

namespace emcee::servers {

// True where tests must not be skipped for a server that is missing: CI=1, EMCEE_REQUIRE_MYSQL=1.
bool required_in_ci();

enum class MysqlFlavour : std::uint8_t { mariadb, mysql };
inline constexpr MysqlFlavour kMysqlFlavours[] = {MysqlFlavour::mariadb, MysqlFlavour::mysql};
std::string_view to_string(MysqlFlavour flavour);
std::ostream& operator<<(std::ostream& out, MysqlFlavour flavour);  // for GoogleTest

// Where a client program of this server is: `mysql` or `mysqldump`.
std::string mysql_program(MysqlFlavour flavour, const std::string& name);

struct MysqlServerOptions {
  bool log_bin = true;                 // as MySQL ships
  std::vector<std::string> arguments;  // further ones: `--binlog-format=STATEMENT`
  std::filesystem::path copy_of{};     // the data folder of a server that was shut down; empty: begins empty
  std::string path{};                  // where the server finds its helpers, before $PATH
};

class MysqlServer {
 public:
  using Options = MysqlServerOptions;

  // Why this server cannot be started here; nullopt where it can. MySQL 9 is no Debian package:
  // scripts/install_mysql9.sh brings it.
  static std::optional<std::string> missing(MysqlFlavour flavour);
  // True where tests must fail without it: CI=1, EMCEE_REQUIRE_MYSQL=1, or a Debian package.
  static bool required(MysqlFlavour flavour);
  // One server per test program and choice of the binary log, started when first asked for.
  static MysqlServer& shared(MysqlFlavour flavour, bool log_bin = true);

  MysqlServer(MysqlFlavour flavour, Options options);

  MysqlFlavour flavour() const { return flavour_; }
  std::filesystem::path data() const { return folder_.path() / "data"; }
  std::string socket() const { return folder_.file("s"); }
  // A login of `root`, who may do everything and has no password.
  MysqlLogin root(const std::string& database = {}) const { return {socket(), "root", {}, database}; }
  // mysql://root@localhost/database?socket=... for Emcee.
  std::string url(const std::string& database, const std::string& user = "root",
                  const std::string& password = {}) const;
  // An empty database with a name of its own: utf8mb4.
  std::string fresh_database();

  // An orderly end.
  void shut_down();
  // kill -9, and a new start on the same data.
  void crash();
  void start();
  void restart();

 private:
  MysqlFlavour flavour_;
  Options options_;
  ServerFolder folder_;
  std::unique_ptr<ServerProcess> process_;
  int databases_ = 0;
};

// Stands at the head of a test: without the server it is skipped, loudly, or fails where the server
// must be there.
#define EMCEE_NEEDS_MYSQL(flavour)                                                                              \
  if (const auto emcee_missing = ::emcee::servers::MysqlServer::missing(flavour); emcee_missing) {              \
    if (::emcee::servers::MysqlServer::required(flavour)) FAIL() << *emcee_missing;                             \
    GTEST_SKIP() << "NOT TESTED on " << ::emcee::servers::to_string(flavour) << ": " << *emcee_missing << '\n'; \
  }

}  // namespace emcee::servers
