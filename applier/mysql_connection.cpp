#include "applier/mysql_connection.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "applier/cluster_lock.h"
#include "applier/galera.h"
#include "applier/mysql_error.h"
#include "applier/mysql_load.h"
#include "applier/mysql_statement.h"
#include "applier/mysql_url.h"
#include "applier/sessions.h"
#include "applier/statement_killer.h"

namespace emcee::applier {

using schema::fail;

namespace {

// What statements of a session must be free of to be sent again after a reconnect is not known, so
// nothing is sent twice here: the caller tries again, on a session that is new.
class MysqlConnection final : public Connection {
 public:
  MysqlConnection(MysqlAddress address, const MysqlOptions& options)
      : address_(std::move(address)), options_(options) {}

  std::string_view dialect() const override { return address_.scheme; }
  std::string name() const override { return address_.shown(); }
  const schema::LedgerDialect& ledger() const override { return schema::mysql_ledger(); }

  Result<void> execute(std::string_view sql) override {
    EMCEE_TRY(ready());
    return ended(run([&] { return run_text(*mysql_, sql); }), sql);
  }

  Result<void> create_schema(std::string_view ddl) override { return execute(without_delimiters(ddl)); }

  Result<std::int64_t> change(std::string_view sql, const Row& parameters) override {
    EMCEE_TRY(ready());
    MysqlRows result;
    EMCEE_TRY(ended(run([&] { return run_prepared(*mysql_, sql, parameters, 0, result); }), sql));
    return result.affected;
  }

  Result<std::vector<Row>> query(std::string_view sql, const Row& parameters, std::size_t limit) override {
    EMCEE_TRY(ready());
    MysqlRows result;
    EMCEE_TRY(ended(run([&] { return run_prepared(*mysql_, sql, parameters, limit, result); }), sql));
    return std::move(result.rows);
  }

  Result<void> begin() override {
    EMCEE_TRY(execute("START TRANSACTION"));
    in_transaction_ = true;
    if (!cluster_lock_ || !cluster_lock_->held()) return {};
    auto renewed = cluster_lock_->renew(*this);
    if (!renewed) rollback();
    return renewed;
  }

  Result<void> commit() override {
    auto committed = execute("COMMIT");
    if (!committed) rollback();
    in_transaction_ = false;
    return committed;
  }

  void rollback() override {
    if (mysql_) run([&] { return run_text(*mysql_, "ROLLBACK"); });
    in_transaction_ = false;
  }

  // With enforce_gtid_consistency MySQL refuses (1785) to change such a table in a transaction.
  Result<bool> has_transactions(std::string_view table) override {
    EMCEE_ASSIGN(const auto rows,
                 query("SELECT 1 FROM information_schema.tables JOIN information_schema.engines USING (engine) WHERE "
                       "table_schema = DATABASE() AND table_name = ?1 AND transactions = 'NO'",
                       {std::string(table)}, 1));
    return rows.empty();
  }

  Result<bool> table_exists(std::string_view table) override {
    EMCEE_ASSIGN(const auto rows, query("SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND "
                                        "table_name = ?1",
                                        {std::string(table)}, 1));
    return !rows.empty();
  }

  Result<void> fire_triggers(bool fire) override {
    EMCEE_TRY(execute(fire ? "SET @emcee_bypass = NULL" : "SET @emcee_bypass = CONNECTION_ID()"));
    bypass_ = !fire;
    return {};
  }

  // A statement's metadata says what a column is. The index orders an ENUM and a SET by their number,
  // and DECIMAL and large unsigned numbers are compared as DOUBLE with a text.
  Result<std::vector<KeyPart>> key_parts(const std::string& table_sql,
                                         const std::vector<std::string>& key_sql) override {
    if (key_sql.empty()) return std::vector<KeyPart>();
    EMCEE_TRY(ready());
    const std::string sql = fmt::format("SELECT {} FROM {} LIMIT 0", fmt::join(key_sql, ", "), table_sql);
    if (mysql_real_query(mysql_.get(), sql.data(), static_cast<unsigned long>(sql.size())) != 0) return failed(sql);
    MYSQL_RES* result = mysql_store_result(mysql_.get());
    if (result == nullptr) return failed(sql);
    std::vector<KeyPart> parts;
    for (std::size_t i = 0; i < key_sql.size(); ++i)
      parts.push_back(key_part(key_sql[i], mysql_fetch_fields(result)[i]));
    mysql_free_result(result);
    return parts;
  }

