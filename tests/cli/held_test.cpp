// A column that becomes a row of another table: statements of both releases, in any order.
#include <functional>

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

  // A statement; what it makes of the world is done to `world_`, unless it is refused.
  struct Act {
    std::string sql;
    bool passes = true;
  };
  using MaybeAct = std::optional<Act>;  // none: nothing to write, or nobody can foresee it

  // --- of the old release

  std::string row(int id, const Said& said) const {
    return fmt::format("(id, name, {}) VALUES ({}, 'n', {})", columns(), id, values(said));
  }
  bool there(int id) const { return world_.users.contains(id); }
  Act insert(int id, const Said& said) {
    const bool passes = !there(id);
    if (passes) insert_old(id, said);
    return {"INSERT INTO users " + row(id, said), passes};
  }
  Act upsert(int id, const Said& said) {
    there(id) ? update_old(id, said) : insert_old(id, said);
    return {"INSERT INTO users " + row(id, said) +
            (is_mysql() ? " ON DUPLICATE KEY UPDATE " : " ON CONFLICT (id) DO UPDATE SET ") + set(said)};
  }
  MaybeAct replace(int id, const Said& said) {
    if (server() == "postgres") return std::nullopt;
    there(id) && !world_.users.at(id).key.empty() ? update_old(id, said) : insert_old(id, said);
    if (nothing(said)) world_.users.at(id).key.clear();  // the new release may have said so
    return Act{"REPLACE INTO users " + row(id, said)};
  }
  Act remove(int id) {
    world_.users.erase(id);
    return {"DELETE FROM users" + of(id)};
  }
  MaybeAct give_id(int id, int to, const std::optional<Said>& said) {
    if (!there(id) || to == id) return std::nullopt;
    const bool free = !there(to);
    if (free) {
      auto user = world_.users.extract(id);
      user.key() = to;
      world_.users.insert(std::move(user));
      if (said) update_old(to, *said);
    }
    return Act{fmt::format("UPDATE users SET id = {}{}{}", to, said ? ", " + set(*said) : "", of(id)), free};
  }
  Act update(int id, const Said& said) {
    if (there(id)) update_old(id, said);
    return {"UPDATE users SET " + set(said) + ", name = 'o'" + of(id)};
  }

  // --- of the new one

  bool known(const std::string& key) const { return world_.rows.contains(key); }
  bool waits(int id) const {
    return there(id) && world_.users.at(id).key.empty() && !nothing(world_.users.at(id).said);
  }
  MaybeAct insert_with(int id, const std::string& key) {
    if (there(id) || (key.empty() && made())) return std::nullopt;
    const bool passes = key.empty() || known(key);
    if (passes) {
      world_.users[id] = {};
      point(id, key);
    }
    return Act{fmt::format("INSERT INTO users (id, name, address_id) VALUES ({}, 'new', {})", id, key_sql(key)),
               passes};
  }
  // A made key that is none is what a batch gives to a row that waits.
  MaybeAct point_to(int id, const std::string& key) {
    if (!there(id) || (waits(id) && !known(key))) return std::nullopt;
    const bool agrees = !waits(id) || world_.rows.at(key).said == world_.users.at(id).said;
    const bool passes = agrees && (key.empty() ? !made() : known(key));
    if (passes) point(id, key);
    return Act{fmt::format("UPDATE users SET address_id = {}{}", key_sql(key), of(id)), passes};
  }
  MaybeAct say(const std::string& key, const Said& said) {
    if (!known(key)) return std::nullopt;
    world_.rows.at(key).said = said;
    for (auto& [id, user] : world_.users)
      if (user.key == key) user.said = said;
    return Act{"UPDATE addresses SET " + set(said) + of(key)};
  }
  MaybeAct remove_row(const std::string& key) {
    if (!known(key)) return std::nullopt;
    const bool passes = !pointed_to(key);
    if (passes) world_.rows.erase(key);
    return Act{"DELETE FROM addresses" + of(key), passes};
  }
  MaybeAct give_key(const std::string& key, const std::string& to) {
    if (!known(key)) return std::nullopt;
    const bool passes = !pointed_to(key);
    if (passes) {
      world_.rows[to] = world_.rows.at(key);
      world_.rows.erase(key);
    }
    return Act{"UPDATE addresses SET id = " + key_sql(to) + of(key), passes};
  }
  MaybeAct both(int id, const Said& said, const std::string& key) {
    if (!there(id) || !known(key) || waits(id)) return std::nullopt;
    const User was = world_.users.at(id);
    if (was.key == key || was.said == said) return std::nullopt;
    const bool agrees = world_.rows.at(key).said == said;
    if (agrees) point(id, key);
    return Act{fmt::format("UPDATE users SET {}, address_id = {}{}", set(said), key_sql(key), of(id)), agrees};
  }

  // --- what is sent

  void send(const World& before, const MaybeAct& act) {
    if (!act) return;
    if (!act->passes) world_ = before;
    const std::string output = run(act->sql);
    EXPECT_EQ(refused(output), !act->passes) << act->sql << "\n" << output << "\n" << show(before, true);
    expect_world(act->sql + "\nbefore:\n" + show(before, true));
    ++sent_;
  }
  MaybeAct old_act();
  MaybeAct new_act();
  void play(int statements, bool with_new) {
    for (int i = 0; i < statements && !HasFatalFailure(); ++i) {
      const World before = world_;
      send(before, with_new && any(2) == 0 ? new_act() : old_act());
    }
  }
  static Said says(const char* street, const char* city = "a") { return {street, made() ? Text(city) : Text()}; }
  void store(const World& world);
  std::vector<World> states() const;

  std::mt19937 random_{seed()};
  int sent_ = 0;
};

