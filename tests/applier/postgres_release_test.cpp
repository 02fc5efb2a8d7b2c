// A release on a real PostgreSQL: phases, kill -9 of the applier, crashes of the server, locks,
// deadlocks, batches along every kind of key.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <thread>

#include "postgres_fixture.h"

namespace emcee::applier {
namespace {

using Seconds = std::chrono::duration<double>;

class PostgresRelease : public ::testing::Test {
 protected:
  void SetUp() override { create_postgres_images(url, 50); }
  std::string sql(const std::string& text) const { return run_postgres(url, text); }

  PostgresDatabase database;
  const std::string url = database.url();
  std::unique_ptr<Connection> connection = open_test_database(url, std::chrono::milliseconds(200));
  Release release = release_of(postgres_image_plan());
};

TEST_F(PostgresRelease, LeadsFromTheOldSchemaToTheNew) {
  ASSERT_OK(upgrade(*connection, release, {}));
  EXPECT_EQ(postgres_dump(url), expected_postgres_images(50));
  const auto at = check(*connection, release);
  ASSERT_OK(at);
  EXPECT_EQ(at->state, State::up_to_date) << at->text;
}

TEST_F(PostgresRelease, IsSteeredThroughTheLedger) { expect_steering(*connection, release); }

TEST_F(PostgresRelease, BothReleasesWriteMeanwhile) {
  ASSERT_OK(expand(*connection, release, {}));
  sql("INSERT INTO images (id, name, is_public) VALUES (100, 'old', 1)");
  sql("INSERT INTO images (id, name, visibility) VALUES (101, 'new', 'community')");
  EXPECT_EQ(sql("SELECT visibility FROM images WHERE id = 100"), "public");
  EXPECT_EQ(sql("SELECT is_public FROM images WHERE id = 101"), "0");
  ASSERT_OK(migrate(*connection, release, small_batches()));
  EXPECT_EQ(sql("SELECT visibility FROM images WHERE id = 101"), "community");
  // Behind the triggers' back: pending rows hold up contract, and migrate finds them.
  sql("SET emcee.bypass = 'on'; UPDATE images SET visibility = NULL WHERE id < 5");
  EXPECT_EQ(check(*connection, release)->state, State::migrate_next);
  EXPECT_FALSE(contract(*connection, release, {}));
  ASSERT_OK(migrate(*connection, release, {}));
  ASSERT_OK(contract(*connection, release, {}));
  EXPECT_EQ(sql("SELECT visibility FROM images WHERE id = 101"), "community");
}

TEST_F(PostgresRelease, ConflictsAreListedAndSettled) {
  ASSERT_OK(expand(*connection, release, {}));
  ASSERT_OK(migrate(*connection, release, {}));
  sql("SET emcee.bypass = 'on'; UPDATE images SET visibility = 'public' WHERE id IN (1, 2)");
  const auto found = verify(*connection, release, {});
  ASSERT_OK(found);
  EXPECT_EQ(found->findings[1].count, 2);
  ASSERT_OK(resolve(*connection, release, Side::new_release, {}));
  EXPECT_EQ(sql("SELECT sum(is_public) FROM images WHERE id IN (1, 2)"), "2");
  EXPECT_TRUE(verify(*connection, release, {})->clean());
}

TEST_F(PostgresRelease, RollsBackToTheOldSchemaWithWhatBothWrote) {
  const std::string before = postgres_dump(url);
  ASSERT_OK(expand(*connection, release, {}));
  ASSERT_OK(migrate(*connection, release, {}));
  ASSERT_OK(rollback(*connection, release, {}));
  EXPECT_EQ(postgres_dump(url), before);
  ASSERT_OK(upgrade(*connection, release, {}));
  EXPECT_EQ(postgres_dump(url), expected_postgres_images(50));
}

TEST_F(PostgresRelease, NamesWhatARollbackWouldLose) {
  ASSERT_OK(expand(*connection, release, {}));
  sql("INSERT INTO images (id, visibility) VALUES (100, 'community')");
  const auto refused = rollback(*connection, release, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::accept_hazard);
  EXPECT_NE(refused.error().message.find("visibility community: 100"), std::string::npos) << refused.error().message;
}

TEST_F(PostgresRelease, OfflineNeedsNoTriggers) {
  ASSERT_OK(sync(*connection, release, {}));
  EXPECT_EQ(postgres_dump(url), expected_postgres_images(50));
}

TEST_F(PostgresRelease, AFailedStepLeavesNothing) {
  Json plan = postgres_image_plan();
  plan["scripts"][0]["steps"][0]["run"].push_back("SELECT 1 / 0");
  const Release broken = release_of(plan);
  const std::string before = postgres_dump(url);
  const auto failed = expand(*connection, broken, {});
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message.find("division by zero (22012)"), std::string::npos);
  EXPECT_EQ(postgres_dump(url), before);
}

TEST_F(PostgresRelease, ASecondApplierIsRefused) {
  ASSERT_OK(connection->lock_runner());
  const auto other = open_test_database(url);
  const auto refused = expand(*other, release, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::wrong_order);
  EXPECT_EQ(sql("SELECT to_regnamespace('emcee')"), "NULL");
}

TEST(PostgresKillNine, AnywhereInAnUpgrade) {
  const Release release = release_of(postgres_image_plan());
  kill_everywhere(
      postgres_bed(), [](const std::string& url) { create_postgres_images(url, 50); },
      [&](Connection& connection) { return shown(upgrade(connection, release, small_batches())); },
      [](const std::string& url) { return postgres_dump(url) + postgres_dump_ledger(url); }, 100 / stride(), stride());
}

TEST(PostgresKillNine, AnywhereInARollback) {
  const Release release = release_of(postgres_image_plan());
  const auto prepare = [&](const std::string& url) {
    create_postgres_images(url, 20);
    const auto connection = open_test_database(url);
    ASSERT_OK(expand(*connection, release, {}));
    ASSERT_OK(migrate(*connection, release, {}));
  };
  kill_everywhere(
      postgres_bed(), prepare, [&](Connection& connection) { return shown(rollback(connection, release, {})); },
      [](const std::string& url) { return postgres_dump(url) + postgres_dump_ledger(url); }, 20 / stride(), stride());
}

// The database is rewritten by hand into every state that a crash of CREATE INDEX CONCURRENTLY
// leaves, the invalid index above all.
TEST_F(PostgresRelease, AnIndexThatFailedIsBuiltAgain) {
  Json plan = postgres_image_plan();
  plan["scripts"][0]["steps"][1]["run"][1] = "CREATE UNIQUE INDEX CONCURRENTLY images_visibility ON images (name)";
  const Release unique = release_of(plan);
  sql("UPDATE images SET name = 'twice' WHERE id < 3");
  const auto failed = expand(*connection, unique, {});
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message.find("23505"), std::string::npos) << failed.error().message;
  EXPECT_EQ(sql("SELECT indisvalid FROM pg_index WHERE indexrelid = 'images_visibility'::regclass"), "f");
  sql("UPDATE images SET name = 'once' WHERE id = 1");
  ASSERT_OK(expand(*connection, unique, {}));
  EXPECT_EQ(sql("SELECT indisvalid FROM pg_index WHERE indexrelid = 'images_visibility'::regclass"), "t");
}

