// Batches and replicas of MariaDB and MySQL, of which the source knows nothing.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "mysql_fixture.h"
#include "waiting_batches.h"

namespace emcee::applier {
namespace {

using servers::MysqlClient;
using servers::MysqlFlavour;
using servers::MysqlServer;

std::unique_ptr<Connection> opened(const std::string& url) {
  auto connection = open_mysql(url, {.lock_timeout = std::chrono::seconds(5)});
  EXPECT_OK(connection);
  return connection ? *std::move(connection) : nullptr;
}

// A source that listens on a port of 127.0.0.1, since a replica knows no other way to it, and its replica.
class MysqlReplica : public ::testing::TestWithParam<MysqlFlavour>, public WaitingBatches {
 protected:
  void SetUp() override {
    EMCEE_NEEDS_MYSQL(GetParam());
    const int port = servers::free_ports(1).front();
    source_ = std::make_unique<MysqlServer>(
        GetParam(), MysqlServer::Options{true,
                                         {"--skip-networking=0", "--bind-address=127.0.0.1",
                                          fmt::format("--port={}", port), "--binlog-format=ROW"}});
    replica_ = std::make_unique<MysqlServer>(
        GetParam(),
        MysqlServer::Options{
            true, {"--server-id=2", mariadb() ? "--skip-slave-start" : "--skip-replica-start", "--read-only=1"}});
    MysqlClient source(source_->root());
    source.run("CREATE USER copy@'127.0.0.1' IDENTIFIED BY 'copy'; GRANT REPLICATION SLAVE ON *.* TO copy@'127.0.0.1'");
    const auto here = source.query(mariadb() ? "SHOW MASTER STATUS" : "SHOW BINARY LOG STATUS").front();
    follow(fmt::format(
        fmt::runtime(mariadb() ? "CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = {}, MASTER_USER = 'copy', "
                                 "MASTER_PASSWORD = 'copy', MASTER_USE_GTID = no, MASTER_LOG_FILE = '{}', "
                                 "MASTER_LOG_POS = {}"
                               : "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = {}, "
                                 "SOURCE_USER = 'copy', SOURCE_PASSWORD = 'copy', GET_SOURCE_PUBLIC_KEY = 1, "
                                 "SOURCE_LOG_FILE = '{}', SOURCE_LOG_POS = {}"),
        port, here[0].value_or(""), here[1].value_or("")));
    follow("START REPLICA");
    url_ = create_mysql_images(*source_, kRows);
    connection_ = opened(url_);
    ASSERT_OK(expand(*connection_, release_, {}));
    const std::string copy = replica_->url(
        url_.substr(url_.rfind('/', url_.find('?')) + 1, url_.find('?') - url_.rfind('/', url_.find('?')) - 1));
    options.replicas = {[copy] { return open_mysql(copy, {.lock_timeout = std::chrono::seconds(5)}); }};
    options.max_delay = std::chrono::milliseconds(300);
  }
  static bool mariadb() { return GetParam() == MysqlFlavour::mariadb; }
  void follow(const std::string& statement) { MysqlClient(replica_->root()).run(statement); }
  std::string converted(MysqlServer& server) {
    return mysql_client(server, url_).value("SELECT count(*) FROM images WHERE visibility IS NOT NULL");
  }

  std::unique_ptr<MysqlServer> source_, replica_;
  std::string url_;
  std::unique_ptr<Connection> connection_;
  Release release_ = release_of(mysql_image_plan(GetParam()));
};
INSTANTIATE_TEST_SUITE_P(Mysql, MysqlReplica, ::testing::ValuesIn(servers::kMysqlFlavours),
                         ::testing::PrintToStringParamName());

TEST_P(MysqlReplica, BatchesWaitWhileItIsBehind) {
  follow("STOP REPLICA SQL_THREAD");
  expect_to_wait_for("has not got what was written", *connection_, release_, [&] {
    EXPECT_NE(converted(*source_), "0");
    follow("START REPLICA SQL_THREAD");
  });
  EXPECT_TRUE(comes_true([&] { return converted(*replica_) == std::to_string(kRows); })) << converted(*replica_);
}

TEST_P(MysqlReplica, BatchesWaitWhileItIsAway) {
  replica_->shut_down();
  expect_to_wait_for("a replica cannot be asked", *connection_, release_, [&] {
    replica_->start();
    follow("START REPLICA");
  });
}

}  // namespace
}  // namespace emcee::applier
