// What one statement of either release does to both tables.
#include "tests/cli/moves.h"
#include "tests/cli/random_writes.h"

namespace emcee::testing {
namespace {

TEST_P(Moves, SplitStatementByStatement) {
  start_split(" ON UPDATE CASCADE");
  write(
      "INSERT INTO users VALUES (1, 'a', 'b1', 'p1'), (2, 'b', NULL, 'none'), (3, 'c', 'b3', 'none'), (4, 'd', 'b4', "
      "'p4')");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  EXPECT_EQ(count("profiles"), 0) << "rows that exist wait for migrate";

  write("INSERT INTO users VALUES (10, 'n', 'x', 'y')");
  expect(10, "x|y", "x|y", "old INSERT");
  write("INSERT INTO users (id, name) VALUES (11, 'n')");
  expect(11, "-|none", "", "nothing given");
  write(
      "INSERT INTO users (id, name) VALUES (12, 'n'); INSERT INTO profiles (user_id, about, photo, seen) VALUES (12, "
      "'nb', "
      "'np', 7)");
  expect(12, "nb|np", "nb|np", "new INSERT of both");
  EXPECT_TRUE(refused(sql("INSERT INTO profiles (user_id, about) VALUES (12, 'twice')")));
  EXPECT_TRUE(refused(sql("INSERT INTO profiles (user_id, about) VALUES (99, 'nobody')")));
  expect(12, "nb|np", "nb|np", "refused");

  write("UPDATE users SET bio = 'x2' WHERE id = 10");
  expect(10, "x2|y", "x2|y", "old UPDATE of one");
  write("UPDATE users SET bio = 'X2' WHERE id = 10");
  expect(10, "X2|y", "X2|y", "byte for byte");
  write("UPDATE users SET bio = NULL, photo = 'none' WHERE id = 10");
  expect(10, "-|none", "-|none", "the row stays, where it can");
  write("UPDATE users SET photo = 'first' WHERE id = 11");
  expect(11, "-|first", "-|first", "old UPDATE makes the row");
  write("UPDATE profiles SET about = 'nb2' WHERE user_id = 12");
  expect(12, "nb2|np", "nb2|np", "new UPDATE of one");
  write("UPDATE profiles SET seen = 8 WHERE user_id = 12");
  write("UPDATE users SET name = 'o' WHERE id = 12");
  expect(12, "nb2|np", "nb2|np", "something else");
  write("UPDATE users SET bio = 'o2' WHERE id = 12");
  EXPECT_EQ(sql("SELECT seen FROM profiles WHERE user_id = 12"), "8") << "what does not move stays";

  write("UPDATE users SET id = 112, bio = 'o3' WHERE id = 12");
  expect(112, "o3|np", "o3|np", "another key, and a value");
  EXPECT_EQ(part(12), "");
  EXPECT_EQ(sql("SELECT seen FROM profiles WHERE user_id = 112"), "8");
  write("INSERT INTO users (id) VALUES (13); UPDATE profiles SET user_id = 13 WHERE user_id = 112");
  expect(112, "-|none", "", "new release gives the row to another one");
  expect(13, "o3|np", "o3|np", "which gets it");
  EXPECT_TRUE(refused(sql("UPDATE profiles SET user_id = 99 WHERE user_id = 13")));
  expect(13, "o3|np", "o3|np", "refused");

  write("DELETE FROM profiles WHERE user_id = 13");
  expect(13, "-|none", "", "new DELETE");
  write("DELETE FROM users WHERE id = 10");
  expect(10, "", "", "old DELETE");

  write("INSERT INTO users VALUES (20, 'm', 'a', 'none'), (21, 'm', NULL, 'none'), (22, 'm', NULL, 'c')");
  EXPECT_EQ(count("profiles WHERE user_id BETWEEN 20 AND 22"), 2);
  write("UPDATE users SET bio = name WHERE id BETWEEN 20 AND 22");
  EXPECT_EQ(count("profiles WHERE user_id BETWEEN 20 AND 22 AND about = 'm'"), 3);
  write("UPDATE profiles SET photo = 'all' WHERE user_id BETWEEN 20 AND 22");
  EXPECT_EQ(count("users WHERE id BETWEEN 20 AND 22 AND photo = 'all'"), 3);
  write("INSERT INTO users SELECT id + 10, name, bio, photo FROM users WHERE id BETWEEN 20 AND 22");
  EXPECT_EQ(count("profiles WHERE user_id BETWEEN 30 AND 32 AND photo = 'all'"), 3);
  write("DELETE FROM profiles WHERE user_id IN (30, 31)");
  write("DELETE FROM users WHERE id BETWEEN 20 AND 32");
  EXPECT_EQ(count("profiles WHERE user_id BETWEEN 20 AND 32"), 0);

  write("BEGIN; INSERT INTO users VALUES (40, 'r', 'r', 'r'); UPDATE users SET bio = 'gone' WHERE id = 11; ROLLBACK");
  expect(40, "", "", "rolled back");
  expect(11, "-|first", "-|first", "rolled back");
  const char* upsert = is_mysql() ? " ON DUPLICATE KEY UPDATE " : " ON CONFLICT (id) DO UPDATE SET ";
  write(fmt::format("INSERT INTO users VALUES (11, 'u', 'u', 'u'), (41, 'u', 'u', 'u'){}bio = 'upserted'", upsert));
  expect(11, "upserted|first", "upserted|first", "old upsert that updates");
  expect(41, "u|u", "u|u", "old upsert that inserts");
  upsert = is_mysql() ? " ON DUPLICATE KEY UPDATE " : " ON CONFLICT (user_id) DO UPDATE SET ";
  write("INSERT INTO users (id) VALUES (42)");
  write(fmt::format("INSERT INTO profiles (user_id, about) VALUES (41, 'v'), (42, 'v'){}about = 'new upsert'", upsert));
  expect(41, "new upsert|u", "new upsert|u", "new upsert that updates");
  expect(42, "v|none", "v|none", "new upsert that inserts");
  if (GetParam() != "postgres") {
    write("REPLACE INTO users (id, name, bio, photo) VALUES (41, 'r', 'replaced', 'r'), (43, 'r', 'r', 'none')");
    expect(41, "replaced|r", "replaced|r", "old REPLACE");
    expect(43, "r|none", "r|none", "old REPLACE that inserts");
    write("REPLACE INTO profiles (user_id, about) VALUES (41, 'again')");
    expect(41, "again|none", "again|none", "new REPLACE");
    const char* ignore = is_mysql() ? "INSERT IGNORE INTO " : "INSERT OR IGNORE INTO ";
    write(ignore + std::string("users VALUES (41, 'i', 'i', 'i'), (44, 'i', 'i', 'i')"));
    expect(41, "again|none", "again|none", "ignored");
    expect(44, "i|i", "i|i", "not ignored");
    write("REPLACE INTO users (id, name) VALUES (44, 'bare')");
    EXPECT_EQ(whole(44), part(44).empty() ? "-|none" : part(44));
  }

  // Rows that wait.
  write("UPDATE users SET name = 'still' WHERE id = 1");
  expect(1, "b1|p1", "", "nothing that moves");
  write("UPDATE users SET photo = 'p1b' WHERE id = 1");
  expect(1, "b1|p1b", "b1|p1b", "old UPDATE of a row that waits");
  write("INSERT INTO profiles (user_id, about) VALUES (3, 'n3')");
  expect(3, "n3|none", "n3|none", "new INSERT for a row that waits");
  EXPECT_EQ(wrong(), 1) << "row 4 waits";
  EXPECT_EQ(emcee("verify"), 1) << output_;
  EXPECT_EQ(emcee("contract"), 3) << output_;

  ASSERT_EQ(emcee("migrate"), 0) << output_;
  expect(4, "b4|p4", "b4|p4", "migrated");
  expect(2, "-|none", "", "nothing to move");
  EXPECT_EQ(wrong(), 0);
  const int rows = count("profiles");
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  EXPECT_EQ(count("profiles"), rows);
  EXPECT_EQ(emcee("verify"), 0) << output_;
  write("INSERT INTO users VALUES (50, 'late', 'late', 'late')");
  ASSERT_EQ(emcee("contract"), 0) << output_;
  EXPECT_EQ(emcee("check"), 0) << output_;
  EXPECT_EQ(emcee("verify --drift"), 0) << output_;
  EXPECT_EQ(part(50), "late|late");
  EXPECT_EQ(part(1), "b1|p1b");
  EXPECT_EQ(count("profiles"), rows + 1);
  EXPECT_TRUE(refused(sql("INSERT INTO users VALUES (51, 'late', 'late', 'late')")))
      << "the old release has been let go";
}

TEST_P(Moves, MergeStatementByStatement) {
  start_merge();
  write(
      "INSERT INTO users VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e'); "
      "INSERT INTO profiles VALUES (5, 'b5', 'p5', 5), (1, 'b1', 'p1', 1), (3, 'b3', 'none', NULL), (4, 'b4', 'p4', "
      "4)");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  expect(1, "-|none", "b1|p1", "waits");

  write("INSERT INTO users (id, name) VALUES (10, 'n'); INSERT INTO profiles (user_id, about) VALUES (10, 'x')");
  expect(10, "x|none", "x|none", "old INSERT");
  write("INSERT INTO users VALUES (11, 'n', 'nb', 'np'), (12, 'n', NULL, 'none')");
  expect(11, "nb|np", "nb|np", "new INSERT");
  expect(12, "-|none", "", "nothing given");
  write("UPDATE profiles SET about = 'x2' WHERE user_id = 10");
  expect(10, "x2|none", "x2|none", "old UPDATE");
  write("UPDATE users SET photo = 'np2' WHERE id IN (10, 11, 12)");
  expect(10, "x2|np2", "x2|np2", "new UPDATE");
  expect(12, "-|np2", "-|np2", "new UPDATE makes the row");
  write("DELETE FROM profiles WHERE user_id = 10");
  expect(10, "-|none", "", "old DELETE");
  write("DELETE FROM users WHERE id = 11");
  expect(11, "", "", "new DELETE, which a foreign key would have refused");
  EXPECT_TRUE(refused(sql("INSERT INTO profiles (user_id, about) VALUES (99, 'nobody')")));
  write("BEGIN; UPDATE users SET bio = 'gone' WHERE id = 12; DELETE FROM profiles WHERE user_id = 12; ROLLBACK");
  expect(12, "-|np2", "-|np2", "rolled back");

  // Rows that wait: what the new release leaves alone is not lost.
  write("UPDATE users SET bio = 'n1' WHERE id = 1");
  expect(1, "n1|p1", "n1|p1", "new UPDATE of a row that waits");
  write("UPDATE users SET bio = 'b5' WHERE id = 5");
  expect(5, "b5|p5", "b5|p5", "new UPDATE to what the part says already");
  write("UPDATE profiles SET photo = 'p3' WHERE user_id = 3");
  expect(3, "b3|p3", "b3|p3", "old UPDATE of a row that waits");
  EXPECT_EQ(wrong(), 1) << "row 4 waits";
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  expect(4, "b4|p4", "b4|p4", "migrated");
  EXPECT_EQ(wrong(), 0);
  EXPECT_EQ(emcee("verify"), 0) << output_;
  ASSERT_EQ(emcee("contract"), 0) << output_;
  EXPECT_EQ(emcee("check"), 0) << output_;
  EXPECT_EQ(emcee("verify --drift"), 0) << output_;
  EXPECT_EQ(whole(1), "n1|p1");
  EXPECT_EQ(whole(4), "b4|p4");
  EXPECT_TRUE(refused(sql("SELECT count(*) FROM profiles")));
}

// The row of the part cannot hold what stands for none.
TEST_P(Moves, OfOneColumnThatIsNotNull) {
  start("CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, bio VARCHAR(80));",
        "CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY); CREATE TABLE profiles (user_id INTEGER NOT NULL PRIMARY "
        "KEY, "
        "bio VARCHAR(80) NOT NULL, FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE);",
        "[[move]]\nfrom = \"users\"\nto = \"profiles\"\nkey = { user_id = \"id\" }\ncolumns = { bio = \"bio\" }\n" +
            std::string(kAcceptMove));
  const auto about = [&] { return sql("SELECT bio FROM profiles WHERE user_id = 1"); };
  ASSERT_EQ(emcee("expand"), 0) << output_;
  write("INSERT INTO users VALUES (1, 'a')");
  EXPECT_EQ(about(), "a");
  write("UPDATE users SET bio = NULL");
  EXPECT_EQ(count("profiles"), 0) << "it goes with its last value";
  write("UPDATE users SET bio = 'b'");
  EXPECT_EQ(about(), "b");
  if (!is_mysql()) {
    write("UPDATE users SET id = 2, bio = NULL");
    EXPECT_EQ(count("profiles"), 0) << "with another key, too";
    write("UPDATE users SET id = 1, bio = 'b2'");
    EXPECT_EQ(about(), "b2");
  }
  write("DELETE FROM profiles");
  EXPECT_EQ(count("users WHERE bio IS NULL"), 1);
  write("INSERT INTO profiles VALUES (1, 'c')");
  EXPECT_EQ(sql("SELECT bio FROM users"), "c");
  write("DELETE FROM users");
  EXPECT_EQ(count("profiles"), 0);
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  EXPECT_EQ(emcee("contract"), 0) << output_;
}

// Both releases have written; the old schema has it all again.
TEST_P(Moves, RolledBack) {
  start_split();
  write("INSERT INTO users VALUES (1, 'a', 'b1', 'p1'), (2, 'b', NULL, 'none')");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  write("INSERT INTO profiles (user_id, about) VALUES (2, 'new')");
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  write("UPDATE profiles SET photo = 'later' WHERE user_id = 1");
  write("UPDATE profiles SET seen = 5 WHERE user_id = 2");
  EXPECT_EQ(emcee("rollback"), 3) << output_;
  EXPECT_NE(output_.find("table profiles: 2"), std::string::npos) << output_;
  write("UPDATE profiles SET seen = NULL");
  ASSERT_EQ(emcee("rollback"), 0) << output_;
  EXPECT_EQ(whole(1), "b1|later");
  EXPECT_EQ(whole(2), "new|none");
  write("INSERT INTO users VALUES (3, 'c', 'c', 'c'); DELETE FROM users WHERE id = 1");
  EXPECT_TRUE(refused(sql("SELECT count(*) FROM profiles")));
}

TEST_P(Moves, MergeRolledBack) {
  start_merge();
  write("INSERT INTO users VALUES (1, 'a'), (2, 'b'); INSERT INTO profiles VALUES (1, 'b1', 'p1', 1)");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  write("UPDATE users SET bio = 'new' WHERE id = 2");
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  write("UPDATE users SET bio = 'newer' WHERE id = 1");
  ASSERT_EQ(emcee("rollback"), 0) << output_;
  EXPECT_EQ(part(1), "newer|p1");
  EXPECT_EQ(part(2), "new|none");
  write("INSERT INTO users VALUES (3, 'c'); DELETE FROM profiles WHERE user_id = 1");
}

// Somebody has written behind the triggers.
TEST_P(Moves, InConflict) {
  for (const bool split : {true, false}) {
    for (const char* winner : {"old", "new"}) {
      box_.shell("rm -rf rel app.db");
      database_ = make_case_database(server(), box_);
      split ? start_split() : start_merge();
      ASSERT_EQ(emcee("expand"), 0) << output_;
      ASSERT_EQ(emcee("migrate"), 0) << output_;
      write("INSERT INTO users (id, bio) VALUES (1, 'same'), (2, 'same')");
      ASSERT_EQ(
          database_->sql_behind_the_triggers("UPDATE users SET bio = 'whole' WHERE id = 1; UPDATE profiles SET about "
                                             "= 'part' WHERE user_id = 1"),
          "");
      EXPECT_EQ(emcee("verify"), 1) << output_;
      EXPECT_NE(output_.find("say different things"), std::string::npos) << output_;
      EXPECT_EQ(emcee("contract"), 1) << output_;
      EXPECT_EQ(emcee(fmt::format("verify --resolve {}", winner)), 0) << output_;
      const std::string value = (std::string(winner) == "old") == split ? "whole|none" : "part|none";
      expect(1, value, value, winner);
      EXPECT_EQ(wrong(), 0);
      EXPECT_EQ(emcee("contract"), 0) << output_;
    }
  }
}

// Statements of both releases at random, on few keys; refused or not, both tables say the same behind each.
TEST_P(Moves, WhateverIsWritten) {
  RandomWrites writes(server(), 5, false, [](int id) {
    return fmt::format("UPDATE users SET id = id + 5 WHERE id = {0}; UPDATE users SET id = id - 5 WHERE id = {0} + 5",
                       id);
  });
  for (const bool split : {true, false}) {
    box_.shell("rm -rf rel app.db");
    database_ = make_case_database(server(), box_);
    const std::string actions = writes.one_of({" ON DELETE CASCADE ON UPDATE CASCADE", ""});
    split ? start_split(actions) : start_merge(actions);
    ASSERT_EQ(emcee("expand"), 0) << output_;
    int refusals = 0;
    for (int i = 0; i < 250; ++i) {
      const std::string sent = writes.next(), answer = sql(sent);
      if (refused(answer)) ++refusals;
      EXPECT_EQ(answer.find("would differ"), std::string::npos) << sent << answer;
      EXPECT_EQ(answer.find("1442"), std::string::npos) << sent << answer;
      ASSERT_EQ(wrong(), 0) << i << ": " << sent << "\n" << answer;
    }
    EXPECT_LT(refusals, 200);
    ASSERT_EQ(emcee("migrate"), 0) << output_;
    EXPECT_EQ(emcee("contract"), 0) << output_;
  }
}

// A table of its own numbers, where the move goes by another key.
TEST_P(Moves, ToATableWithItsOwnNumbers) {
  const char* number = is_mysql()                 ? "INTEGER NOT NULL AUTO_INCREMENT PRIMARY KEY"
                       : GetParam() == "postgres" ? "INTEGER GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"
                                                  : "INTEGER PRIMARY KEY";
  const std::string users = fmt::format("CREATE TABLE users (id {}, name VARCHAR(9)", number);
  start(users + ", bio VARCHAR(9));",
        users + ");" +
            fmt::format(
                "CREATE TABLE profiles (id {}, user_id INTEGER NOT NULL UNIQUE, bio VARCHAR(9), FOREIGN KEY (user_id) "
                "REFERENCES users (id));",
                number),
        "[[move]]\nfrom = \"users\"\nto = \"profiles\"\nkey = { user_id = \"id\" }\ncolumns = { bio = \"bio\" }\n" +
            std::string(kAcceptMove) + "[[accept]]\nhazard = \"replace_by_other_key\"\nreason = \"no REPLACE\"\n");
  write("INSERT INTO users (name) VALUES ('a'), ('b')");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  const std::string insert = "INSERT INTO users (name, bio) VALUES ('c', 'x')";
  const char* last = is_mysql() ? "LAST_INSERT_ID()" : "last_insert_rowid()";
  EXPECT_EQ(sql(GetParam() == "postgres" ? insert + " RETURNING id" : fmt::format("{}; SELECT {}", insert, last)), "3");
  EXPECT_EQ(sql("SELECT bio FROM profiles WHERE user_id = 3"), "x");
  EXPECT_EQ(sql("SELECT id FROM profiles WHERE user_id = 3"), "1");
  write("INSERT INTO profiles (user_id, bio) VALUES (1, 'y')");
  EXPECT_EQ(sql("SELECT bio FROM users WHERE id = 1"), "y");
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  EXPECT_EQ(emcee("contract"), 0) << output_;
  EXPECT_EQ(emcee("verify --drift"), 0) << output_;
}

// Rows that go with those of a third table, and whole tables that are emptied.
TEST_P(Moves, WhereOthersTakeRowsAway) {
  const std::string orgs = "CREATE TABLE orgs (id INTEGER NOT NULL PRIMARY KEY);\n";
  const auto users = [](const char* more) {
    return fmt::format(
        "CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, org INTEGER{}, FOREIGN KEY (org) REFERENCES orgs "
        "(id) ON DELETE CASCADE);\n",
        more);
  };
  const auto plan = [&](const char* actions) {
    box_.write("old.sql", orgs + users(", bio VARCHAR(9)"));
    box_.write("new.sql",
               orgs + users("") +
                   fmt::format("CREATE TABLE profiles (user_id INTEGER NOT NULL PRIMARY KEY, bio VARCHAR(9), "
                               "FOREIGN KEY (user_id) REFERENCES users (id){});",
                               actions));
    box_.write("release.toml",
               "name = \"ocata\"\n[[move]]\nfrom = \"users\"\nto = \"profiles\"\nkey = { user_id = \"id\" }\ncolumns = "
               "{ bio = "
               "\"bio\" }\n" +
                   std::string(kAcceptMove));
    return box_.emcee("plan old.sql new.sql --map release.toml --out rel --dialect " + GetParam() + " 2>&1");
  };
  const auto bare = plan("");
  EXPECT_EQ(bare.status == 0, !is_mysql()) << bare.out;
  if (is_mysql()) {
    EXPECT_NE(bare.out.find("changes users by itself"), std::string::npos) << bare.out;
  }
  const auto restricted = plan(" ON DELETE RESTRICT");
  if (GetParam() == "sqlite") {
    EXPECT_NE(restricted.out.find("says RESTRICT, which holds before any trigger"), std::string::npos)
        << restricted.out;
  }
  ASSERT_EQ(plan(" ON DELETE CASCADE").status, 0);
  ASSERT_EQ(sql(box_.shell("cat old.sql").out), "");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  const std::string on = GetParam() == "sqlite" ? "PRAGMA foreign_keys = ON; " : "";
  write(
      "INSERT INTO orgs VALUES (1), (2); INSERT INTO users VALUES (1, 1, 'a'), (2, 1, 'b'), (3, 2, 'c'), (4, 2, NULL)");
  write(on + "DELETE FROM orgs WHERE id = 1");
  EXPECT_EQ(count("users"), 2);
  EXPECT_EQ(count("profiles"), 1);
  write(on + "DELETE FROM users WHERE id = 3");
  EXPECT_EQ(count("profiles"), 0);
  if (GetParam() == "postgres") {
    ASSERT_EQ(database_->sql_behind_the_triggers("INSERT INTO users VALUES (6, 2, 'waits')"), "");
    write("INSERT INTO users VALUES (5, 2, 'e'); TRUNCATE profiles");
    EXPECT_EQ(sql("SELECT count(*) FROM users WHERE bio IS NOT NULL"), "1") << "what waits is not taken away";
    EXPECT_EQ(sql("SELECT bio FROM users WHERE id = 6"), "waits");
    write("UPDATE users SET bio = 'f' WHERE id = 5; TRUNCATE users CASCADE");
    EXPECT_EQ(count("profiles"), 0);
  }
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  EXPECT_EQ(emcee("contract"), 0) << output_;
}

// Where no foreign key says at once that the row of the whole has to be there, triggers do.
TEST_P(Moves, WithoutAForeignKey) {
  start("CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, bio VARCHAR(9));",
        "CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY); CREATE TABLE profiles (user_id INTEGER NOT NULL PRIMARY "
        "KEY, bio "
        "VARCHAR(9));",
        "[[move]]\nfrom = \"users\"\nto = \"profiles\"\nkey = { user_id = \"id\" }\ncolumns = { bio = \"bio\" }\n" +
            std::string(kAcceptMove) + "[[accept]]\nhazard = \"key_before_row\"\nreason = \"users come first\"\n");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  write("INSERT INTO users VALUES (1, 'a'), (2, NULL)");
  EXPECT_TRUE(refused(sql("INSERT INTO profiles VALUES (9, 'nobody')")));
  EXPECT_TRUE(refused(sql("UPDATE profiles SET user_id = 9")));
  write("UPDATE users SET id = 3 WHERE id = 1");
  EXPECT_EQ(sql("SELECT bio FROM profiles WHERE user_id = 3"), "a");
  write("DELETE FROM users WHERE id = 3");
  EXPECT_EQ(count("profiles"), 0);
  ASSERT_EQ(database_->sql_behind_the_triggers("INSERT INTO profiles VALUES (7, 'orphan')"), "");
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  EXPECT_EQ(emcee("verify"), 1) << output_;
  EXPECT_NE(output_.find("belongs to no row of users"), std::string::npos) << output_;
  EXPECT_EQ(emcee("contract"), 1) << output_;
  write("DELETE FROM profiles WHERE user_id = 7");
  EXPECT_EQ(emcee("contract"), 0) << output_;
}

// The triggers write both tables with the rights of whoever upgrades.
// Sessions that have never deleted a user, and one that has.
TEST_P(Moves, OfATextAsKey) {
  // Neither the collation of the session nor one that gives way to it.
  const std::string type = std::string("VARCHAR(20)") + (is_mysql() ? " COLLATE utf8mb4_spanish_ci" : "");
  const std::string whole = "CREATE TABLE users (id " + type + " NOT NULL PRIMARY KEY, bio VARCHAR(20));\n";
  const std::string bare = "CREATE TABLE users (id " + type + " NOT NULL PRIMARY KEY);\n";
  const std::string part = "CREATE TABLE profiles (user_id " + type +
                           " NOT NULL PRIMARY KEY, about VARCHAR(20), FOREIGN KEY (user_id) REFERENCES users (id) ON "
                           "DELETE CASCADE ON UPDATE CASCADE);\n";
  start(whole, bare + part,
        "[[move]]\nfrom = \"users\"\nto = \"profiles\"\nkey = { user_id = \"id\" }\ncolumns = { about = \"bio\" }\n" +
            std::string(kAcceptMove));
  ASSERT_EQ(emcee("expand"), 0) << output_;
  write("INSERT INTO users VALUES ('a', '1'), ('b', '2'), ('c', '3'), ('d', '4')");
  write("INSERT INTO users (id) VALUES ('e'), ('f')");
  const auto one = database_->connect(), other = database_->connect();
  const auto run = [&](const std::unique_ptr<CaseSession>& session, const std::string& statement) {
    EXPECT_EQ(session ? session->sql(statement) : sql(statement), "") << statement;
  };
  for (const char* id : {"a", "b"}) run(other, fmt::format("DELETE FROM profiles WHERE user_id = '{}'", id));
  for (const char* id : {"nobody", "e", "c"}) run(one, fmt::format("DELETE FROM users WHERE id = '{}'", id));
  run(one, "UPDATE users SET id = 'g' WHERE id = 'f'");
  run(one, "DELETE FROM profiles WHERE user_id = 'd'");
  run(other, "DELETE FROM users WHERE id = 'd'");
  run(other, "INSERT INTO profiles (user_id, about) VALUES ('a', '5')");
  run(other, "DELETE FROM profiles WHERE user_id = 'a'");
  EXPECT_EQ(count("profiles"), 0);
  EXPECT_EQ(count("users WHERE bio IS NOT NULL"), 0);
  // The sessions stay, whatever contract does to the tables.
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  for (int step = 0; step < 8 && emcee("contract --step") == 0; ++step)
    for (const auto& session : {&one, &other}) {
      run(*session, "INSERT INTO profiles (user_id, about) VALUES ('a', '5')");
      run(*session, "DELETE FROM profiles WHERE user_id = 'a'");
    }
}

TEST_P(Moves, NeedRightsOnBothTables) {
  if (!is_mysql()) return;  // the owner of a table of PostgreSQL has them, and a file has none
  start_merge();
  ASSERT_EQ(
      sql("DROP USER IF EXISTS mover@localhost; CREATE USER mover@localhost; GRANT TRIGGER, SELECT, INSERT, UPDATE, "
          "DELETE, ALTER ON users TO mover@localhost; GRANT TRIGGER, SELECT, UPDATE ON profiles TO mover@localhost"),
      "");
  std::string url = database_->url();
  url.replace(url.find("//root@"), 7, "//mover@");
  const std::string said = "it lacks INSERT, DELETE on";
  const auto doctor = [&] { return box_.emcee("doctor '" + url + "' --plan rel 2>&1").out; };
  EXPECT_NE(doctor().find(said), std::string::npos) << doctor();
  const auto expanded = box_.emcee("expand --db '" + url + "' --plan rel 2>&1");
  EXPECT_EQ(expanded.status, 5) << expanded.out;
  ASSERT_EQ(sql("GRANT INSERT, DELETE ON profiles TO mover@localhost"), "");
  EXPECT_EQ(doctor().find(said), std::string::npos) << doctor();
}

// A rehearsal covers no more than it says.
INSTANTIATE_TEST_SUITE_P(On, Moves, kServers, server_name);

}  // namespace
}  // namespace emcee::testing
