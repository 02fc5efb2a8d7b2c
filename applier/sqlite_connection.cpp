#include "applier/sqlite_connection.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <optional>
#include <system_error>
#include <thread>

#include "applier/file_lock.h"
#include "applier/shown_sql.h"
#include "schema/match.h"

namespace emcee::applier {

using schema::fail;

namespace {

struct CloseDatabase {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;
using StatementHandle = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

// Virtual machine instructions between two looks at the stop flag: some hundred microseconds.
constexpr int kStopInterval = 20000;

class SqliteConnection final : public Connection {
 public:
  SqliteConnection(Database db, std::string path, std::chrono::milliseconds busy_timeout)
      : db_(std::move(db)), path_(std::move(path)), busy_timeout_(busy_timeout) {
    sqlite3_extended_result_codes(db_.get(), 1);
    sqlite3_busy_handler(db_.get(), &SqliteConnection::on_busy, this);
  }

  std::string_view dialect() const override { return "sqlite"; }
  std::string name() const override { return path_; }
  const schema::LedgerDialect& ledger() const override { return schema::sqlite_ledger(); }

  Result<void> execute(std::string_view sql) override {
    while (!sql.empty()) {
      EMCEE_ASSIGN(StatementHandle statement, prepare(sql, &sql));
      if (!statement) continue;  // only a comment
      EMCEE_TRY(drain(statement.get()));
    }
    return {};
  }

  Result<std::int64_t> change(std::string_view sql, const Row& parameters) override {
    EMCEE_ASSIGN(StatementHandle statement, prepare_one(sql, parameters));
    EMCEE_TRY(drain(statement.get()));
    return sqlite3_changes64(db_.get());
  }

  Result<std::vector<Row>> query(std::string_view sql, const Row& parameters, std::size_t limit) override {
    EMCEE_ASSIGN(StatementHandle statement, prepare_one(sql, parameters));
    std::vector<Row> rows;
    while (rows.size() < limit) {
      const int code = sqlite3_step(statement.get());
      if (code == SQLITE_DONE) break;
      if (code != SQLITE_ROW) return failed(sqlite3_sql(statement.get()));
      rows.push_back(read_row(statement.get()));
    }
    return rows;
  }

  Result<void> begin() override { return execute("BEGIN IMMEDIATE"); }

  Result<void> commit() override {
    if (auto committed = execute("COMMIT"); !committed) {
      rollback();  // a COMMIT that meets a reader leaves the transaction open
      return committed;
    }
    return {};
  }

