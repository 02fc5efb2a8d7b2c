#include "applier/postgres_connection.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <thread>

#include "applier/postgres_handles.h"
#include "applier/postgres_observer.h"
#include "applier/postgres_walk.h"
#include "applier/sessions.h"
#include "applier/shown_sql.h"
#include "applier/url.h"
#include "schema/match.h"

namespace emcee::applier {

using schema::fail;

namespace {

using Clock = std::chrono::steady_clock;

// Between two looks at the stop flag.
constexpr int kStopMilliseconds = 50;
// The session of an applier that was killed holds the lock until the server notices, which the
// settings below make it do every second.
constexpr std::chrono::milliseconds kLockPatience{2500};

// The lock of the one applier; advisory locks are per database. "emce", "runn".
constexpr const char* kLockKey = "1701667685, 1920298606";

// What a session depends on whoever connects: texts of values that read back as the same values,
// names, time zone. No timeout of the role ends a long step; those of locks are set per transaction.
// Row level security is an error instead of rows that are silently not seen. Each has been settable by everybody
// since PostgreSQL 14.
constexpr const char* kSettings = R"(
SET search_path = public, pg_temp;
SET standard_conforming_strings = on;
SET bytea_output = hex;
SET datestyle = 'ISO, MDY';
SET intervalstyle = postgres;
SET timezone = 'UTC';
SET extra_float_digits = 3;
SET lc_monetary = 'C';
SET default_transaction_isolation = 'read committed';
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET idle_session_timeout = 0;
SET client_connection_check_interval = 1000;
SET synchronize_seqscans = off;
SET row_security = off;
)";

// Types by their fixed oid (src/include/catalog/pg_type.dat).
constexpr Oid kBool = 16, kBytea = 17, kInt8 = 20, kInt2 = 21, kInt4 = 23, kOid = 26;

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); !from.empty() && at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

bool is_ctid(const std::vector<KeyPart>& key) {
  return key.size() == 1 && (key.front().column == "ctid" || key.front().column == "\"ctid\"");
}

// As the server's input functions read it. nullopt: NULL.
std::optional<std::string> to_parameter(const Value& value) {
  return schema::match(
      value, [](std::monostate) { return std::optional<std::string>(); },
      [](std::int64_t v) { return std::optional(fmt::to_string(v)); },
      [](double v) { return std::optional(fmt::format("{}", v)); },
      [](const std::string& v) { return std::optional(v); },
      [](const Blob& v) { return std::optional(fmt::format("\\x{:02x}", fmt::join(v, ""))); });
}

Blob from_hex(std::string_view text) {
  Blob bytes;
  for (std::size_t i = 2; i + 1 < text.size(); i += 2) {
    std::uint8_t byte = 0;
    std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    bytes.push_back(byte);
  }
  return bytes;
}

// Integers and truth values are numbers, bytes are bytes; everything else keeps the server's text,
// which reads back as the same value.
Value read_value(const PGresult* result, int row, int column) {
  if (PQgetisnull(result, row, column) != 0) return std::monostate{};
  const std::string_view text(PQgetvalue(result, row, column),
                              static_cast<std::size_t>(PQgetlength(result, row, column)));
  switch (PQftype(result, column)) {
    case kBool:
      return static_cast<std::int64_t>(text == "t");
    case kInt2:
    case kInt4:
    case kInt8:
    case kOid: {
      std::int64_t number = 0;
      std::from_chars(text.data(), text.data() + text.size(), number);
      return number;
    }
    case kBytea:
      return from_hex(text);
    default:
      return std::string(text);
  }
}

struct Diagnosis {
  std::string message, state;  // SQLSTATE; empty where the server did not answer
};

