// Columns that move, while sessions and batches work at once, and where commands are killed.
#include "tests/cli/interruptions.h"
#include "tests/cli/move_races.h"

namespace emcee::testing {
namespace {

class MoveUpgrades : public Moves {};

// The batches are killed anywhere; both releases write in between.
TEST_P(MoveUpgrades, ThroughKills) {
  for (const bool split : {true, false}) {
    box_.shell("rm -rf rel app.db");
    database_ = make_case_database(server(), box_);
    split ? start_split() : start_merge();
    constexpr int kRows = 300;
    for (int i = 1; i <= kRows; ++i) {
      const std::string values = fmt::format("({0}, 'b{0}', 'p{1}')", i, i % 3);
      write(split ? "INSERT INTO users (id, bio, photo) VALUES " + values
                  : fmt::format(
                        "INSERT INTO users (id) VALUES ({}); INSERT INTO profiles (user_id, about, photo) VALUES {}", i,
                        values));
    }
    ASSERT_EQ(emcee("expand"), 0) << output_;
    int last = 0, halfway = 0;
    double patience = 0.02;  // however slow the machine is at the moment
    for (int i = 1; halfway < 4 && last < kRows && i < 60; ++i) {
      kill_after(patience, "migrate", box_, database_->url());
      write(fmt::format(
          "UPDATE users SET bio = 'w{0}' WHERE id = {1}; UPDATE profiles SET photo = 'q{0}' WHERE user_id = {2}; "
          "DELETE FROM users WHERE id = {3}; DELETE FROM profiles WHERE user_id = {4}",
          i, kRows - i, i + 60, kRows - 60 - i, i + 120));
      const int now = kRows - wrong();
      if (now > last && now < kRows) ++halfway;
      patience *= now > last ? 0.9 : 1.4;
      last = std::max(now, last);
    }
    EXPECT_GT(halfway, 0) << "no kill met the middle";
    ASSERT_EQ(emcee("migrate --batch 7"), 0) << output_;
    EXPECT_EQ(wrong(), 0);
    EXPECT_EQ(emcee("verify"), 0) << output_;
    EXPECT_EQ(count("users WHERE bio LIKE 'w%'"), count("profiles WHERE about LIKE 'w%'"));
    const std::string left =
        sql(split ? "SELECT count(*) FROM users WHERE bio IS NOT NULL" : "SELECT count(*) FROM profiles");
    EXPECT_EQ(emcee("contract"), 0) << output_;
    EXPECT_EQ(sql(split ? "SELECT count(*) FROM profiles WHERE about IS NOT NULL"
                        : "SELECT count(*) FROM users WHERE bio IS NOT NULL"),
              left);
    EXPECT_EQ(emcee("verify --drift"), 0) << output_;
  }
}

// MariaDB fires AFTER UPDATE for rows that UPDATE IGNORE leaves as they are.
TEST_P(MoveUpgrades, LeavesOutWhatAnUpdateDoes) {
  if (!is_mysql()) GTEST_SKIP() << "it says UPDATE IGNORE";
  const std::string update = "UPDATE IGNORE ";
  const auto with_keys = [](std::string text) {
    for (const std::string column : {"name VARCHAR(40)", "seen INTEGER"})
      if (const auto at = text.find(column); at != std::string::npos) text.insert(at + column.size(), " UNIQUE");
    return text;
  };
  const std::string whole = with_keys(kWhole), bare = with_keys(kBare), part = with_keys(fmt::format(kPart, "")),
                    part_bare = with_keys(fmt::format(kPartBare, ""));
  const std::string stays = "on_part_delete = \"refuse\"\n";
  const std::string upgrades[][3] = {{whole, bare + part, kSplit},
                                     {bare + part, whole, kMerge},
                                     {whole + part_bare, bare + part, kSplit + stays},
                                     {bare + part, whole + part_bare, kMerge + stays}};
  for (const auto& [of_old, of_new, map] : upgrades) {
    box_.shell("rm -rf rel app.db");
    database_ = make_case_database(server(), box_);
    start(of_old, of_new, map + kAcceptMove);
    const bool has_whole = of_old.find("bio") != std::string::npos,
               has_part = of_old.find("profiles") != std::string::npos;
    write(std::string("INSERT INTO users (id, name") + (has_whole ? ", bio, photo" : "") + ") VALUES (1, 'a'" +
          (has_whole ? ", 'b1', 'p1'" : "") + "), (2, 'b'" + (has_whole ? ", 'b2', 'p2'" : "") + ")");
    if (has_part)
      write(std::string("INSERT INTO profiles (user_id, seen") + (has_whole ? "" : ", about, photo") +
            ") VALUES (1, 1" + (has_whole ? "" : ", 'b1', 'p1'") + "), (2, 2" + (has_whole ? "" : ", 'b2', 'p2'") +
            ")");
    ASSERT_EQ(emcee("expand"), 0) << output_;
    ASSERT_EQ(emcee("migrate"), 0) << output_;
    if (!has_part) write("UPDATE profiles SET seen = user_id");
    const auto both = [&](const std::string& sets_name) {
      write(update + "users SET bio = 'NEW', " + sets_name + " WHERE id = 1");
      write(update + "profiles SET about = 'NEW', " + (sets_name == "name = 'b'" ? "seen = 2" : "seen = 7") +
            " WHERE user_id = 1");
    };
    both("name = 'b'");
    EXPECT_EQ(sql("SELECT bio FROM users WHERE id = 1") + sql("SELECT about FROM profiles WHERE user_id = 1"), "b1b1")
        << map;
    write(update + "users SET bio = 'one', name = 'b'");
    EXPECT_EQ(sql("SELECT bio FROM users WHERE id = 1") + sql("SELECT about FROM profiles WHERE user_id = 1"), "b1b1")
        << map;
    EXPECT_EQ(sql("SELECT bio FROM users WHERE id = 2") + sql("SELECT about FROM profiles WHERE user_id = 2"), "oneone")
        << map;
    both("name = 'z'");
    EXPECT_EQ(sql("SELECT bio FROM users WHERE id = 1") + sql("SELECT about FROM profiles WHERE user_id = 1"), "NEWNEW")
        << map;
    EXPECT_EQ(wrong(), 0) << map;
    EXPECT_EQ(emcee("verify"), 0) << output_;
  }
}

// The scripts do the same in the hands of the server's own client.
TEST_P(MoveUpgrades, ByTheClient) {
  for (const bool split : {true, false}) {
    box_.shell("rm -rf rel app.db");
    database_ = make_case_database(server(), box_);
    split ? start_split() : start_merge();
    write(split ? "INSERT INTO users VALUES (1, 'a', 'b1', 'p1'), (2, 'b', NULL, 'none'), (3, 'c', 'b3', 'none')"
                : "INSERT INTO users VALUES (1, 'a'), (2, 'b'), (3, 'c'); INSERT INTO profiles VALUES (1, 'b1', 'p1', "
                  "1), (3, "
                  "'b3', 'none', 3)");
    by_client("expand");
    write("UPDATE users SET bio = 'later' WHERE id = 2");
    by_client("migrate");
    expect(1, "b1|p1", "b1|p1", "migrated");
    expect(2, "later|none", "later|none", "written");
    EXPECT_EQ(wrong(), 0);
    by_client("contract");
    EXPECT_EQ(emcee("check"), 0) << output_;
    EXPECT_EQ(split ? part(3) : whole(3), "b3|none");
  }
}

// Another map of the same table, in the same release.
TEST_P(MoveUpgrades, BesideARename) {
  for (const bool split : {true, false}) {
    box_.shell("rm -rf rel app.db");
    database_ = make_case_database(server(), box_);
    const std::string part = fmt::format(kPart, "");
    const auto renamed = [](std::string table) { return table.replace(table.find("name VARCHAR"), 4, "full_name"); };
    const std::string rename = "[[rename]]\ntable = \"users\"\nfrom = \"name\"\nto = \"full_name\"\n";
    if (split)
      start(kWhole, renamed(kBare) + part, kSplit + rename + kAcceptMove);
    else
      start(kBare + part, renamed(kWhole), kMerge + rename + kAcceptMove);
    write("INSERT INTO users (id, name) VALUES (1, 'a')");
    ASSERT_EQ(emcee("expand"), 0) << output_;
    write(
        "INSERT INTO users (id, name, bio) VALUES (2, 'b', 'b2'); UPDATE users SET bio = 'b1', full_name = 'A' WHERE "
        "id = 1");
    expect(1, "b1|none", "b1|none", "both maps");
    ASSERT_EQ(emcee("migrate"), 0) << output_;
    EXPECT_EQ(wrong(), 0);
    EXPECT_EQ(sql("SELECT name FROM users WHERE id = 1"), "A");
    ASSERT_EQ(emcee("contract"), 0) << output_;
    EXPECT_EQ(emcee("verify --drift"), 0) << output_;
    EXPECT_EQ(sql("SELECT full_name FROM users WHERE id = 2"), "b");
    EXPECT_EQ(sql(split ? "SELECT about FROM profiles WHERE user_id = 2" : "SELECT bio FROM users WHERE id = 2"), "b2");
  }
}

// Between any two steps of contract, where the applier may be killed and stay away, the new release writes.
TEST_P(MoveUpgrades, EachStepOfContract) {
  for (const bool split : {true, false}) {
    box_.shell("rm -rf rel app.db");
    database_ = make_case_database(server(), box_);
    split ? start_split() : start_merge();
    ASSERT_EQ(emcee("expand"), 0) << output_;
    write("INSERT INTO users (id, bio) VALUES (1, 'kept')");
    ASSERT_EQ(emcee("migrate"), 0) << output_;
    int looks = 0;
    const auto look = [&] {
      ++looks;
      if (split) {
        write("INSERT INTO users (id) VALUES (7); INSERT INTO profiles (user_id, about) VALUES (7, 'new')");
        write("UPDATE profiles SET about = 'newer' WHERE user_id IN (1, 7)");
        EXPECT_EQ(sql("SELECT about FROM profiles WHERE user_id = 7"), "newer");
        write("DELETE FROM profiles WHERE user_id = 7; DELETE FROM users WHERE id = 7");
        EXPECT_EQ(count("profiles"), 1);
      } else {
        write("INSERT INTO users (id, bio) VALUES (7, 'new'); UPDATE users SET bio = 'newer' WHERE id IN (1, 7)");
        EXPECT_EQ(sql("SELECT bio FROM users WHERE id = 7"), "newer");
        write("DELETE FROM users WHERE id = 7");
        EXPECT_EQ(count("users"), 1);
      }
    };
    step_by_step(applier::contract, box_, database_->url(), look);
    EXPECT_GE(looks, 1);
    EXPECT_EQ(split ? sql("SELECT about FROM profiles WHERE user_id = 1") : sql("SELECT bio FROM users WHERE id = 1"),
              "newer");
  }
}

// What goes to two tables at once; and offline, without any trigger.
TEST_P(MoveUpgrades, ToTwoTables) {
  for (const bool online : {true, false}) {
    box_.shell("rm -rf rel app.db");
    database_ = make_case_database(server(), box_);
    start(kWhole,
          kBare + std::string(
                      "CREATE TABLE bios (user_id INTEGER NOT NULL PRIMARY KEY, bio VARCHAR(80), FOREIGN KEY (user_id) "
                      "REFERENCES users (id)); CREATE TABLE photos (user_id INTEGER NOT NULL PRIMARY KEY, photo "
                      "VARCHAR(80) DEFAULT 'none' NOT NULL, FOREIGN KEY (user_id) REFERENCES users (id));"),
          "[[move]]\nfrom = \"users\"\nto = \"bios\"\nkey = { user_id = \"id\" }\ncolumns = { bio = \"bio\" }\n"
          "[[move]]\nfrom = \"users\"\nto = \"photos\"\nkey = { user_id = \"id\" }\ncolumns = { photo = \"photo\" }\n" +
              std::string(kAcceptMove));
    write("INSERT INTO users VALUES (1, 'a', 'b1', 'p1'), (2, 'b', 'b2', 'none'), (3, 'c', NULL, 'p3')");
    if (online) {
      ASSERT_EQ(emcee("expand"), 0) << output_;
      write("UPDATE users SET bio = 'b3', photo = 'p4' WHERE id = 3; INSERT INTO users VALUES (4, 'd', NULL, 'p4')");
      write(
          "UPDATE photos SET photo = 'q' WHERE user_id = 4; INSERT INTO bios VALUES (4, 'b4'); DELETE FROM users WHERE "
          "id = 2");
      EXPECT_EQ(whole(4), "b4|q");
      ASSERT_EQ(emcee("migrate"), 0) << output_;
      EXPECT_EQ(emcee("verify"), 0) << output_;
      ASSERT_EQ(emcee("contract"), 0) << output_;
      EXPECT_EQ(count("bios"), 3);
      EXPECT_EQ(count("photos"), 3);
    } else {
      ASSERT_EQ(emcee("sync"), 0) << output_;
      EXPECT_EQ(count("bios"), 2);
      EXPECT_EQ(count("photos"), 2);
    }
    EXPECT_EQ(emcee("verify --drift"), 0) << output_;
    EXPECT_EQ(sql("SELECT photo FROM photos WHERE user_id = 1"), "p1");
  }
}

INSTANTIATE_TEST_SUITE_P(On, MoveUpgrades, kServers, server_name);

// Two sessions, one at each table.
class MoveRaces : public MovesOn<MoveRacesBase> {
 protected:
  // The row is there by now, or its user is not, as another session of the same release could have it.
  bool may_fail(const std::string& statement, const std::string& error) const override {
    if (!statement.starts_with("INSERT INTO profiles")) return false;
    return std::ranges::any_of(std::array{"23505", "1062", "23503", "1452"},
                               [&](const char* code) { return error.starts_with(fmt::format("error {}:", code)); });
  }
};

const std::vector<std::string> kOfWhole = {
    "UPDATE users SET bio = 'o' WHERE id = 1", "UPDATE users SET bio = NULL, photo = 'none' WHERE id = 1",
    "DELETE FROM users WHERE id = 1",          "UPDATE users SET photo = 'o' WHERE id = 1",
    "UPDATE users SET id = 5 WHERE id = 1",    "UPDATE users SET id = 5, bio = 'o' WHERE id = 1"};
const std::vector<std::string> kOfPart = {"UPDATE profiles SET about = 'n' WHERE user_id = 1",
                                          "UPDATE profiles SET about = NULL, photo = 'none' WHERE user_id = 1",
                                          "DELETE FROM profiles WHERE user_id = 1",
                                          "UPDATE profiles SET photo = 'n' WHERE user_id = 1"};
const std::vector<std::string> kNewPart = {"INSERT INTO profiles (user_id, about) VALUES (1, 'n')",
                                           "INSERT INTO profiles (user_id) VALUES (1)"};

TEST_P(MoveRaces, EndWithEqualTables) {
  start_split(" ON DELETE CASCADE ON UPDATE CASCADE");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  const std::string reset = "DELETE FROM profiles; DELETE FROM users; INSERT INTO users (id) VALUES (1)";
  const std::string given = "; UPDATE users SET bio = 'b', photo = 'p'";
  for (const char* isolation : {"READ COMMITTED", "REPEATABLE READ"}) {
    for (const std::string& one : kOfWhole) {
      for (const std::string& other : kOfPart) run({reset + given, one, other, all_wrong()}, isolation, "users");
      for (const std::string& other : kNewPart) run({reset, one, other, all_wrong()}, isolation, "users");
      if (HasFailure()) return;
    }
  }
  RecordProperty("runs", runs_);
  RecordProperty("refused", refused_);
}

// What waits may go on waiting, where the batch was refused; it must not be wrong.
TEST_P(MoveRaces, WithABatch) {
  for (const bool split : {true, false}) {
    box_.shell("rm -rf rel");
    database_ = make_case_database(server(), box_);
    const char* actions = " ON DELETE CASCADE ON UPDATE CASCADE";
    split ? start_split(actions) : start_merge(actions);
    ASSERT_EQ(emcee("expand"), 0) << output_;
    const std::string reset = bypass(true) + "; DELETE FROM profiles; DELETE FROM users; " +
                              (split ? "INSERT INTO users (id, bio, photo) VALUES (1, 'b', 'p'), (2, 'b', 'p')"
                                     : "INSERT INTO users (id) VALUES (1), (2); INSERT INTO profiles (user_id, about, "
                                       "photo) VALUES (1, 'b', 'p'), "
                                       "(2, 'b', 'p')") +
                              "; " + bypass(false);
    const std::string stale = split ? wrong_rows(fmt::format("p.user_id IS NOT NULL AND {}", kDiffer))
                                    : wrong_rows(fmt::format("{} AND (p.user_id IS NULL OR {})", kGiven, kDiffer));
    std::vector<std::string> writes = kOfWhole;
    const auto& of_part = split ? kNewPart : kOfPart;
    writes.insert(writes.end(), of_part.begin(), of_part.end());
    for (const std::string& write : writes) {
      run({reset, batch(), write, stale}, "READ COMMITTED", "users");
      // A session that does not see what the batch, or one of the new release, has written. Triggers of MariaDB and
      // MySQL see it in every isolation level.
      run({reset, batch(), write, stale, {}, {}, "READ COMMITTED"}, "REPEATABLE READ", "users");
      if (server() == "postgres")
        for (const std::string& other : of_part) run({reset, other, write, stale}, "REPEATABLE READ", "users");
      if (HasFailure()) return;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(On, MoveRaces, ::testing::Values("postgres", "mariadb", "mysql"), server_name);

}  // namespace
}  // namespace emcee::testing
