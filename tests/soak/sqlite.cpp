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
  std::optional<std::vector<std::vector<Cell>>> query(const std::string& sql) override {
    sqlite3_stmt* statement = nullptr;
    std::vector<std::vector<Cell>> rows;
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
    const bool later = code == SQLITE_BUSY || code == SQLITE_LOCKED || code == SQLITE_SCHEMA;
    return later ? Reply::again : Reply::refused;
  }

  sqlite3* db_ = nullptr;
  std::string message_;
};

class SqliteServer : public Server {
 public:
  explicit SqliteServer(const std::filesystem::path& folder) : file_((folder / "app.db").string()) {
    // A WAL: readers and the batches run side by side, as applications that share a file have it.
    if (connect()->run("PRAGMA journal_mode = WAL") != Reply::done) throw std::runtime_error("no WAL");
  }
  std::string dialect() const override { return "sqlite"; }
  std::string url() const override { return "sqlite:" + file_; }
  std::unique_ptr<Client> connect() override { return std::make_unique<SqliteClient>(file_); }
  std::string upsert(const std::string& columns, const std::string& values, const std::string& set) const override {
    return "INSERT INTO images (" + columns + ") VALUES (" + values + ") ON CONFLICT (id) DO UPDATE SET " + set;
  }
  bool has_replace() const override { return true; }

 private:
  std::string file_;
};

}  // namespace

std::unique_ptr<Server> sqlite_server(const std::filesystem::path& folder) {
  return std::make_unique<SqliteServer>(folder);
}

}  // namespace emcee::soak
