// MariaDB and MySQL commit each CREATE TRIGGER by itself. Where expand ends between two of them (killed, a lost
// connection), those that are there stay, alone, until it runs again, and the old release goes on writing.
#include <random>

#include "applier/forwarding_connection.h"
#include "tests/cli/interruptions.h"
#include "tests/cli/lookup_maps.h"
#include "tests/cli/moves.h"
#include "tests/support/seed.h"

namespace emcee::testing {
namespace {

constexpr const char* kTriggers = "SELECT count(*) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()";

// Nothing gets through once another trigger is there.
class CutConnection final : public applier::ForwardingConnection {
 public:
  using ForwardingConnection::ForwardingConnection;
  bool is_cut() const { return cut_; }
  applier::Result<void> execute(std::string_view sql) override {
    if (cut_) return schema::fail(schema::ErrorCode::interrupted, "the connection is gone");
    const bool creates = sql.find(" TRIGGER ") != std::string_view::npos && sql.starts_with("CREATE");
    const std::string before = creates ? triggers() : "";
    EMCEE_TRY(ForwardingConnection::execute(sql));
    cut_ = creates && triggers() != before;
    return {};
  }

 private:
  std::string triggers() {
    const auto rows = query(kTriggers, {}, 1);
    return rows && !rows->empty() ? applier::to_text(rows->front().front()) : "?";
  }
  bool cut_ = false;
};

class CutShort : public MovesOn<Cases> {
 protected:
  int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  // So many that most rows are not written again before the next cut.
  int key() { return 1 + below(40); }
  // Expand until one more trigger is there; false where it came to its end.
  bool cut() {
    const auto release = applier::read_release(box_.path("rel"));
    auto connection = cli::connect(database_->url());
    if (!release || !connection) throw std::runtime_error("no release or no server");
    CutConnection cutting(std::move(*connection));
    const auto outcome = applier::expand(cutting, *release, {});
    if (!cutting.is_cut() && !outcome) throw std::runtime_error(outcome.error().message);
    return cutting.is_cut();
  }
  // Statements of the old release, each from `next`; the tables' own constraints may refuse some.
  template <class Next>
  void write(int statements, const Next& next) {
    for (int i = 0; i < statements; ++i) {
      const std::string statement = next();
      const std::string reply = sql(statement);
      if (reply.empty()) continue;
      EXPECT_TRUE(reply.find("error 1062") != std::string::npos || reply.find("error 1451") != std::string::npos ||
                  reply.find("error 1452") != std::string::npos)
          << statement << "\n  " << reply;
    }
  }
  // `wrong`: a query for the number of rows that do not say what the old release has written.
  template <class Next>
  void expect_nothing_lost(const Next& next, const std::string& wrong) {
    write(150, next);
    int cuts = 0;
    for (; cut(); ++cuts) write(30, next);
    EXPECT_GT(cuts, 1);
    write(30, next);
    ASSERT_EQ(emcee("migrate"), 0) << output_;
    EXPECT_EQ(sql(wrong), "0");
    EXPECT_EQ(emcee("verify"), 0) << output_;
    EXPECT_EQ(emcee("contract"), 0) << output_;
  }

