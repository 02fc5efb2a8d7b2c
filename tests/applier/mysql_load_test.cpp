// Migrate and a server of MariaDB or MySQL that has enough to do: statements of others, and old versions of rows.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <thread>
#include <vector>

#include "mysql_fixture.h"
#include "waiting_batches.h"

namespace emcee::applier {
namespace {

using servers::MysqlClient;
using servers::MysqlFlavour;
using servers::MysqlServer;

class MysqlLoad : public ::testing::TestWithParam<MysqlFlavour>, public WaitingBatches {
 protected:
  void SetUp() override {
    EMCEE_NEEDS_MYSQL(GetParam());
    server_ = &MysqlServer::shared(GetParam(), false);
    url_ = create_mysql_images(*server_, kRows);
    auto opened = open_mysql(url_, {.lock_timeout = std::chrono::seconds(5)});
    ASSERT_OK(opened);
    connection_ = *std::move(opened);
    ASSERT_OK(expand(*connection_, release_, {}));
  }
  MysqlClient client() { return mysql_client(*server_, url_); }

  MysqlServer* server_ = nullptr;
  std::string url_;
  std::unique_ptr<Connection> connection_;
  Release release_ = release_of(mysql_image_plan(GetParam()));
};
INSTANTIATE_TEST_SUITE_P(Mysql, MysqlLoad, ::testing::ValuesIn(servers::kMysqlFlavours),
                         ::testing::PrintToStringParamName());

TEST_P(MysqlLoad, BatchesWaitWhileTheServerIsBusy) {
  options.load.running = 4;  // a server may have threads of its own in the count
  std::vector<std::future<void>> sessions;
  for (int i = 0; i < 8; ++i)
    sessions.push_back(std::async(std::launch::async, [&] { client().try_sql("DO SLEEP(600)"); }));
  expect_to_wait_for("statements run on the server", *connection_, release_, [&] {
    MysqlClient killer = client();
    for (const auto& row : killer.query("SELECT ID FROM information_schema.PROCESSLIST WHERE INFO = 'DO SLEEP(600)'"))
      killer.try_sql("KILL " + row.front().value_or("0"));
  });
}

// A snapshot keeps the versions of all rows that others change meanwhile.
TEST_P(MysqlLoad, BatchesWaitWhileOldVersionsPileUp) {
  options.load.history = 2000;
  MysqlClient reader = client(), writer = client();
  writer.run("CREATE TABLE counter (n INT) ENGINE = InnoDB; INSERT INTO counter VALUES (0)");
  reader.run("START TRANSACTION WITH CONSISTENT SNAPSHOT");
  for (int i = 0; i < 3000; ++i) writer.run("UPDATE counter SET n = n + 1");
  // MySQL purges when somebody writes.
  std::atomic<bool> done = false;
  std::thread traffic;
  expect_to_wait_for("transactions wait for purge", *connection_, release_, [&] {
    reader.run("COMMIT");
    traffic = std::thread([&] {
      while (!done) {
        writer.run("UPDATE counter SET n = n + 1");
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      }
    });
  });
  done = true;
  if (traffic.joinable()) traffic.join();
}

}  // namespace
}  // namespace emcee::applier