  void rollback() override {
    if (sqlite3_get_autocommit(db_.get()) == 0) sqlite3_exec(db_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  }

  Result<bool> table_exists(std::string_view table) override {
    EMCEE_ASSIGN(const auto rows, query("SELECT 1 FROM sqlite_master WHERE type = 'table' AND lower(name) = lower(?1)",
                                        {std::string(table)}, 1));
    return !rows.empty();
  }

  Result<void> fire_triggers(bool fire) override {
    if (sqlite3_db_config(db_.get(), SQLITE_DBCONFIG_ENABLE_TRIGGER, fire ? 1 : 0, nullptr) != SQLITE_OK)
      return failed("SQLITE_DBCONFIG_ENABLE_TRIGGER");
    return {};
  }

  // SQLite seeks an index by a row value, but not by the OR of its parts.
  std::string key_comparison(const std::vector<KeyPart>& key, std::string_view op, std::size_t first) const override {
    if (key.size() == 1) return fmt::format("{} {} ?{}", key.front().column, op, first);
    std::vector<std::string> columns, parameters;
    for (const KeyPart& part : key) {
      columns.push_back(part.column);
      parameters.push_back(fmt::format("?{}", first + parameters.size()));
    }
    return fmt::format("({}) {} ({})", fmt::join(columns, ", "), op, fmt::join(parameters, ", "));
  }

  Result<bool> others_wrote() override {
    EMCEE_ASSIGN(const auto rows, query("PRAGMA data_version", {}, 1));
    const auto* now = rows.empty() ? nullptr : std::get_if<std::int64_t>(&rows.front().front());
    const std::int64_t version = now != nullptr ? *now : 0;
    const bool changed = data_version_ && *data_version_ != version;
    data_version_ = version;
    return changed;
  }

  bool locks_all_writers() const override { return true; }

  Result<void> lock_runner() override {
    if (path_ == ":memory:" || lock_) return {};
    std::error_code error;
    const auto real = std::filesystem::canonical(path_, error);
    if (error) return fail(ErrorCode::look_at_server, fmt::format("{}: {}", path_, error.message()));
    EMCEE_ASSIGN(lock_, FileLock::take(real.string() + "-emcee.lock"));
    if (!lock_)
      return fail(ErrorCode::wrong_order, fmt::format("another applier works on {}", path_),
                  "wait until it has ended: `emcee status` shows how far it is");
    return {};
  }

  void unlock_runner() override { lock_.reset(); }

  void watch(const std::atomic<bool>* stop) override {
    stop_ = stop;
    sqlite3_progress_handler(db_.get(), stop != nullptr ? kStopInterval : 0, &SqliteConnection::on_progress, this);
  }

  // Settings of the applier's own session.
  Result<void> set_up() {
    sqlite3_db_config(db_.get(), SQLITE_DBCONFIG_DEFENSIVE, 0, nullptr);  // steps may need writable_schema
    // A transaction that outgrows the cache must lock out readers before its end: 64 MiB.
    EMCEE_TRY(execute("PRAGMA foreign_keys = OFF; PRAGMA cache_size = -65536"));
    return query("SELECT count(*) FROM sqlite_master", {}, 1).map([](const auto&) {});  // reads the file's header
  }

 private:
  bool stopped() const { return stop_ != nullptr && stop_->load(std::memory_order_relaxed); }

  static int on_progress(void* self) { return static_cast<SqliteConnection*>(self)->stopped() ? 1 : 0; }

  // Short, growing naps: SQLite's own grow to 100 ms, and a writer that is always busy never lets
  // such a sleeper in.
  static int on_busy(void* self, int attempt) {
    auto& connection = *static_cast<SqliteConnection*>(self);
    const auto now = std::chrono::steady_clock::now();
    if (attempt == 0) connection.busy_since_ = now;
    if (connection.stopped() || now - connection.busy_since_ >= connection.busy_timeout_) return 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(std::min(attempt + 1, 10)));
    return 1;
  }

  // `rest` receives what follows the statement. Null where there is only a comment.
  Result<StatementHandle> prepare(std::string_view sql, std::string_view* rest) {
    sqlite3_stmt* raw = nullptr;
    const char* tail = nullptr;
    if (sql.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
      return fail(ErrorCode::look_at_server, "the statement is longer than 2 GB");
    const int code = sqlite3_prepare_v2(db_.get(), sql.data(), static_cast<int>(sql.size()), &raw, &tail);
    StatementHandle statement(raw);
    if (code != SQLITE_OK) return failed(sql);
    // Nothing follows a NUL byte.
    if (rest != nullptr) *rest = tail > sql.data() ? sql.substr(static_cast<std::size_t>(tail - sql.data())) : "";
    return statement;
  }

  Result<StatementHandle> prepare_one(std::string_view sql, const Row& parameters) {
    EMCEE_ASSIGN(StatementHandle statement, prepare(sql, nullptr));
    if (!statement) return fail(ErrorCode::look_at_server, "an empty query");
    int number = 0;
    for (const Value& value : parameters)
      if (bind(statement.get(), ++number, value) != SQLITE_OK) return failed(sql);
    return statement;
  }

  static int bind(sqlite3_stmt* statement, int number, const Value& value) {
    return schema::match(
        value, [&](std::monostate) { return sqlite3_bind_null(statement, number); },
        [&](std::int64_t v) { return sqlite3_bind_int64(statement, number, v); },
        [&](double v) { return sqlite3_bind_double(statement, number, v); },
        [&](const std::string& v) {
          return sqlite3_bind_text64(statement, number, v.data(), v.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
        },
        [&](const Blob& v) {
          return v.empty() ? sqlite3_bind_zeroblob(statement, number, 0)
                           : sqlite3_bind_blob64(statement, number, v.data(), v.size(), SQLITE_TRANSIENT);
        });
  }

  Result<void> drain(sqlite3_stmt* statement) {
    while (true) {
      const int code = sqlite3_step(statement);
      if (code == SQLITE_DONE) return {};
      if (code != SQLITE_ROW) return failed(sqlite3_sql(statement));
    }
  }

  static Row read_row(sqlite3_stmt* statement) {
    Row row;
    for (int i = 0; i < sqlite3_column_count(statement); ++i) row.push_back(read_value(statement, i));
    return row;
  }

  static Value read_value(sqlite3_stmt* statement, int column) {
    const auto size = [&] { return static_cast<std::size_t>(sqlite3_column_bytes(statement, column)); };
    switch (sqlite3_column_type(statement, column)) {
      case SQLITE_INTEGER:
        return static_cast<std::int64_t>(sqlite3_column_int64(statement, column));
      case SQLITE_FLOAT:
        return sqlite3_column_double(statement, column);
      case SQLITE_TEXT: {
        const auto* text = sqlite3_column_text(statement, column);
        return std::string(reinterpret_cast<const char*>(text), size());
      }
      case SQLITE_BLOB: {
        const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement, column));
        return Blob(bytes, bytes + size());
      }
      default:
        return std::monostate{};
    }
  }

