#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <numeric>
#include <thread>

#include "applier/batch_sizer.h"
#include "fixture.h"

namespace emcee::applier {
namespace {

// A release that does nothing but fill `done` of table t, walking the given key.
Json fill_plan(const std::vector<std::string>& key_sql) {
  Json plan = blank_plan("fill");
  Json step = blank_step(1, "fill t.done", "backfill");
  step["backfill"] = {{"table", "t"},
                      {"table_sql", "\"t\""},
                      {"key", Json::array()},
                      {"key_sql", key_sql},
                      {"pending", "done IS NULL"},
                      {"set", "done = 'yes', times = times + 1"},
                      {"bypass_triggers", true},
                      {"single_update", ""}};
  plan["scripts"][1]["steps"] = {step};
  return plan;
}

struct KeyCase {
  const char* name;
  const char* table;   // DDL, with done and times
  const char* insert;  // 300 rows
  std::vector<std::string> key_sql;
};

// Printed where a case fails.
void PrintTo(const KeyCase& key, std::ostream* out) { *out << key.name; }

constexpr const char* kNumbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) ";

const KeyCase kKeys[] = {
    {"integer",
     "CREATE TABLE t (id INTEGER PRIMARY KEY, done, times DEFAULT 0)",
     "INSERT INTO t (id) {} SELECT i FROM n",
     {"\"id\""}},
    {"negative_and_sparse",
     "CREATE TABLE t (id INTEGER PRIMARY KEY, done, times DEFAULT 0)",
     "INSERT INTO t (id) {} SELECT CASE i WHEN 1 THEN -9223372036854775807 - 1 WHEN 2 THEN 9223372036854775807 ELSE "
     "(i - 150) * 1000000007 END FROM n",
     {"\"id\""}},
    {"rowid",
     "CREATE TABLE t (name TEXT, done, times DEFAULT 0)",
     "INSERT INTO t (name) {} SELECT i % 7 FROM n",
     {"rowid"}},
    {"text",
     "CREATE TABLE t (code TEXT PRIMARY KEY, done, times DEFAULT 0)",
     "INSERT INTO t (code) {} SELECT CASE i WHEN 1 THEN '' WHEN 2 THEN 'it''s' ELSE char(i + 64) || ' ü' || i END FROM "
     "n",
     {"\"code\""}},
    {"nocase_without_rowid",
     "CREATE TABLE t (code TEXT COLLATE NOCASE PRIMARY KEY, done, times DEFAULT 0) WITHOUT ROWID",
     "INSERT INTO t (code) {} SELECT CASE i % 2 WHEN 0 THEN 'ab' ELSE 'AB' END || i FROM n",
     {"\"code\""}},
    {"blob_without_rowid",
     "CREATE TABLE t (code BLOB PRIMARY KEY, done, times DEFAULT 0) WITHOUT ROWID",
     "INSERT INTO t (code) {} SELECT CASE i WHEN 1 THEN x'' WHEN 2 THEN x'00' ELSE CAST(printf('%c%d', i, i) AS BLOB) "
     "END FROM n",
     {"\"code\""}},
    {"any_storage_class",
     "CREATE TABLE t (code PRIMARY KEY, done, times DEFAULT 0) WITHOUT ROWID",
     "INSERT INTO t (code) {} SELECT CASE i % 4 WHEN 0 THEN i WHEN 1 THEN i + 0.5 WHEN 2 THEN 'k' || i ELSE "
     "CAST('b' || i AS BLOB) END FROM n",
     {"\"code\""}},
    {"extreme_reals",
     "CREATE TABLE t (code REAL PRIMARY KEY, done, times DEFAULT 0) WITHOUT ROWID",
     "INSERT INTO t (code) {} SELECT CASE i WHEN 1 THEN 9e999 WHEN 2 THEN -9e999 WHEN 3 THEN 5e-324 ELSE i / 3.0 END "
     "FROM n",
     {"\"code\""}},
    {"utf16",
     "PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (code TEXT PRIMARY KEY, done, times DEFAULT 0) WITHOUT ROWID",
     "INSERT INTO t (code) {} SELECT 'ü' || char(i + 8000) || i FROM n",
     {"\"code\""}},
    {"descending_without_rowid",
     "CREATE TABLE t (a TEXT, b INTEGER, done, times DEFAULT 0, PRIMARY KEY (a DESC, b)) WITHOUT ROWID",
     "INSERT INTO t (a, b) {} SELECT 'a' || (i % 3), i FROM n",
     {"\"a\"", "\"b\""}},
    {"composite_without_rowid",
     "CREATE TABLE t (a TEXT, b INTEGER, done, times DEFAULT 0, PRIMARY KEY (a, b)) WITHOUT ROWID",
     "INSERT INTO t (a, b) {} SELECT 'a' || (i % 3), i FROM n",
     {"\"a\"", "\"b\""}},
    {"composite_nulls",
     "CREATE TABLE t (a TEXT, b INTEGER, done, times DEFAULT 0, PRIMARY KEY (a, b))",
     "INSERT INTO t (a, b) {} SELECT CASE WHEN i % 3 > 0 THEN 'a' || (i % 3) END, CASE WHEN i % 4 > 0 THEN i END FROM "
     "n",
     {"\"a\"", "\"b\""}},
    {"only_nulls",
     "CREATE TABLE t (a TEXT PRIMARY KEY, done, times DEFAULT 0)",
     "INSERT INTO t (a) {} SELECT NULL FROM n",
     {"\"a\""}},
    {"not_unique",
     "CREATE TABLE t (a INTEGER, done, times DEFAULT 0)",
     "INSERT INTO t (a) {} SELECT i / 40 FROM n",
     {"\"a\""}},
    {"no_key", "CREATE TABLE t (a INTEGER, done, times DEFAULT 0)", "INSERT INTO t (a) {} SELECT i FROM n", {}},
};

class Keys : public ::testing::TestWithParam<KeyCase> {};

// Every row once, whatever the batches look like and wherever the walk is interrupted.
TEST_P(Keys, EveryRowIsFilledExactlyOnce) {
  const KeyCase& key = GetParam();
  for (const std::int64_t batch : {1, 7, 100, 299, 300, 301}) {
    TempDir folder;
    const std::string file = folder.file("t.db");
    run_sql(file, key.table);
    auto connection = open_file(file);
    ASSERT_OK(connection->execute(fmt::format(fmt::runtime(key.insert), kNumbers)));
    const Release release = release_of(fill_plan(key.key_sql));
    ASSERT_OK(expand(*connection, release, {}));
    Options options;
    options.batch = batch;
    options.sleep = std::chrono::milliseconds(0);
    options.max_rows = 71;
    std::int64_t rows = 0;
    bool more = true;
    for (int calls = 0; more && calls < 20; ++calls) {
      const auto done = migrate(*connection, release, options);
      ASSERT_OK(done);
      rows += done->rows;
      more = done->more;
    }
    EXPECT_FALSE(more);
    EXPECT_EQ(rows, 300);
    EXPECT_EQ(run_sql(file, "SELECT count(*) || ' ' || min(times) || ' ' || max(times) || ' ' || min(done) FROM t"),
              "300 1 1 yes");
    EXPECT_EQ(run_sql(file, "SELECT rows_done FROM emcee_ledger WHERE script = 'fill_migrate01' AND step = 1"), "300");
  }
}

INSTANTIATE_TEST_SUITE_P(All, Keys, ::testing::ValuesIn(kKeys),
                         [](const auto& info) { return std::string(info.param.name); });

class Batches : public ::testing::Test {
 protected:
  void create(int rows) {
    run_sql(file, "CREATE TABLE t (id INTEGER PRIMARY KEY, done, times DEFAULT 0)");
    run_sql(file,
            fmt::format("INSERT INTO t (id) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
                        "{}) SELECT i FROM n;",
                        rows));
    connection = open_file(file);
    EXPECT_OK(expand(*connection, release, {}));
    options.sleep = std::chrono::milliseconds(0);
    options.events = [this](const Event& event) {
      if (const auto* batch = std::get_if<BatchFinished>(&event)) {
        batches.push_back(*batch);
        if (on_batch) on_batch(*batch);
      }
    };
  }
  TempDir folder;
  const std::string file = folder.file("t.db");
  std::unique_ptr<Connection> connection;
  Release release = release_of(fill_plan({"\"id\""}));
  Options options;
  std::vector<BatchFinished> batches;
  std::function<void(const BatchFinished&)> on_batch;
};

TEST_F(Batches, HaveTheSizeThatIsAskedForAndTellTheirProgress) {
  create(250);
  options.batch = 100;
  ASSERT_OK(migrate(*connection, release, options));
  ASSERT_EQ(batches.size(), 3);
  EXPECT_EQ(batches[0].changed, 100);
  EXPECT_EQ(batches[1].total_changed, 200);
  EXPECT_EQ(batches[1].walked, 200);
  EXPECT_EQ(batches[2].changed, 50);
  EXPECT_EQ(batches[2].walked, 250);
  EXPECT_EQ(batches[2].rows, 250);
  EXPECT_EQ(batches[2].eta_seconds, 0);
  EXPECT_GT(batches[1].rate, 0);
}

TEST_F(Batches, StopAtMaxRowsExactlyAndGoOnThere) {
  create(1000);
  options.max_rows = 130;
  for (const std::int64_t expected : {130, 130, 130, 130, 130, 130, 130, 90}) {
    const auto done = migrate(*connection, release, options);
    ASSERT_OK(done);
    EXPECT_EQ(done->rows, expected);
    EXPECT_EQ(done->more, expected == 130);
  }
}

TEST_F(Batches, StopWhenAskedTo) {
  create(1000);
  options.batch = 10;
  std::atomic<bool> stop = false;
  options.stop = &stop;
  on_batch = [&](const BatchFinished&) { stop = batches.size() == 5; };
  const auto stopped = migrate(*connection, release, options);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::interrupted);
  EXPECT_EQ(run_sql(file, "SELECT count(*) FROM t WHERE done = 'yes'"), "50");
  stop = false;
  const auto done = migrate(*connection, release, options);
  ASSERT_OK(done);
  EXPECT_EQ(done->rows, 950);
  EXPECT_EQ(batches[5].walked, 60);  // it went on, it did not start again
}

