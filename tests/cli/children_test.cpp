// Children that follow their parent's key: the text that they point to becomes a number, looked up both ways.
#include <atomic>
#include <thread>

#include "tests/cli/lookup_maps.h"
#include "tests/cli/replaced_key.h"

namespace emcee::testing {
namespace {

class Children : public ReplacedKey {
 protected:
  static std::string posts(const std::string& column, const std::string& references, bool required,
                           const std::string& action) {
    return fmt::format(
        "CREATE TABLE posts (id integer NOT NULL PRIMARY KEY, title varchar(40), {}{}, {}FOREIGN KEY ({}) REFERENCES "
        "users ({}){});\n{}",
        column, required ? " NOT NULL" : "", is_mysql() ? "CONSTRAINT posts_" + references + "_fk " : "",
        column.substr(0, column.find(' ')), references, action,
        fmt::format("CREATE INDEX posts_by_{} ON posts ({});\n", references, column.substr(0, column.find(' '))));
  }
  static std::string before(bool required = true, const std::string& action = "") {
    return old_users() + posts("user_id varchar(64)", "id", required, action);
  }
  static std::string after(bool required = true, const std::string& action = "") {
    return new_users() + posts("user_internal_id " + number_type(), "internal_id", required, action);
  }
  void start_posts(bool required = true, const std::string& action = "") {
    start(before(required, action), after(required, action), std::string(kPostsMap) + kAcceptLookups);
    if (HasFatalFailure()) return;
    ASSERT_EQ(sql("INSERT INTO users (id, name) VALUES ('a', 'x'), ('b', 'y'), ('c', 'z')"), "");
    ASSERT_EQ(sql("INSERT INTO posts (id, user_id) VALUES (1, 'a'), (2, 'a'), (3, 'b')"), "");
  }

  // An application with foreign keys: SQLite has to be asked for them.
  std::string write(const std::string& statements) {
    return sql((server() == "sqlite" ? "PRAGMA foreign_keys = ON; " : "") + statements);
  }
  // `a|1`, and whether these are of one user.
  std::string post(int id) {
    return sql(fmt::format("SELECT {} FROM posts WHERE id = {}", database_->bars({"user_id", "user_internal_id"}), id));
  }
  std::string of(const std::string& user) { return user + "|" + number_of(user); }
  std::string old_post(int id, const std::string& user) {
    const std::string done = write(fmt::format("INSERT INTO posts (id, user_id) VALUES ({}, '{}')", id, user));
    return done.empty() ? post(id) : done;
  }
  std::string new_post(int id, const std::string& number) {
    const std::string done = write(fmt::format("INSERT INTO posts (id, user_internal_id) VALUES ({}, {})", id, number));
    return done.empty() ? post(id) : done;
  }
  std::string update(int id, const std::string& set) {
    const std::string done = write(fmt::format("UPDATE posts SET {} WHERE id = {}", set, id));
    return done.empty() ? post(id) : done;
  }
  std::atomic<bool> expanded_{false};  // so that the new release may begin