// A transaction of the application, in another session, for a while.
class Holder {
 public:
  Holder(const std::string& url, const std::string& statement, std::chrono::milliseconds time)
      : connection_(open_test_database(url)) {
    EXPECT_OK(connection_->begin());
    EXPECT_OK(connection_->execute(statement));
    end_ = std::async(std::launch::async, [this, time] {
      std::this_thread::sleep_for(time);
      connection_->rollback();
    });
  }

 private:
  std::unique_ptr<Connection> connection_;
  std::future<void> end_;
};

TEST_F(PostgresRelease, WaitsForATransactionAndLetsReadersThrough) {
  int waits = 0;
  Options options;
  options.events = [&](const Event& event) {
    const auto* waiting = std::get_if<Waiting>(&event);
    waits += waiting != nullptr;
    if (waiting != nullptr) {
      EXPECT_NE(waiting->reason.find("55P03"), std::string::npos) << waiting->reason;
    }
  };
  const auto reader = open_test_database(url, std::chrono::seconds(60));
  std::atomic<bool> stop = false;
  Seconds longest{0};
  auto reading = std::async(std::launch::async, [&] {
    while (!stop) {
      const auto start = std::chrono::steady_clock::now();
      EXPECT_OK(reader->query("SELECT count(*) FROM images"));
      longest = std::max(longest, Seconds(std::chrono::steady_clock::now() - start));
    }
  });
  const Holder holder(url, "SELECT count(*) FROM images", std::chrono::milliseconds(2500));
  const auto done = expand(*connection, release, options);
  stop = true;
  reading.get();
  ASSERT_OK(done);
  EXPECT_GE(waits, 3);
  // The lock timeout is 0.2 s, the transaction takes 2.5 s.
  EXPECT_LT(longest.count(), 1.2);
}