TEST_F(Batches, FindRowsThatAppearBehindTheWalk) {
  create(100);
  options.batch = 10;
  on_batch = [&](const BatchFinished&) {
    if (batches.size() == 5) run_sql(file, "INSERT INTO t (id) VALUES (-1), (0), (500)");
  };
  const auto done = migrate(*connection, release, options);
  ASSERT_OK(done);
  EXPECT_EQ(done->rows, 103);
  EXPECT_EQ(run_sql(file, "SELECT count(*) FROM t WHERE done IS NULL"), "0");
}

TEST_F(Batches, EndWhereRowsStayPending) {
  Json plan = fill_plan({"\"id\""});
  plan["scripts"][1]["steps"][0]["backfill"]["set"] = "done = iif(id % 50 = 0, NULL, 'yes')";
  release = release_of(plan);
  create(100);
  const auto stuck = migrate(*connection, release, options);
  ASSERT_FALSE(stuck);
  EXPECT_EQ(stuck.error().code, ErrorCode::answer_is_no);
  EXPECT_NE(stuck.error().message.find("2 rows stay pending"), std::string::npos) << stuck.error().message;
  EXPECT_NE(stuck.error().message.find("\n  50\n  100"), std::string::npos) << stuck.error().message;
}

TEST_F(Batches, BypassTriggersOnlyWhereThePlanSaysSo) {
  for (const bool bypass : {true, false}) {
    SCOPED_TRACE(bypass);
    TempDir own;
    const std::string db = own.file("t.db");
    run_sql(
        db,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, done, times DEFAULT 0); CREATE TABLE seen (id); INSERT INTO t (id) "
        "VALUES (1), (2); CREATE TRIGGER see AFTER UPDATE ON t BEGIN INSERT INTO seen VALUES (new.id); END;");
    Json plan = fill_plan({"\"id\""});
    plan["scripts"][1]["steps"][0]["backfill"]["bypass_triggers"] = bypass;
    auto own_connection = open_file(db);
    ASSERT_OK(upgrade(*own_connection, release_of(plan), {}));
    EXPECT_EQ(run_sql(db, "SELECT count(*) FROM seen"), bypass ? "0" : "2");
    // They fire again afterwards.
    ASSERT_OK(own_connection->execute("UPDATE t SET times = 0 WHERE id = 1"));
    EXPECT_EQ(run_sql(db, "SELECT count(*) FROM seen"), bypass ? "1" : "3");
  }
}

