// A release on a real MariaDB and a real MySQL: phases, kill -9 of the applier at every statement, crashes
// of the server. Nothing there is transactional but rows.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <future>
#include <thread>

#include "losing_connection.h"
#include "mysql_fixture.h"

namespace emcee::applier {
namespace {

using servers::MysqlClient;
using servers::MysqlFlavour;
using servers::MysqlServer;

std::unique_ptr<Connection> open_url(const std::string& url) {
  auto connection = open_mysql(url, {.lock_timeout = std::chrono::seconds(1)});
  EXPECT_OK(connection);
  return connection ? std::move(*connection) : nullptr;
}

class MysqlRelease : public ::testing::TestWithParam<MysqlFlavour> {
 protected:
  void SetUp() override {
    EMCEE_NEEDS_MYSQL(GetParam());
    server_ = &MysqlServer::shared(GetParam());
    url_ = create_mysql_images(*server_, 50);
    connection_ = open_url(url_);
    release_ = release_of(mysql_image_plan(GetParam()));
  }
  std::string sql(const std::string& text) { return mysql_client(*server_, url_).value(text); }
  void run(const std::string& text) { mysql_client(*server_, url_).run(text); }
  Bed bed() {
    return {[this] { return create_mysql_images(*server_, 50); }, open_url,
            [this](const std::string& url) { mysql_client(*server_, url).run("SET @x = 1"); }};
  }
  std::string end(const std::string& url) { return mysql_dump(*server_, url) + mysql_dump_ledger(*server_, url); }