  static bool refused(const std::string& answer) { return answer.starts_with("error"); }
  // Posts whose forms are not of one user.
  std::string wrong() {
    return count(
        "posts AS p WHERE NOT EXISTS (SELECT 1 FROM users AS u WHERE u.id = p.user_id AND u.internal_id = "
        "p.user_internal_id)");
  }
};

TEST_P(Children, TruthTable) {
  start_posts();
  ASSERT_EQ(emcee("expand"), 0) << output_;
  EXPECT_EQ(post(1), "a|") << "not migrated yet";
  EXPECT_EQ(old_post(10, "a"), of("a"));
  EXPECT_EQ(new_post(11, number_of("b")), of("b"));
  EXPECT_TRUE(refused(old_post(12, "nobody")));
  EXPECT_TRUE(refused(new_post(12, "4711")));
  EXPECT_TRUE(refused(write("INSERT INTO posts (id) VALUES (12)")));
  const auto both = [&](int id, const std::string& user, const std::string& number) {
    return write(
        fmt::format("INSERT INTO posts (id, user_id, user_internal_id) VALUES ({}, '{}', {})", id, user, number));
  };
  EXPECT_EQ(both(13, "c", number_of("c")), "");
  EXPECT_TRUE(refused(both(14, "c", number_of("a"))));
  EXPECT_TRUE(refused(both(14, "c", "4711")));

  EXPECT_EQ(update(10, "user_id = 'b'"), of("b"));
  EXPECT_EQ(update(10, "user_internal_id = " + number_of("c")), of("c"));
  EXPECT_EQ(update(10, "user_id = 'a', user_internal_id = " + number_of("a")), of("a"));
  EXPECT_TRUE(refused(update(10, "user_id = 'b', user_internal_id = " + number_of("c"))));
  EXPECT_TRUE(refused(update(10, "user_internal_id = 4711")));
  EXPECT_TRUE(refused(update(10, "user_id = 'nobody'")));
  EXPECT_TRUE(refused(update(10, "user_id = NULL")));
  EXPECT_TRUE(refused(update(10, "user_internal_id = NULL")));
  EXPECT_EQ(update(10, "title = 't'"), of("a"));
  EXPECT_EQ(update(1, "user_internal_id = " + number_of("c")), of("c")) << "the new release touches it first";
  EXPECT_EQ(update(3, "user_id = 'c'"), of("c"));

  // Several rows at once, upserts, and what is rolled back.
  EXPECT_EQ(write("INSERT INTO posts (id, user_id) VALUES (20, 'a'), (21, 'b'), (22, 'c')"), "");
  EXPECT_EQ(write(fmt::format("INSERT INTO posts (id, user_internal_id) VALUES (23, {}), (24, {})", number_of("a"),
                              number_of("b"))),
            "");
  EXPECT_EQ(post(21) + post(22) + post(23) + post(24), of("b") + of("c") + of("a") + of("b"));
  EXPECT_EQ(write("UPDATE posts SET user_id = 'b' WHERE id IN (20, 22)"), "");
  EXPECT_EQ(post(20) + post(22), of("b") + of("b"));
  const std::string upsert = is_mysql() ? "ON DUPLICATE KEY UPDATE " : "ON CONFLICT (id) DO UPDATE SET ";
  EXPECT_EQ(write("INSERT INTO posts (id, user_id) VALUES (20, 'a') " + upsert + "user_id = 'c'"), "");
  EXPECT_EQ(post(20), of("c"));
  EXPECT_EQ(write(fmt::format("INSERT INTO posts (id, user_internal_id) VALUES (20, {0}) {1} user_internal_id = {0}",
                              number_of("a"), upsert)),
            "");
  EXPECT_EQ(post(20), of("a"));
  if (server() != "postgres") {
    EXPECT_EQ(write("REPLACE INTO posts (id, user_id) VALUES (20, 'b')"), "");
    EXPECT_EQ(post(20), of("b"));
    EXPECT_EQ(write("REPLACE INTO posts (id, user_internal_id) VALUES (20, " + number_of("c") + ")"), "");
    EXPECT_EQ(post(20), of("c"));
  }
  EXPECT_EQ(
      write("BEGIN; INSERT INTO users (id) VALUES ('never'); INSERT INTO posts (id, user_id) VALUES (30, 'never'); "
            "ROLLBACK"),
      "");
  EXPECT_EQ(write("BEGIN; INSERT INTO users (id) VALUES ('d'); INSERT INTO posts (id, user_id) VALUES (31, 'd'); "
                  "COMMIT"),
            "");
  EXPECT_EQ(post(30) + post(31), of("d"));

  if (server() == "postgres") {
    EXPECT_EQ(write("WITH u AS (INSERT INTO users (id) VALUES ('e') RETURNING internal_id) INSERT INTO posts (id, "
                    "user_internal_id) SELECT 32, internal_id FROM u"),
              "");
    EXPECT_EQ(post(32), of("e"));
  }
  EXPECT_EQ(write("BEGIN; INSERT INTO users (id) VALUES ('f'); INSERT INTO posts (id, user_internal_id) SELECT 33, "
                  "internal_id FROM users WHERE id = 'f'; COMMIT"),
            "");
  EXPECT_EQ(post(33), of("f"));

  // Users that change: the text is the old release's key, and has its foreign key until contract.
  EXPECT_TRUE(refused(write("UPDATE users SET id = 'z' WHERE id = 'a'"))) << post(23);
  EXPECT_TRUE(refused(write("DELETE FROM users WHERE id = 'a'")));
  EXPECT_EQ(write("UPDATE users SET name = 'other' WHERE id = 'a'"), "");
  EXPECT_EQ(write("DELETE FROM posts WHERE user_id = 'd'; DELETE FROM users WHERE id = 'd'"), "");

  ASSERT_EQ(emcee("migrate"), 0) << output_;
  EXPECT_EQ(wrong(), "0");
  EXPECT_EQ(emcee("verify"), 0) << output_;
  ASSERT_EQ(emcee("contract"), 0) << output_;
  EXPECT_EQ(emcee("check"), 0) << output_;
  EXPECT_EQ(database_->catalogue(), catalogue_of(after()));
  EXPECT_EQ(write("UPDATE users SET id = 'z' WHERE id = 'a'"), "") << "nothing of the sync is left";
  EXPECT_TRUE(refused(write("DELETE FROM users WHERE id = 'z'")));
}

TEST_P(Children, FollowThroughKillsWhileBothReleasesWrite) {
  start_posts();
  std::string users = "INSERT INTO users (id) VALUES ('u0')",
              rows = "INSERT INTO posts (id, user_id) VALUES (1000, 'u0')";
  for (int i = 1; i < 200; ++i) {
    users += fmt::format(", ('u{}')", i);
    rows += fmt::format(", ({}, 'u{}')", 1000 + i, i);
  }
  ASSERT_EQ(sql(users + "; " + rows), "");
  std::atomic<bool> done{false}, old_too{true};
  std::string failed;
  std::thread writer;
  if (auto session = database_->connect())
    writer = std::thread([&, session = std::move(session)] {
      // Each release makes a parent and its child, moves a child of the other one, and takes a pair away.
      for (int i = 0; !done; ++i) {
        const int id = 10000 + 10 * i;
        const bool old = old_too && i % 2 == 0;
        std::vector<std::string> run{fmt::format("INSERT INTO users (id) VALUES ('w{}')", i)};
        if (old) {
          run.push_back(fmt::format("INSERT INTO posts (id, user_id) VALUES ({}, 'w{}')", id, i));
          run.push_back(fmt::format("UPDATE posts SET user_id = 'w{}' WHERE id = {}", i, 1000 + i % 200));
        } else if (expanded_) {
          const std::string number = fmt::format("(SELECT internal_id FROM users WHERE id = 'w{}')", i);
          run.push_back(fmt::format("INSERT INTO posts (id, user_internal_id) VALUES ({}, {})", id, number));
          run.push_back(fmt::format("UPDATE posts SET user_internal_id = {} WHERE id = {}", number, 1000 + i % 200));
        }
        if (i % 3 == 0) {
          run.push_back(fmt::format("INSERT INTO users (id) VALUES ('gone{}')", i));
          run.push_back(fmt::format("DELETE FROM users WHERE id = 'gone{}'", i));
        }
        for (const std::string& statement : run) {
          const std::string answer = session->sql(statement);
          const bool again = answer.find("40001") != std::string::npos || answer.find("40P01") != std::string::npos ||
                             answer.find("1213") != std::string::npos || answer.find("1205") != std::string::npos;
          // A child whose parent was to be tried again.
          if (again) break;
          if (answer.starts_with("error")) failed += statement + ": " + answer + "\n";
        }
      }
    });
  through_kills("expand");
  expanded_ = true;
  EXPECT_EQ(new_post(500, number_of("c")), of("c"));
  through_kills("migrate");
  EXPECT_EQ(wrong(), "0");
  EXPECT_EQ(emcee("verify"), 0) << output_;
  old_too = false;
  if (writer.joinable()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  int n = 0;
  step_by_step(applier::contract, box_, database_->url(), [&] {
    const std::string number = number_of("c");
    EXPECT_EQ(write(fmt::format("INSERT INTO posts (id, user_internal_id) VALUES ({}, {})", 600 + n++, number)), "");
  });
  done = true;
  if (writer.joinable()) writer.join();
  EXPECT_EQ(failed, "");
  EXPECT_EQ(emcee("check"), 0) << output_;
  EXPECT_EQ(count("posts WHERE user_internal_id NOT IN (SELECT internal_id FROM users)"), "0");
  EXPECT_EQ(database_->catalogue(), catalogue_of(after()));
}

TEST_P(Children, RollbackGivesTheOldFormBack) {
  start_posts();
  ASSERT_EQ(emcee("expand"), 0) << output_;
  EXPECT_EQ(new_post(11, number_of("b")), of("b"));
  ASSERT_EQ(emcee("rollback"), 0) << output_;
  EXPECT_EQ(database_->catalogue(), catalogue_of(before()));
  EXPECT_EQ(sql("SELECT user_id FROM posts WHERE id = 11"), "b");
}

// Where both forms may be NULL, a number that points nowhere is refused all the same.
TEST_P(Children, MayBeNobodysButPointNowhere) {
  start_posts(false);
  ASSERT_EQ(emcee("expand"), 0) << output_;
  EXPECT_TRUE(refused(new_post(10, "4711"))) << post(10);
  EXPECT_EQ(new_post(11, number_of("b")), of("b"));
  EXPECT_TRUE(refused(update(11, "user_internal_id = 4711"))) << post(11);
  EXPECT_EQ(update(11, "user_internal_id = NULL"), "|");
  EXPECT_EQ(update(11, "user_id = 'a'"), of("a"));
  EXPECT_EQ(update(11, "user_id = NULL"), "|");
  EXPECT_EQ(write("INSERT INTO posts (id) VALUES (12)"), "");
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  // What somebody wrote behind the triggers is found.
  ASSERT_EQ(database_->sql_behind_the_triggers("UPDATE posts SET user_internal_id = 4711 WHERE id = 12"), "");
  EXPECT_EQ(emcee("verify"), 1) << output_;
  EXPECT_EQ(emcee("contract"), 1) << output_;
  EXPECT_EQ(emcee("verify --resolve new"), 1) << "no text stands for it: " << output_;
  EXPECT_EQ(emcee("verify --resolve old"), 0) << output_;
  EXPECT_EQ(post(12), "|");
  ASSERT_EQ(emcee("contract"), 0) << output_;
  EXPECT_EQ(database_->catalogue(), catalogue_of(after(false)));
}

TEST_P(Children, GoWithTheirUsers) {
  start_posts(true, " ON DELETE CASCADE");
  if (HasFatalFailure()) return;
  ASSERT_EQ(emcee("expand"), 0) << output_;
  EXPECT_EQ(old_post(10, "a"), of("a"));
  EXPECT_EQ(new_post(11, number_of("a")), of("a"));
  EXPECT_EQ(new_post(12, number_of("c")), of("c"));
  EXPECT_EQ(write("DELETE FROM users WHERE id = 'a'"), "");
  EXPECT_EQ(sql("SELECT min(id) FROM posts WHERE id <> 3"), "12");
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  EXPECT_EQ(write("DELETE FROM users WHERE internal_id = " + number_of("b")), "");
  EXPECT_EQ(count("posts"), "1");
  ASSERT_EQ(emcee("contract"), 0) << output_;
  EXPECT_EQ(database_->catalogue(), catalogue_of(after(true, " ON DELETE CASCADE")));
  EXPECT_EQ(write("DELETE FROM users"), "");
  EXPECT_EQ(count("posts"), "0");
}

// MariaDB and MySQL fire no triggers for what a foreign key writes: there such a map is refused.
TEST_P(Children, FollowWhatTheOldForeignKeyWrites) {
  const std::string action = " ON UPDATE CASCADE ON DELETE SET NULL";
  if (is_mysql()) {
    box_.write("old.sql", before(false, action));
    box_.write("new.sql", after(false, action));
    box_.write("release.toml", "name = \"ocata\"\n" + std::string(kPostsMap) + kAcceptLookups);
    const auto plan = box_.emcee("plan old.sql new.sql --map release.toml --out rel --dialect " + server() + " 2>&1");
    EXPECT_NE(plan.status, 0);
    EXPECT_NE(plan.out.find("changes posts.user_id by itself"), std::string::npos) << plan.out;
    return;
  }
  start_posts(false, action);
  if (HasFatalFailure()) return;
  ASSERT_EQ(emcee("expand"), 0) << output_;
  EXPECT_EQ(old_post(10, "a"), of("a"));
  EXPECT_EQ(new_post(11, number_of("b")), of("b"));
  EXPECT_EQ(write("UPDATE users SET id = 'Alex' WHERE id = 'a'"), "");
  EXPECT_EQ(post(10), of("Alex"));
  EXPECT_EQ(post(1), of("Alex")) << "it waited";
  EXPECT_EQ(write("DELETE FROM users WHERE id = 'b'"), "");
  EXPECT_EQ(post(11), "|");
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  EXPECT_EQ(count("posts WHERE user_id IS NULL"), "2");
  ASSERT_EQ(emcee("contract"), 0) << output_;
  EXPECT_EQ(database_->catalogue(), catalogue_of(after(false, action)));
}

// Where no foreign key of the old release holds the users, what becomes of them reaches both forms (rule 5).
TEST_P(Children, FollowUsersThatNothingHolds) {
  const std::string loose =
      old_users() + "CREATE TABLE posts (id integer NOT NULL PRIMARY KEY, title varchar(40), user_id varchar(64));\n";
  start(loose, after(false),
        std::string(kPostsMap) + kAcceptLookups +
            "[[accept]]\nhazard = \"lookup_without_foreign_key\"\nreason = \"users come first\"\n");
  if (HasFatalFailure()) return;
  ASSERT_EQ(
      sql("INSERT INTO users (id) VALUES ('a'), ('b'); INSERT INTO posts (id, user_id) VALUES (1, 'a'), (2, 'b')"), "");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  EXPECT_EQ(old_post(10, "a"), of("a"));
  EXPECT_EQ(new_post(11, number_of("b")), of("b"));
  // Another name: the number goes on to stand for the user, in rows of either release.
  EXPECT_EQ(sql("UPDATE users SET id = 'Alex' WHERE id = 'a'"), "");
  EXPECT_EQ(post(10), of("Alex"));
  EXPECT_EQ(post(1), "a|") << "it waited, and waits: its text points nowhere";
  EXPECT_EQ(sql("UPDATE users SET id = 'bea' WHERE id = 'b'"), "");
  EXPECT_EQ(post(11), of("bea"));
  // Another number: the text goes on to stand for the user.
  EXPECT_EQ(sql("UPDATE users SET internal_id = 99 WHERE id = 'bea'"), "");
  EXPECT_EQ(post(11), "bea|99");
  EXPECT_EQ(sql("UPDATE users SET internal_id = 98 WHERE id = 'Alex'"), "");
  EXPECT_EQ(post(10), "Alex|98");
  // None any more, and one again.
  EXPECT_EQ(sql("DELETE FROM users WHERE id = 'bea'"), "");
  EXPECT_EQ(post(11), "bea|");
  ASSERT_NE(add("bea"), "");
  EXPECT_EQ(post(11), of("bea"));
  if (server() != "postgres") {
    EXPECT_EQ(sql("REPLACE INTO users (id, name) VALUES ('bea', 'other')"), "");
    EXPECT_EQ(post(11), of("bea")) << "a row that replaces another one has a number of its own";
  } else {
    EXPECT_EQ(sql("TRUNCATE users"), "");
    EXPECT_EQ(post(11), "bea|");
    ASSERT_NE(add("bea"), "");
    ASSERT_NE(add("Alex"), "");
    EXPECT_EQ(post(11), of("bea"));
  }
  EXPECT_EQ(sql("BEGIN; UPDATE users SET id = 'x' WHERE id = 'bea'; ROLLBACK"), "");
  EXPECT_EQ(post(11), of("bea"));
  ASSERT_EQ(sql("INSERT INTO users (id) VALUES ('a'), ('b')"), "");
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  EXPECT_EQ(wrong(), "0");
  ASSERT_EQ(emcee("contract"), 0) << output_;
  EXPECT_EQ(database_->catalogue(), catalogue_of(after(false)));
}

INSTANTIATE_TEST_SUITE_P(On, Children, kServers, server_name);

// Ways through a third table, and many numbers for one text: what a release chose itself stays.
class Cards : public Children {
 protected:
  static std::string tables(const std::string& column) {
    return "CREATE TABLE people (id integer NOT NULL PRIMARY KEY, login varchar(9) NOT NULL UNIQUE);\n"
           "CREATE TABLE cards (number integer NOT NULL PRIMARY KEY, person integer NOT NULL, CONSTRAINT cards_person "
           "FOREIGN KEY (person) REFERENCES people (id));\nCREATE TABLE posts (id integer NOT NULL PRIMARY KEY, " +
           column + ");\n";
  }
  std::string post(int id) {
    return sql(fmt::format("SELECT {} FROM posts WHERE id = {}", database_->bars({"login", "card"}), id));
  }
};

TEST_P(Cards, AreFollowedThroughTheirOwners) {
  start(tables("login varchar(9) NOT NULL"),
        tables("card integer NOT NULL, CONSTRAINT posts_card FOREIGN KEY (card) REFERENCES cards (number)"),
        std::string(R"map([[map]]
table = "posts"
old = ["login"]
new = ["card"]
up.card = """(SELECT min(c.number) FROM people AS p JOIN cards AS c ON c.person = p.id WHERE p.login = posts.login)"""
down.login = """(SELECT p.login FROM cards AS c JOIN people AS p ON p.id = c.person WHERE c.number = posts.card)"""
lookup = [
  { table = "people", key = { login = "login" } },
  { table = "cards", of = "people", key = { person = "id" } },
]
down_lookup = [
  { table = "cards", key = { number = "card" } },
  { table = "people", of = "cards", key = { id = "person" } },
]
[[accept]]
hazard = "lookup_without_foreign_key"
reason = "people come first"
)map") + kAcceptLookups);
  if (HasFatalFailure()) return;
  ASSERT_EQ(sql("INSERT INTO people VALUES (1, 'ann'), (2, 'bob'); INSERT INTO cards VALUES (11, 1), (12, 1), (3, 2)"),
            "");
  ASSERT_EQ(sql("INSERT INTO posts (id, login) VALUES (9, 'ann')"), "");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  ASSERT_EQ(sql("INSERT INTO posts (id, login) VALUES (1, 'ann')"), "");
  ASSERT_EQ(sql("INSERT INTO posts (id, card) VALUES (2, 12)"), "");
  EXPECT_EQ(post(1) + " " + post(2), "ann|11 ann|12");
  EXPECT_TRUE(refused(sql("INSERT INTO posts (id, card) VALUES (3, 99)")));
  ASSERT_EQ(sql("UPDATE people SET login = 'anna' WHERE id = 1"), "");
  EXPECT_EQ(post(1) + " " + post(2), "anna|11 anna|12") << "the cards stay";
  ASSERT_EQ(sql("UPDATE cards SET person = 2 WHERE number = 12"), "");
  EXPECT_EQ(post(1) + " " + post(2), "anna|11 bob|12");
  ASSERT_EQ(sql("INSERT INTO cards VALUES (5, 1), (6, 2)"), "");
  EXPECT_EQ(post(1) + " " + post(2), "anna|5 bob|12") << "derived anew, and chosen";
  ASSERT_EQ(sql("DELETE FROM cards WHERE number = 5"), "");
  EXPECT_EQ(post(1) + " " + post(2), "anna|11 bob|12");
  EXPECT_TRUE(refused(sql("DELETE FROM cards WHERE number = 12"))) << "nothing else would stand for what was chosen";
  ASSERT_EQ(sql("UPDATE posts SET login = 'anna' WHERE id = 9"), "");
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  EXPECT_EQ(emcee("verify"), 0) << output_;
  ASSERT_EQ(emcee("contract"), 0) << output_;
  EXPECT_EQ(sql("SELECT card FROM posts WHERE id = 2"), "12");
}

INSTANTIATE_TEST_SUITE_P(On, Cards, kServers, server_name);

// Where a foreign key of the old release names no column, SQLite numbers the users at contract; until migrate has come
// to one, he has no number, and the posts of both releases wait for it.
class WaitingUsers : public Children {};

TEST_P(WaitingUsers, GetTheirNumbersFirst) {
  start(old_users() +
            "CREATE TABLE posts (id integer NOT NULL PRIMARY KEY, user_id varchar(64) NOT NULL REFERENCES "
            "users);\n",
        new_users() +
            "CREATE TABLE posts (id integer NOT NULL PRIMARY KEY, user_internal_id integer NOT NULL REFERENCES "
            "users (internal_id));\n",
        std::string(kPostsMap));
  if (HasFatalFailure()) return;
  ASSERT_EQ(sql("INSERT INTO users (id) VALUES ('a'), ('b'); INSERT INTO posts (id, user_id) VALUES (1, 'a')"), "");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  EXPECT_EQ(old_post(2, "b"), "b|");
  EXPECT_TRUE(refused(new_post(3, "2")));
  EXPECT_EQ(add("c"), "3");
  EXPECT_EQ(new_post(3, "3"), "c|3");
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  EXPECT_EQ(post(1) + " " + post(2) + " " + post(3), "a|1 b|2 c|3");
  ASSERT_EQ(emcee("contract"), 0) << output_;
  EXPECT_EQ(sql("SELECT group_concat(user_internal_id) FROM posts"), "1,2,3");
}

INSTANTIATE_TEST_SUITE_P(On, WaitingUsers, ::testing::Values("sqlite"), server_name);

}  // namespace
}  // namespace emcee::testing
