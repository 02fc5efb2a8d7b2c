// Migrate and those who follow the server: a standby that lags, a slot that keeps the log, a promotion.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include "postgres_fixture.h"
#include "waiting_batches.h"

namespace emcee::applier {
namespace {

// A server with a release that is expanded, and a migrate that takes a second or two.
class PostgresFollowers : public ::testing::Test, public WaitingBatches {
 protected:
  void SetUp() override {
    create_postgres_images(url, kRows);
    ASSERT_OK(expand(*connection, release, {}));
    options.max_lag = 64 << 10;
  }
  void expect_to_wait_for(const std::string& what, const std::function<void()>& relieve) {
    WaitingBatches::expect_to_wait_for(what, *connection, release, relieve);
  }

  PostgresServer primary;
  PostgresDatabase database{primary};
  const std::string url = database.url();
  std::unique_ptr<Connection> connection = open_test_database(url);
  Release release = release_of(postgres_image_plan());
};

TEST_F(PostgresFollowers, BatchesWaitForAStandbyThatLags) {
  const auto standby = PostgresServer::standby_of(primary);
  const std::string copy = standby->url(database.name());
  run_postgres(copy, "SELECT pg_wal_replay_pause()");
  expect_to_wait_for("standby ", [&] { run_postgres(copy, "SELECT pg_wal_replay_resume()"); });
  ASSERT_OK(contract(*connection, release, {}));
  const std::string rows = "SELECT md5(string_agg(i::text, ',' ORDER BY id)) FROM images AS i";
  const std::string end = run_postgres(url, rows);
  EXPECT_TRUE(comes_true([&] { return run_postgres(copy, rows) == end; }));
}

TEST_F(PostgresFollowers, BatchesWaitForASlotThatNobodyReads) {
  run_postgres(url, "SELECT pg_create_physical_replication_slot('forgotten', true)");
  expect_to_wait_for("replication slot forgotten, which nobody reads,",
                     [&] { run_postgres(url, "SELECT pg_drop_replication_slot('forgotten')"); });
}

// Sessions that run a statement until they are ended.
TEST_F(PostgresFollowers, BatchesWaitWhileTheServerIsBusy) {
  options.load.running = 2;
  std::vector<std::future<void>> sessions;
  for (int i = 0; i < 3; ++i)
    sessions.push_back(std::async(std::launch::async, [&] {
      try {
        run_postgres(url, "SELECT pg_sleep(600)");
      } catch (const std::exception&) {  // it is ended
      }
    }));
  const std::string sleeping = " FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)'";
  EXPECT_TRUE(comes_true([&] { return run_postgres(url, "SELECT count(*)" + sleeping) == "3"; }));
  expect_to_wait_for("3 statements run on the server",
                     [&] { run_postgres(url, "SELECT pg_terminate_backend(pid)" + sleeping); });
}

TEST_F(PostgresFollowers, NobodyIsWaitedForOnRequest) {
  run_postgres(url, "SELECT pg_create_physical_replication_slot('forgotten', true)");
  options.max_lag = 0;
  ASSERT_OK(migrate(*connection, release, options));
  EXPECT_EQ(waits_for(), "");
}

// The standby may lack the last batches, and then lacks them in the ledger as well.
TEST_F(PostgresFollowers, AfterAPromotionInTheMiddleTheSameCommandGoesOnThere) {
  const auto standby = PostgresServer::standby_of(primary);
  const std::string copy = standby->url(database.name());
  options.retries = 1;
  auto migrated = std::async(std::launch::async, [&] { return migrate(*connection, release, options); });
  EXPECT_TRUE(comes_true([&] { return batches_done() > 20; }));
  primary.crash();
  const auto broken = migrated.get();
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, ErrorCode::try_again) << to_text(broken.error());
  EXPECT_EQ(run_postgres(copy, "SELECT pg_promote()"), "t");

  const std::string so_far = run_postgres(copy, "SELECT count(visibility) FROM images");
  EXPECT_EQ(run_postgres(copy, "SELECT max(rows_done) FROM emcee.ledger"), so_far);
  EXPECT_GT(std::stoi(so_far), 0);
  EXPECT_LT(std::stoi(so_far), kRows);
  // Both releases write there before migrate goes on.
  run_postgres(copy, "UPDATE images SET is_public = 1 - is_public WHERE id IN (5, 3999)");
  run_postgres(copy, "UPDATE images SET is_public = 1 - is_public WHERE id IN (5, 3999)");
  const auto there = open_test_database(copy);
  options.sleep.reset();
  const auto rest = migrate(*there, release, options);
  ASSERT_OK(rest);
  EXPECT_LE(rest->rows, kRows - std::stoi(so_far));
  ASSERT_OK(contract(*there, release, {}));
  EXPECT_EQ(postgres_dump(copy), expected_postgres_images(kRows));
}

}  // namespace
}  // namespace emcee::applier