TEST_F(Batches, LeaveRoomOnceOthersWrite) {
  create(200'000);
  options.sleep.reset();
  options.batch = 50'000;
  std::vector<double> pauses;
  options.events = [&](const Event& event) {
    if (const auto* pause = std::get_if<Throttled>(&event)) pauses.push_back(pause->seconds);
    if (std::holds_alternative<BatchFinished>(event)) run_sql(file, "UPDATE t SET times = times + 1 WHERE id = 1");
  };
  ASSERT_OK(migrate(*connection, release, options));
  EXPECT_GE(pauses.size(), 2);
}

TEST_F(Batches, LoseNoWriteOfAnApplication) {
  create(200'000);
  options.sleep.reset();
  options.batch_target = std::chrono::milliseconds(20);
  // An application that waits as SQLite's own busy handler does, with naps of up to 100 ms.
  std::atomic<bool> finished = false;
  int writes = 0;
  std::thread application([&] {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(file.c_str(), &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 5000);
    while (!finished) {
      EXPECT_EQ(sqlite3_exec(db, "UPDATE t SET times = times + 1000 WHERE id = 1", nullptr, nullptr, nullptr),
                SQLITE_OK)
          << sqlite3_errmsg(db);
      ++writes;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    sqlite3_close(db);
  });
  const auto done = migrate(*connection, release, options);
  finished = true;
  application.join();
  ASSERT_OK(done);
  EXPECT_EQ(done->rows, 200'000);
  EXPECT_GT(writes, 0);
  EXPECT_EQ(run_sql(file, "SELECT times FROM t WHERE id = 1"), std::to_string(1000 * writes + 1));
}

// What the server does with the statements of a batch: ranges of the key, never a whole scan.
TEST(BatchPlans, SeekTheKey) {
  struct Case {
    const char* ddl;
    std::vector<std::string> key;
    const char* expected;
  };
  const Case cases[] = {
      {"CREATE TABLE t (id INTEGER PRIMARY KEY, done); CREATE INDEX i ON t (done)",
       {"\"id\""},
       "SEARCH t USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"},
      {"CREATE TABLE t (a, done); CREATE INDEX i ON t (done)",
       {"rowid"},
       "SEARCH t USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"},
      {"CREATE TABLE t (a TEXT PRIMARY KEY, done) WITHOUT ROWID",
       {"\"a\""},
       "SEARCH t USING PRIMARY KEY (a>? AND a<?)"},
      {"CREATE TABLE t (a TEXT, b INT, done, PRIMARY KEY (a, b)) WITHOUT ROWID",
       {"\"a\"", "\"b\""},
       "SEARCH t USING PRIMARY KEY ((a,b)>(?,?) AND (a,b)<(?,?))"},
      {"CREATE TABLE t (a TEXT, b INT, done, PRIMARY KEY (a, b)); CREATE INDEX i ON t (done)",
       {"\"a\"", "\"b\""},
       "SEARCH t USING INDEX sqlite_autoindex_t_1 ((a,b)>(?,?) AND (a,b)<(?,?))"},
  };
  for (const Case& each : cases) {
    auto opened = open_sqlite(":memory:", {.create = true});
    ASSERT_OK(opened);
    Connection& connection = **opened;
    ASSERT_OK(connection.execute(each.ddl));
    const auto key = connection.key_parts("t", each.key);
    ASSERT_OK(key);
    const std::string plan = fmt::format(
        "EXPLAIN QUERY PLAN UPDATE t SET done = 1 WHERE {} IS NOT NULL AND {} AND {} AND (done IS NULL) IS TRUE",
        fmt::join(each.key, " IS NOT NULL AND "), connection.key_comparison(*key, ">", 1),
        connection.key_comparison(*key, "<=", each.key.size() + 1));
    const auto rows = connection.query(plan);
    ASSERT_OK(rows);
    ASSERT_EQ(rows->size(), 1);
    EXPECT_EQ(to_text(rows->front()[3]), each.expected) << each.ddl;
  }
}

TEST(BatchSizer, FollowsTheTargetWithinLimits) {
  BatchSizer sizer(std::nullopt, 0.1);
  EXPECT_EQ(sizer.size(), 1000);
  sizer.measured(1000, 0.001, false);
  EXPECT_EQ(sizer.size(), 4000);  // at most fourfold
  sizer.measured(4000, 0.2, false);
  EXPECT_EQ(sizer.size(), 2000);
  sizer.measured(2000, 0.1, true);
  EXPECT_EQ(sizer.size(), 500);  // a quarter of the target while others write
  for (int i = 0; i < 50; ++i) sizer.measured(sizer.size(), 10, false);
  EXPECT_EQ(sizer.size(), 10);
  BatchSizer fixed(77, 0.1);
  fixed.measured(77, 5, true);
  EXPECT_EQ(fixed.size(), 77);
}

TEST(Cursor, SurvivesItsText) {
  const Row key = {std::int64_t{-5}, 0.1, std::string("a\0b ü", 6), Blob{0, 255}, std::string(), Blob{}};
  const auto again = decode_cursor(encode_cursor(key));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(*again, key);
  for (const char* text : {"", "x1", "i", "i1x", "t1", "tzz", "i1 ", "n"}) EXPECT_FALSE(decode_cursor(text)) << text;
}

}  // namespace
}  // namespace emcee::applier