Diagnosis diagnose(const PGresult* result, const PGconn* connection) {
  const auto field = [&](int code) {
    const char* text = result != nullptr ? PQresultErrorField(result, code) : nullptr;
    return std::string(text != nullptr ? text : "");
  };
  Diagnosis diagnosis{field(PG_DIAG_MESSAGE_PRIMARY), field(PG_DIAG_SQLSTATE)};
  if (diagnosis.message.empty()) diagnosis.message = trimmed(PQerrorMessage(connection));
  if (const std::string detail = field(PG_DIAG_MESSAGE_DETAIL); !detail.empty()) diagnosis.message += ": " + detail;
  if (const std::string context = field(PG_DIAG_CONTEXT); !context.empty())
    diagnosis.message += "\n  " + replaced(context, "\n", "\n  ");
  return diagnosis;
}

// https://www.postgresql.org/docs/current/errcodes-appendix.html
bool is_lock_failure(std::string_view state) { return state == "55P03" || state == "40P01" || state == "40001"; }
bool is_connection_failure(std::string_view state) {
  return state.substr(0, 2) == "08" || state == "57P01" || state == "57P02" || state == "57P03" || state == "53300";
}
bool is_refusal(std::string_view state) {
  return state == "42501" || state.substr(0, 2) == "28" || state == "25006" || state == "0L000";
}

class PostgresConnection final : public Connection {
 public:
  PostgresConnection(ConnectionHandle session, const PostgresOptions& options)
      : session_(std::move(session)), options_(options) {
    PQsetNoticeProcessor(
        session_.get(), [](void*, const char*) {}, nullptr);
    const std::string host = PQhost(session_.get()) != nullptr ? PQhost(session_.get()) : "";
    name_ = host.empty() || host.front() == '/'
                ? fmt::format("postgresql:///{}?host={}", PQdb(session_.get()), host)
                : fmt::format("postgresql://{}:{}/{}", host, PQport(session_.get()), PQdb(session_.get()));
  }

  std::string_view dialect() const override { return "postgres"; }
  std::string name() const override { return name_; }
  const schema::LedgerDialect& ledger() const override { return schema::postgres_ledger(); }

  Result<void> execute(std::string_view sql) override {
    EMCEE_TRY(connected());
    return send(sql).map([](const auto&) {});
  }

  Result<std::int64_t> change(std::string_view sql, const Row& parameters) override {
    EMCEE_TRY(connected());
    EMCEE_ASSIGN(const ResultHandle result, send(sql, parameters));
    std::int64_t count = 0;
    const std::string_view text = PQcmdTuples(result.get());
    std::from_chars(text.data(), text.data() + text.size(), count);
    return count;
  }

  Result<std::vector<Row>> query(std::string_view sql, const Row& parameters, std::size_t limit) override {
    EMCEE_TRY(connected());
    return rows_of(limit == kAllRows ? std::string(sql) : limited(sql, limit), parameters);
  }

  Result<void> begin() override { return begin_with(""); }

  Result<void> commit() override {
    const auto result = send("COMMIT");
    // A transaction in which something failed is rolled back, and the server calls that a success.
    const bool undone = result && std::string_view(PQcmdStatus(result->get())) == "ROLLBACK";
    rollback();
    if (!result) return fail(result.error());
    if (undone) return fail(ErrorCode::look_at_server, fmt::format("{}: the transaction was rolled back", name_));
    return {};
  }

  void rollback() override {
    const PGTransactionStatusType state = PQtransactionStatus(session_.get());
    if (state != PQTRANS_IDLE && state != PQTRANS_UNKNOWN) {
      const auto* stop = std::exchange(stop_, nullptr);  // not to be interrupted
      (void)send("ROLLBACK");
      stop_ = stop;
    }
    in_transaction_ = false;
  }

  Result<bool> table_exists(std::string_view table) override {
    EMCEE_ASSIGN(const auto rows, query("SELECT to_regclass($1) IS NOT NULL", {std::string(table)}, kAllRows));
    return !rows.empty() && rows.front().front() == Value(std::int64_t{1});
  }

  // The sync triggers ask for it. A session can set it without any right, and it ends with it.
  Result<void> fire_triggers(bool fire) override {
    bypass_ = !fire;
    return execute(bypass(bypass_));
  }

