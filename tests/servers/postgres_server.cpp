#include "postgres_server.h"

#include <libpq-fe.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

namespace emcee::servers {

namespace fs = std::filesystem;

namespace {

struct Finish {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using Client = std::unique_ptr<PGconn, Finish>;

// An empty cluster, made once per build folder: initdb takes a second, a copy does not.
fs::path template_cluster(const std::string& programs) {
  const fs::path cached =
      fs::path(EMCEE_BUILD_DIR) / "servers" / ("postgres" + fs::path(programs).parent_path().filename().string());
  if (fs::exists(cached / "PG_VERSION")) return cached;
  const ServerFolder folder("initdb");
  const std::string log = folder.file("log"), data = folder.file("data");
  const int status =
      run_as_server_user({programs + "/initdb", "--pgdata=" + data, "--username=postgres", "--auth=trust",
                          "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--wal-segsize=4"},
                         log);
  if (status != 0) throw std::runtime_error("initdb failed:\n" + read_log(log));
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

std::string postgres_programs() {
  if (const char* own = getenv("EMCEE_POSTGRES_BIN")) return own;
  std::string newest;
  int newest_version = 0;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", missing)) {
    const int version = atoi(entry.path().filename().c_str());
    if (version <= newest_version || !fs::exists(entry.path() / "bin/postgres")) continue;
    newest_version = version;
    newest = (entry.path() / "bin").string();
  }
  if (newest.empty()) throw std::runtime_error("no PostgreSQL server is installed: scripts/install_packages.sh build");
  return newest;
}

PostgresServer& PostgresServer::shared() {
  static PostgresServer server;
  return server;
}

PostgresServer::PostgresServer(const std::vector<std::string>& settings) : folder_("pg"), settings_(settings) {
  const fs::path data = folder_.path() / "data";
  fs::copy(template_cluster(postgres_programs()), data, fs::copy_options::recursive);
  fs::permissions(data, fs::perms(0700));
  give_to_server_user(data);
  start();
}

// https://www.postgresql.org/docs/15/app-pgbasebackup.html: -R makes it a standby.
PostgresServer::PostgresServer(StandbyOf of) : folder_("standby"), settings_(of.primary.settings_) {
  const std::string log = folder_.file("log");
  const int status = run_as_server_user(
      {postgres_programs() + "/pg_basebackup", "--pgdata=" + folder_.file("data"),
       "--host=" + of.primary.folder_.path().string(), "--username=postgres", "--checkpoint=fast", "-R", "--no-sync"},
      log);
  if (status != 0) throw std::runtime_error("pg_basebackup failed:\n" + read_log(log));
  start();
}

std::unique_ptr<PostgresServer> PostgresServer::standby_of(const PostgresServer& primary) {
  return std::unique_ptr<PostgresServer>(new PostgresServer(StandbyOf{primary}));
}

void PostgresServer::start() {
  const std::string log = folder_.file("log");
  std::vector<std::string> command = {postgres_programs() + "/postgres", "-D", folder_.file("data")};
  // fsync is of no use here: the machine does not lose power during a test, and a crash of the server
  // alone loses nothing without it. Full page writes are: kill -9 ends a write() between two pages of
  // the kernel, and a page of the server is two of those.
  for (const char* setting :
       {"listen_addresses=", "fsync=off", "max_connections=60", "shared_buffers=64MB", "wal_level=logical",
        "max_wal_size=256MB", "autovacuum=off", "max_prepared_transactions=5", "log_min_messages=warning", "jit=off",
        "dynamic_shared_memory_type=mmap"})
    command.insert(command.end(), {"-c", setting});
  command.insert(command.end(), {"-c", "unix_socket_directories=" + folder_.path().string()});
  for (const std::string& setting : settings_) command.insert(command.end(), {"-c", setting});
  const auto answers = [&] {
    for (int i = 0; i < 1000 && process_->running(); ++i) {
      if (PQping(url("postgres").c_str()) == PQPING_OK) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  };
  // After a crash the first attempts may meet sessions of the server before, which are about to end.
  for (int attempt = 0; attempt < 20; ++attempt) {
    process_ = std::make_unique<ServerProcess>(command, log, SIGINT);
    if (answers()) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  throw std::runtime_error("the PostgreSQL server does not start:\n" + read_log(log));
}

void PostgresServer::crash() { process_->crash(); }

std::string PostgresServer::url(const std::string& database, const std::string& user) const {
  return "postgresql:///" + database + "?host=" + folder_.path().string() + "&user=" + user;
}

PostgresDatabase::PostgresDatabase(PostgresServer& server, const std::string& options) : server_(server) {
  static std::atomic<int> count = 0;
  name_ = "test" + std::to_string(++count);
  // template0 is never connected to, so that databases can be made at any time.
  run_postgres(server_.url("postgres"), "CREATE DATABASE " + name_ + " TEMPLATE template0 " + options);
}

PostgresDatabase::~PostgresDatabase() {
  try {
    run_postgres(server_.url("postgres"), "DROP DATABASE " + name_ + " WITH (FORCE)");
  } catch (const std::exception&) {  // the server is gone, and with it the database
  }
}

std::string run_postgres(const std::string& url, const std::string& sql) {
  const Client client(PQconnectdb(url.c_str()));
  if (PQstatus(client.get()) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(client.get()));
  PQsetNoticeProcessor(
      client.get(), [](void*, const char*) {}, nullptr);
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(client.get(), sql.c_str()), &PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY) {
    const char* code = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
    throw std::runtime_error(std::string(code != nullptr ? code : "") + " " + PQerrorMessage(client.get()));
  }
  if (PQntuples(result.get()) == 0 || PQnfields(result.get()) == 0 || PQgetisnull(result.get(), 0, 0) != 0)
    return "NULL";
  return PQgetvalue(result.get(), 0, 0);
}

}  // namespace emcee::servers