TEST_F(PostgresRelease, GivesUpAfterTheLastRetry) {
  const std::string before = postgres_dump(url);
  {
    const Holder holder(url, "LOCK TABLE images", std::chrono::milliseconds(1500));
    Options options;
    options.retries = 1;
    const auto failed = expand(*connection, release, options);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::try_again);
    EXPECT_EQ(schema::exit_code(failed.error().code), 4);
  }
  EXPECT_EQ(postgres_dump(url), before);
  ASSERT_OK(expand(*connection, release, {}));
}

// It keeps nobody out while it waits, and so has no reason to give up.
TEST_F(PostgresRelease, AnIndexWaitsForOldTransactionsWithoutATimeout) {
  ASSERT_TRUE([&] {
    Options one;
    one.one_step = true;
    return shown(expand(*connection, release, one));
  }());
  Options options;
  options.retries = 0;
  const Holder holder(url, "INSERT INTO images (id) VALUES (1000)", std::chrono::milliseconds(1500));
  const auto start = std::chrono::steady_clock::now();
  ASSERT_OK(expand(*connection, release, options));
  EXPECT_GT(Seconds(std::chrono::steady_clock::now() - start).count(), 1.0);
}

TEST_F(PostgresRelease, ABatchThatIsTheVictimOfADeadlockIsDoneAgain) {
  ASSERT_OK(expand(*connection, release, {}));
  const auto batches = open_test_database(url, std::chrono::seconds(10));
  const auto application = open_test_database(url, std::chrono::seconds(30));
  ASSERT_OK(batches->execute("SET deadlock_timeout = '50ms'"));
  ASSERT_OK(application->execute("SET deadlock_timeout = '30s'"));
  ASSERT_OK(application->begin());
  ASSERT_OK(application->execute("UPDATE images SET name = 'mine' WHERE id = 40"));
  std::atomic<int> waits = 0;
  std::string reason;
  Options options;
  options.batch = 50;
  options.events = [&](const Event& event) {
    if (const auto* waiting = std::get_if<Waiting>(&event)) {
      ++waits;
      reason = waiting->reason;
    }
  };
  auto migrated = std::async(std::launch::async, [&] { return migrate(*batches, release, options); });
  // The batch has rows 1 to 39 and waits for 40.
  for (int i = 0; i < 500 && sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") == "0"; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  ASSERT_OK(application->execute("UPDATE images SET name = 'mine' WHERE id = 1"));
  ASSERT_OK(application->commit());
  ASSERT_OK(migrated.get());
  EXPECT_GE(waits, 1);
  EXPECT_NE(reason.find("40P01"), std::string::npos) << reason;
  EXPECT_EQ(sql("SELECT count(*) FROM images WHERE visibility IS NULL"), "0");
  EXPECT_EQ(sql("SELECT count(*) FROM images WHERE name = 'mine'"), "2");
}

TEST_F(PostgresRelease, StopsWhileItWaits) {
  const Holder holder(url, "LOCK TABLE images", std::chrono::milliseconds(3000));
  std::atomic<bool> stop = false;
  Options options;
  options.stop = &stop;
  auto signal = std::async(std::launch::async, [&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    stop = true;
  });
  const auto start = std::chrono::steady_clock::now();
  const auto stopped = expand(*connection, release, options);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::interrupted) << stopped.error().message;
  EXPECT_LT(Seconds(std::chrono::steady_clock::now() - start).count(), 1.5);
}

TEST(PostgresLostSession, AnywhereInAnUpgrade) {
  const Release release = release_of(postgres_image_plan());
  Bed bed = postgres_bed();
  bed.make = [make = bed.make] {
    const std::string url = make();
    create_postgres_images(url, 50);
    return url;
  };
  const PostgresDatabase other;
  lose_everywhere(
      bed, end_postgres_session(other),
      [&](Connection& connection) { return shown(upgrade(connection, release, small_batches())); }, postgres_dump,
      90 / stride(), stride());
}