  // MySQL and MariaDB answer a comparison of rows by a scan from the index's start, and the OR of
  // its parts by a range (MariaDB 10.11, MySQL 9.7). The first part alone bounds the range for UPDATE.
  std::string key_comparison(const std::vector<KeyPart>& key, std::string_view op, std::size_t first) const override {
    const auto parameter = [&](std::size_t i) {
      return fmt::format(fmt::runtime(key[i].parameter), fmt::format("?{}", first + i));
    };
    const std::string_view strict = op.substr(0, 1);
    std::string condition, equal;
    for (std::size_t i = 0; i < key.size(); ++i) {
      const std::string_view compare = i + 1 == key.size() ? op : strict;
      condition += fmt::format("{}{}{} {} {}{}", i == 0 ? "" : " OR (", equal, key[i].column, compare, parameter(i),
                               i == 0 ? "" : ")");
      equal += fmt::format("{} = {} AND ", key[i].column, parameter(i));
    }
    return key.size() == 1 ? condition : "(" + condition + ")";
  }

  Result<std::vector<ClientSession>> other_sessions(bool programs) override { return mysql_sessions(*this, programs); }

  Result<std::string> followers_behind(std::int64_t) override {
    return cluster_lock_ ? flow_.behind(*this) : std::string();
  }
  Result<std::string> busy(const LoadLimits& limits) override { return mysql_busy(*this, limits); }

  Result<void> lock_runner() override {
    if (locked_) return {};
    EMCEE_TRY(ready());
    EMCEE_TRY(take_lock());
    locked_ = true;
    const auto everywhere = take_cluster_lock();
    if (!everywhere) unlock_runner();
    return everywhere;
  }

  void unlock_runner() override {
    if (cluster_lock_ && mysql_) cluster_lock_->release(*this);
    if (locked_ && mysql_) run([&] { return run_text(*mysql_, fmt::format("DO RELEASE_LOCK('{}')", lock_name_)); });
    locked_ = false;
  }

  void watch(const std::atomic<bool>* stop) override {
    killer_.reset();
    stop_ = stop;
    if (stop != nullptr) killer_.emplace(*stop, [this] { kill_statement(); });
  }

  static Result<std::unique_ptr<Connection>> open(const MysqlAddress& address, const MysqlOptions& options) {
    auto connection = std::make_unique<MysqlConnection>(address, options);
    EMCEE_TRY(connection->connect());
    return connection;
  }

  Result<void> connect() {
    mysql_.reset();
    EMCEE_ASSIGN(mysql_, dial());
    id_ = mysql_thread_id(mysql_.get());
    return set_up();
  }