  // A parameter takes the type of the column that it is compared with, but for a composite type:
  // there the server takes it for a record of no type.
  Result<std::vector<KeyPart>> key_parts(const std::string& table_sql,
                                         const std::vector<std::string>& key_sql) override {
    if (key_sql.empty()) return std::vector<KeyPart>();
    EMCEE_TRY(connected());
    EMCEE_ASSIGN(const ResultHandle columns,
                 send(fmt::format("SELECT {} FROM {} LIMIT 0", fmt::join(key_sql, ", "), table_sql), Row{}));
    std::vector<KeyPart> parts;
    for (std::size_t i = 0; i < key_sql.size(); ++i) {
      const Oid type = PQftype(columns.get(), static_cast<int>(i));
      EMCEE_ASSIGN(const auto composite,
                   query("SELECT oid::regtype::text FROM pg_type WHERE oid = $1 AND typtype = 'c'",
                         {static_cast<std::int64_t>(type)}, kAllRows));
      parts.push_back({key_sql[i], key_sql[i]});
      if (!composite.empty()) parts.back().parameter = "{}::" + to_text(composite.front().front());
    }
    return parts;
  }

  // A row comparison is a range of the key's index, the OR of its parts is not.
  std::string key_comparison(const std::vector<KeyPart>& key, std::string_view op, std::size_t first) const override {
    std::vector<std::string> columns, parameters;
    for (std::size_t i = 0; i < key.size(); ++i) {
      columns.push_back(key[i].column);
      parameters.push_back(fmt::format(fmt::runtime(key[i].parameter), fmt::format("${}", first + i)));
    }
    if (key.size() == 1) return fmt::format("{} {} {}", columns.front(), op, parameters.front());
    return fmt::format("({}) {} ({})", fmt::join(columns, ", "), op, fmt::join(parameters, ", "));
  }

  // A range of ctids is read in its order, but the planner would sort all that is left to make sure.
  std::string nth_key(const std::string& table_sql, const std::vector<KeyPart>& key, const std::string& condition,
                      std::int64_t n) const override {
    if (!is_ctid(key)) return Connection::nth_key(table_sql, key, condition, n);
    return fmt::format(
        "SELECT max(place) FROM (SELECT ctid AS place FROM {} WHERE {} LIMIT {}) AS batch HAVING count(*) = {}",
        table_sql, condition, n, n);
  }

  // What ANALYZE saw; a scan of the whole table only where it has never run.
  Result<std::int64_t> row_count(const std::string& table_sql) override {
    EMCEE_ASSIGN(const auto rows,
                 query("SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass($1) AND relkind = 'r' AND NOT "
                       "relhassubclass AND reltuples >= 0",
                       {table_sql}, kAllRows));
    if (rows.empty()) return Connection::row_count(table_sql);
    return std::get<std::int64_t>(rows.front().front());
  }

  Result<void> prepare_walk(const std::string& table_sql) override { return prepare_postgres_walk(*this, table_sql); }
  Result<void> finish_walk(const std::string& table_sql) override { return analyze_postgres(*this, table_sql); }

  // Where the order of the rows has nothing to do with the key, as with random keys, the server would rather
  // read the whole table, and so for each batch.
  Result<void> begin_batch() override { return begin_with("; SET LOCAL enable_seqscan = off"); }
  Result<void> refuse_scan(std::string_view sql, const Row& parameters) override {
    return refuse_postgres_scan(*this, sql, parameters);
  }
  Result<std::string> followers_behind(std::int64_t bytes) override { return postgres_followers_behind(*this, bytes); }
  Result<std::string> busy(const LoadLimits& limits) override { return postgres_busy(*this, limits); }

  Result<std::vector<ClientSession>> other_sessions(bool /*programs*/) override { return postgres_sessions(*this); }

  Result<void> lock_runner() override {
    if (locked_) return {};
    EMCEE_TRY(connected());
    EMCEE_TRY(take_lock());
    locked_ = true;
    return {};
  }

