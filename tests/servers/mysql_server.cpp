#include "mysql_server.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <thread>

namespace emcee::servers {

namespace fs = std::filesystem;

namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : value;
}

// The same place as in scripts/install_mysql9.sh.
fs::path mysql9_folder() {
  if (const std::string folder = environment("EMCEE_MYSQL9"); !folder.empty()) return folder;
  if (geteuid() == 0) return "/var/cache/emcee/mysql9";
  const std::string cache = environment("XDG_CACHE_HOME");
  return fs::path(cache.empty() ? environment("HOME") + "/.cache" : cache) / "emcee/mysql9";
}

std::string server_program(MysqlFlavour flavour) {
  return flavour == MysqlFlavour::mariadb ? "/usr/sbin/mariadbd" : (mysql9_folder() / "bin/mysqld").string();
}

// `9.7.4-2`: what a data folder is for.
std::string version_of(MysqlFlavour flavour) {
  const std::string command = server_program(flavour) + " --no-defaults --version 2>&1";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::array<char, 512> line{};
  if (!pipe || fgets(line.data(), static_cast<int>(line.size()), pipe.get()) == nullptr) return "unknown";
  const std::string text(line.data());
  const std::size_t begin = text.find("Ver ");
  if (begin == std::string::npos) throw std::runtime_error(command + ": " + text);
  return text.substr(begin + 4, text.find(' ', begin + 4) - begin - 4);
}

// An empty data folder, made once per build folder: MySQL takes three seconds for it.
fs::path template_data(MysqlFlavour flavour) {
  const fs::path cached =
      fs::path(EMCEE_BUILD_DIR) / "servers" / fmt::format("{}-{}", to_string(flavour), version_of(flavour));
  if (fs::exists(cached)) return cached;
  const ServerFolder folder("init");
  const std::string log = folder.file("log"), data = folder.file("data");
  std::vector<std::string> command;
  if (flavour == MysqlFlavour::mariadb)
    command = {"/usr/bin/mariadb-install-db",
               "--no-defaults",
               "--datadir=" + data,
               "--auth-root-authentication-method=normal",
               "--skip-test-db",
               "--skip-name-resolve",
               "--innodb-log-file-size=8M"};
  else
    command = {server_program(flavour), "--no-defaults", "--initialize-insecure", "--datadir=" + data,
               "--innodb-redo-log-capacity=8M"};
  if (run_as_server_user(command, log) != 0) throw std::runtime_error(command.front() + " failed:\n" + read_log(log));
  // Several programs may be at it: the last rename wins, and all are equal.
  fs::create_directories(cached.parent_path());
  const fs::path own = cached.string() + "." + std::to_string(getpid());
  fs::copy(data, own, fs::copy_options::recursive);
  std::error_code taken;
  fs::rename(own, cached, taken);
  if (taken) fs::remove_all(own);
  return cached;
}

}  // namespace

std::string mysql_program(MysqlFlavour flavour, const std::string& name) {
  if (flavour == MysqlFlavour::mysql) return (mysql9_folder() / "bin" / name).string();
  return name == "mysqldump" ? "/usr/bin/mariadb-dump" : "/usr/bin/mariadb";
}

std::string_view to_string(MysqlFlavour flavour) { return flavour == MysqlFlavour::mariadb ? "mariadb" : "mysql"; }
std::ostream& operator<<(std::ostream& out, MysqlFlavour flavour) { return out << to_string(flavour); }

std::optional<std::string> MysqlServer::missing(MysqlFlavour flavour) {
  const std::string program = server_program(flavour);
  if (access(program.c_str(), X_OK) == 0) return std::nullopt;
  return fmt::format("{} is missing; {}", program,
                     flavour == MysqlFlavour::mariadb ? "scripts/install_packages.sh installs it"
                                                      : "scripts/install_mysql9.sh brings it");
}

