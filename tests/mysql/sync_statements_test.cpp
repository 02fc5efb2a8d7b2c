// What single statements do on MariaDB and MySQL beside those of the sync suite, and what is left of
// statements that failed.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <thread>

#include "tests/mysql/sync_fixture.h"

namespace emcee::sync_test {
namespace {

using servers::MysqlClient;

std::string name(const ::testing::TestParamInfo<servers::MysqlFlavour>& info) {
  return std::string(to_string(info.param));
}

class SyncStatements : public MysqlSync {};
INSTANTIATE_TEST_SUITE_P(Both, SyncStatements, ::testing::ValuesIn(servers::kMysqlFlavours), name);

// The new release leaves out is_public, which is NOT NULL without a default of its own.
TEST_P(SyncStatements, LoadDataOfBothReleases) {
  start(visibility());
  const std::string file = ::testing::TempDir() + "emcee_load_" + std::string(to_string(GetParam()));
  std::ofstream(file) << "1\tpublic\n2\tprivate\n";
  client().run(fmt::format("LOAD DATA LOCAL INFILE '{}' INTO TABLE t (id, visibility)", file));
  std::ofstream(file) << "3\t1\n4\t0\n";
  client().run(fmt::format("LOAD DATA LOCAL INFILE '{}' INTO TABLE t (id, is_public)", file));
  std::remove(file.c_str());
  EXPECT_EQ(value("SELECT group_concat(id, is_public, visibility ORDER BY id) FROM t"),
            "11public,20private,31public,40shared");
}

TEST_P(SyncStatements, ManyRowsOfBothReleases) {
  start(visibility());
  client().run("INSERT INTO t (id, visibility) VALUES (1, 'public'), (2, 'private'), (3, 'community')");
  client().run("INSERT INTO t (id, is_public) VALUES (4, 1), (5, 0)");
  client().run("INSERT INTO t (id, visibility) SELECT id + 10, visibility FROM t WHERE id < 4");
  client().run("INSERT INTO t (id, is_public) SELECT id + 10, is_public FROM t WHERE id IN (4, 5)");
  client().run("UPDATE t SET is_public = 1 WHERE id = 2");
  client().run("UPDATE t AS a JOIN t AS b ON a.id = b.id + 10 SET a.visibility = 'public' WHERE b.id = 3");
  EXPECT_EQ(value("SELECT group_concat(id, is_public, visibility ORDER BY id) FROM t"),
            "11public,21public,30community,41public,50shared,"
            "111public,120private,131public,141public,150shared");
}

// VALUES(c) is what the INSERT would have stored; a row alias of MySQL the same.
TEST_P(SyncStatements, UpsertWithTheValuesOfTheInsert) {
  start(visibility());
  client().run("INSERT INTO t (id, visibility) VALUES (1, 'community'), (2, 'community')");
  client().run("INSERT INTO t (id, is_public) VALUES (1, 1) ON DUPLICATE KEY UPDATE is_public = VALUES(is_public)");
  client().run("INSERT INTO t (id, is_public) VALUES (2, 0) ON DUPLICATE KEY UPDATE is_public = VALUES(is_public)");
  EXPECT_EQ(value("SELECT group_concat(id, is_public, visibility ORDER BY id) FROM t"), "11public,20community");
  client().run(
      "INSERT INTO t (id, visibility) VALUES (2, 'public') ON DUPLICATE KEY UPDATE visibility = VALUES(visibility)");
  if (!mariadb())
    client().run(
        "INSERT INTO t (id, visibility) VALUES (1, 'private') AS n ON DUPLICATE KEY UPDATE visibility = "
        "n.visibility");
  EXPECT_EQ(value("SELECT group_concat(id, is_public, visibility ORDER BY id) FROM t"),
            mariadb() ? "11public,21public" : "10private,21public");
}

// The application must not notice: ids, affected rows, RETURNING.
TEST_P(SyncStatements, ApplicationsSeeWhatTheySaw) {
  start(visibility(), "INT AUTO_INCREMENT");
  client().run("INSERT INTO t (visibility) VALUES ('public')");
  EXPECT_EQ(client().insert_id(), 1u);
  EXPECT_EQ(client().affected_rows(), 1);
  client().run("INSERT INTO t (is_public) VALUES (1), (0)");
  EXPECT_EQ(client().insert_id(), 2u);
  EXPECT_EQ(client().affected_rows(), 2);
  EXPECT_EQ(value("SELECT @@warning_count"), "0");
  EXPECT_EQ(value("SELECT LAST_INSERT_ID()"), "2");
  client().run("UPDATE t SET is_public = is_public WHERE id = 1");
  EXPECT_EQ(client().affected_rows(), 0);
  client().run("UPDATE t SET is_public = 0 WHERE id = 1");
  EXPECT_EQ(client().affected_rows(), 1);
  client().run("REPLACE INTO t (id, is_public) VALUES (1, 1)");
  EXPECT_EQ(client().affected_rows(), 2);
  if (mariadb()) {
    EXPECT_EQ(value("INSERT INTO t (visibility) VALUES ('public') RETURNING is_public"), "1");
  }
}

// The row with number 0 is not the one that an insert without number replaces.
TEST_P(SyncStatements, ANumberThatTheServerWillChooseReplacesNothing) {
  start(upper_and_lower(), "INT AUTO_INCREMENT");
  client().run("SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO'");
  client().run("INSERT INTO t (id, b) VALUES (0, 'MiX')");
  client().run("SET sql_mode = ''");
  client().run("INSERT INTO t (a) VALUES ('mix')");
  EXPECT_EQ(value("SELECT b FROM t WHERE id <> 0"), "MIX");
}

// The triggers come after those that the application has.
TEST_P(SyncStatements, TriggersOfTheApplicationComeFirst) {
  start(upper_and_lower());
  run(mysql::drop_sync(group_, schema_.tables().front(), server()));
  client().run("CREATE TRIGGER zz_normalise BEFORE INSERT ON t FOR EACH ROW SET NEW.a = trim(NEW.a)");
  auto script = mysql::create_sync(group_, schema_.tables().front(), server());
  ASSERT_TRUE(script);
  run(*script);
  client().run("INSERT INTO t (id, a) VALUES (1, ' x ')");
  EXPECT_EQ(value("SELECT concat(a, b) FROM t"), "xX");
}

// No mode of the session that makes the triggers gets into them.
TEST_P(SyncStatements, TriggersHaveAModeOfTheirOwn) {
  client().run("SET sql_mode = '', collation_connection = 'latin1_bin'");
  start(visibility());
  EXPECT_EQ(value("SELECT group_concat(DISTINCT SQL_MODE) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = "
                  "DATABASE()"),
            "STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION");
  EXPECT_EQ(value("SELECT @@sql_mode"), "") << "and the session has its own again";
  EXPECT_EQ(value("SELECT @@collation_connection"), "latin1_bin");
}

TEST_P(SyncStatements, ScriptsCanRunAgain) {
  start(visibility());
  for (int i = 0; i < 2; ++i) {
    auto script = mysql::create_sync(group_, schema_.tables().front(), server());
    ASSERT_TRUE(script);
    run(*script);
  }
  client().run("INSERT INTO t (id, visibility) VALUES (1, 'public')");
  fence();
  fence();
  run(mysql::drop_sync(group_, schema_.tables().front(), server()));
  run(mysql::drop_sync(group_, schema_.tables().front(), server()));
  EXPECT_EQ(value("SELECT count(*) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()"), "0");
}

// After the fence no write of the new release fails, and none of the old one is lost in silence.
TEST_P(SyncStatements, FenceRefusesWhatOnlyTheOldReleaseWrites) {
  start(visibility());
  client().run("INSERT INTO t (id, visibility) VALUES (1, 'community')");
  fence();
  const std::vector<std::string> old_writes = {
      "INSERT INTO t (id, is_public) VALUES (2, 1)", "INSERT IGNORE INTO t (id, is_public) VALUES (2, 0)",
      "REPLACE INTO t (id, is_public) VALUES (1, 1)", "UPDATE t SET is_public = 1 WHERE id = 1",
      "UPDATE IGNORE t SET is_public = 1"};
  const std::vector<std::string> new_writes = {
      "INSERT INTO t (id, visibility) VALUES (10, 'public')",
      "INSERT INTO t (id) VALUES (11)",
      "INSERT INTO t (id, visibility) SELECT 12, 'private'",
      "REPLACE INTO t (id, visibility) VALUES (10, 'private')",
      "REPLACE INTO t (id) VALUES (10)",
      "INSERT INTO t (id) VALUES (10) ON DUPLICATE KEY UPDATE visibility = 'public'",
      "UPDATE t SET visibility = 'private' WHERE id = 11",
      "UPDATE t SET other = 'x'",
      "DELETE FROM t WHERE id = 12"};
  const auto check = [&](const std::string& when) {
    for (const std::string& sql : old_writes) EXPECT_NE(error(sql), "") << when << ": " << sql;
    for (const std::string& sql : new_writes) EXPECT_EQ(error(sql), "") << when << ": " << sql;
    client().run("DELETE FROM t WHERE id >= 10");
  };
  check("fenced");
  EXPECT_EQ(value("SELECT concat(is_public, visibility) FROM t"), "0community");
  // The rest of contract: tighten, let the triggers go, then the column. The new release writes on.
  client().run("ALTER TABLE t ALTER COLUMN visibility SET DEFAULT 'shared'");
  client().run("ALTER TABLE t MODIFY visibility VARCHAR(9) NOT NULL DEFAULT 'shared'");
  for (const std::string& sql : new_writes) EXPECT_EQ(error(sql), "") << "tightened: " << sql;
  client().run("DELETE FROM t WHERE id >= 10");
  run(mysql::drop_sync(group_, schema_.tables().front(), server()));
  for (const std::string& sql : new_writes) EXPECT_EQ(error(sql), "") << "without triggers: " << sql;
  client().run("DELETE FROM t WHERE id >= 10");
  client().run("ALTER TABLE t DROP COLUMN is_public");
  for (const std::string& sql : new_writes) EXPECT_EQ(error(sql), "") << "without the column: " << sql;
}

// A connection that is lost ends LOCK TABLES: until the step runs again, the releases write with what is there.
TEST_P(SyncStatements, TriggersAreReplacedWithoutAGap) {
  for (const auto policy : {plan::BothGiven::error_if_inconsistent, plan::BothGiven::error}) {
    GroupCase group = visibility();
    group.both = policy;
    start(group);
    const auto create = mysql::create_sync(group_, schema_.tables().front(), server());
    const auto fence = mysql::fence_sync(group_, schema_.tables().front(), server());
    ASSERT_TRUE(create && fence);
    // The first half of a script, and all of it by the next one.
    const auto broken = [&](const mysql::SyncScript& script, std::size_t statements) {
      const auto c = connect();
      const auto end = script.run.begin() + static_cast<std::ptrdiff_t>(statements);
      run_script(*c, script.before, {script.run.begin(), end}, {});
    };
    for (std::size_t n = 0; n < create->run.size(); ++n) {
      run(mysql::drop_sync(group_, schema_.tables().front(), server()));
      client().run("DELETE FROM t");
      client().run("INSERT INTO t (id, is_public) VALUES (1, 1)");
      broken(*create, n);
      client().run("INSERT INTO t (id, is_public) VALUES (2, 1), (3, 1)");
      client().run("UPDATE t SET is_public = 0 WHERE id IN (1, 2)");
      run(*create);
      client().run(backfill());
      EXPECT_EQ(value("SELECT group_concat(is_public, visibility ORDER BY id) FROM t"), "0shared,0shared,1public")
          << n << " statements of expand";
    }
    for (std::size_t n = 0; n < fence->run.size(); ++n) {
      run(mysql::drop_sync(group_, schema_.tables().front(), server()));
      client().run("DELETE FROM t");
      run(*create);
      client().run("INSERT INTO t (id, visibility) VALUES (1, 'community'), (2, 'public')");
      broken(*fence, n);
      client().run("INSERT INTO t (id) VALUES (3)");
      client().run("REPLACE INTO t (id, visibility) VALUES (4, 'public')");
      client().run("UPDATE t SET visibility = 'private' WHERE id = 2");
      // The old release may still write, or not; what it writes is not lost.
      error("INSERT INTO t (id, is_public) VALUES (5, 1)");
      error("UPDATE t SET is_public = 1 WHERE id = 1");
      EXPECT_EQ(conflicts(), "0") << n << " statements of the fence";
      EXPECT_EQ(value("SELECT group_concat(is_public, visibility ORDER BY id) FROM t WHERE id IN (2, 3, 4)"),
                "0private,0shared,1public");
      run(*fence);
      EXPECT_NE(error("UPDATE t SET is_public = 1 - is_public"), "");
      EXPECT_EQ(error("INSERT INTO t (id, visibility) VALUES (6, 'private')"), "");
    }
    client().run("DROP TABLE t");
  }
}

// --- nothing is left of a statement that failed -----------------------------------------------------

class SyncLeaks : public MysqlSync {
 protected:
  void SetUp() override {
    MysqlSync::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    start(upper_and_lower(), "INT", "PRIMARY KEY (id), UNIQUE (other(20))");
    client().run("INSERT INTO t (id, b, other) VALUES (1, 'One', 'one'), (2, 'Two', 'two')");
  }
  // MariaDB reads with locks inside of triggers unless changes are logged as rows; it ships with MIXED.
  std::unique_ptr<MysqlClient> connect_logging_rows() const {
    auto result = connect();
    result->run("SET SESSION binlog_format = ROW");
    return result;
  }
  // The next writes of the same connection are synced.
  void expect_synced(MysqlClient& c) {
    c.run("INSERT INTO t (id, a) VALUES (10, 'ten')");
    c.run("INSERT INTO t (id, b) VALUES (11, 'ELEVEN')");
    c.run("UPDATE t SET a = 'deux' WHERE id = 2");
    c.run("REPLACE INTO t (id, a) VALUES (1, 'one')");
    EXPECT_EQ(c.value("SELECT group_concat(id, a, b ORDER BY id) FROM t"), "1oneOne,2deuxDEUX,10tenTEN,11elevenELEVEN");
    c.run("DELETE FROM t WHERE id IN (10, 11)");
    EXPECT_EQ(conflicts(), "0");
  }
  // The old release replaces the row of `key`, as it spells it, while another session writes the row.
  void expect_conflict(MysqlClient& old_release, MysqlClient& c, const std::string& key, const std::string& spelled) {
    c.run("BEGIN; UPDATE t SET b = 'oNE' WHERE id = " + key);
    unsigned error = 0;
    std::thread writer([&] { error = old_release.try_sql("REPLACE INTO t (id, a) VALUES (" + spelled + ", 'one')"); });
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    c.run("COMMIT");
    writer.join();
    EXPECT_TRUE(is_conflict(error)) << old_release.message();
  }
  // MariaDB sees by itself since 11.6.2 that the row is another one.
  static bool is_conflict(unsigned number) { return number == 1213 || number == 1020; }
};
INSTANTIATE_TEST_SUITE_P(Both, SyncLeaks, ::testing::ValuesIn(servers::kMysqlFlavours), name);

TEST_P(SyncLeaks, DuplicateKey) {
  auto c = connect();
  EXPECT_EQ(c->try_sql("INSERT INTO t (id, a, other) VALUES (5, 'five', 'one')"), 1062u);
  EXPECT_EQ(c->try_sql("UPDATE t SET b = 'X', other = 'one' WHERE id = 2"), 1062u);
  expect_synced(*c);
}

TEST_P(SyncLeaks, RefusedByTheTriggers) {
  auto c = connect();
  EXPECT_EQ(c->try_sql("INSERT INTO t (id, a, b) VALUES (5, 'x', 'y')"), 1644u);
  EXPECT_EQ(c->try_sql("UPDATE t SET a = NULL"), 1048u);
  EXPECT_EQ(c->try_sql("INSERT INTO t (id, a) VALUES (5, repeat('x', 21))"), 1406u);
  expect_synced(*c);
}

TEST_P(SyncLeaks, LockWaitTimeout) {
  auto other = connect(), c = connect();
  other->run("BEGIN; UPDATE t SET other = 'held' WHERE id = 1");
  c->run("SET innodb_lock_wait_timeout = 1");
  EXPECT_EQ(c->try_sql("REPLACE INTO t (id, a) VALUES (1, 'x')"), 1205u);
  EXPECT_EQ(c->try_sql("UPDATE t SET a = 'x' WHERE id = 1"), 1205u);
  other->run("ROLLBACK");
  expect_synced(*c);
}

TEST_P(SyncLeaks, KillQuery) {
  auto holder = connect(), c = connect();
  holder->run("BEGIN; UPDATE t SET other = 'held' WHERE id = 1");
  const auto id = c->connection_id();
  std::thread killer([&] {
    for (int i = 0; i < 200; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      const std::string state = fmt::format(
          "SELECT count(*) FROM information_schema.PROCESSLIST WHERE ID = {} AND COMMAND = 'Query' AND TIME_MS > 100",
          id);
      const std::string on_mysql =
          fmt::format("SELECT count(*) FROM information_schema.PROCESSLIST WHERE ID = {} AND COMMAND = 'Query'", id);
      if (i > 10 && client().value(mariadb() ? state : on_mysql) == "1") break;
    }
    client().run(fmt::format("KILL QUERY {}", id));
  });
  const unsigned error = c->try_sql("REPLACE INTO t (id, a) VALUES (1, 'x')");
  killer.join();
  EXPECT_EQ(error, 1317u) << c->message();
  holder->run("ROLLBACK");
  expect_synced(*c);
}

// The bypass is one connection's own: an application cannot have it by accident, nor by a copy.
TEST_P(SyncLeaks, TheBypassIsBoundToItsConnection) {
  auto backfill = connect(), c = connect();
  backfill->run("SET @emcee_bypass = CONNECTION_ID()");
  const std::string id = backfill->value("SELECT @emcee_bypass");
  backfill->run("UPDATE t SET other = a");
  c->run("SET @emcee_bypass = " + id);
  expect_synced(*c);
  c->run("SET @emcee_bypass = 1");
  expect_synced(*c);
}

// The row is read before it is locked; what another session wrote meanwhile is not lost.
TEST_P(SyncLeaks, ReplaceDoesNotCarryOverAnOldValue) {
  auto old_release = connect_logging_rows(), c = connect();
  expect_conflict(*old_release, *c, "1", "1");
  EXPECT_EQ(value("SELECT b FROM t WHERE id = 1"), "oNE");
  old_release->run("REPLACE INTO t (id, a) VALUES (1, 'one')");
  EXPECT_EQ(value("SELECT b FROM t WHERE id = 1"), "oNE");

  // A snapshot that is older than the row.
  old_release->run("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ; BEGIN");
  old_release->query("SELECT * FROM t");
  c->run("INSERT INTO t (id, b) VALUES (3, 'Three')");
  EXPECT_TRUE(is_conflict(old_release->try_sql("REPLACE INTO t (id, a) VALUES (3, 'three')")));
  old_release->run("ROLLBACK");
  old_release->run("REPLACE INTO t (id, a) VALUES (3, 'three')");
  EXPECT_EQ(value("SELECT b FROM t WHERE id = 3"), "Three");
  // Deleting is nobody's business.
  old_release->run("INSERT INTO t (id, a) VALUES (4, 'four'); DELETE FROM t WHERE id = 4; DELETE FROM t");
}

// Keys that the server takes for the same one need not be spelled alike.
TEST_P(SyncLeaks, ReplaceUnderAnotherSpellingOfTheKey) {
  client().run("DROP TABLE t");
  start(upper_and_lower(), "VARCHAR(20)", "PRIMARY KEY (id)");
  client().run("INSERT INTO t (id, b) VALUES ('one', 'One')");
  auto old_release = connect_logging_rows(), c = connect();
  expect_conflict(*old_release, *c, "'one'", "'ONE'");
  EXPECT_EQ(value("SELECT CONCAT(id, a, b) FROM t"), "oneoneoNE");
}

// Rows with keys of the application's own: the look at the row to be replaced locks no gap.
TEST_P(SyncLeaks, InsertsOfTwoSessionsDoNotMeet) {
  auto one = connect_logging_rows(), two = connect_logging_rows();
  for (auto* c : {one.get(), two.get()}) c->run("SET innodb_lock_wait_timeout = 1; BEGIN");
  one->run("INSERT INTO t (id, a) VALUES (100, 'x')");
  two->run("INSERT INTO t (id, a) VALUES (101, 'x')");
  one->run("INSERT INTO t (id, a) VALUES (102, 'x')");
  two->run("INSERT INTO t (id, a) VALUES (103, 'x')");
  one->run("COMMIT");
  two->run("COMMIT");
  EXPECT_EQ(value("SELECT count(*) FROM t WHERE b = 'X'"), "4");
}

// Two sessions upsert one row: one waits for the other, neither is given up.
TEST_P(SyncLeaks, UpsertsOfOneRowDoNotDeadlock) {
  auto one = connect(), two = connect();
  const std::string upsert = "INSERT INTO t (id, a) VALUES (1, 'x') ON DUPLICATE KEY UPDATE a = 'y'";
  one->run("BEGIN; " + upsert);
  unsigned error = 99;
  std::thread other([&] { error = two->try_sql("BEGIN; " + upsert + "; COMMIT"); });
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  one->run("UPDATE t SET a = 'z' WHERE id = 1; COMMIT");
  other.join();
  EXPECT_EQ(error, 0u) << two->message();
}

}  // namespace
}  // namespace emcee::sync_test
