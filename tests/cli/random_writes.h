// Statements of both releases on users and profiles at random, on few keys.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "tests/support/seed.h"

namespace emcee::testing {

class RandomWrites {
 public:
  // `seen`: profiles has such a column besides. `last`: a further statement, for a key.
  RandomWrites(std::string server, int keys, bool seen, std::function<std::string(int)> last)
      : server_(std::move(server)), keys_(keys), seen_(seen), last_(std::move(last)) {}

  std::string one_of(const std::vector<std::string>& words) { return words[random_() % words.size()]; }

  std::string next() {
    const bool is_mysql = server_ == "mariadb" || server_ == "mysql";
    const std::string policy = server_ != "sqlite" ? "" : one_of({"", "", " OR IGNORE", " OR REPLACE", " OR FAIL"});
    const std::string insert = is_mysql ? one_of({"INSERT", "REPLACE", "INSERT IGNORE"}) : "INSERT" + policy;
    const std::string update = is_mysql ? one_of({"UPDATE", "UPDATE IGNORE"}) : "UPDATE" + policy;
    switch (random_() % 12) {
      case 0:
        return fmt::format("{} INTO users (id, bio, photo) VALUES ({}, {}, {}), ({}, {}, {})", insert, key(), bio(),
                           photo(), key(), bio(), photo());
      case 1:
        return fmt::format("{} INTO users (id) VALUES ({})", insert, key());
      case 2:
        return fmt::format("{} INTO profiles (user_id, about, photo) VALUES ({}, {}, {})", insert, key(), bio(),
                           photo());
      case 3:
        if (!seen_) return fmt::format("{} INTO profiles (user_id) VALUES ({})", insert, key());
        return fmt::format("{} INTO profiles (user_id, seen) VALUES ({}, {}), ({}, 9)", insert, key(), key(), key());
      case 4:
        return fmt::format("{} users SET bio = {} WHERE id IN ({}, {})", update, bio(), key(), key());
      case 5:
        return fmt::format("{} users SET bio = {}, photo = {} WHERE id = {}", update, bio(), photo(), key());
      case 6:
        return fmt::format("{} profiles SET about = {}{} WHERE user_id IN ({}, {})", update, bio(),
                           seen_ ? ", seen = 3" : "", key(), key());
      case 7:
        return fmt::format("{} profiles SET photo = {}, user_id = {} WHERE user_id = {}", update, photo(), key(),
                           key());
      case 8:
        // MySQL 9.7 cascades an UPDATE IGNORE that it does not do, where the new key is taken: with or without
        // triggers.
        return fmt::format("{} users SET id = {}, bio = {} WHERE id = {}", server_ == "mysql" ? "UPDATE" : update,
                           key(), bio(), key());
      case 9:
        return fmt::format("DELETE FROM users WHERE id = {}", key());
      case 10:
        return fmt::format("DELETE FROM profiles WHERE user_id IN ({}, {})", key(), key());
      default:
        return last_(key());
    }
  }

 private:
  int key() { return 1 + static_cast<int>(random_() % static_cast<unsigned>(keys_)); }
  std::string bio() { return one_of({"NULL", "'a'", "'b'"}); }
  std::string photo() { return one_of({"'none'", "'q'", "'none'", "'r'"}); }

  std::string server_;
  int keys_;
  bool seen_;
  std::function<std::string(int)> last_;
  std::mt19937 random_{seed()};
};

}  // namespace emcee::testing