bool required_in_ci() {
  const auto set = [](const char* name) {
    const std::string value = environment(name);
    return !value.empty() && value != "0" && value != "false";
  };
  return set("CI") || set("EMCEE_REQUIRE_MYSQL");
}

bool MysqlServer::required(MysqlFlavour flavour) { return flavour == MysqlFlavour::mariadb || required_in_ci(); }

MysqlServer& MysqlServer::shared(MysqlFlavour flavour, bool log_bin) {
  static std::map<std::pair<MysqlFlavour, bool>, std::unique_ptr<MysqlServer>> servers;
  std::unique_ptr<MysqlServer>& server = servers[{flavour, log_bin}];
  if (!server) server = std::make_unique<MysqlServer>(flavour, Options{log_bin, {}});
  return *server;
}

MysqlServer::MysqlServer(MysqlFlavour flavour, Options options)
    : flavour_(flavour), options_(std::move(options)), folder_(std::string(to_string(flavour))) {
  fs::copy(options_.copy_of.empty() ? template_data(flavour) : options_.copy_of, data(), fs::copy_options::recursive);
  fs::remove(data() / "auto.cnf");  // the identity of the server that the folder was copied from
  give_to_server_user(data());
  start();
}

void MysqlServer::start() {
  std::vector<std::string> command;
  if (!options_.path.empty()) command = {"/usr/bin/env", "PATH=" + options_.path + ":" + environment("PATH")};
  command.insert(command.end(),
                 {server_program(flavour_), "--no-defaults", "--datadir=" + folder_.file("data"),
                  "--socket=" + socket(), "--pid-file=" + folder_.file("pid"), "--skip-networking",
                  "--skip-name-resolve", "--local-infile=1", "--max-connections=200",
                  // A server that starts clears the folder of what others work on.
                  "--tmpdir=" + folder_.path().string(),
                  // Debian's default is a folder that only its package makes.
                  "--secure-file-priv=",
                  // Tests may crash the server, never the machine.
                  "--innodb-flush-log-at-trx-commit=2", "--sync-binlog=0", "--innodb-buffer-pool-size=64M"});
  const auto add = [&](std::string argument) { command.push_back(std::move(argument)); };
  if (flavour_ == MysqlFlavour::mariadb) {
    add("--innodb-log-file-size=8M");
    if (options_.log_bin) add("--log-bin=" + folder_.file("binlog"));
  } else {
    add("--innodb-redo-log-capacity=8M");
    add("--mysqlx=OFF");
    add(options_.log_bin ? "--log-bin=" + folder_.file("binlog") : "--skip-log-bin");
  }
  add("--server-id=1");
  for (const std::string& argument : options_.arguments) add(argument);
  process_ = std::make_unique<ServerProcess>(command, folder_.file("log"), SIGKILL);
  const auto answers = [&] {
    try {
      MysqlClient(root()).run("SELECT 1");
      return true;
    } catch (const std::runtime_error&) {
      return false;
    }
  };
  for (int i = 0; i < 3000 && process_->running(); ++i) {
    if (answers()) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  throw std::runtime_error(
      fmt::format("the {} server does not start:\n{}", to_string(flavour_), read_log(folder_.file("log"))));
}

void MysqlServer::shut_down() {
  MysqlClient(root()).run("SHUTDOWN");
  for (int i = 0; i < 1000 && process_->running(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(20));
}

void MysqlServer::crash() { process_->crash(); }

void MysqlServer::restart() {
  crash();
  start();
}

std::string MysqlServer::url(const std::string& database, const std::string& user, const std::string& password) const {
  return fmt::format("{}://{}{}{}@localhost/{}?socket={}", to_string(flavour_), user, password.empty() ? "" : ":",
                     password, database, socket());
}

std::string MysqlServer::fresh_database() {
  const std::string name = fmt::format("t{}", ++databases_);
  MysqlClient(root()).run(fmt::format("CREATE DATABASE {} CHARACTER SET utf8mb4", name));
  return name;
}

}  // namespace emcee::servers
