// A column that becomes a row of another table: statements of both releases, in any order.
#include "tests/cli/held_rows.h"
#include "tests/support/seed.h"

namespace emcee::testing {
namespace {

class HeldWrites : public HeldRows {
 protected:
  std::size_t any(std::size_t n) { return random_() % n; }
  Said some() {
    static const char* const kStreets[] = {"elm", "ELM", "oak ", "fir", "", "ash"};
    Said said;
    if (made() || any(5) != 0) said.street = kStreets[any(6)];
    if (made() && any(3) != 0) said.city = kStreets[any(6)];
    return said;
  }
  // A user, and a key of a row, that is there or is not.
  int someone() { return static_cast<int>(1 + any(9)); }
  std::string some_key() {
    if (world_.rows.empty() || any(12) == 0) return made() ? "nowhere" : "987654";
    auto it = world_.rows.begin();
    std::advance(it, static_cast<std::ptrdiff_t>(any(world_.rows.size())));
    return it->first;
  }

  struct Act {
    std::string sql;
    bool passes = true;
  };
  std::optional<Act> old_act();
  std::optional<Act> new_act();
  void play(int statements, bool with_new) {
    for (int i = 0; i < statements && !HasFatalFailure(); ++i) {
      const World before = world_;
      const auto act = with_new && any(2) == 0 ? new_act() : old_act();
      if (!act) continue;
      if (!act->passes) world_ = before;
      const std::string output = run(act->sql);
      EXPECT_EQ(refused(output), !act->passes) << act->sql << "\n" << output << "\n" << show(before, true);
      expect_world(act->sql + "\nbefore:\n" + show(before, true));
    }
  }

