// SQLite: databases are files.
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "applier/sqlite_connection.h"
#include "dialects/sqlite/affinity.h"
#include "dialects/sqlite/dialect.h"
#include "tests/catalogue/sqlite_catalogue.h"
#include "tests/converge/server.h"

namespace emcee::testing {
namespace {

namespace fs = std::filesystem;
using sqlite::Affinity;

class Handle {
 public:
  explicit Handle(const fs::path& path) {
    if (sqlite3_open(path.c_str(), &db_) != SQLITE_OK) stop("cannot open " + path.string());
  }
  ~Handle() { sqlite3_close(db_); }
  Handle(const Handle&) = delete;
  sqlite3* get() const { return db_; }

 private:
  sqlite3* db_ = nullptr;
};

class SqliteFile : public Database {
 public:
  explicit SqliteFile(fs::path path) : path_(std::move(path)) { remove(); }
  ~SqliteFile() override { remove(); }

  const fs::path& path() const { return path_; }

  std::unique_ptr<applier::Connection> connect() override {
    auto connection = applier::open_sqlite("sqlite:" + path_.string());
    if (!connection) stop("open: " + to_text(connection.error()));
    return *std::move(connection);
  }

  std::optional<std::string> run(const std::string& sql) override {
    const Handle handle(path_);
    char* message = nullptr;
    if (sqlite3_exec(handle.get(), sql.c_str(), nullptr, nullptr, &message) == SQLITE_OK) return std::nullopt;
    std::string error = message != nullptr ? message : "error";
    sqlite3_free(message);
    return error;
  }

  std::vector<std::string> query(const std::string& sql) override {
    const Handle handle(path_);
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(handle.get(), sql.c_str(), -1, &statement, nullptr) != SQLITE_OK)
      stop(std::string(sqlite3_errmsg(handle.get())) + " in: " + sql.substr(0, 200));
    std::vector<std::string> rows;
    while (sqlite3_step(statement) == SQLITE_ROW)
      rows.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(statement, 0)));
    sqlite3_finalize(statement);
    return rows;
  }

  std::string catalogue() override {
    const Handle handle(path_);
    return testing::catalogue(handle.get(), true);
  }

  std::optional<std::string> run_script(const fs::path& script) override {
    const std::string log = path_.string() + ".log";
    const std::string command =
        fmt::format("sqlite3 -batch '{}' < '{}' > '{}' 2>&1", path_.string(), script.string(), log);
    const bool worked = std::system(command.c_str()) == 0;
    std::ostringstream said;
    said << std::ifstream(log).rdbuf();
    fs::remove(log);
    return worked ? std::nullopt : std::optional(said.str());
  }

 private:
  void remove() const {
    for (const char* suffix : {"", "-wal", "-journal", "-shm", "-emcee.lock"}) fs::remove(path_.string() + suffix);
  }

  fs::path path_;
};

class SqliteServer : public Server {
 public:
  SqliteServer() : dialect_(sqlite::make_dialect()) {
    // In memory where there is such a folder: thousands of transactions, and nothing to keep.
    const fs::path shm = "/dev/shm";
    folder_ = (fs::is_directory(shm) ? shm : fs::temp_directory_path()) /
              fmt::format("emcee-converge-{}", static_cast<long>(getpid()));
    fs::create_directories(folder_);
  }
  ~SqliteServer() override { fs::remove_all(folder_); }

  std::string name() const override { return "sqlite"; }
  std::string folder() const override { return "sqlite"; }
  std::string client() const override { return "the sqlite3 shell"; }
  const plan::Dialect& dialect() const override { return *dialect_; }

  std::unique_ptr<Database> load(const std::string& ddl, const fs::path&) override {
    auto database = file();
    if (const auto error = database->run(without_shell_lines(ddl))) stop(*error);
    return database;
  }
  std::unique_ptr<Database> copy(Database& database) override {
    auto result = file();
    fs::copy_file(dynamic_cast<SqliteFile&>(database).path(), result->path());
    return result;
  }

  std::string value(const schema::Column& column, int number) const override {
    return sqlite::affinity(column.type) == Affinity::text ? fmt::format("'{}'", number) : std::to_string(number);
  }
  std::optional<std::string> long_text(const schema::Column& column) const override {
    if (sqlite::affinity(column.type) != Affinity::text) return std::nullopt;
    return fmt::format("'{}'", std::string(300, 'x'));
  }
  std::string as_text(const std::string& column) const override { return "quote(" + column + ")"; }
  bool same_values(const schema::Type& a, const schema::Type& b) const override {
    return sqlite::affinity(a) == sqlite::affinity(b);
  }

 private:
  std::unique_ptr<SqliteFile> file() { return std::make_unique<SqliteFile>(folder_ / fmt::format("{}.db", ++count_)); }

  std::unique_ptr<plan::Dialect> dialect_;
  fs::path folder_;
  int count_ = 0;
};

}  // namespace

std::unique_ptr<Server> sqlite_server() { return std::make_unique<SqliteServer>(); }

}  // namespace emcee::testing
