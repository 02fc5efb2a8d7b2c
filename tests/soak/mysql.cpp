#include <fmt/format.h>
#include <fmt/ranges.h>

#include <stdexcept>

#include "tests/servers/mysql_server.h"
#include "tests/soak/server.h"

namespace emcee::soak {

namespace {

using servers::MysqlFlavour;

class MysqlClient : public Client {
 public:
  explicit MysqlClient(servers::MysqlLogin login) : login_(std::move(login)) {}

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
      if (!client_) client_.emplace(login_);
      return true;
    } catch (const std::runtime_error& error) {
      message_ = error.what();
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
      case 1048:  // NULL in a NOT NULL column
      case 1062:  // duplicate key
      case 1644:  // SIGNAL of a trigger
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
  std::string message_;
  std::optional<servers::MysqlClient> client_;
};

class MysqlServer : public Server {
 public:
  explicit MysqlServer(MysqlFlavour flavour) : server_(flavour, {}) {}
  std::string dialect() const override { return std::string(to_string(server_.flavour())); }
  void fresh_database() override {
    if (!database_.empty()) servers::MysqlClient(server_.root()).run("DROP DATABASE " + database_);
    database_ = server_.fresh_database();
  }
  std::string url() const override { return server_.url(database_); }
  std::unique_ptr<Client> connect() override { return std::make_unique<MysqlClient>(server_.root(database_)); }
  std::string upsert(const std::vector<std::string>& columns, const std::vector<std::string>& values) const override {
    std::vector<std::string> set;
    for (const std::string& column : columns)
      if (column != "id") set.push_back(fmt::format("{0} = VALUES({0})", column));
    return fmt::format("INSERT INTO images ({}) VALUES ({}) ON DUPLICATE KEY UPDATE {}", fmt::join(columns, ", "),
                       fmt::join(values, ", "), fmt::join(set, ", "));
  }
  bool has_replace() const override { return true; }
  bool crash() override {
    server_.restart();
    return true;
  }

 private:
  servers::MysqlServer server_;
  std::string database_;
};

}  // namespace

std::unique_ptr<Server> mysql_server(bool mariadb) {
  const MysqlFlavour flavour = mariadb ? MysqlFlavour::mariadb : MysqlFlavour::mysql;
  if (const auto missing = servers::MysqlServer::missing(flavour)) throw std::runtime_error(*missing);
  return std::make_unique<MysqlServer>(flavour);
}

}  // namespace emcee::soak
