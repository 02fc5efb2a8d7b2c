// What goes wrong outside: locks, rights, room, other appliers. A clear error, and the database as
// it was.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "fixture.h"

namespace emcee::applier {
namespace {

class Failures : public ::testing::Test {
 protected:
  void SetUp() override { create_images(file, 50); }
  TempDir folder;
  const std::string file = folder.file("app.db");
  Release release = release_of(image_plan());
};

TEST_F(Failures, ADatabaseThatIsLocked) {
  const std::string before = dump(file);
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  {
    const auto connection = open_file(file, std::chrono::milliseconds(50));
    const auto locked = expand(*connection, release, {});
    ASSERT_FALSE(locked);
    EXPECT_EQ(locked.error().code, ErrorCode::look_at_server);
    EXPECT_NE(locked.error().message.find("is locked by another process for more than 0.1 seconds"), std::string::npos)
        << locked.error().message;
  }
  sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr);
  sqlite3_close(other);
  EXPECT_EQ(dump(file), before);
  EXPECT_OK(upgrade(*open_file(file), release, {}));
}

// With a rollback journal a reader keeps COMMIT out.
TEST_F(Failures, AReaderThatDoesNotEnd) {
  const std::string before = dump(file);
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN; SELECT count(*) FROM images", nullptr, nullptr, nullptr), SQLITE_OK);
  {
    const auto connection = open_file(file, std::chrono::milliseconds(50));
    const auto locked = expand(*connection, release, {});
    ASSERT_FALSE(locked);
    EXPECT_EQ(locked.error().code, ErrorCode::look_at_server);
    // The connection is not left inside of its transaction.
    EXPECT_OK(connection->query("SELECT 1"));
    EXPECT_OK(connection->begin());
    connection->rollback();
  }
  sqlite3_close(other);
  EXPECT_EQ(dump(file), before);
}

// In WAL mode it does not, and sees its own snapshot to the end.
TEST_F(Failures, AReaderOfAWalDatabaseIsNoObstacle) {
  run_sql(file, "PRAGMA journal_mode = WAL");
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN; SELECT count(*) FROM images", nullptr, nullptr, nullptr), SQLITE_OK);
  EXPECT_OK(upgrade(*open_file(file, std::chrono::milliseconds(50)), release, {}));
  EXPECT_EQ(sqlite3_exec(other, "SELECT is_public FROM images; COMMIT", nullptr, nullptr, nullptr), SQLITE_OK);
  EXPECT_NE(sqlite3_exec(other, "SELECT is_public FROM images", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(other);
  EXPECT_EQ(dump(file), expected_images(50));
}

TEST_F(Failures, StoppingWhileItWaitsForALock) {
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  std::atomic<bool> stop = false;
  std::thread soon([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    stop = true;
  });
  Options options;
  options.stop = &stop;
  const auto stopped = expand(*open_file(file, std::chrono::minutes(5)), release, options);
  soon.join();
  sqlite3_close(other);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::interrupted);
}

TEST_F(Failures, StoppingInsideOfALongStatement) {
  Json plan = image_plan();
  plan["scripts"][0]["steps"][0]["run"] = {
      "CREATE TABLE made AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) "
      "SELECT "
      "max(i) FROM n"};
  const std::string before = dump(file);
  std::atomic<bool> stop = false;
  std::thread soon([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    stop = true;
  });
  Options options;
  options.stop = &stop;
  const auto stopped = expand(*open_file(file), release_of(plan), options);
  soon.join();
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::interrupted);
  EXPECT_EQ(dump(file), before);
}

TEST_F(Failures, ASecondApplier) {
  const auto first = open_file(file);
  ASSERT_OK(first->lock_runner());
  const std::string before = dump(file);
  // A link to the file is the same database.
  const std::string link = folder.file("link.db");
  std::filesystem::create_symlink(file, link);
  for (const std::string& name : {file, link}) {
    const auto refused = expand(*open_file(name), release, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::wrong_order);
    EXPECT_NE(refused.error().message.find("another applier works on"), std::string::npos);
  }
  EXPECT_EQ(dump(file), before);
  first->unlock_runner();
  EXPECT_FALSE(std::filesystem::exists(file + "-emcee.lock"));
  EXPECT_OK(expand(*open_file(file), release, {}));
}

TEST_F(Failures, ALockFileThatACrashLeftIsNoLock) {
  std::ofstream(file + "-emcee.lock") << "";
  EXPECT_OK(expand(*open_file(file), release, {}));
}

TEST_F(Failures, AFullDisk) {
  create_images(folder.file("large.db"), 3000);
  const std::string large = folder.file("large.db");
  const std::string before = dump(large);
  const auto connection = open_file(large);
  const auto pages = connection->query("PRAGMA page_count");
  ASSERT_OK(pages);
  // Enough for expand, too little for the new form of every row.
  ASSERT_OK(
      connection->execute(fmt::format("PRAGMA max_page_count = {}", std::get<std::int64_t>((*pages)[0][0]) + 14)));
  ASSERT_OK(expand(*connection, release, {}));
  Options options;
  options.batch = 100;
  auto full = migrate(*connection, release, options);
  if (full) full = contract(*connection, release, options);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::look_at_server);
  EXPECT_NE(full.error().message.find("database or disk is full"), std::string::npos) << full.error().message;
  EXPECT_EQ(run_sql(large, "SELECT integrity_check FROM pragma_integrity_check"), "ok");
  // With room it goes on.
  ASSERT_OK(connection->execute("PRAGMA max_page_count = 1073741823"));
  ASSERT_OK(migrate(*connection, release, options));
  ASSERT_OK(contract(*connection, release, options));
  EXPECT_EQ(dump(large), expected_images(3000));
}