  MysqlServer* server_ = nullptr;
  std::string url_;
  std::unique_ptr<Connection> connection_;
  Release release_;
};
TEST_P(MysqlRelease, IsSteeredThroughTheLedger) { expect_steering(*connection_, release_); }

INSTANTIATE_TEST_SUITE_P(Mysql, MysqlRelease, ::testing::ValuesIn(servers::kMysqlFlavours),
                         ::testing::PrintToStringParamName());

TEST_P(MysqlRelease, LeadsFromTheOldSchemaToTheNew) {
  ASSERT_OK(upgrade(*connection_, release_, {}));
  EXPECT_EQ(mysql_dump(*server_, url_), expected_mysql_images(*server_, 50));
  const auto at = check(*connection_, release_);
  ASSERT_OK(at);
  EXPECT_EQ(at->state, State::up_to_date) << at->text;
}

TEST_P(MysqlRelease, BothReleasesWriteMeanwhile) {
  ASSERT_OK(expand(*connection_, release_, {}));
  run("INSERT INTO images (id, name, is_public) VALUES (100, 'old', 1)");
  run("INSERT INTO images (id, name, visibility) VALUES (101, 'new', 'community')");
  EXPECT_EQ(sql("SELECT visibility FROM images WHERE id = 100"), "public");
  EXPECT_EQ(sql("SELECT is_public FROM images WHERE id = 101"), "0");
  ASSERT_OK(migrate(*connection_, release_, small_batches()));
  EXPECT_EQ(sql("SELECT visibility FROM images WHERE id = 101"), "community");
  run("SET @emcee_bypass = CONNECTION_ID(); UPDATE images SET visibility = NULL WHERE id < 5");
  EXPECT_EQ(check(*connection_, release_)->state, State::migrate_next);
  EXPECT_FALSE(contract(*connection_, release_, {}));
  ASSERT_OK(migrate(*connection_, release_, {}));
  ASSERT_OK(contract(*connection_, release_, {}));
  EXPECT_EQ(sql("SELECT visibility FROM images WHERE id = 101"), "community");
}

TEST_P(MysqlRelease, ConflictsAreListedAndSettled) {
  ASSERT_OK(expand(*connection_, release_, {}));
  ASSERT_OK(migrate(*connection_, release_, {}));
  run("SET @emcee_bypass = CONNECTION_ID(); UPDATE images SET visibility = 'public' WHERE id IN (1, 2)");
  const auto found = verify(*connection_, release_, {});
  ASSERT_OK(found);
  EXPECT_EQ(found->findings[1].count, 2);
  ASSERT_OK(resolve(*connection_, release_, Side::new_release, {}));
  EXPECT_EQ(sql("SELECT sum(is_public) FROM images WHERE id IN (1, 2)"), "2");
}

TEST_P(MysqlRelease, RollsBackToTheOldSchemaWithWhatBothWrote) {
  const std::string before = mysql_dump(*server_, url_);
  ASSERT_OK(expand(*connection_, release_, {}));
  ASSERT_OK(migrate(*connection_, release_, {}));
  ASSERT_OK(rollback(*connection_, release_, {}));
  EXPECT_EQ(mysql_dump(*server_, url_), before);
  ASSERT_OK(upgrade(*connection_, release_, {}));
  EXPECT_EQ(mysql_dump(*server_, url_), expected_mysql_images(*server_, 50));
}

TEST_P(MysqlRelease, NamesWhatARollbackWouldLose) {
  ASSERT_OK(expand(*connection_, release_, {}));
  run("INSERT INTO images (id, visibility) VALUES (100, 'community')");
  const auto refused = rollback(*connection_, release_, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::accept_hazard);
  EXPECT_NE(refused.error().message.find("visibility community: 100"), std::string::npos) << refused.error().message;
}

TEST_P(MysqlRelease, OfflineNeedsNoTriggers) {
  ASSERT_OK(sync(*connection_, release_, {}));
  EXPECT_EQ(mysql_dump(*server_, url_), expected_mysql_images(*server_, 50));
}

// Names with quotes and backslashes reach the ledger as they are.
TEST_P(MysqlRelease, TheLedgerKeepsAnyText) {
  Json plan = mysql_image_plan(GetParam());
  plan["scripts"][0]["steps"][0]["title"] = "add 'it' \\ \"that\" `\\'` \xc3\xa4";
  ASSERT_OK(expand(*connection_, release_of(plan), {}));
  EXPECT_EQ(sql("SELECT title FROM emcee_ledger WHERE script = 'ocata_expand01' AND step = 1"),
            "add 'it' \\ \"that\" `\\'` \xc3\xa4");
}

TEST_P(MysqlRelease, KillNineAnywhereInAnUpgrade) {
  kill_everywhere(
      bed(), [](const std::string&) {},
      [&](Connection& connection) { return shown(upgrade(connection, release_, small_batches())); },
      [&](const std::string& url) { return end(url); }, 90 / stride(), stride());
}

TEST_P(MysqlRelease, KillNineAnywhereInARollback) {
  const auto prepare = [&](const std::string& url) {
    const auto connection = open_url(url);
    ASSERT_OK(expand(*connection, release_, {}));
    ASSERT_OK(migrate(*connection, release_, {}));
  };
  kill_everywhere(
      bed(), prepare, [&](Connection& connection) { return shown(rollback(connection, release_, {})); },
      [&](const std::string& url) { return end(url); }, 20 / stride(), stride());
}

TEST_P(MysqlRelease, ASessionIsLostAnywhereInAnUpgrade) {
  const EndSession end_session = [&](Connection& connection) {
    const auto id = connection.query("SELECT CONNECTION_ID()");
    ASSERT_OK(id);
    MysqlClient other(server_->root(""));
    const std::string number = to_text(id->front().front());
    other.run("KILL " + number);
    while (other.value("SELECT count(*) FROM information_schema.PROCESSLIST WHERE ID = " + number) != "0") {
    }
  };
  lose_everywhere(
      bed(), end_session, [&](Connection& connection) { return shown(upgrade(connection, release_, small_batches())); },
      [&](const std::string& url) { return end(url); }, 90 / stride(), stride());
}

// The server crashes and comes back while each phase runs; the same command goes on.
TEST_P(MysqlRelease, TheServerCrashesInTheMiddleOfEveryPhase) {
  MysqlServer server(GetParam(), {});
  constexpr int kRows = 3000;
  const std::string expected = expected_mysql_images(server, kRows);
  int waits = 0;
  for (int round = 0; round < 5; ++round) {
    const std::string url = create_mysql_images(server, kRows);
    const auto connection = open_url(url);
    Options options;
    options.batch = 100;
    options.sleep = std::chrono::milliseconds(5);
    options.events = [&](const Event& event) { waits += std::holds_alternative<Waiting>(event); };
    auto work = std::async(std::launch::async, [&] { return upgrade(*connection, release_, options); });
    std::this_thread::sleep_for(std::chrono::milliseconds(20 + 90 * round));
    server.crash();
    server.start();
    const auto done = work.get();
    ASSERT_OK(done);
    EXPECT_EQ(mysql_dump(server, url), expected) << "round " << round;
  }
  EXPECT_GE(waits, 2);
}

}  // namespace
}  // namespace emcee::applier
