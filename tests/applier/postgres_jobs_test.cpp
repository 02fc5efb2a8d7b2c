// Several tables at once, each on a connection of its own; and what is looked at before the first batch.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <mutex>
#include <set>

#include "postgres_fixture.h"

namespace emcee::applier {
namespace {

constexpr int kTables = 4;
constexpr int kRowsPerTable = 600;

std::string table_name(int i) { return i == 0 ? "images" : fmt::format("images{}", i); }

// The release of images, with further tables that are filled in the same way by scripts of their own.
Json plan_of_several_tables() {
  Json plan = postgres_image_plan();
  const Json migrate = plan["scripts"][2];
  const Json contract = plan["scripts"][3];
  plan["scripts"].erase(3);
  plan["scripts"].erase(2);
  for (int i = 0; i < kTables; ++i) {
    Json script = blank_script(fmt::format("ocata_migrate0{}", i + 1), "migrate", i + 1);
    Json fill = migrate["steps"][0];
    fill["backfill"]["table"] = fill["backfill"]["table_sql"] = table_name(i);
    script["steps"] = {fill};
    plan["scripts"].push_back(script);
  }
  Json last = blank_script(fmt::format("ocata_migrate0{}", kTables + 1), "migrate", kTables + 1);
  Json check = migrate["steps"][1];
  check["number"] = 1;
  last["steps"] = {check};
  plan["scripts"].push_back(last);
  plan["scripts"].push_back(contract);
  return plan;
}

class PostgresJobs : public ::testing::Test {
 protected:
  void SetUp() override {
    create_postgres_images(url, kRowsPerTable);
    ASSERT_OK(expand(*connection, release, {}));
    for (int i = 1; i < kTables; ++i)
      sql(fmt::format("CREATE TABLE {} AS SELECT * FROM images; ALTER TABLE {} ADD PRIMARY KEY (id)", table_name(i),
                      table_name(i)));
    options.jobs = 3;
    options.batch = 10;
    options.connect = [this]() -> Result<std::unique_ptr<Connection>> {
      ++connections;
      return open_postgres(url, {});
    };
    options.events = [this](const Event& event) {
      // The runner sends one event at a time.
      if (const auto* started = std::get_if<ScriptStarted>(&event)) at_work.insert(started->script);
      if (const auto* finished = std::get_if<ScriptFinished>(&event)) at_work.erase(finished->script);
      most_at_once = std::max(most_at_once, at_work.size());
      if (const auto* batch = std::get_if<BatchFinished>(&event)) on_batch(*batch);
    };
  }
  std::string sql(const std::string& text) const { return run_postgres(url, text); }
  void expect_all_filled() const {
    for (int i = 0; i < kTables; ++i)
      EXPECT_EQ(sql(fmt::format("SELECT count(*) FROM {} WHERE visibility = CASE is_public WHEN 1 THEN 'public' ELSE "
                                "'shared' END",
                                table_name(i))),
                std::to_string(kRowsPerTable))
          << table_name(i);
    EXPECT_EQ(sql("SELECT string_agg(DISTINCT rows_done::text, ' ') FROM emcee.ledger WHERE script LIKE '%migrate%' "
                  "AND rows_done > 0"),
              std::to_string(kRowsPerTable));
    EXPECT_EQ(sql("SELECT count(*) FROM emcee.ledger WHERE script LIKE '%migrate%' AND state <> 'done'"), "0");
  }

