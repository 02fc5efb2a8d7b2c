// A primary key that is replaced: a text becomes UNIQUE, and a number that the server gives is the key.
#include <atomic>
#include <thread>

#include "tests/cli/replaced_key.h"

namespace emcee::testing {
namespace {

class PrimaryKeys : public ReplacedKey {
 protected:
  // Children of the text, which stay what they are.
  static std::string posts() {
    return std::string("CREATE TABLE posts (id integer NOT NULL PRIMARY KEY, user_id varchar(64) NOT NULL, ") +
           (is_mysql() ? "KEY posts_user (user_id), CONSTRAINT posts_user_fk " : "") +
           "FOREIGN KEY (user_id) REFERENCES users (id));\n";
  }
  static std::string before() { return old_users() + posts(); }
  static std::string after() { return new_users() + posts(); }
  void start_users() {
    start(before(), after(), "");
    ASSERT_EQ(sql("INSERT INTO users (id, name) VALUES ('a', 'x'), ('b', 'y'), ('gone', 'z'), ('c', 'w')"), "");
    ASSERT_EQ(sql("DELETE FROM users WHERE id = 'gone'; INSERT INTO posts (id, user_id) VALUES (1, 'a')"), "");
  }

  // What each release does at any time while both run; `n` numbers the looks.
  void expect_both_write(int n) {
    SCOPED_TRACE(fmt::format("look {}", n));
    const std::string old_id = fmt::format("old{}", n), new_id = fmt::format("new{}", n);
    EXPECT_EQ(sql(fmt::format("INSERT INTO users (id, name) VALUES ('{0}', 'o'), ('{0}-too', 'o')", old_id)), "");
    const std::string upsert =
        is_mysql() ? "ON DUPLICATE KEY UPDATE name = 'again'" : "ON CONFLICT (id) DO UPDATE SET name = 'again'";
    const std::string number = number_of(old_id);
    EXPECT_NE(number, "");
    EXPECT_EQ(sql(fmt::format("INSERT INTO users (id, name) VALUES ('{}', 'o') {}", old_id, upsert)), "");
    EXPECT_EQ(number_of(old_id), number);
    EXPECT_EQ(sql(fmt::format("SELECT name FROM users WHERE id = '{}'", old_id)), "again");
    EXPECT_TRUE(sql(fmt::format("INSERT INTO users (id, name) VALUES ('{}', 'o')", old_id)).starts_with("error"));
    EXPECT_EQ(sql(fmt::format("UPDATE users SET id = '{0}-moved' WHERE id = '{0}-too'", old_id)), "");
    EXPECT_EQ(sql(fmt::format("INSERT INTO posts (id, user_id) VALUES ({}, '{}')", 100 + n, old_id)), "");

    const std::string given = add(new_id);
    EXPECT_EQ(given, number_of(new_id));
    EXPECT_EQ(sql(fmt::format("UPDATE users SET name = 'seen' WHERE internal_id = {}", given)), "");
    EXPECT_EQ(sql(fmt::format("SELECT name FROM users WHERE id = '{}'", new_id)), "seen");
    EXPECT_EQ(count("users WHERE internal_id IS NULL"), "0");
    EXPECT_EQ(sql("SELECT count(*) - count(DISTINCT internal_id) FROM users"), "0");
  }
};

TEST_P(PrimaryKeys, AreReplacedWhileBothReleasesWrite) {
  start_users();
  through_kills("expand");
  expect_both_write(1);
  const std::string a = number_of("a");
  through_kills("migrate");
  expect_both_write(2);
  EXPECT_EQ(emcee("verify"), 0) << output_;

  // The new release goes on while contract runs: between its steps, and beside them.
  std::atomic<bool> done{false};
  std::string refused;
  std::thread writer;
  if (auto session = database_->connect())
    writer = std::thread([&, session = std::move(session)] {
      for (int i = 0; !done; ++i) {
        const std::string answer =
            session->sql(fmt::format("INSERT INTO users (id, name) VALUES ('beside{}', 'n')", i));
        if (answer.starts_with("error")) refused += answer + "\n";
      }
    });
  int n = 10;
  step_by_step(applier::contract, box_, database_->url(), [&] {
    const std::string id = fmt::format("new{}", n++);
    const std::string given = add(id);
    EXPECT_EQ(given, number_of(id));
  });
  done = true;
  if (writer.joinable()) writer.join();
  EXPECT_EQ(refused, "");

  EXPECT_EQ(number_of("a"), a) << "a number stays";
  EXPECT_EQ(sql("SELECT count(*) - count(DISTINCT internal_id) FROM users"), "0");
  const int last = std::stoi(add("last"));
  EXPECT_EQ(std::to_string(last), sql("SELECT max(internal_id) FROM users"));
  ASSERT_EQ(sql("DELETE FROM users WHERE id = 'last'"), "");
  EXPECT_GT(std::stoi(add("next")), last) << "no number twice";
  EXPECT_TRUE(sql("INSERT INTO users (id) VALUES ('a')").starts_with("error"));
  EXPECT_EQ(emcee("check"), 0) << output_;
  EXPECT_EQ(database_->catalogue(), catalogue_of(after()));
}

TEST_P(PrimaryKeys, ComeBackWithRollback) {
  start_users();
  ASSERT_EQ(emcee("expand"), 0) << output_;
  expect_both_write(1);
  ASSERT_EQ(emcee("rollback"), 0) << output_;
  EXPECT_EQ(database_->catalogue(), catalogue_of(before()));
  EXPECT_EQ(count("users WHERE id = 'new1'"), "1") << "what the new release wrote is there under the old key";
  ASSERT_EQ(emcee("expand"), 0) << output_;
  expect_both_write(2);
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  ASSERT_EQ(emcee("rollback"), 0) << output_;
  EXPECT_EQ(database_->catalogue(), catalogue_of(before()));
}

// Its foreign key stands on the old primary key until contract, where the server has it so.
TEST_P(PrimaryKeys, ServeATableThatComesMeanwhile) {
  const std::string profiles =
      "CREATE TABLE profiles (user_id varchar(64) NOT NULL PRIMARY KEY, about text, " +
      std::string("CONSTRAINT profiles_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE);\n");
  const std::string schema = new_users() + profiles;
  start(old_users(), schema, "");
  ASSERT_EQ(sql("INSERT INTO users (id, name) VALUES ('a', 'x')"), "");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  ASSERT_EQ(sql("INSERT INTO profiles (user_id, about) VALUES ('a', 'y')"), "");
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  ASSERT_EQ(emcee("contract"), 0) << output_;
  EXPECT_EQ(sql("SELECT about FROM profiles WHERE user_id = 'a'"), "y");
  EXPECT_EQ(database_->catalogue(), catalogue_of(schema));
}

INSTANTIATE_TEST_SUITE_P(On, PrimaryKeys, kServers, server_name);

}  // namespace
}  // namespace emcee::testing
