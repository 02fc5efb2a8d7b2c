// Columns that move between two tables that both releases have.
#include "tests/cli/move_races.h"
#include "tests/cli/random_writes.h"

namespace emcee::testing {
namespace {

const char* const kOnPartDelete[] = {"clear", "refuse"};

template <class Base>
class BetweenOn : public MovesOn<Base> {
 protected:
  using MovesOn<Base>::box_, MovesOn<Base>::database_, MovesOn<Base>::server, MovesOn<Base>::sql,
      MovesOn<Base>::refused, MovesOn<Base>::is_mysql;
  void again(bool to_part, const std::string& on_delete, const std::string& actions = {}) {
    box_.shell("rm -rf rel app.db");
    database_ = make_case_database(server(), box_);
    this->start_between(to_part, on_delete, actions);
  }
  std::string seen(int id) { return sql(fmt::format("SELECT coalesce(seen, 0) FROM profiles WHERE user_id = {}", id)); }
  // An INSERT of a row for what else it holds, where the row may have been made for a value already.
  std::string own_row(int id, int seen) const {
    const char* upsert = is_mysql() ? " ON DUPLICATE KEY UPDATE seen = VALUES(seen)"
                                    : " ON CONFLICT (user_id) DO UPDATE SET seen = excluded.seen";
    return fmt::format("INSERT INTO profiles (user_id, seen) VALUES ({}, {}){}", id, seen,
                       server() == "postgres" ? "" : upsert);
  }
  // A row of the part without the whole may hold nothing that moves.
  static std::string all_wrong() {
    return fmt::format(
        "SELECT (SELECT count(*) FROM users AS u LEFT JOIN profiles AS p ON p.user_id = u.id WHERE p.user_id IS NULL "
        "AND {} OR p.user_id IS NOT NULL AND {}) + (SELECT count(*) FROM profiles AS p LEFT JOIN users AS u ON u.id = "
        "p.user_id WHERE u.id IS NULL AND (p.about IS NOT NULL OR p.photo <> 'none'))",
        kGiven, kDiffer);
  }
};
using MovesBetween = BetweenOn<Cases>;

TEST_P(MovesBetween, StatementByStatement) {
  for (const bool to_part : {true, false}) {
    again(to_part, "clear");
    SCOPED_TRACE(to_part ? "to the part" : "to the whole");
    ASSERT_EQ(emcee("expand"), 0) << output_;

    write("INSERT INTO users (id, name) VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd')");
    EXPECT_EQ(count("profiles"), 0) << "nothing given";
    write("INSERT INTO users (id, bio, photo) VALUES (10, 'x', 'y')");
    expect(10, "x|y", "x|y", "INSERT makes the row");
    write("UPDATE users SET bio = 'u' WHERE id = 1");
    expect(1, "u|none", "u|none", "UPDATE makes the row");
    write(own_row(1, 7));
    expect(1, "u|none", "u|none", "a row of its own keeps the value");
    EXPECT_EQ(seen(1), "7");
    EXPECT_TRUE(refused(sql("INSERT INTO profiles (user_id, seen) VALUES (1, 8)"))) << "it is one by now";
    write("INSERT INTO profiles (user_id, seen) VALUES (2, 7)");
    expect(2, "-|none", "-|none", "a row without a value");
    write("UPDATE users SET photo = 'p2' WHERE id = 2");
    expect(2, "-|p2", "-|p2", "which gets one");
    EXPECT_EQ(seen(2), "7");
    write("UPDATE profiles SET about = 'q', seen = 8 WHERE user_id = 2");
    expect(2, "q|p2", "q|p2", "and the other way round");
    write("INSERT INTO profiles (user_id, seen, about) VALUES (3, 1, 'w')");
    expect(3, "w|none", "w|none", "INSERT with a value");
    write("UPDATE profiles SET about = NULL WHERE user_id = 3");
    expect(3, "-|none", "-|none", "the row stays without one");
    EXPECT_TRUE(refused(sql("INSERT INTO profiles (user_id, about) VALUES (99, 'nobody')")));

    write("DELETE FROM profiles WHERE user_id = 2");
    expect(2, "-|none", "", "the value goes with its row");
    write("DELETE FROM profiles WHERE user_id = 3");
    write("DELETE FROM users WHERE id = 10");
    expect(10, "", "", "a row that was made goes with the whole");
    if (GetParam() != "sqlite") {
      EXPECT_TRUE(refused(sql("DELETE FROM users WHERE id = 1"))) << "what a release has made stays in the way";
      expect(1, "u|none", "u|none", "refused");
    }
    write("INSERT INTO profiles (user_id, seen) VALUES (4, 4)");
    EXPECT_TRUE(refused(sql("UPDATE profiles SET user_id = 3 WHERE user_id = 1")));
    EXPECT_TRUE(refused(sql("UPDATE profiles SET user_id = 1 WHERE user_id = 4")));
    write("UPDATE profiles SET user_id = 3 WHERE user_id = 4");
    EXPECT_EQ(seen(3), "4") << "a row without a value may";
    if (!is_mysql()) {
      write("UPDATE users SET id = 30, bio = 'k' WHERE id = 1");
      expect(30, "k|none", "k|none", "another key of the whole");
      EXPECT_EQ(seen(30), "7");
      write("UPDATE users SET id = 1, bio = 'u' WHERE id = 30");
    } else {
      write("REPLACE INTO profiles (user_id, seen) VALUES (1, 9)");
    }
    if (GetParam() == "sqlite") write("REPLACE INTO profiles (user_id, seen) VALUES (1, 9)");
    expect(1, "u|none", "u|none", "a REPLACE of what else it holds");
    if (GetParam() == "postgres") {
      write(
          "INSERT INTO users (id, bio) VALUES (5, 'made'); INSERT INTO profiles (user_id, seen) VALUES (5, 5) ON "
          "CONFLICT DO NOTHING");
      expect(5, "made|none", "made|none", "the row steps aside");
      EXPECT_EQ(seen(5), "5");
      write("INSERT INTO profiles (user_id, seen) VALUES (5, 6) ON CONFLICT (user_id) DO UPDATE SET seen = 6");
      expect(5, "made|none", "made|none", "and then not");
      EXPECT_EQ(seen(5), "6");
      write("TRUNCATE profiles");
      EXPECT_EQ(sql("SELECT count(*) FROM users WHERE bio IS NOT NULL"), "0");
      write("UPDATE users SET bio = 'u' WHERE id = 1; TRUNCATE users CASCADE");
      EXPECT_EQ(count("profiles"), 0);
    }
    EXPECT_EQ(sql(all_wrong()), "0");
    ASSERT_EQ(emcee("migrate"), 0) << output_;
    EXPECT_EQ(emcee("verify"), 0) << output_;
    ASSERT_EQ(emcee("contract"), 0) << output_;
    EXPECT_EQ(emcee("check"), 0) << output_;
    EXPECT_EQ(emcee("verify --drift"), 0) << output_;
  }
}

// What is there before expand, and what both releases do to it before migrate.
TEST_P(MovesBetween, RowsThatWait) {
  for (const bool to_part : {true, false}) {
    again(to_part, "clear");
    SCOPED_TRACE(to_part ? "to the part" : "to the whole");
    for (int i = 1; i <= 12; ++i)
      if (to_part) {
        write(fmt::format("INSERT INTO users VALUES ({0}, 'n', 'b{0}', 'p{0}')", i));
        if (i % 2 == 0) write(fmt::format("INSERT INTO profiles (user_id, seen) VALUES ({0}, {0})", i));
      } else {
        write(fmt::format("INSERT INTO users (id) VALUES ({})", i));
        write(fmt::format("INSERT INTO profiles (user_id, about, photo, seen) VALUES ({0}, 'b{0}', 'p{0}', {0})", i));
      }
    write("INSERT INTO users (id) VALUES (20)");
    ASSERT_EQ(emcee("expand"), 0) << output_;
    write("UPDATE profiles SET about = 'n2' WHERE user_id = 2");
    expect(2, "n2|p2", "n2|p2", "one column of the part");
    write("UPDATE users SET bio = 'n4' WHERE id = 4");
    expect(4, "n4|p4", "n4|p4", "one column of the whole");
    write("UPDATE profiles SET seen = 60 WHERE user_id = 6; UPDATE users SET name = 'm' WHERE id = 6");
    if (to_part) {
      write("UPDATE users SET bio = 'n3' WHERE id = 3");
      expect(3, "n3|p3", "n3|p3", "the row is made");
      write("INSERT INTO profiles (user_id, seen) VALUES (5, 5)");
      expect(5, "b5|p5", "b5|p5", "a row of its own gets what waits");
      write("DELETE FROM profiles WHERE user_id = 8");
      expect(8, "b8|p8", "", "what waits does not go with its row");
      EXPECT_TRUE(refused(sql("UPDATE profiles SET user_id = 7 WHERE user_id = 10"))) << "another value waits there";
      write("DELETE FROM users WHERE id = 9");
    } else {
      write("DELETE FROM profiles WHERE user_id = 8");
      expect(8, "-|none", "", "the row goes with its value");
      write("DELETE FROM profiles WHERE user_id = 9; DELETE FROM users WHERE id = 9");
    }
    EXPECT_EQ(emcee("verify"), 1) << output_;
    EXPECT_EQ(emcee("contract"), 3) << output_;
    ASSERT_EQ(emcee("migrate --batch 2"), 0) << output_;
    expect(1, "b1|p1", "b1|p1", "migrated");
    expect(6, "b6|p6", "b6|p6", "migrated");
    expect(7, "b7|p7", "b7|p7", "migrated");
    EXPECT_EQ(seen(6), "60");
    if (to_part) expect(8, "b8|p8", "b8|p8", "migrated");
    EXPECT_EQ(count("profiles WHERE user_id = 20"), 0) << "nothing to move";
    EXPECT_EQ(sql(all_wrong()), "0");
    EXPECT_EQ(emcee("verify"), 0) << output_;
    const std::string left = sql("SELECT count(*) FROM profiles");
    ASSERT_EQ(emcee("contract"), 0) << output_;
    EXPECT_EQ(emcee("verify --drift"), 0) << output_;
    EXPECT_EQ(sql("SELECT count(*) FROM profiles"), left);
    EXPECT_EQ(to_part ? part(7) : whole(7), "b7|p7");
  }
}

// A DELETE that would take a value away is refused.
TEST_P(MovesBetween, KeepRows) {
  for (const bool to_part : {true, false}) {
    again(to_part, "refuse", " ON DELETE CASCADE");
    SCOPED_TRACE(to_part ? "to the part" : "to the whole");
    ASSERT_EQ(emcee("expand"), 0) << output_;
    write("INSERT INTO users (id, bio) VALUES (1, 'a'), (2, 'b'), (3, NULL)");
    const std::string answer = sql("DELETE FROM profiles WHERE user_id = 1");
    EXPECT_NE(answer.find("stays while it holds a value that moves: about, photo"), std::string::npos) << answer;
    expect(1, "a|none", "a|none", "refused");
    write("UPDATE users SET bio = NULL WHERE id = 1; DELETE FROM profiles WHERE user_id = 1");
    expect(1, "-|none", "", "gone");
    const std::string on = GetParam() == "sqlite" ? "PRAGMA foreign_keys = ON; " : "";
    write(own_row(2, 2));
    write(on + "DELETE FROM users WHERE id = 2");
    EXPECT_EQ(count("profiles"), 0) << "with the whole it may go";
    if (GetParam() == "sqlite" || is_mysql()) {
      write("INSERT INTO users (id, bio) VALUES (4, 'd'); REPLACE INTO profiles (user_id, seen) VALUES (4, 4)");
      expect(4, "d|none", "d|none", "a REPLACE makes it again");
      write("REPLACE INTO profiles (user_id, about) VALUES (4, 'e')");
      expect(4, "e|none", "e|none", "with another value");
    } else {
      write("INSERT INTO users (id, bio) VALUES (4, 'd')");
      EXPECT_TRUE(refused(sql("TRUNCATE profiles")));
      write("TRUNCATE users CASCADE");
      EXPECT_EQ(count("profiles"), 0);
    }
    ASSERT_EQ(emcee("migrate"), 0) << output_;
    EXPECT_EQ(emcee("contract"), 0) << output_;
    EXPECT_EQ(emcee("verify --drift"), 0) << output_;
  }
}

// A foreign key gives the row of the part its new key before the trigger of the whole could; in a split and a merge,
// too.
TEST_P(MovesBetween, WithTheKeyOfTheWhole) {
  for (const bool part_stays : {true, false})
    for (const bool to_part : {true, false}) {
      const char* actions = " ON UPDATE CASCADE";
      again(to_part, "clear", actions);
      if (!part_stays) {
        box_.shell("rm -rf rel app.db");
        database_ = make_case_database(server(), box_);
        to_part ? start_split(actions) : start_merge(actions);
      }
      ASSERT_EQ(emcee("expand"), 0) << output_;
      write("INSERT INTO users (id, bio) VALUES (1, 'a')");
      const std::string on = GetParam() == "sqlite" ? "PRAGMA foreign_keys = ON; " : "";
      write(on + "UPDATE users SET id = 5, bio = 'o' WHERE id = 1");
      expect(5, "o|none", "o|none", "with a value");
      write(on + "UPDATE users SET id = 6 WHERE id = 5");
      expect(6, "o|none", "o|none", "alone");
      write(on + "UPDATE users SET id = 7, photo = 'p' WHERE id = 6");
      expect(7, "o|p", "o|p", "with the other one");
    }
}

TEST_P(MovesBetween, RolledBackOrResolved) {
  for (const bool to_part : {true, false}) {
    again(to_part, "clear");
    SCOPED_TRACE(to_part ? "to the part" : "to the whole");
    write("INSERT INTO users (id) VALUES (1), (2); INSERT INTO profiles (user_id, seen) VALUES (1, 1)");
    if (to_part)
      write("UPDATE users SET bio = 'a' WHERE id = 1");
    else
      write("UPDATE profiles SET about = 'a' WHERE user_id = 1");
    ASSERT_EQ(emcee("expand"), 0) << output_;
    ASSERT_EQ(emcee("migrate"), 0) << output_;
    write("UPDATE profiles SET about = 'b' WHERE user_id = 1; UPDATE users SET bio = 'c' WHERE id = 2");
    ASSERT_EQ(emcee("rollback"), 0) << output_;
    EXPECT_EQ(to_part ? whole(1) : part(1), "b|none");
    EXPECT_EQ(to_part ? whole(2) : part(2), "c|none");
    EXPECT_EQ(seen(1), "1");
    write("DELETE FROM profiles; DELETE FROM users");
    for (const char* winner : {"old", "new"}) {
      again(to_part, "clear");
      ASSERT_EQ(emcee("expand"), 0) << output_;
      ASSERT_EQ(emcee("migrate"), 0) << output_;
      write("INSERT INTO users (id, bio) VALUES (1, 'same'), (2, 'same'), (3, 'same')");
      ASSERT_EQ(database_->sql_behind_the_triggers(
                    "UPDATE users SET bio = 'whole' WHERE id = 1; UPDATE profiles SET about = 'part' WHERE user_id = "
                    "1; UPDATE profiles SET about = 'part' WHERE user_id = 2"),
                "");
      EXPECT_EQ(emcee("verify"), 1) << output_;
      EXPECT_NE(output_.find("say different things"), std::string::npos) << output_;
      EXPECT_EQ(emcee("contract"), 1) << output_;
      EXPECT_EQ(emcee(fmt::format("verify --resolve {}", winner)), 0) << output_;
      const bool whole_wins = (std::string(winner) == "old") == to_part;
      expect(1, whole_wins ? "whole|none" : "part|none", whole_wins ? "whole|none" : "part|none", winner);
      expect(2, whole_wins ? "same|none" : "part|none", whole_wins ? "same|none" : "part|none", winner);
      EXPECT_EQ(emcee("contract"), 0) << output_;
    }
  }
}

// Statements of both releases at random, on few keys; refused or not, both tables say the same behind each.
TEST_P(MovesBetween, WhateverIsWritten) {
  RandomWrites writes(server(), 4, true, [&](int id) { return own_row(id, 5); });
  for (const bool to_part : {true, false})
    for (const char* on_delete : kOnPartDelete) {
      again(to_part, on_delete, writes.one_of({" ON DELETE CASCADE ON UPDATE CASCADE", ""}));
      ASSERT_EQ(emcee("expand"), 0) << output_;
      int refusals = 0;
      const auto state = [&] {
        return sql(fmt::format("SELECT {} FROM users", database_->bars({"id", "coalesce(bio, '-')", "photo"}))) +
               " / " +
               sql(fmt::format("SELECT {} FROM profiles",
                               database_->bars({"user_id", "coalesce(about, '-')", "photo", "coalesce(seen, 0)"})));
      };
      for (int i = 0; i < 60; ++i) {
        const std::string before = GetParam() == "mysql" ? state() : "";
        const std::string sent = writes.next(), answer = sql(sent);
        if (refused(answer)) ++refusals;
        EXPECT_EQ(answer.find("would differ"), std::string::npos) << sent << answer;
        EXPECT_EQ(answer.find("1442"), std::string::npos) << sent << answer;
        ASSERT_EQ(sql(all_wrong()), "0") << to_part << on_delete << i << ": " << sent << "\n"
                                         << answer << before << " after " << state();
      }
      EXPECT_LT(refusals, 55);
      ASSERT_EQ(emcee("migrate"), 0) << output_;
      EXPECT_EQ(emcee("contract"), 0) << output_;
    }
}

// A table whose key may have several rows, until the move says that there is one.
TEST_P(MovesBetween, OneRowOfAnAssociation) {
  start(
      "CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY); CREATE TABLE user_group (user_id INTEGER NOT NULL, "
      "group_id INTEGER NOT NULL, PRIMARY KEY (user_id, group_id), FOREIGN KEY (user_id) REFERENCES users (id));",
      "CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, group_id INTEGER);",
      "[[move]]\nfrom = \"user_group\"\nto = \"users\"\nkey = { id = \"user_id\" }\ncolumns = { group_id = "
      "\"group_id\" }\none = true\n" +
          std::string(kAcceptMove));
  write("INSERT INTO users VALUES (1), (2), (3); INSERT INTO user_group VALUES (1, 10), (2, 20), (2, 21)");
  EXPECT_EQ(emcee("expand"), 1) << output_;
  EXPECT_NE(output_.find("2, 21: another row has the same"), std::string::npos) << output_;
  EXPECT_TRUE(refused(sql("SELECT group_id FROM users"))) << "nothing was written";
  write("INSERT INTO user_group VALUES (1, 11); DELETE FROM user_group WHERE group_id IN (11, 21)");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  EXPECT_TRUE(refused(sql("INSERT INTO user_group VALUES (1, 11)")));
  write("UPDATE user_group SET group_id = 11 WHERE user_id = 1; INSERT INTO user_group VALUES (3, 30)");
  EXPECT_EQ(sql("SELECT group_id FROM users WHERE id = 1"), "11");
  write("UPDATE users SET group_id = NULL WHERE id = 3; UPDATE users SET group_id = 12 WHERE id = 1");
  EXPECT_EQ(sql("SELECT group_id FROM user_group WHERE user_id = 1"), "12");
  EXPECT_EQ(count("user_group WHERE user_id = 3"), 0);
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  ASSERT_EQ(emcee("rollback"), 0) << output_;
  write("INSERT INTO user_group VALUES (1, 13); DELETE FROM user_group WHERE group_id = 13");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  EXPECT_EQ(emcee("verify"), 0) << output_;
  ASSERT_EQ(emcee("contract"), 0) << output_;
  EXPECT_EQ(emcee("verify --drift"), 0) << output_;
  EXPECT_EQ(sql("SELECT group_id FROM users WHERE id = 2"), "20");
}

// Its foreign key cascades, but nobody looks at foreign keys: SQLite as it is shipped.
TEST_P(MovesBetween, GiveARowOfNobodyWhatTheWholeSays) {
  if (server() != "sqlite") return;  // no such row elsewhere
  for (const bool to_part : {true, false})
    for (const char* on_delete : kOnPartDelete) {
      again(to_part, on_delete, " ON DELETE CASCADE ON UPDATE CASCADE");
      ASSERT_EQ(emcee("expand"), 0) << output_;
      write(
          "INSERT INTO users (id, bio, photo) VALUES (1, 'a', 'none'); INSERT INTO profiles (user_id, seen) VALUES (4, "
          "5)");
      write("UPDATE OR REPLACE profiles SET photo = 'none', user_id = 1 WHERE user_id = 4");
      expect(1, "a|none", "a|none", "the row comes in place of the one there was");
      EXPECT_EQ(seen(1), "5");
      EXPECT_EQ(sql(all_wrong()), "0");
    }
}

INSTANTIATE_TEST_SUITE_P(On, MovesBetween, kServers, server_name);

// Two sessions, one at each table.
class MoveBetweenRaces : public BetweenOn<MoveRacesBase> {
 protected:
  // The row is there by now, or its user is not, as another session of the same release could have it.
  bool may_fail(const std::string& statement, const std::string& error) const override {
    const std::vector<std::string> of_insert{"23505", "1062", "23503", "1452"}, of_delete{"23503", "1451"};
    return std::ranges::any_of(statement.starts_with("INSERT") ? of_insert : of_delete,
                               [&](const std::string& code) { return error.starts_with("error " + code + ":"); });
  }
};

const std::vector<std::string> kWritesOfWhole = {"UPDATE users SET bio = 'o' WHERE id = 1",
                                                 "UPDATE users SET bio = NULL, photo = 'none' WHERE id = 1",
                                                 "DELETE FROM users WHERE id = 1"};
// With what the whole holds before.
const std::vector<std::pair<std::string, const char*>> kWritesOfPart = {
    {"UPDATE profiles SET about = 'n' WHERE user_id = 1", "'b'"},
    {"DELETE FROM profiles WHERE user_id = 1", "'b'"},
    {"INSERT INTO profiles (user_id, seen) VALUES (1, 1)", "'b'"},
    {"INSERT INTO profiles (user_id, seen) VALUES (1, 1)", "NULL"},
    {"INSERT INTO profiles (user_id, about) VALUES (1, 'n')", "NULL"}};
constexpr const char* kOneUser = "DELETE FROM profiles; DELETE FROM users; INSERT INTO users (id, bio) VALUES (1, {})";

TEST_P(MoveBetweenRaces, EndWithEqualTables) {
  for (const bool to_part : {true, false}) {
    again(to_part, "clear", " ON DELETE CASCADE");
    ASSERT_EQ(emcee("expand"), 0) << output_;
    for (const std::string& one : kWritesOfWhole)
      for (const auto& [other, value] : kWritesOfPart) {
        run({fmt::format(kOneUser, value), one, other, all_wrong()}, to_part ? "REPEATABLE READ" : "READ COMMITTED",
            "users");
        if (HasFailure()) return;
      }
  }
  RecordProperty("runs", runs_);
  RecordProperty("refused", refused_);
}

// What waits may go on waiting, where the batch was refused; it must not be wrong, nor lost.
TEST_P(MoveBetweenRaces, WithABatch) {
  again(true, "clear", " ON DELETE CASCADE");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  const std::string reset = bypass(true) +
                            "; DELETE FROM profiles; DELETE FROM users; INSERT INTO users (id, bio, "
                            "photo) VALUES (1, 'b', 'p'), (2, 'b', 'p'); INSERT INTO profiles "
                            "(user_id, seen) VALUES (2, 2); " +
                            bypass(false);
  const std::string stale =
      "SELECT count(*) FROM users AS u JOIN profiles AS p ON p.user_id = u.id WHERE (p.about IS NOT NULL OR p.photo <> "
      "'none') AND " +
      std::string(kDiffer);
  for (const char* write :
       {"UPDATE users SET bio = 'o' WHERE id = 1", "UPDATE users SET bio = 'o'", "DELETE FROM users WHERE id = 2",
        "UPDATE profiles SET about = 'n' WHERE user_id = 2", "DELETE FROM profiles WHERE user_id = 2",
        "INSERT INTO profiles (user_id, seen) VALUES (1, 1)",
        "INSERT INTO profiles (user_id, about) VALUES (1, 'n')"}) {
    run({reset, batch(), write, stale}, "READ COMMITTED", "users");
    if (HasFailure()) return;
  }
  EXPECT_EQ(sql("SELECT count(*) FROM users WHERE photo <> 'p' AND bio <> 'n'"), "0") << "nothing is lost";
}

INSTANTIATE_TEST_SUITE_P(On, MoveBetweenRaces, ::testing::Values("postgres", "mariadb", "mysql"), server_name);

}  // namespace
}  // namespace emcee::testing
