#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sqlite3.h>

#include <stdexcept>

#include "tests/soak/server.h"

namespace emcee::soak {

namespace {

class SqliteClient : public Client {
 public:
  explicit SqliteClient(const std::string& file) {
    if (sqlite3_open(file.c_str(), &db_) != SQLITE_OK) throw std::runtime_error("cannot open " + file);
    sqlite3_busy_timeout(db_, 200);
    sqlite3_db_config(db_, SQLITE_DBCONFIG_ENABLE_FKEY, 1, nullptr);
  }
  ~SqliteClient() override { sqlite3_close(db_); }
  SqliteClient(const SqliteClient&) = delete;
  SqliteClient& operator=(const SqliteClient&) = delete;

  Reply run(const std::string& sql) override {
    char* text = nullptr;
    const int code = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, &text);
    message_ = text ? text : "";
    sqlite3_free(text);
    return reply(code);
  }
  const std::string& message() const override { return message_; }
  std::optional<Rows> query(const std::string& sql) override {
    sqlite3_stmt* statement = nullptr;
    Rows rows;
    int code = sqlite3_prepare_v2(db_, sql.c_str(), -1, &statement, nullptr);
    while (code == SQLITE_OK || code == SQLITE_ROW) {
      code = sqlite3_step(statement);
      if (code != SQLITE_ROW) break;
      rows.emplace_back();
      for (int i = 0; i < sqlite3_column_count(statement); ++i) {
        const unsigned char* value = sqlite3_column_text(statement, i);
        rows.back().push_back(value ? Cell(reinterpret_cast<const char*>(value)) : std::nullopt);
      }
    }
    message_ = sqlite3_errmsg(db_);
    sqlite3_finalize(statement);
    if (code != SQLITE_DONE) return std::nullopt;
    return rows;
  }

 private:
  static Reply reply(int code) {
    if (code == SQLITE_OK) return Reply::done;
    if (code == SQLITE_BUSY || code == SQLITE_LOCKED || code == SQLITE_SCHEMA) return Reply::again;
    return code == SQLITE_CONSTRAINT ? Reply::refused : Reply::failed;
  }

  sqlite3* db_ = nullptr;
  std::string message_;
};

class SqliteServer : public Server {
 public:
  explicit SqliteServer(std::filesystem::path folder) : folder_(std::move(folder)) {}
  std::string dialect() const override { return "sqlite"; }
  void fresh_database() override {
    file_ = (folder_ / fmt::format("app{}.db", ++files_)).string();
    // A WAL: readers and the batches run side by side, as applications that share a file have it.
    if (connect()->run("PRAGMA journal_mode = WAL") != Reply::done) throw std::runtime_error("no WAL");
  }
  std::string url() const override { return "sqlite:" + file_; }
  std::unique_ptr<Client> connect() override { return std::make_unique<SqliteClient>(file_); }
  bool has_replace() const override { return true; }
  // A transaction that reads first and then wants to write may have to start again at once.
  std::vector<std::string> begins() const override { return {"BEGIN IMMEDIATE"}; }
  // One writer at a time: without pauses the applier would hardly have its turn.
  int pause_microseconds() const override { return 2'000; }

 private:
  std::filesystem::path folder_;
  std::string file_;
  int files_ = 0;
};

}  // namespace

std::unique_ptr<Server> sqlite_server(const std::filesystem::path& folder) {
  return std::make_unique<SqliteServer>(folder);
}

}  // namespace emcee::soak