TEST_F(Failures, AFullDiskAtTheStart) {
  const std::string before = dump(file);
  const auto connection = open_file(file);
  const auto pages = connection->query("PRAGMA page_count");
  ASSERT_OK(pages);
  ASSERT_OK(connection->execute(fmt::format("PRAGMA max_page_count = {}", std::get<std::int64_t>((*pages)[0][0]))));
  const auto full = expand(*connection, release, {});
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::look_at_server);
  EXPECT_EQ(dump(file), before);
  EXPECT_EQ(dump_ledger(file), "none\n");
}

TEST_F(Failures, AFileThatCannotBeWritten) {
  // query_only stands for mode 0444, which does not bind root.
  const auto connection = open_file(file);
  ASSERT_OK(connection->execute("PRAGMA query_only = ON"));
  const auto refused = expand(*connection, release, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::grant_privilege);
  EXPECT_NE(refused.error().message.find("cannot be written"), std::string::npos);
  EXPECT_EQ(dump_ledger(file), "none\n");
}

// Root may write any file, so somebody else tries.
TEST_F(Failures, AReadOnlyFileOrFolder) {
  struct Case {
    mode_t file, folder;
  };
  for (const Case& rights : {Case{0444, 0777}, Case{0666, 0555}}) {
    chmod(file.c_str(), rights.file);
    chmod(folder.path().c_str(), rights.folder);
    const pid_t child = fork();
    if (child == 0) {
      constexpr uid_t kNobody = 65534;
      if (geteuid() == 0 && setuid(kNobody) != 0) _exit(100);
      const auto connection = open_sqlite(file);
      if (!connection) _exit(101);
      const auto refused = expand(**connection, release, {});
      _exit(refused ? 0 : schema::exit_code(refused.error().code));
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(WEXITSTATUS(status), schema::exit_code(ErrorCode::grant_privilege)) << rights.file;
  }
}

TEST_F(Failures, NoDatabase) {
  const auto missing = open_sqlite("sqlite:" + folder.file("none.db"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::look_at_server);
  EXPECT_FALSE(std::filesystem::exists(folder.file("none.db")));

  std::ofstream(folder.file("text.db")) << std::string(2000, 'x');
  const auto text = open_sqlite(folder.file("text.db"));
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, ErrorCode::look_at_server);
  EXPECT_NE(text.error().message.find("file is not a database"), std::string::npos);

  EXPECT_FALSE(open_sqlite(folder.path().string()));
}

TEST_F(Failures, UrlsOfADatabase) {
  const std::string absolute = "sqlite:///" + file;
  EXPECT_OK(open_sqlite(absolute));
  EXPECT_OK(open_sqlite("sqlite:" + file));
  EXPECT_OK(open_sqlite(file));
  for (const char* wrong : {"sqlite://host/app.db", "postgresql://host/app", "sqlite:", ""}) {
    const auto refused = open_sqlite(wrong);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().code, ErrorCode::usage) << wrong;
  }
}

TEST_F(Failures, APlanForAnotherDatabase) {
  release.dialect = "postgres";
  const auto refused = expand(*open_file(file), release, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::fix_text);
}

TEST_F(Failures, AStatementThatTheServerRefusesNamesItsStep) {
  Json plan = image_plan();
  plan["scripts"][0]["steps"][1]["run"] = {"CREATE INDEX ok ON images (name)",
                                           "CREATE INDEX images_visibility ON nowhere (x)"};
  const auto failed = expand(*open_file(file), release_of(plan), {});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::look_at_server);
  EXPECT_NE(failed.error().message.find("ocata_expand01 step 2 (add index images_visibility)"), std::string::npos);
  EXPECT_NE(failed.error().message.find("no such table: main.nowhere"), std::string::npos) << failed.error().message;
  EXPECT_EQ(run_sql(file, "SELECT count(*) FROM sqlite_master WHERE name = 'ok'"), "0");
}

// Settings around a step are restored although it fails.
TEST_F(Failures, SettingsAreRestored) {
  Json plan = image_plan();
  plan["scripts"][3]["steps"][1]["run"] = {"SELECT * FROM nowhere"};
  release = release_of(plan);
  const auto connection = open_file(file);
  ASSERT_FALSE(upgrade(*connection, release, {}));
  const auto setting = connection->query("PRAGMA legacy_alter_table");
  ASSERT_OK(setting);
  EXPECT_EQ(to_text((*setting)[0][0]), "0");
}

}  // namespace
}  // namespace emcee::applier