// The server crashes and comes back while each phase runs; the same command goes on.
TEST(PostgresServerCrash, InTheMiddleOfEveryPhase) {
  PostgresServer server;
  const Release release = release_of(postgres_image_plan());
  constexpr int kRows = 3000;
  const std::string expected = expected_postgres_images(kRows);
  int waits = 0;
  for (int round = 0; round < 6; ++round) {
    const PostgresDatabase database(server);
    create_postgres_images(database.url(), kRows);
    const auto connection = open_test_database(database.url());
    Options options;
    options.batch = 100;
    options.sleep = std::chrono::milliseconds(5);
    options.events = [&](const Event& event) { waits += std::holds_alternative<Waiting>(event); };
    auto work = std::async(std::launch::async, [&] { return upgrade(*connection, release, options); });
    std::this_thread::sleep_for(std::chrono::milliseconds(20 + 70 * round));
    server.crash();
    server.start();
    const auto done = work.get();
    ASSERT_OK(done);
    EXPECT_EQ(postgres_dump(database.url()), expected) << "round " << round;
  }
  EXPECT_GE(waits, 3);
}

// ---- batches

struct WalkCase {
  std::string name, columns, values;  // `values` of generate_series(1, 300) AS i
  std::vector<std::string> key;
};
void PrintTo(const WalkCase& each, std::ostream* out) { *out << each.name; }

class PostgresWalk : public ::testing::TestWithParam<WalkCase> {};

// In small batches, stopped at every limit, with rows that come meanwhile: each row once.
TEST_P(PostgresWalk, ReachesEveryRowOnce) {
  const PostgresDatabase database;
  const WalkCase& with = GetParam();
  run_postgres(database.url(), "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')");
  run_postgres(database.url(),
               fmt::format("CREATE TABLE t ({}, done text, times int DEFAULT 0); INSERT INTO t SELECT {} "
                           "FROM generate_series(1, 300) AS i ORDER BY md5(i::text)",
                           with.columns, with.values));
  if (with.name == "not_unique") run_postgres(database.url(), "CREATE INDEX ON t (kind)");
  Json plan = blank_plan("fill");
  plan["dialect"] = "postgres";
  Json step = blank_step(1, "fill t.done", "backfill");
  step["backfill"] = {{"table", "t"},
                      {"table_sql", "t"},
                      {"key", Json::array()},
                      {"key_sql", with.key},
                      {"pending", "done IS NULL"},
                      {"set", "done = 'yes', times = times + 1"},
                      {"bypass_triggers", true},
                      {"single_update", ""}};
  plan["scripts"][1]["steps"] = {step};
  const Release release = release_of(plan);
  ASSERT_OK(expand(*open_test_database(database.url()), release, {}));
  Options options;
  options.batch = 11;
  options.max_rows = 60;
  bool more = true;
  for (int runs = 0; more && runs < 20; ++runs) {
    const auto done = migrate(*open_test_database(database.url()), release, options);
    ASSERT_OK(done);
    more = done->more;
  }
  EXPECT_FALSE(more);
  EXPECT_EQ(run_postgres(database.url(), "SELECT count(*) FROM t WHERE times = 1 AND done = 'yes'"), "300");
  EXPECT_EQ(
      run_postgres(database.url(), "SELECT rows_done FROM emcee.ledger WHERE script = 'fill_migrate01' AND step = 1"),
      "300");
}

INSTANTIATE_TEST_SUITE_P(
    Keys, PostgresWalk,
    ::testing::Values(
        WalkCase{"bigint", "id bigint PRIMARY KEY", "(i - 150)::bigint * 1000000007", {"id"}},
        WalkCase{"uuid", "id uuid PRIMARY KEY", "md5(i::text)::uuid", {"id"}},
        WalkCase{"text", "id text COLLATE \"C\" PRIMARY KEY", "repeat(chr(200 + i), 3)", {"id"}},
        WalkCase{"not_unique", "kind text, id int", "(i % 7)::text, i", {"kind"}},
        WalkCase{"with_nulls", "id int UNIQUE", "CASE WHEN i % 10 > 0 THEN i END", {"id"}},
        WalkCase{
            "composite",
            "a timestamptz, b mood, c numeric, PRIMARY KEY (a, b, c)",
            "'2024-01-01Z'::timestamptz + i / 50 * interval '1 day', (ARRAY['sad', 'ok', 'happy'])[i % 3 + 1]::mood, "
            "i / 7.0",
            {"a", "b", "c"}},
        WalkCase{"ctid", "name text", "'row ' || i % 3", {"ctid"}}, WalkCase{"none", "name text", "'row'", {}}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace emcee::applier