  std::mt19937 random_{seed()};
};

std::optional<HeldWrites::Act> HeldWrites::old_act() {
  const int id = someone();
  const bool there = world_.users.contains(id);
  const Said said = some();
  const std::string row = fmt::format("(id, name, {}) VALUES ({}, 'n', {})", columns(), id, values(said));
  switch (any(7)) {
    case 0:
      if (!there) insert_old(id, said);
      return Act{"INSERT INTO users " + row, !there};
    case 1:
      there ? update_old(id, said) : insert_old(id, said);
      return Act{"INSERT INTO users " + row +
                 (is_mysql() ? " ON DUPLICATE KEY UPDATE " : " ON CONFLICT (id) DO UPDATE SET ") + set(said)};
    case 2:
      if (server() == "postgres") return std::nullopt;
      there && !world_.users.at(id).key.empty() ? update_old(id, said) : insert_old(id, said);
      if (nothing(said)) world_.users.at(id).key.clear();  // the new release may have said so
      return Act{"REPLACE INTO users " + row};
    case 3:
      if (any(3) != 0) return std::nullopt;
      world_.users.erase(id);
      return Act{"DELETE FROM users" + of(id)};
    case 4: {
      const int to = someone();
      if (!there || to == id) return std::nullopt;
      const bool free = !world_.users.contains(to);
      if (free) {
        auto user = world_.users.extract(id);
        user.key() = to;
        world_.users.insert(std::move(user));
      }
      const bool more = any(2) == 0;
      if (free && more) update_old(to, said);
      return Act{fmt::format("UPDATE users SET id = {}{}{}", to, more ? ", " + set(said) : "", of(id)), free};
    }
    default:
      if (there) update_old(id, said);
      return Act{"UPDATE users SET " + set(said) + ", name = 'o'" + of(id)};
  }
}

std::optional<HeldWrites::Act> HeldWrites::new_act() {
  const int id = someone();
  const bool there = world_.users.contains(id);
  const bool null = any(6) == 0;
  const std::string key = null ? "" : some_key();
  const bool known = world_.rows.contains(key);
  const bool waits = there && world_.users.at(id).key.empty() && !nothing(world_.users.at(id).said);
  switch (any(7)) {
    case 0: {
      const Said said = some();
      const std::string own = made() ? fmt::format("own{}", seen_.size()) : fmt::format("{}", 5000 + 7 * seen_.size());
      if (seen_.contains(own)) return std::nullopt;
      world_.rows[own] = {said, "own"};
      return Act{fmt::format("INSERT INTO addresses (id, {}, label) VALUES ({}, {}, 'own')", columns(), key_sql(own),
                             values(said))};
    }
    case 1:
      if (there || (null && made())) return std::nullopt;
      if (null || known) {
        world_.users[id] = {};
        point(id, key);
      }
      return Act{fmt::format("INSERT INTO users (id, name, address_id) VALUES ({}, 'new', {})", id, key_sql(key)),
                 null || known};
    case 2: {
      if (!there || (waits && (!known || null))) return std::nullopt;
      const bool agrees = !waits || world_.rows.at(key).said == world_.users.at(id).said;
      const bool passes = agrees && (null ? !made() : known);
      if (passes) point(id, key);
      return Act{fmt::format("UPDATE users SET address_id = {}{}", key_sql(key), of(id)), passes};
    }
    case 3: {
      if (!known) return std::nullopt;
      const Said said = some();
      world_.rows.at(key).said = said;
      for (auto& [other, user] : world_.users)
        if (user.key == key) user.said = said;
      return Act{"UPDATE addresses SET " + set(said) + of(key)};
    }
    case 4: {
      if (!known) return std::nullopt;
      const bool passes = !pointed_to(key);
      if (passes) world_.rows.erase(key);
      return Act{"DELETE FROM addresses" + of(key), passes};
    }
    case 5: {
      if (!known) return std::nullopt;
      const std::string to = made() ? fmt::format("moved{}", seen_.size()) : fmt::format("{}", 90000 + seen_.size());
      if (seen_.contains(to)) return std::nullopt;
      const bool passes = !pointed_to(key);
      if (passes) {
        world_.rows[to] = world_.rows.at(key);
        world_.rows.erase(key);
      }
      return Act{"UPDATE addresses SET id = " + key_sql(to) + of(key), passes};
    }
    default: {
      // Both at once.
      if (!there || !known || waits) return std::nullopt;
      const Said said = some();
      const bool agrees = world_.rows.at(key).said == said;
      const User was = world_.users.at(id);
      if (was.key == key || was.said == said) return std::nullopt;
      if (agrees) point(id, key);
      return Act{fmt::format("UPDATE users SET {}, address_id = {}{}", set(said), key_sql(key), of(id)), agrees};
    }
  }
}

TEST_P(HeldWrites, OfBothReleasesInAnyOrder) {
  start_users();
  for (int id = 1; id <= 6; ++id) {
    const Said said = some();
    ASSERT_EQ(sql(fmt::format("INSERT INTO users (id, name, {}) VALUES ({}, 'was', {})", columns(), id, values(said))),
              "");
    world_.users[id] = {said, ""};
  }
  ASSERT_EQ(emcee("expand"), 0) << output_;
  expect_world("expand");
  play(60, true);
  ASSERT_EQ(emcee("migrate --batch 2"), 0) << output_;
  migrated();
  expect_world("migrate");
  play(110, true);
  ASSERT_EQ(emcee("verify"), 0) << output_;
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  ASSERT_EQ(emcee("contract"), 0) << output_;
  EXPECT_EQ(emcee("check"), 0) << output_;
  EXPECT_EQ(emcee("verify --drift"), 0) << output_;
  expect_world("contract", false);
}

INSTANTIATE_TEST_SUITE_P(OnEachServer, HeldWrites,
                         ::testing::Values("sqlite", "postgres", "mariadb", "mysql", "sqlite_made", "postgres_made",
                                           "mariadb_made", "mysql_made", "sqlite_recursive"),
                         server_name);

}  // namespace
}  // namespace emcee::testing
