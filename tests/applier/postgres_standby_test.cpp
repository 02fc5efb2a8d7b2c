// Migrate and those who follow the server: a standby that lags, a slot that keeps the log, a promotion.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <future>
#include <mutex>
#include <thread>

#include "postgres_fixture.h"

namespace emcee::applier {
namespace {

constexpr int kRows = 4000;
constexpr auto kPatience = std::chrono::seconds(60);

bool comes_true(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

// A server with a release that is expanded, and a migrate that takes a second or two.
class PostgresFollowers : public ::testing::Test {
 protected:
  void SetUp() override {
    create_postgres_images(url, kRows);
    ASSERT_OK(expand(*connection, release, {}));
    options.batch = 20;
    options.sleep = std::chrono::milliseconds(5);
    options.max_lag = 64 << 10;
    options.events = [this](const Event& event) {
      const std::lock_guard lock(mutex);
      if (const auto* waiting = std::get_if<Waiting>(&event)) reason = waiting->reason;
      batches += std::holds_alternative<BatchFinished>(event);
    };
  }
  std::string waits_for() {
    const std::lock_guard lock(mutex);
    return reason;
  }
  int batches_done() {
    const std::lock_guard lock(mutex);
    return batches;
  }
  // Waits until migrate waits for the follower and does no more; then `relieve` lets it end.
  void expect_to_wait_for(const std::string& follower, const std::function<void()>& relieve) {
    auto migrated = std::async(std::launch::async, [&] { return migrate(*connection, release, options); });
    EXPECT_TRUE(comes_true([&] { return waits_for().find(follower) != std::string::npos; })) << waits_for();
    const int before = batches_done();
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    EXPECT_EQ(batches_done(), before);
    EXPECT_LT(before, kRows / 20);
    relieve();
    const auto outcome = migrated.get();
    ASSERT_OK(outcome);
    EXPECT_EQ(outcome->rows, kRows);
  }

  PostgresServer primary;
  PostgresDatabase database{primary};
  const std::string url = database.url();
  std::unique_ptr<Connection> connection = open_test_database(url);
  Release release = release_of(postgres_image_plan());
  Options options;
  std::mutex mutex;
  std::string reason;  // of the last wait
  int batches = 0;
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