HeldWrites::MaybeAct HeldWrites::old_act() {
  const int id = someone();
  const Said said = some();
  switch (any(7)) {
    case 0:
      return insert(id, said);
    case 1:
      return upsert(id, said);
    case 2:
      return replace(id, said);
    case 3:
      if (any(3) != 0) return std::nullopt;
      return remove(id);
    case 4: {
      const int to = someone();
      return give_id(id, to, any(2) == 0 ? std::optional(said) : std::nullopt);
    }
    default:
      return update(id, said);
  }
}

HeldWrites::MaybeAct HeldWrites::new_act() {
  const int id = someone();
  const std::string key = any(6) == 0 ? "" : some_key();
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
      return insert_with(id, key);
    case 2:
      return point_to(id, key);
    case 3:
      return say(key, some());
    case 4:
      return remove_row(key);
    case 5: {
      const std::string to = made() ? fmt::format("moved{}", seen_.size()) : fmt::format("{}", 90000 + seen_.size());
      if (seen_.contains(to)) return std::nullopt;
      return give_key(key, to);
    }
    default:
      return both(id, some(), key);
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

// --- every statement on every state

constexpr const char *kMine = "71", *kOther = "72";  // keys of rows
// As a world says, whatever the triggers would.
void HeldWrites::store(const World& world) {
  world_ = world;
  std::string statements = "DELETE FROM users; DELETE FROM addresses";
  for (const auto& [key, row] : world.rows)
    statements += fmt::format("; INSERT INTO addresses (id, {}, label) VALUES ({}, {}, '{}')", columns(), key_sql(key),
                              values(row.said), row.label);
  for (const auto& [id, user] : world.users)
    statements += fmt::format("; INSERT INTO users (id, name, {}, address_id) VALUES ({}, 'was', {}, {})", columns(),
                              id, values(user.said), key_sql(user.key));
  ASSERT_EQ(database_->sql_behind_the_triggers(statements), "");
}

// User 1: not there, waits, has a row, shares it, says nothing, has a row that says nothing. Nobody has the other row.
std::vector<HeldWrites::World> HeldWrites::states() const {
  const World nobody{{}, {{kOther, {says("oak"), "own"}}}};
  std::vector<World> result(4, nobody);
  result[1].users[1] = {says("elm"), ""};
  for (World& world : {std::ref(result[2]), std::ref(result[3])}) {
    world.users[1] = {says("elm"), kMine};
    world.rows[kMine] = {says("elm"), "own"};
  }
  result[3].users[2] = {says("elm"), kMine};
  if (made()) return result;
  result.insert(result.end(), 2, nobody);
  result[4].users[1] = {};
  result[5].users[1] = {{}, kMine};
  result[5].rows[kMine] = {{}, "own"};
  return result;
}

TEST_P(HeldWrites, TruthTable) {
  if (recursive()) return;  // at random, above
  start_users();
  ASSERT_EQ(emcee("expand"), 0) << output_;
  std::vector<Said> said{says("elm"), says("oak"), says("fir", "b")};
  if (!made()) said.emplace_back();
  std::vector<std::function<MaybeAct()>> acts{[&] { return remove(1); }, [&] { return give_id(1, 3, {}); },
                                              [&] { return give_id(1, 2, {}); }};
  for (const Said& v : said) {
    acts.insert(acts.end(),
                {[&, v] { return insert(1, v); }, [&, v] { return upsert(1, v); }, [&, v] { return replace(1, v); },
                 [&, v] { return update(1, v); }, [&, v] { return give_id(1, 3, v); }});
    for (const char* key : {kMine, kOther})
      acts.insert(acts.end(), {[&, v, key] { return say(key, v); }, [&, v, key] { return both(1, v, key); }});
  }
  for (const char* key : {kMine, kOther})
    acts.insert(acts.end(), {[&, key] { return remove_row(key); }, [&, key] { return give_key(key, "73"); }});
  for (const char* key : {kMine, kOther, "74", ""})
    acts.insert(acts.end(), {[&, key] { return insert_with(1, key); }, [&, key] { return point_to(1, key); }});
  for (const World& state : states()) {
    for (const auto& act : acts) {
      store(state);
      send(state, act());
      if (HasFatalFailure()) return;
    }
  }
  EXPECT_GT(sent_, made() ? 80 : 150);
}

INSTANTIATE_TEST_SUITE_P(OnEachServer, HeldWrites,
                         ::testing::Values("sqlite", "postgres", "mariadb", "mysql", "sqlite_made", "postgres_made",
                                           "mariadb_made", "mysql_made", "sqlite_recursive"),
                         server_name);

}  // namespace
}  // namespace emcee::testing
