#include <fmt/format.h>
#include <fmt/ranges.h>

#include <atomic>
#include <stdexcept>

#include "tests/servers/galera_cluster.h"
#include "tests/soak/server.h"

namespace emcee::soak {

namespace {

using servers::MysqlFlavour;

class MysqlClient : public Client {
 public:
  // `settings`: of each session, as SQL.
  MysqlClient(servers::MysqlLogin login, bool is_mariadb, std::string settings = "DO 0")
      : login_(std::move(login)), is_mariadb_(is_mariadb), settings_(std::move(settings)) {}

  Reply run(const std::string& sql) override {
    if (!connect()) return Reply::lost;
    const unsigned error = client_->try_sql(sql);
    if (error == 0) return Reply::done;
    return reply(error, client_->message());
  }
  const std::string& message() const override { return message_; }
  std::optional<Rows> query(const std::string& sql) override {
    if (!connect()) return std::nullopt;
    try {
      return client_->query(sql);
    } catch (const std::runtime_error& error) {
      message_ = error.what();
      client_.reset();
      return std::nullopt;
    }
  }

 private:
  bool connect() {
    try {
      if (!client_) client_.emplace(login_).run(settings_);
      return true;
    } catch (const std::runtime_error& error) {
      message_ = error.what();
      client_.reset();
      return false;
    }
  }
  Reply reply(unsigned error, const std::string& text) {
    message_ = fmt::format("{} {}", error, text);
    switch (error) {
      case 1205:  // lock wait timeout
      case 1213:  // deadlock
      case 1412:  // the table was altered since the transaction's snapshot: `please retry transaction`
        return Reply::again;
      case 1146:  // MariaDB: it waited while triggers came that name other tables (docs/sync.md), and none is missing
        return is_mariadb_ ? Reply::again : Reply::failed;
      case 1048:  // NULL in a NOT NULL column
      case 1062:  // duplicate key
      case 1451:  // a row points to it
      case 1452:  // it points to no row
      case 1644:  // SIGNAL of a trigger
      case 1761:  // duplicate key of a row that follows (ON UPDATE CASCADE)
        return Reply::refused;
      case 1053:  // the server goes down
      case 2006:
      case 2013:
        client_.reset();
        return Reply::lost;
      default:
        return Reply::failed;
    }
  }

  servers::MysqlLogin login_;
  bool is_mariadb_;
  std::string settings_;
  std::string message_;
  std::optional<servers::MysqlClient> client_;
};

// What all servers of the family have alike.
class MysqlLike : public Server {
 public:
  std::string upsert(const std::string& table, const std::vector<std::string>& columns,
                     const std::vector<std::string>& values) const override {
    std::vector<std::string> set;
    for (const std::string& column : columns)
      if (column != columns[0]) set.push_back(fmt::format("{0} = VALUES({0})", column));
    return fmt::format("INSERT INTO {} ({}) VALUES ({}) ON DUPLICATE KEY UPDATE {}", table, fmt::join(columns, ", "),
                       fmt::join(values, ", "), fmt::join(set, ", "));
  }
  bool has_replace() const override { return true; }
};

class MysqlServer : public MysqlLike {
 public:
  explicit MysqlServer(MysqlFlavour flavour) : server_(flavour, {}) {}
  std::string dialect() const override { return std::string(to_string(server_.flavour())); }
  void fresh_database() override {
    if (!database_.empty()) servers::MysqlClient(server_.root()).run("DROP DATABASE " + database_);
    database_ = server_.fresh_database();
  }
  std::string url() const override { return server_.url(database_); }
  std::unique_ptr<Client> connect() override {
    return std::make_unique<MysqlClient>(server_.root(database_), server_.flavour() == MysqlFlavour::mariadb);
  }
  bool crash() override {
    server_.restart();
    return true;
  }

 private:
  servers::MysqlServer server_;
  std::string database_;
};

// Emcee works on the first node, both releases write on the first and the second, and the third gets it all.
class GaleraServer : public MysqlLike {
 public:
  std::string dialect() const override { return "mariadb"; }
  void fresh_database() override {
    if (!database_.empty()) servers::MysqlClient(cluster_.node(0).root()).run("DROP DATABASE " + database_);
    database_ = cluster_.node(0).fresh_database();
    for (std::size_t i = 1; i < cluster_.kNodes; ++i) cluster_.wait_until_caught_up(i);
  }
  std::string url() const override { return cluster_.node(0).url(database_); }
  // A write set takes its time to the other node: without the wait, an application would not see what it has written.
  std::unique_ptr<Client> connect() override {
    return std::make_unique<MysqlClient>(cluster_.node(clients_++ % 2).root(database_), true,
                                         "SET SESSION wsrep_sync_wait = 7");
  }
  int pause_microseconds() const override { return 2000; }
  bool replicas_agree(const std::vector<std::string>& names) override {
    std::vector<std::string> tables = names;
    tables.push_back(fmt::format(
        "(SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = '{}') AS t", database_));
    for (const std::string& table : tables)
      for (std::size_t i = 1; i < cluster_.kNodes; ++i)
        if (cluster_.rows(i, database_, table) != cluster_.rows(0, database_, table)) return false;
    return true;
  }
  std::string report() override {
    std::string text;
    for (std::size_t i = 0; i < cluster_.kNodes; ++i)
      text += fmt::format("  node {}: {} write sets failed certification, {} gave way to one of another node\n", i + 1,
                          cluster_.count(i, "wsrep_local_cert_failures"), cluster_.count(i, "wsrep_local_bf_aborts"));
    return text;
  }

 private:
  mutable servers::GaleraCluster cluster_;
  std::string database_;
  std::atomic<std::size_t> clients_{0};
};

}  // namespace

std::unique_ptr<Server> mysql_server(bool mariadb) {
  const MysqlFlavour flavour = mariadb ? MysqlFlavour::mariadb : MysqlFlavour::mysql;
  if (const auto missing = servers::MysqlServer::missing(flavour)) throw NotHere(*missing);
  return std::make_unique<MysqlServer>(flavour);
}

std::unique_ptr<Server> galera_server() {
  if (const auto missing = servers::GaleraCluster::missing()) throw NotHere(*missing);
  return std::make_unique<GaleraServer>();
}

}  // namespace emcee::soak