  PostgresDatabase database;
  const std::string url = database.url();
  std::unique_ptr<Connection> connection = open_test_database(url);
  Release release = release_of(plan_of_several_tables());
  Options options;
  std::set<std::string> at_work;
  std::size_t most_at_once = 0;
  std::atomic<int> connections = 0;
  std::function<void(const BatchFinished&)> on_batch = [](const BatchFinished&) {};
};

TEST_F(PostgresJobs, SoManyTablesAreFilledAtOnce) {
  const auto outcome = migrate(*connection, release, options);
  ASSERT_OK(outcome);
  EXPECT_EQ(outcome->rows, kTables * kRowsPerTable);
  EXPECT_EQ(outcome->steps, kTables + 1);
  EXPECT_EQ(connections, 3);
  EXPECT_EQ(most_at_once, 3u);
  expect_all_filled();
  EXPECT_EQ(check(*connection, release)->state, State::contract_next);
  ASSERT_OK(contract(*connection, release, {}));
}

TEST_F(PostgresJobs, OfflineTheyAreFilledAtOnceAsWell) {
  ASSERT_OK(rollback(*connection, release, {}));
  for (int i = 1; i < kTables; ++i) sql("ALTER TABLE " + table_name(i) + " ALTER visibility TYPE text");
  const auto outcome = sync(*connection, release, options);
  ASSERT_OK(outcome);
  EXPECT_EQ(most_at_once, 3u);
  EXPECT_EQ(check(*connection, release)->state, State::up_to_date);
}

TEST_F(PostgresJobs, StoppedInTheMiddleTheyGoOnWhereEachStood) {
  std::atomic<bool> stop = false;
  int batches = 0;
  on_batch = [&](const BatchFinished&) { stop = ++batches == 40; };
  options.stop = &stop;
  connection->watch(&stop);
  const auto stopped = migrate(*connection, release, options);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::interrupted);
  EXPECT_NE(sql("SELECT count(*) FROM emcee.ledger WHERE state = 'running' AND cursor IS NOT NULL"), "0");
  EXPECT_LT(std::stoi(sql("SELECT sum(rows_done) FROM emcee.ledger")), kTables * kRowsPerTable);
  stop = false;
  on_batch = [](const BatchFinished&) {};
  options.jobs = 2;
  ASSERT_OK(migrate(*connection, release, options));
  expect_all_filled();
}

// The server is not there at once, as after a restart.
TEST_F(PostgresJobs, AConnectionIsTriedAgain) {
  std::atomic<int> refusals = 2;
  options.connect = [&]() -> Result<std::unique_ptr<Connection>> {
    if (refusals-- > 0) return schema::fail(ErrorCode::try_again, "the database system is starting up");
    return open_postgres(url, {});
  };
  ASSERT_OK(migrate(*connection, release, options));
  EXPECT_LT(refusals, 0);
  expect_all_filled();
}

// The session that hands out the tables: what it asks for before, and when the others are through.
TEST_F(PostgresJobs, TheirLeaderMayLoseItsSession) {
  const PostgresDatabase other;
  int losses = 0;
  for (int call = 1;; call += stride()) {
    LosingConnection losing(open_postgres(url, {}).value(), end_postgres_session(other), call);
    ASSERT_OK(migrate(losing, release, options)) << "call " << call;
    expect_all_filled();
    if (!losing.lost()) break;
    ++losses;
    ASSERT_OK(rollback(*connection, release, {}));
    ASSERT_OK(expand(*connection, release, {}));
    for (int i = 1; i < kTables; ++i) sql("UPDATE " + table_name(i) + " SET visibility = NULL");
  }
  EXPECT_GE(losses, 20 / stride());
}

TEST_F(PostgresJobs, AFailureOfOneTableEndsTheCommandAndTheOthersKeepTheirRows) {
  sql("ALTER TABLE images2 ADD CONSTRAINT in_the_way CHECK (id <> 300 OR visibility IS NULL)");
  const auto failed = migrate(*connection, release, options);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::look_at_server);
  EXPECT_NE(failed.error().message.find("in_the_way"), std::string::npos) << failed.error().message;
  sql("ALTER TABLE images2 DROP CONSTRAINT in_the_way");
  ASSERT_OK(migrate(*connection, release, options));
  expect_all_filled();
}

TEST_F(PostgresJobs, ALimitCountsOneTableAfterTheOther) {
  options.max_rows = 700;
  const auto outcome = migrate(*connection, release, options);
  ASSERT_OK(outcome);
  EXPECT_TRUE(outcome->more);
  EXPECT_EQ(outcome->rows, 700);
  EXPECT_EQ(connections, 0);
}

// Autovacuum is off here: nobody else would look at the tables.
TEST_F(PostgresJobs, ATableWithoutStatisticsIsAnalysedBeforeItsFirstBatch) {
  const std::string known = "SELECT count(DISTINCT tablename) FROM pg_stats WHERE tablename LIKE 'images%'";
  EXPECT_EQ(sql(known), "0");
  ASSERT_OK(migrate(*connection, release, options));
  EXPECT_EQ(sql(known), std::to_string(kTables));
}

// An index that was left invalid leads nowhere: each batch would read the whole table.
TEST_F(PostgresJobs, ABatchThatWouldReadTheWholeTableIsRefused) {
  sql("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'images_pkey'::regclass");
  options.jobs = 1;
  const auto refused = migrate(*connection, release, options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::look_at_server);
  EXPECT_NE(refused.error().message.find("Seq Scan on images"), std::string::npos) << refused.error().message;
  EXPECT_EQ(sql("SELECT count(visibility) FROM images"), "0");
  sql("UPDATE pg_index SET indisvalid = true WHERE indexrelid = 'images_pkey'::regclass");
  ASSERT_OK(migrate(*connection, release, options));
  expect_all_filled();
}

}  // namespace
}  // namespace emcee::applier