  void unlock_runner() override {
    if (!std::exchange(locked_, false) || PQstatus(session_.get()) != CONNECTION_OK) return;
    (void)send(fmt::format("SELECT pg_advisory_unlock({})", kLockKey));
  }

  void watch(const std::atomic<bool>* stop) override { stop_ = stop; }

  // As it was before, where it was lost: also the one applier.
  Result<void> set_up() {
    constexpr int kOldest = 140000;
    if (const int version = PQserverVersion(session_.get()); version < kOldest)
      return fail(ErrorCode::look_at_server,
                  fmt::format("{} is PostgreSQL {}.{}", name_, version / 10000, version % 10000),
                  "emcee needs PostgreSQL 14 or newer");
    EMCEE_TRY(send(kSettings));
    if (bypass_) EMCEE_TRY(send(bypass(true)));
    if (locked_) {
      auto taken = take_lock();
      // Whoever holds it may be our own session: the server does not know yet that it is lost.
      if (!taken && taken.error().code == ErrorCode::wrong_order) taken.error().code = ErrorCode::try_again;
      EMCEE_TRY(taken);
    }
    complete_ = true;
    return {};
  }

 private:
  bool stopped() const { return stop_ != nullptr && stop_->load(std::memory_order_relaxed); }

  // In one message: a connection that is lost between two would be lost inside of the transaction.
  Result<void> begin_with(std::string_view settings) {
    EMCEE_TRY(connected());
    const auto begun =
        send(fmt::format("BEGIN; SET LOCAL lock_timeout = {}{}", options_.lock_timeout.count(), settings));
    if (!begun) {
      rollback();
      return fail(begun.error());
    }
    in_transaction_ = true;
    in_the_way_.clear();
    return {};
  }

  static std::string limited(std::string_view sql, std::size_t limit) {
    while (!sql.empty() && (sql.back() == ';' || sql.back() == '\n' || sql.back() == ' ')) sql.remove_suffix(1);
    return fmt::format("SELECT * FROM (\n{}\n) AS emcee_rows LIMIT {}", sql, limit);
  }

  static std::string bypass(bool on) { return fmt::format("SET emcee.bypass = '{}'", on ? "on" : "off"); }

  // Connects again where the connection was lost outside of a transaction.
  Result<void> connected() {
    if (in_transaction_ || (complete_ && PQstatus(session_.get()) == CONNECTION_OK)) return {};
    complete_ = false;
    PQreset(session_.get());
    if (PQstatus(session_.get()) == CONNECTION_OK) return set_up();
    return fail(ErrorCode::try_again, fmt::format("{}: {}", name_, trimmed(PQerrorMessage(session_.get()))));
  }

  Result<void> take_lock() {
    const auto end = Clock::now() + kLockPatience;
    while (true) {
      EMCEE_ASSIGN(const auto rows, rows_of(fmt::format("SELECT pg_try_advisory_lock({})", kLockKey), {}));
      if (rows.front().front() == Value(std::int64_t{1})) return {};
      if (Clock::now() >= end || stopped()) return locked_by_another();
      std::this_thread::sleep_for(std::chrono::milliseconds(kStopMilliseconds));
    }
  }

  Result<ResultHandle> send(std::string_view sql) {
    if (sql.find('\0') != std::string_view::npos)
      return fail(ErrorCode::look_at_server, "a statement holds a NUL byte\n  " + shown_sql(sql));
    if (PQsendQuery(session_.get(), std::string(sql).c_str()) == 0) return failed(nullptr, sql);
    return receive(sql);
  }

  // One statement. Parameters go without a type: each takes that of what it is compared with.
  Result<ResultHandle> send(std::string_view sql, const Row& parameters) {
    std::vector<std::optional<std::string>> texts;
    for (const Value& value : parameters) texts.push_back(to_parameter(value));
    std::vector<const char*> values;
    for (const auto& text : texts) values.push_back(text ? text->c_str() : nullptr);
    if (PQsendQueryParams(session_.get(), std::string(sql).c_str(), static_cast<int>(values.size()), nullptr,
                          values.data(), nullptr, nullptr, 0) == 0)
      return failed(nullptr, sql);
    return receive(sql);
  }