  // The error of the last call, and what to do about it (https://www.sqlite.org/rescode.html).
  tl::unexpected<Error> failed(std::string_view sql) const {
    const std::string message = sqlite3_errmsg(db_.get());
    switch (sqlite3_errcode(db_.get()) & 0xff) {
      case SQLITE_BUSY:
      case SQLITE_LOCKED:
        if (stopped()) return fail(ErrorCode::interrupted, "stopped on request");
        return fail(ErrorCode::look_at_server,
                    fmt::format("{} is locked by another process for more than {:.1f} seconds", path_,
                                std::chrono::duration<double>(busy_timeout_).count()),
                    "end the transaction or the reader that holds it, then run the same command again");
      case SQLITE_READONLY:
      case SQLITE_PERM:
      case SQLITE_AUTH:
        return fail(ErrorCode::grant_privilege, fmt::format("{} cannot be written: {}", path_, message),
                    "give this user the right to write the file and its folder");
      case SQLITE_FULL:
        return fail(ErrorCode::look_at_server, fmt::format("{}: {}", path_, message),
                    "make room on the disk or raise max_page_count, then run the same command again");
      case SQLITE_CORRUPT:
      case SQLITE_NOTADB:
        return fail(ErrorCode::look_at_server, fmt::format("{}: {}", path_, message),
                    "the file is damaged or no SQLite database: `PRAGMA integrity_check` tells more");
      case SQLITE_INTERRUPT:
        return fail(ErrorCode::interrupted, "stopped on request");
      default:
        return fail(ErrorCode::look_at_server, fmt::format("{}: {}\n  {}", path_, message, shown_sql(sql)));
    }
  }

  Database db_;
  std::string path_;
  std::chrono::milliseconds busy_timeout_;
  std::chrono::steady_clock::time_point busy_since_;
  const std::atomic<bool>* stop_ = nullptr;
  std::optional<std::int64_t> data_version_;
  std::unique_ptr<FileLock> lock_;
};

Result<std::string> path_of(const std::string& url) {
  std::string_view rest = url;
  const auto skip = [&](std::string_view prefix) {
    if (rest.substr(0, prefix.size()) != prefix) return false;
    rest.remove_prefix(prefix.size());
    return true;
  };
  if (skip("sqlite:")) {
    if (!skip("///") && rest.substr(0, 2) == "//")
      return fail(ErrorCode::usage, fmt::format("{}: a SQLite database has no host", url),
                  "write sqlite:app.db or sqlite:////srv/app.db");
  } else if (rest.find("://") != std::string_view::npos) {
    return fail(ErrorCode::usage, fmt::format("{}: not a SQLite database", url.substr(0, url.find("://"))),
                "write sqlite:app.db");
  }
  if (rest.empty()) return fail(ErrorCode::usage, "the URL names no database file", "write sqlite:app.db");
  return std::string(rest);
}

}  // namespace

Result<std::unique_ptr<Connection>> open_sqlite(const std::string& url, const SqliteOptions& options) {
  EMCEE_ASSIGN(const std::string path, path_of(url));
  std::error_code ignored;
  if (!options.create && path != ":memory:" && !std::filesystem::exists(path, ignored))
    return fail(ErrorCode::look_at_server, fmt::format("{}: no such database", path),
                "give the path of the file that the application uses");
  sqlite3* raw = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | (options.create ? SQLITE_OPEN_CREATE : 0);
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  Database db(raw);
  if (code != SQLITE_OK)
    return fail(ErrorCode::look_at_server, fmt::format("{}: {}", path, raw ? sqlite3_errmsg(raw) : "out of memory"),
                "give the path of the file that the application uses");
  auto connection = std::make_unique<SqliteConnection>(std::move(db), path, options.busy_timeout);
  EMCEE_TRY(connection->set_up());
  return connection;
}

}  // namespace emcee::applier
