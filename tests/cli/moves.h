// Columns that move between two tables, on every server, with both releases writing.
#pragma once

#include "tests/cli/cases.h"

namespace emcee::testing {

inline constexpr const char* kWhole = R"sql(
CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(40), bio VARCHAR(80), photo VARCHAR(80) DEFAULT 'none' NOT NULL);
)sql";
inline constexpr const char* kBare = R"sql(
CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(40));
)sql";
inline constexpr const char* kPart = R"sql(
CREATE TABLE profiles (user_id INTEGER NOT NULL PRIMARY KEY, about VARCHAR(80), photo VARCHAR(80) DEFAULT 'none' NOT NULL, seen INTEGER,
  FOREIGN KEY (user_id) REFERENCES users (id){});
)sql";
// The part without what moves, where both releases have it.
inline constexpr const char* kPartBare = R"sql(
CREATE TABLE profiles (user_id INTEGER NOT NULL PRIMARY KEY, seen INTEGER, FOREIGN KEY (user_id) REFERENCES users (id){});
)sql";
inline constexpr const char* kSplit = R"map(
[[move]]
from = "users"
to = "profiles"
key = { user_id = "id" }
columns = { about = "bio", photo = "photo" }
)map";
inline constexpr const char* kMerge = R"map(
[[move]]
from = "profiles"
to = "users"
key = { id = "user_id" }
columns = { bio = "about", photo = "photo" }
)map";
inline constexpr const char* kAcceptMove = R"map(
[[accept]]
hazard = "row_of_part_made"
reason = "both releases write profiles by upserts"
[[accept]]
hazard = "move_in_one_statement"
reason = "no statement names both tables"
[[accept]]
hazard = "moved_key_stays"
reason = "nobody changes it"
)map";

// Rows that the two tables tell differently, and rows of the part alone.
inline constexpr const char* kDiffer = "(coalesce(u.bio, '~') <> coalesce(p.about, '~') OR u.photo <> p.photo)";
inline constexpr const char* kGiven = "(u.bio IS NOT NULL OR u.photo <> 'none')";
inline constexpr const char* kOrphans =
    "(SELECT count(*) FROM profiles AS p LEFT JOIN users AS u ON u.id = p.user_id WHERE u.id IS NULL)";
inline std::string wrong_rows(const std::string& condition) {
  return fmt::format(
      "SELECT (SELECT count(*) FROM users AS u LEFT JOIN profiles AS p ON p.user_id = u.id WHERE {}) + {}", condition,
      kOrphans);
}

template <class Base>
class MovesOn : public Base {
 protected:
  using Base::box_, Base::database_, Base::emcee, Base::output_, Base::server, Base::sql, Base::start;
  // `actions`: of the foreign key.
  void start_split(const std::string& actions = {}) {
    start(kWhole, kBare + fmt::format(kPart, actions), std::string(kSplit) + kAcceptMove);
  }
  void start_merge(const std::string& actions = {}) {
    start(kBare + fmt::format(kPart, actions), kWhole, std::string(kMerge) + kAcceptMove);
  }
  // Both releases have both tables.
  void start_between(bool to_part, const std::string& on_delete, const std::string& actions = {}) {
    const std::string map =
        fmt::format("{}on_part_delete = \"{}\"\n{}", to_part ? kSplit : kMerge, on_delete, kAcceptMove);
    const std::string with = kWhole + fmt::format(kPartBare, actions), without = kBare + fmt::format(kPart, actions);
    to_part ? start(with, without, map) : start(without, with, map);
  }
  static bool refused(const std::string& output) { return output.starts_with("error"); }
  int count(const std::string& what) {
    const std::string number = sql("SELECT count(*) FROM " + what);
    EXPECT_FALSE(refused(number)) << number;
    return refused(number) ? -1 : std::stoi(number);
  }
  std::string whole(int id) {
    return sql(fmt::format("SELECT {} FROM users WHERE id = {}", database_->bars({"coalesce(bio, '-')", "photo"}), id));
  }
  std::string part(int id) {
    return sql(fmt::format("SELECT {} FROM profiles WHERE user_id = {}",
                           database_->bars({"coalesce(about, '-')", "photo"}), id));
  }
  void expect(int id, const std::string& of_whole, const std::string& of_part, const std::string& where) {
    EXPECT_EQ(whole(id), of_whole) << where;
    EXPECT_EQ(part(id), of_part) << where;
  }
  void write(const std::string& statement) { EXPECT_EQ(sql(statement), "") << statement; }
  static std::string all_wrong() {
    return wrong_rows(fmt::format("p.user_id IS NULL AND {} OR p.user_id IS NOT NULL AND {}", kGiven, kDiffer));
  }
  int wrong() {
    const std::string number = sql(all_wrong());
    EXPECT_FALSE(refused(number)) << number;
    return refused(number) ? -1 : std::stoi(number);
  }
};
using Moves = MovesOn<Cases>;

}  // namespace emcee::testing