  Result<std::vector<Row>> rows_of(const std::string& sql, const Row& parameters) {
    EMCEE_ASSIGN(const ResultHandle result, send(sql, parameters));
    std::vector<Row> rows;
    for (int i = 0; i < PQntuples(result.get()); ++i) {
      Row row;
      for (int column = 0; column < PQnfields(result.get()); ++column)
        row.push_back(read_value(result.get(), i, column));
      rows.push_back(std::move(row));
    }
    return rows;
  }

  // The result of the last statement, or the error.
  Result<ResultHandle> receive(std::string_view sql) {
    ResultHandle last, bad;
    while (true) {
      wait();
      ResultHandle result(PQgetResult(session_.get()));
      if (!result) break;
      const ExecStatusType status = PQresultStatus(result.get());
      if (status == PGRES_COPY_IN) PQputCopyEnd(session_.get(), "COPY FROM STDIN is not possible here");
      const bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
      (good ? last : bad) = std::move(result);
      if (PQstatus(session_.get()) != CONNECTION_OK) break;
    }
    if (bad) return failed(bad.get(), sql);
    if (!last) return failed(nullptr, sql);
    return last;
  }

  // Until an answer is there; cancels the statement once the stop flag is set.
  void wait() {
    bool cancelled = false, asked = false;
    const auto start = Clock::now();
    while (PQisBusy(session_.get()) != 0) {
      pollfd socket{PQsocket(session_.get()), POLLIN, 0};
      if (poll(&socket, 1, kStopMilliseconds) > 0 && PQconsumeInput(session_.get()) == 0) return;
      // Who is in the way can be seen only while we wait.
      if (in_transaction_ && !asked && Clock::now() - start > options_.lock_timeout / 2) {
        asked = true;
        in_the_way_ = who_blocks(session_.get());
      }
      if (stopped() && !cancelled) {
        cancelled = true;
        const std::unique_ptr<PGcancel, decltype(&PQfreeCancel)> cancel(PQgetCancel(session_.get()), &PQfreeCancel);
        char message[256];
        if (cancel) PQcancel(cancel.get(), message, sizeof message);
      }
    }
  }

  tl::unexpected<Error> failed(const PGresult* result, std::string_view sql) const {
    const Diagnosis diagnosis = diagnose(result, session_.get());
    const std::string_view state = diagnosis.state;
    const std::string message = state.empty() ? fmt::format("{}: {}", name_, diagnosis.message)
                                              : fmt::format("{}: {} ({})", name_, diagnosis.message, state);
    if (state == "57014" && stopped()) return fail(ErrorCode::interrupted, "stopped on request");
    if (state == "55P03")
      return fail(ErrorCode::try_again,
                  fmt::format("{}: a lock was not to be had within {:.1f} seconds ({}){}{}\n  {}", name_,
                              std::chrono::duration<double>(options_.lock_timeout).count(), state,
                              in_the_way_.empty() ? "" : "; in the way: ", in_the_way_, shown_sql(sql)),
                  "end the transaction that holds it (`emcee doctor` lists the long ones), then run the same command "
                  "again");
    if (is_lock_failure(state)) return fail(ErrorCode::try_again, message + "\n  " + shown_sql(sql));
    if (is_connection_failure(state) || PQstatus(session_.get()) != CONNECTION_OK)
      return fail(ErrorCode::try_again, message, "look whether the server runs, then run the same command again");
    if (is_refusal(state))
      return fail(ErrorCode::grant_privilege, message + "\n  " + shown_sql(sql),
                  "`emcee doctor` tells which right is missing");
    if (state == "53100" || state == "53200")  // disk full, out of memory
      return fail(ErrorCode::look_at_server, message + "\n  " + shown_sql(sql),
                  "make room on the server, then run the same command again");
    return fail(ErrorCode::look_at_server, message + "\n  " + shown_sql(sql));
  }