 private:
  Result<MysqlHandle> dial() const {
    MysqlHandle mysql(mysql_init(nullptr));
    if (!mysql) return fail(ErrorCode::look_at_server, "out of memory");
    const auto set = [&](mysql_option option, const std::string& value) {
      if (!value.empty()) mysql_optionsv(mysql.get(), option, value.c_str());
    };
    const auto seconds = static_cast<unsigned>(options_.connect_timeout.count());
    mysql_optionsv(mysql.get(), MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
    mysql_optionsv(mysql.get(), MYSQL_SET_CHARSET_NAME, "utf8mb4");
    set(MYSQL_READ_DEFAULT_FILE, address_.option_file);
    mysql_optionsv(mysql.get(), MYSQL_READ_DEFAULT_GROUP, "emcee");
    mysql_optionsv(mysql.get(), MYSQL_OPT_CONNECT_ATTR_RESET, nullptr);
    mysql_optionsv(mysql.get(), MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "emcee");
    set(MYSQL_OPT_SSL_CA, address_.ca);
    set(MYSQL_OPT_SSL_CERT, address_.certificate);
    set(MYSQL_OPT_SSL_KEY, address_.key);
    const my_bool enforce = address_.tls == TlsMode::required || address_.tls == TlsMode::verify_identity ? 1 : 0;
    const my_bool verify = address_.tls == TlsMode::verify_identity ? 1 : 0;
    if (address_.tls != TlsMode::preferred) {
      mysql_optionsv(mysql.get(), MYSQL_OPT_SSL_ENFORCE, &enforce);
      mysql_optionsv(mysql.get(), MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
    }
    const auto text = [](const std::string& value) { return value.empty() ? nullptr : value.c_str(); };
    if (mysql_real_connect(mysql.get(), text(address_.host), text(address_.user),
                           address_.password ? address_.password->c_str() : nullptr, text(address_.database),
                           address_.port, text(address_.socket), CLIENT_MULTI_STATEMENTS) == nullptr)
      return fail(to_error({mysql_errno(mysql.get()), mysql_error(mysql.get())}, name(), {}));
    return mysql;
  }

  // The session is the same whatever the server's defaults are.
  Result<void> set_up() {
    MysqlRows about;
    EMCEE_TRY(ended(run_prepared(*mysql_, "SELECT @@version, DATABASE()", {}, 1, about), {}));
    const std::string version = to_text(about.rows.at(0).at(0));
    const std::string flavour = version.find("MariaDB") != std::string::npos ? "mariadb" : "mysql";
    if (flavour != address_.scheme)
      return fail(ErrorCode::usage, fmt::format("{} is {} {}", name(), flavour, version),
                  fmt::format("begin the URL with {}://", flavour));
    const auto wait = std::max<std::int64_t>(options_.lock_timeout.count(), 1);
    std::string settings = fmt::format(
        "SET NAMES utf8mb4; SET SESSION sql_mode = '{}', time_zone = '+00:00', lock_wait_timeout = {}, "
        "innodb_lock_wait_timeout = {}, autocommit = 1, foreign_key_checks = 1, unique_checks = 1, "
        "sql_safe_updates = 0, sql_select_limit = DEFAULT, group_concat_max_len = 16777216",
        kMysqlSqlMode, wait, wait);
    // MySQL remembers statistics of tables for a day; what is read here must be true now.
    settings += flavour == "mysql" ? ", max_execution_time = 0, information_schema_stats_expiry = 0"
                                   : ", max_statement_time = 0";
    EMCEE_TRY(ended(run_text(*mysql_, settings), settings));
    EMCEE_TRY(read_committed());
    EMCEE_TRY(join_cluster());
    // Names of locks end at 64 characters; databases' names may have as many.
    MysqlRows lock;
    EMCEE_TRY(
        ended(run_prepared(*mysql_, "SELECT CONCAT('emcee.', LEFT(SHA2(DATABASE(), 256), 40))", {}, 1, lock), {}));
    lock_name_ = to_text(lock.rows.at(0).at(0));
    if (bypass_) EMCEE_TRY(ended(run_text(*mysql_, "SET @emcee_bypass = CONNECTION_ID()"), {}));
    if (!locked_) return {};
    auto taken = take_lock();
    // Whoever holds it may be our own session: the server does not know yet that it is lost.
    if (!taken && taken.error().code == ErrorCode::wrong_order) taken.error().code = ErrorCode::try_again;
    EMCEE_TRY(std::move(taken));
    return cluster_lock_ ? cluster_lock_->take(*this, stop_) : Result<void>();
  }

  // On a node of a Galera cluster, what is read has to be there already that any node has committed, and a change of
  // the schema has to reach all nodes. https://mariadb.com/kb/en/galera-cluster-system-variables/
  Result<void> join_cluster() {
    EMCEE_ASSIGN(const bool galera, is_galera_node(*this));
    if (!galera) return {};
    EMCEE_ASSIGN(const GaleraStatus status, galera_status(*this));
    EMCEE_TRY(galera_answers(status, name()));
    const std::string settings = "SET SESSION wsrep_sync_wait = 7, wsrep_OSU_method = 'TOI'";
    EMCEE_TRY(ended(run_text(*mysql_, settings), settings));
    if (!cluster_lock_)
      cluster_lock_ =
          std::make_unique<ClusterLock>([address = address_, options = options_] { return open(address, options); });
    return {};
  }

  Result<void> take_cluster_lock() {
    if (!cluster_lock_) return {};
    EMCEE_ASSIGN(const GaleraStatus status, galera_status(*this));
    EMCEE_TRY(galera_synced(status, name()));
    return cluster_lock_->take(*this, stop_);
  }

  // Batches must not lock the gaps between the rows that they change; InnoDB refuses to write under
  // READ COMMITTED where the binary log has statements only (error 1665).
  Result<void> read_committed() {
    MysqlRows log;
    EMCEE_TRY(ended(run_prepared(*mysql_, "SELECT @@log_bin AND @@binlog_format = 'STATEMENT'", {}, 1, log), {}));
    const std::string level = log.rows.at(0).at(0) == Value(std::int64_t{1}) ? "REPEATABLE READ" : "READ COMMITTED";
    const std::string sql = "SET SESSION TRANSACTION ISOLATION LEVEL " + level;
    return ended(run_text(*mysql_, sql), sql);
  }

  // A connection, and not one that was lost in the middle of a transaction.
  Result<void> ready() {
    if (mysql_) return {};
    if (in_transaction_)
      return fail(ErrorCode::try_again, fmt::format("{}: the connection was lost in a transaction", name()));
    auto connected = connect();
    if (!connected) {
      mysql_.reset();
      // It was reached before: a restart takes a moment.
      if (connected.error().code == ErrorCode::look_at_server) connected.error().code = ErrorCode::try_again;
    }
    return connected;
  }

  template <class Statement>
  MysqlFailure run(Statement statement) {
    if (killer_) killer_->begin();
    MysqlFailure failure = statement();
    if (killer_ && killer_->end() && !failure) absorb_kill();
    return failure;
  }

  // A KILL QUERY that came when the statement had ended hits the next one.
  void absorb_kill() { run_text(*mysql_, "DO 0"); }

  void kill_statement() const {
    if (auto other = dial()) run_text(**other, fmt::format("KILL QUERY {}", id_));
  }

  bool stopped() const { return stop_ != nullptr && stop_->load(std::memory_order_relaxed); }

  tl::unexpected<Error> failed(std::string_view sql) {
    return fail(ended({mysql_errno(mysql_.get()), mysql_error(mysql_.get())}, sql).error());
  }

  Result<void> ended(const MysqlFailure& failure, std::string_view sql) {
    if (!failure) return {};
    if (is_disconnect(failure.number)) mysql_.reset();
    if (stopped() && (is_killed(failure.number) || is_disconnect(failure.number)))
      return fail(ErrorCode::interrupted, "stopped on request");
    return fail(to_error(failure, name(), sql));
  }

  static KeyPart key_part(const std::string& column, const MYSQL_FIELD& field) {
    // As a text first: MySQL takes the parameter of a CAST for a signed number.
    constexpr const char* kUnsigned = "CAST(CAST({} AS CHAR) AS UNSIGNED)";
    KeyPart part{column, column};
    if ((field.flags & (ENUM_FLAG | SET_FLAG)) != 0 || field.type == MYSQL_TYPE_BIT) {
      part.read = column + " + 0";
      part.parameter = kUnsigned;
    } else if (field.type == MYSQL_TYPE_LONGLONG && (field.flags & UNSIGNED_FLAG) != 0) {
      part.parameter = kUnsigned;
    } else if (field.type == MYSQL_TYPE_NEWDECIMAL) {
      // The length counts the digits, the point and the sign.
      const unsigned long sign = (field.flags & UNSIGNED_FLAG) != 0 ? 0 : 1;
      const unsigned long digits = field.length - sign - (field.decimals > 0 ? 1 : 0);
      part.parameter = fmt::format("CAST({{}} AS DECIMAL({}, {}))", digits, field.decimals);
    }
    return part;
  }

  // A second: the server needs a moment to see that an applier that was killed is gone.
  Result<void> take_lock() {
    MysqlRows got;
    EMCEE_TRY(ended(
        run_prepared(*mysql_, fmt::format("SELECT GET_LOCK('{0}', 1), IS_USED_LOCK('{0}')", lock_name_), {}, 1, got),
        {}));
    if (got.rows.at(0).at(0) == Value(std::int64_t{1})) return {};
    return fail(ErrorCode::wrong_order,
                fmt::format("another applier works on {}, in connection {}", name(), to_text(got.rows.at(0).at(1))),
                "wait until it has ended: `emcee status` shows how far it is");
  }

  MysqlAddress address_;
  MysqlOptions options_;
  MysqlHandle mysql_;  // null: lost
  unsigned long id_ = 0;
  std::string lock_name_;
  bool in_transaction_ = false;
  bool bypass_ = false;
  bool locked_ = false;
  std::unique_ptr<ClusterLock> cluster_lock_;  // null: not a node of a Galera cluster
  GaleraFlow flow_;
  const std::atomic<bool>* stop_ = nullptr;
  std::optional<StatementKiller> killer_;  // last: its thread uses what is above
};

}  // namespace

Result<std::unique_ptr<Connection>> open_mysql(const std::string& url, const MysqlOptions& options) {
  EMCEE_ASSIGN(const MysqlAddress address, parse_mysql_url(url));
  static const int initialised = mysql_library_init(0, nullptr, nullptr);
  if (initialised != 0) return fail(ErrorCode::report_bug, "libmariadb cannot be used");
  return MysqlConnection::open(address, options);
}

}  // namespace emcee::applier