  std::mt19937 random_{seed()};
};

TEST_P(CutShort, OfALookup) {
  const std::string tables =
      "CREATE TABLE images (id int NOT NULL PRIMARY KEY, {} NOT NULL);\n"
      "CREATE TABLE image_members (id int NOT NULL PRIMARY KEY, image_id int NOT NULL, deleted bool NOT NULL, KEY "
      "members_image (image_id), CONSTRAINT members_image FOREIGN KEY (image_id) REFERENCES images (id));\n";
  start(fmt::format(fmt::runtime(tables), "is_public bool"), fmt::format(fmt::runtime(tables), "visibility varchar(9)"),
        std::string(kMembersMap) + kAcceptLookups);
  expect_nothing_lost(
      [&] {
        switch (below(7)) {
          case 0:
            return fmt::format("INSERT INTO images (id, is_public) VALUES ({}, {})", key(), below(2));
          case 1:
            return fmt::format("DELETE FROM images WHERE id = {}", key());
          case 2:
            return fmt::format("INSERT INTO image_members VALUES ({}, {}, {})", key(), key(), below(2));
          case 3:
            return fmt::format("DELETE FROM image_members WHERE id = {}", key());
          case 4:
            return fmt::format("UPDATE image_members SET deleted = {}, image_id = {} WHERE id = {}", below(2), key(),
                               key());
          default:
            return fmt::format("UPDATE images SET is_public = {} WHERE id IN ({}, {})", below(2), key(), key());
        }
      },
      "SELECT count(*) FROM images WHERE NOT (visibility <=> CASE WHEN is_public THEN 'public' WHEN EXISTS (SELECT 1 "
      "FROM image_members AS m WHERE m.image_id = images.id AND NOT m.deleted) THEN 'shared' ELSE 'private' END)");
}

TEST_P(CutShort, OfAKeyThatChildrenFollow) {
  const std::string posts =
      "CREATE TABLE posts (id int NOT NULL PRIMARY KEY, {0} NOT NULL, KEY of_user ({1}), CONSTRAINT posts_{2} FOREIGN "
      "KEY ({1}) REFERENCES users ({2}));\n";
  start(
      "CREATE TABLE users (id varchar(9) NOT NULL PRIMARY KEY);\n" +
          fmt::format(fmt::runtime(posts), "user_id varchar(9)", "user_id", "id"),
      "CREATE TABLE users (internal_id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, id varchar(9) NOT NULL UNIQUE);\n" +
          fmt::format(fmt::runtime(posts), "user_internal_id bigint", "user_internal_id", "internal_id"),
      std::string(kPostsMap) + kAcceptLookups);
  expect_nothing_lost(
      [&] {
        switch (below(6)) {
          case 0:
            return fmt::format("INSERT INTO users (id) VALUES ('u{}')", key());
          case 1:
            return fmt::format("DELETE FROM users WHERE id = 'u{}'", key());
          case 2:
            return fmt::format("UPDATE users SET id = 'u{}' WHERE id = 'u{}'", key(), key());
          case 3:
            return fmt::format("DELETE FROM posts WHERE id = {}", key());
          case 4:
            return fmt::format("INSERT INTO posts (id, user_id) VALUES ({}, 'u{}')", key(), key());
          default:
            return fmt::format("UPDATE posts SET user_id = 'u{}' WHERE id IN ({}, {})", key(), key(), key());
        }
      },
      "SELECT count(*) FROM posts AS p LEFT JOIN users AS u ON u.id = p.user_id WHERE NOT (u.internal_id <=> "
      "p.user_internal_id)");
}

TEST_P(CutShort, OfRowsThatAreGenerated) {
  const std::string tables =
      "CREATE TABLE attr (id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, label varchar(9) NOT NULL);\n"
      "CREATE TABLE resource (id int NOT NULL PRIMARY KEY, name varchar(9) NOT NULL{});\n";
  start(
      fmt::format(fmt::runtime(tables), ""),
      fmt::format(fmt::runtime(tables), ", attr_id bigint NOT NULL, FOREIGN KEY (attr_id) REFERENCES attr (id)"),
      "[[fill]]\ntable = \"resource\"\ncolumn = \"attr_id\"\nrow = { table = \"attr\", key = \"id\", values = { label "
      "= \"name\" } }\n[[accept]]\nhazard = \"row_in_one_statement\"\nreason = \"no release does that\"\n");
  expect_nothing_lost(
      [&] {
        switch (below(5)) {
          case 0:
            return fmt::format("DELETE FROM resource WHERE id = {}", key());
          case 1:
            return fmt::format("UPDATE resource SET id = {} WHERE id = {}", key(), key());
          case 2:
            return fmt::format("INSERT INTO attr (label) VALUES ('own{}')", key());
          default:
            return fmt::format("REPLACE INTO resource (id, name) VALUES ({}, 'n')", key());
        }
      },
      "SELECT count(*) FROM resource AS r LEFT JOIN attr AS a ON a.id = r.attr_id AND a.label = r.name WHERE a.id IS "
      "NULL");
}

TEST_P(CutShort, OfColumnsThatBecomeARow) {
  const std::string users = "CREATE TABLE users (id int NOT NULL PRIMARY KEY, {});\n";
  start(fmt::format(fmt::runtime(users), "street varchar(9)"),
        "CREATE TABLE addresses (id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, street varchar(9));\n" +
            fmt::format(fmt::runtime(users), "address_id bigint, FOREIGN KEY (address_id) REFERENCES addresses (id)"),
        "[[map]]\ntable = \"users\"\nold = [\"street\"]\nnew = [\"address_id\"]\nrow = { table = \"addresses\", "
        "key = \"id\", values = { street = \"street\" } }\n[[accept]]\nhazard = \"row_in_one_statement\"\nreason = "
        "\"no release does that\"\n" +
            std::string(kAcceptLookups));
  expect_nothing_lost(
      [&] {
        const std::string street = below(4) == 0 ? "NULL" : fmt::format("'s{}'", below(9));
        switch (below(5)) {
          case 0:
            return fmt::format("DELETE FROM users WHERE id = {}", key());
          case 1:
            return fmt::format("UPDATE users SET id = {} WHERE id = {}", key(), key());
          case 2:
            return fmt::format("REPLACE INTO users (id, street) VALUES ({}, {})", key(), street);
          case 3:
            return fmt::format("INSERT INTO users (id, street) VALUES ({}, {})", key(), street);
          default:
            return fmt::format("UPDATE users SET street = {} WHERE id IN ({}, {})", street, key(), key());
        }
      },
      "SELECT count(*) FROM users AS u LEFT JOIN addresses AS a ON a.id = u.address_id WHERE NOT (u.street <=> "
      "a.street)");
}

// Columns that move: each statement is one of the old release.
class CutShortMoves : public CutShort {
 protected:
  bool stays_ = false;  // the part
  // MySQL 9.7 replaces a row that others point to; see docs/sync.md, "Between two triggers".
  const char* replace() const { return stays_ && server() == "mysql" ? "INSERT" : "REPLACE"; }
  std::string write_users(bool with_columns) {
    const std::string bio = below(3) == 0 ? "NULL" : fmt::format("'b{}'", below(9));
    switch (below(5)) {
      case 0:
        return fmt::format("DELETE FROM users WHERE id = {}", key());
      case 1:
        return fmt::format("UPDATE users SET id = {} WHERE id = {}", key(), key());
      case 2:
        return with_columns ? fmt::format("UPDATE users SET bio = {} WHERE id IN ({}, {})", bio, key(), key())
                            : fmt::format("UPDATE users SET name = {} WHERE id = {}", bio, key());
      case 3:
        return with_columns ? fmt::format("{} INTO users (id, bio, photo) VALUES ({}, {}, 'p')", replace(), key(), bio)
                            : fmt::format("{} INTO users (id, name) VALUES ({}, {})", replace(), key(), bio);
      default:
        return with_columns ? fmt::format("INSERT INTO users (id, bio) VALUES ({}, {})", key(), bio)
                            : fmt::format("INSERT INTO users (id) VALUES ({})", key());
    }
  }
  std::string write_profiles(bool with_columns) {
    const std::string about = below(3) == 0 ? "NULL" : fmt::format("'a{}'", below(9));
    switch (below(4)) {
      case 0:
        return fmt::format("DELETE FROM profiles WHERE user_id = {}", key());
      case 1:
        return with_columns
                   ? fmt::format("UPDATE profiles SET about = {} WHERE user_id IN ({}, {})", about, key(), key())
                   : fmt::format("UPDATE profiles SET seen = {} WHERE user_id = {}", below(9), key());
      case 2:  // where both releases have the row, its key stays (moved_key_stays)
        return with_columns && !stays_
                   ? fmt::format("UPDATE profiles SET user_id = {} WHERE user_id = {}", key(), key())
                   : fmt::format("DELETE FROM profiles WHERE user_id = {}", key());
      default:
        return with_columns ? fmt::format("REPLACE INTO profiles (user_id, about) VALUES ({}, {})", key(), about)
                            : fmt::format("INSERT INTO profiles (user_id, seen) VALUES ({}, {})", key(), below(9));
    }
  }
};

TEST_P(CutShortMoves, ToATableOfTheirOwn) {
  start_split();
  expect_nothing_lost([&] { return write_users(true); }, all_wrong());
}

TEST_P(CutShortMoves, FromATableOfTheirOwn) {
  start_merge();
  expect_nothing_lost([&] { return below(2) == 0 ? write_users(false) : write_profiles(true); }, all_wrong());
}

TEST_P(CutShortMoves, ToATableThatStays) {
  stays_ = true;
  start_between(true, "clear");
  expect_nothing_lost([&] { return below(3) != 0 ? write_users(true) : write_profiles(false); }, all_wrong());
}

TEST_P(CutShortMoves, FromATableThatStays) {
  stays_ = true;
  start_between(false, "clear");
  expect_nothing_lost([&] { return below(3) == 0 ? write_users(false) : write_profiles(true); }, all_wrong());
}

const auto kCommitEach = ::testing::Values("mariadb", "mysql");
INSTANTIATE_TEST_SUITE_P(On, CutShort, kCommitEach, server_name);
INSTANTIATE_TEST_SUITE_P(On, CutShortMoves, kCommitEach, server_name);

}  // namespace
}  // namespace emcee::testing