  tl::unexpected<Error> locked_by_another() {
    const auto holder = rows_of(
        fmt::format("SELECT pid::text, coalesce(nullif(application_name, ''), 'no name'), usename, "
                    "to_char(backend_start, 'YYYY-MM-DD HH24:MI:SS') FROM pg_locks JOIN pg_stat_activity USING (pid) "
                    "WHERE locktype = 'advisory' AND granted AND pg_locks.database = (SELECT oid FROM pg_database "
                    "WHERE datname = current_database()) AND (classid::bigint, objid::bigint) = ({})",
                    kLockKey),
        {});
    std::string who;
    if (holder && !holder->empty()) {
      const Row& row = holder->front();
      who = fmt::format(": server process {}, application {}, user {}, since {} UTC", to_text(row[0]), to_text(row[1]),
                        to_text(row[2]), to_text(row[3]));
    }
    return fail(ErrorCode::wrong_order, fmt::format("another applier works on {}{}", name_, who),
                "wait until it has ended: `emcee status` shows how far it is");
  }

  ConnectionHandle session_;
  PostgresOptions options_;
  std::string name_;
  const std::atomic<bool>* stop_ = nullptr;
  bool complete_ = false;  // the session is set up
  bool in_transaction_ = false;
  bool bypass_ = false;     // sync triggers do not fire for us
  bool locked_ = false;     // we are the one applier
  std::string in_the_way_;  // who held the lock that the last transaction waited for
};

// What the server or the library said about a connection that failed, without the password.
std::string connection_error(PGconn* connection, const std::string& url) {
  std::string message = trimmed(PQerrorMessage(connection));
  message = replaced(std::move(message), url, without_password(url));
  if (const char* password = PQpass(connection); password != nullptr)
    message = replaced(std::move(message), password, "***");
  return message;
}

bool asks_for_credentials(std::string_view message) {
  return message.find("authentication failed") != std::string_view::npos ||
         message.find("no password supplied") != std::string_view::npos ||
         message.find("no pg_hba.conf entry") != std::string_view::npos ||
         message.find("permission denied for database") != std::string_view::npos;
}

bool is_closed_to_the_role(std::string_view message) {
  return message.find("is not permitted to log in") != std::string_view::npos;
}

}  // namespace

Result<std::unique_ptr<Connection>> open_postgres(const std::string& url, const PostgresOptions& options) {
  char* complaint = nullptr;
  PQconninfoOption* parsed = PQconninfoParse(url.c_str(), &complaint);
  if (parsed == nullptr) {
    const std::string why =
        replaced(complaint != nullptr ? trimmed(complaint) : "out of memory", url, without_password(url));
    PQfreemem(complaint);
    return fail(ErrorCode::usage, fmt::format("{}: {}", without_password(url), why),
                "write postgresql://user@host:port/database or postgresql:///database?host=/run/postgresql");
  }
  PQconninfoFree(parsed);

  // What stands before `dbname` is a default, what stands behind it is not to be changed.
  const char* const keywords[] = {"connect_timeout", "fallback_application_name", "dbname", "client_encoding", nullptr};
  const char* const values[] = {"10", "emcee", url.c_str(), "UTF8", nullptr};
  ConnectionHandle session(PQconnectdbParams(keywords, values, 1));
  if (!session) return fail(ErrorCode::look_at_server, "out of memory");
  if (PQstatus(session.get()) != CONNECTION_OK) {
    const std::string message = connection_error(session.get(), url);
    if (asks_for_credentials(message))
      return fail(ErrorCode::grant_privilege, message,
                  "give user and password as libpq takes them: URL, PGPASSWORD, ~/.pgpass");
    if (is_closed_to_the_role(message))
      return fail(ErrorCode::grant_privilege, message, "open it: ALTER ROLE name LOGIN; or give another one");
    return fail(ErrorCode::try_again, message, "look whether the server runs and the URL names it");
  }
  auto connection = std::make_unique<PostgresConnection>(std::move(session), options);
  EMCEE_TRY(connection->set_up());
  return connection;
}

}  // namespace emcee::applier
