// Whole upgrades in which a column becomes a row of another table: statements of every form, under load, killed, taken
// back, and what is found and refused.
#include <thread>

#include "tests/cli/held_rows.h"
#include "tests/cli/interruptions.h"

namespace emcee::testing {
namespace {

class HeldUpgrades : public HeldRows {
 protected:
  int count(const std::string& what) {
    const std::string number = sql("SELECT count(*) FROM " + what);
    return refused(number) ? -1 : std::stoi(number);
  }
  std::string street(int id) { return sql("SELECT street FROM users" + of(id)); }
  std::string key(int id) { return sql("SELECT address_id FROM users" + of(id)); }
  std::string row(int id) {
    return sql(fmt::format("SELECT street FROM addresses WHERE id = (SELECT address_id FROM users{})", of(id)));
  }
  // Users whose row says what they say; rows of nobody.
  static constexpr const char* kAgreeing =
      "users AS u JOIN addresses AS a ON a.id = u.address_id AND (a.street = u.street OR (a.street IS NULL AND "
      "u.street "
      "IS NULL))";
  int agreeing() { return count(kAgreeing); }
  int nobodys() {
    return count("addresses WHERE id NOT IN (SELECT address_id FROM users WHERE address_id IS NOT NULL)");
  }
  std::string add(const std::string& rows) { return sql("INSERT INTO users (id, name, street) VALUES " + rows); }
  void upgrade_to_migrate() {
    ASSERT_EQ(emcee("expand"), 0) << output_;
    ASSERT_EQ(emcee("migrate"), 0) << output_;
  }
  std::string own(const char* id, const char* text) {
    return sql(fmt::format("INSERT INTO addresses (id, street, label) VALUES ({}, '{}', 'own')", id, text));
  }
  static bool again(const std::string& answer) {
    for (const char* word : {"1213", "1205", "40P01", "40001", "locked"})
      if (answer.find(word) != std::string::npos) return true;
    return false;
  }
};

TEST_P(HeldUpgrades, StatementsOfEveryForm) {
  start_users();
  ASSERT_EQ(add("(1, 'a', 'elm'), (2, 'b', NULL)"), "");
  upgrade_to_migrate();
  EXPECT_EQ(add("(3, 'c', 'oak'), (4, 'd', NULL), (5, 'e', 'oak')"), "");
  EXPECT_EQ(sql("INSERT INTO users (id, name, street) SELECT id + 10, name, street FROM users WHERE id IN (1, 2)"), "");
  EXPECT_EQ(agreeing(), 4);
  EXPECT_EQ(nobodys(), 0);
  EXPECT_EQ(key(4) + key(12), "");

  // Three share a row, and one statement of the old release writes two of them.
  ASSERT_EQ(own("100", "shared"), "");
  ASSERT_EQ(sql("UPDATE users SET address_id = 100 WHERE id IN (1, 3, 5)"), "");
  EXPECT_EQ(street(1) + street(3) + street(5), "sharedsharedshared");
  ASSERT_EQ(sql("UPDATE users SET street = 'anew' WHERE id IN (1, 3)"), "");
  EXPECT_EQ(row(1) + row(3) + row(5), "anewanewshared");
  EXPECT_EQ(key(5), "100");
  EXPECT_NE(key(1), key(3)) << "each has its own, as the old release had it";
  EXPECT_EQ(sql("SELECT label FROM addresses WHERE id = " + key(1)), "own") << "what else the row holds comes along";
  ASSERT_EQ(sql("UPDATE users SET street = street"), "");
  ASSERT_EQ(sql("UPDATE users SET address_id = 100 WHERE id IN (1, 3)"), "");
  ASSERT_EQ(sql("UPDATE users SET street = 'all'"), "") << "all of those that share it";
  EXPECT_EQ(agreeing(), count("users"));
  EXPECT_EQ(count("users WHERE address_id = 100"), 1) << "the last one has it alone";

  // The new release writes its rows, several at once.
  ASSERT_EQ(sql(fmt::format("UPDATE addresses SET street = 'both' WHERE id IN ({}, {})", key(1), key(2))), "");
  EXPECT_EQ(street(1) + street(2), "bothboth");

  // What fails, is ignored or rolled back leaves nothing behind.
  const int rows = count("addresses");
  const auto expect_nothing = [&](const std::string& statement) {
    EXPECT_EQ(count("addresses"), rows) << statement;
    EXPECT_EQ(street(1) + row(1), "bothboth") << statement;
  };
  EXPECT_EQ(
      sql("BEGIN; INSERT INTO users (id, name, street) VALUES (20, 'x', 'gone'); UPDATE users SET street = 'gone' "
          "WHERE id = 1; ROLLBACK"),
      "");
  expect_nothing("rolled back");
  EXPECT_TRUE(refused(add("(21, 'x', 'gone'), (1, 'x', 'gone')")));
  expect_nothing("the second row fails");
  EXPECT_TRUE(refused(sql("UPDATE users SET id = 2, street = 'gone' WHERE id = 1")));
  expect_nothing("a key that is taken");
  if (server() != "postgres") {
    const std::string ignore = is_mysql() ? "IGNORE " : "OR IGNORE ";
    EXPECT_EQ(sql("UPDATE " + ignore + "users SET id = 2, street = 'gone' WHERE id = 1"), "");
    expect_nothing("UPDATE IGNORE");
    EXPECT_EQ(sql("INSERT " + ignore + "INTO users (id, name, street) VALUES (1, 'x', 'gone')"), "");
    expect_nothing("INSERT IGNORE");
  }
  EXPECT_EQ(agreeing(), count("users"));

  // A key that is none, and a row that is pointed to.
  EXPECT_TRUE(refused(sql("UPDATE users SET address_id = 98765 WHERE id = 1")));
  EXPECT_TRUE(refused(sql("DELETE FROM addresses WHERE id = " + key(1))));
  EXPECT_TRUE(refused(sql("UPDATE addresses SET id = 4711 WHERE id = " + key(1))));
  if (server() != "sqlite") {
    const std::string truncated = sql(server() == "postgres" ? "TRUNCATE addresses" : "SELECT 1 FROM nowhere");
    EXPECT_TRUE(refused(truncated));
  }
  EXPECT_EQ(emcee("verify"), 0) << output_;
  ASSERT_EQ(emcee("contract"), 0) << output_;
  EXPECT_EQ(emcee("check"), 0) << output_;
  EXPECT_EQ(row(1), "both");
}

TEST_P(HeldUpgrades, ThroughKills) {
  start_users();
  constexpr int kRows = 200;
  std::string values;
  for (int i = 1; i <= kRows; ++i) values += fmt::format("{}({}, 'n', 's{}')", i == 1 ? "" : ", ", i, i % 7);
  ASSERT_EQ(add(values), "");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  int last = 0, halfway = 0;
  double patience = 0.02;  // however slow the machine is at the moment
  for (int i = 0; halfway < 3 && last < kRows && i < 40; ++i) {
    kill_after(patience, "migrate", box_, database_->url());
    // At one moment: who is killed may commit still.
    const auto number = [](const std::string& of) { return "(SELECT count(*) FROM " + of + ")"; };
    const std::string numbers = sql("SELECT " + database_->bars({number(kAgreeing), number("addresses"),
                                                                 number("users WHERE address_id IS NOT NULL")}));
    const int now = std::stoi(numbers);
    EXPECT_EQ(numbers, fmt::format("{0}|{0}|{0}", now)) << "kill " << i;
    if (now > last && now < kRows) ++halfway;
    patience *= now > last ? 0.9 : 1.4;
    last = now;
  }
  EXPECT_GT(halfway, 0) << "no kill met the middle";
  ASSERT_EQ(emcee("migrate --batch 7"), 0) << output_;
  EXPECT_EQ(agreeing(), kRows);
  EXPECT_EQ(count("addresses"), kRows);
  EXPECT_EQ(emcee("contract"), 0) << output_;
}

// Sessions of both releases on few rows that they share, and batches.
TEST_P(HeldUpgrades, WhileEverybodyWrites) {
  start_users();
  std::string values;
  for (int i = 1; i <= 60; ++i) values += fmt::format("{}({}, 'n', 's{}')", i == 1 ? "" : ", ", i, i);
  ASSERT_EQ(add(values), "");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  for (const char* id : {"901", "902", "903"}) ASSERT_EQ(own(id, "s"), "");
  constexpr int kWrites = 25;
  const auto write = [&](const auto& send, const std::string& statement, const char* passes = "waits for migrate") {
    for (int attempt = 0; attempt < 300; ++attempt) {
      const std::string answer = send(statement);
      if (!refused(answer) || answer.find(passes) != std::string::npos) return;
      if (again(answer)) continue;
      ADD_FAILURE() << statement << "\n" << answer;
      return;
    }
  };
  const auto client = [&](int who, const auto& send, int i) {
    std::mt19937 random(static_cast<unsigned>(1000 * who + i));
    const auto any = [&](unsigned n) { return static_cast<int>(random() % n); };
    const int user = 1 + any(6), shared = 901 + any(3);
    if (who < 2) {
      write(send, fmt::format("UPDATE users SET street = 'o{}-{}' WHERE id = {}", who, i, user));
      write(send, fmt::format("INSERT INTO users (id, name, street) VALUES ({}, 'o', 'n{}')", 1000 * (who + 1) + i, i));
      if (i % 9 == 0) write(send, fmt::format("UPDATE users SET street = NULL WHERE id = {}", user));
    } else {
      write(send, fmt::format("UPDATE users SET address_id = {} WHERE id = {}", shared, user));
      write(send, fmt::format("UPDATE addresses SET street = 'r{}-{}' WHERE id = {}", who, i, shared));
    }
  };
  std::thread migrating([&] {
    box_.shell(fmt::format("for n in 1 2 3 4 5 6; do emcee migrate --db '{}' --plan rel --batch 3 --max-rows 12; done",
                           database_->url()));
  });
  if (database_->connect()) {
    std::vector<std::thread> clients;
    for (int who = 0; who < 4; ++who)
      clients.emplace_back([&, who] {
        const auto session = database_->connect();
        for (int i = 0; i < kWrites; ++i)
          client(
              who, [&](const std::string& s) { return session->sql(s); }, i);
      });
    for (std::thread& each : clients) each.join();
  } else {
    for (int i = 0; i < 15; ++i)
      for (int who = 0; who < 4; ++who)
        client(
            who, [&](const std::string& s) { return sql(s); }, i);
  }
  migrating.join();
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  EXPECT_EQ(emcee("verify"), 0) << output_;
  EXPECT_EQ(agreeing(), count("users WHERE address_id IS NOT NULL"));
  EXPECT_EQ(count("users WHERE address_id IS NULL AND street IS NOT NULL"), 0);
  EXPECT_EQ(emcee("contract"), 0) << output_;
}

// What was written behind the triggers is found; either release may be believed.
TEST_P(HeldUpgrades, AreVerified) {
  start_users();
  ASSERT_EQ(add("(1, 'a', 'elm'), (2, 'b', 'oak'), (3, 'c', 'fir')"), "");
  upgrade_to_migrate();
  const auto make_wrong = [&](const char* text) {
    ASSERT_EQ(database_->sql_behind_the_triggers(
                  fmt::format("UPDATE addresses SET street = '{}' WHERE id = {}", text, key(1))),
              "");
    EXPECT_EQ(emcee("verify"), 1) << output_;
    EXPECT_NE(output_.find("in conflict: 1 row"), std::string::npos) << output_;
    EXPECT_EQ(emcee("contract"), 1) << output_;
  };
  make_wrong("wrong");
  EXPECT_EQ(emcee("verify --resolve old"), 0) << output_;
  EXPECT_EQ(street(1) + row(1), "elmelm");
  make_wrong("right");
  EXPECT_EQ(emcee("verify --resolve new"), 0) << output_;
  EXPECT_EQ(street(1) + row(1), "rightright");
  // A row that is gone comes again, with what the old column says, once for those that share it.
  ASSERT_EQ(sql(fmt::format("UPDATE users SET address_id = {} WHERE id = 3", key(2))), "");
  ASSERT_EQ(database_->sql_behind_the_triggers("DELETE FROM addresses WHERE id = " + key(2)), "");
  EXPECT_EQ(street(2), "oak");
  EXPECT_EQ(emcee("verify"), 1) << output_;
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  EXPECT_EQ(row(2) + row(3), "oakoak");
  EXPECT_EQ(emcee("verify"), 0) << output_;
  EXPECT_EQ(emcee("contract"), 0) << output_;
}

TEST_P(HeldUpgrades, AreTakenBack) {
  start_users();
  ASSERT_EQ(add("(1, 'a', 'elm'), (2, 'b', NULL)"), "");
  upgrade_to_migrate();
  ASSERT_EQ(own("100", "new"), "");
  ASSERT_EQ(sql("INSERT INTO users (id, name, address_id) VALUES (3, 'c', 100)"), "");
  ASSERT_EQ(sql("UPDATE users SET street = 'old' WHERE id = 1"), "");
  EXPECT_EQ(emcee("rollback"), 3) << output_;
  ASSERT_EQ(emcee("rollback --discard"), 0) << output_;
  EXPECT_EQ(database_->catalogue(), catalogue_of(schema(false)));
  EXPECT_EQ(street(1) + street(2) + street(3), "oldnew");
  upgrade_to_migrate();
  EXPECT_EQ(agreeing(), 2);
  EXPECT_EQ(emcee("contract"), 0) << output_;
}

// The old release writes between any two steps of contract: all of it or nothing; the new one can always write.
TEST_P(HeldUpgrades, BetweenTheStepsOfContract) {
  start_users();
  ASSERT_EQ(add("(1, 'a', 'elm'), (2, 'b', 'oak')"), "");
  upgrade_to_migrate();
  int steps = 0;
  std::map<int, std::string> written;
  step_by_step(applier::contract, box_, database_->url(), [&] {
    ++steps;
    const std::string when = fmt::format("after step {}", steps);
    const bool added = add(fmt::format("({}, 'o', 'o{}')", 100 + steps, steps)).empty();
    const bool updated = sql(fmt::format("UPDATE users SET street = 'u{}' WHERE id = 1", steps)).empty();
    // Fenced off there; when the triggers have gone, nobody listens to the old column any more.
    if (is_mysql() && steps == 1) {
      EXPECT_FALSE(added || updated) << when;
    } else if (!is_mysql()) {
      if (added) written[100 + steps] = fmt::format("o{}", steps);
      if (updated) written[1] = fmt::format("u{}", steps);
    }
    EXPECT_EQ(own(fmt::format("{}", 500 + steps).c_str(), "n"), "") << when;
    EXPECT_EQ(sql(fmt::format("INSERT INTO users (id, name, address_id) VALUES ({0}, 'n', {0})", 500 + steps)), "")
        << when;
    EXPECT_EQ(sql(fmt::format("UPDATE users SET address_id = {} WHERE id = 2", 500 + steps)), "") << when;
    EXPECT_EQ(sql(fmt::format("UPDATE addresses SET street = 'm{0}' WHERE id = {1}", steps, 500 + steps)), "") << when;
    written[500 + steps] = fmt::format("m{}", steps);
  });
  EXPECT_GE(steps, 1);
  for (const auto& [id, text] : written) EXPECT_EQ(row(id), text) << id;
  EXPECT_EQ(emcee("check"), 0) << output_;
}

// An INSERT of the new release that gives no key has the default of the old column, and its row, for as long as
// triggers are there: the foreign key comes before they go (PostgreSQL).
TEST_P(HeldUpgrades, WithoutAKeyBetweenTheStepsOfContract) {
  std::string old_schema = schema(false);
  old_schema.insert(old_schema.rfind("varchar(200)") + 12, " DEFAULT 'elm'");
  start(old_schema, schema(true), map());
  ASSERT_EQ(add("(1, 'a', 'oak')"), "");
  upgrade_to_migrate();
  int steps = 0;
  step_by_step(applier::contract, box_, database_->url(), [&] {
    EXPECT_EQ(sql(fmt::format("INSERT INTO users (id, name) VALUES ({}, 'n')", 100 + ++steps)), "") << steps;
    EXPECT_EQ(sql(fmt::format("UPDATE users SET name = 'o' WHERE id = {}", 100 + steps)), "") << steps;
  });
  EXPECT_GE(steps, 1);
  EXPECT_EQ(count("users WHERE address_id NOT IN (SELECT id FROM addresses)"), 0);
  EXPECT_EQ(emcee("check"), 0) << output_;
}

TEST_P(HeldUpgrades, Offline) {
  start_users();
  std::string values;
  for (int i = 1; i <= 2000; ++i)
    values += fmt::format("{}({}, 'n', {})", i == 1 ? "" : ", ", i, i % 5 == 0 ? "NULL" : fmt::format("'s{}'", i));
  ASSERT_EQ(add(values), "");
  ASSERT_EQ(emcee("sync"), 0) << output_;
  EXPECT_EQ(count("users AS u JOIN addresses AS a ON a.id = u.address_id WHERE " +
                  std::string(is_mysql() ? "a.street = CONCAT('s', u.id)" : "a.street = 's' || u.id")),
            1600);
  EXPECT_EQ(count("addresses"), 1600);
  EXPECT_EQ(emcee("check"), 0) << output_;
}

// Keys of several columns, of text, and names that are words of SQL.
TEST_P(HeldUpgrades, UnusualNamesAndKeys) {
  const std::string id =
      row_table().substr(row_table().find("(id ") + 4, row_table().find(", street") - row_table().find("(id ") - 4);
  const auto people = [](const std::string& column) {
    return "CREATE TABLE \"group\" (\"order\" varchar(20) NOT NULL, \"as\" integer NOT NULL, " + column +
           ", PRIMARY KEY (\"order\", \"as\"));\n";
  };
  const std::string key = server() == "sqlite" ? "INTEGER" : "bigint";
  start(quoted_names(people("\"from\" varchar(50) NOT NULL, \"a b\" varchar(50)")),
        quoted_names("CREATE TABLE \"select\" (\"key\" " + id +
                     ", \"from\" varchar(50) NOT NULL, \"where\" varchar(50), \"a b\" varchar(9) DEFAULT '-');\n" +
                     people("\"to\" " + key + " NOT NULL") + "CREATE INDEX by_to ON \"group\" (\"to\");\n"),
        "[[map]]\ntable = \"group\"\nold = [\"from\", \"a b\"]\nnew = [\"to\"]\nrow = { table = \"select\", key = "
        "\"key\", values = { from = '" +
            quoted_names("\"from\"") + "', where = '" + quoted_names("\"a b\"") + "' } }\n" +
            accept("row_in_one_statement") + accept("lookup_in_one_statement") + accept("lookup_in_repeatable_read") +
            accept("replace_by_other_key") + accept("key_before_row"));
  const auto ask = [&](const std::string& statement) { return sql(quoted_names(statement)); };
  const auto pairs = [&] {
    return ask(
        "SELECT count(*) FROM \"group\" AS g JOIN \"select\" AS s ON s.\"key\" = g.\"to\" AND s.\"from\" = "
        "g.\"from\" AND coalesce(s.\"where\", '~') = coalesce(g.\"a b\", '~')");
  };
  const std::string insert = "INSERT INTO \"group\" (\"order\", \"as\", \"from\", \"a b\") VALUES ";
  ASSERT_EQ(ask(insert + "('x', 1, 'elm', 'p'), ('x', 2, 'oak', NULL), ('y', 1, 'elm', 'p')"), "");
  upgrade_to_migrate();
  EXPECT_EQ(pairs(), "3");
  ASSERT_EQ(ask(insert + "('z', 7, 'fir', NULL)"), "");
  ASSERT_EQ(ask("UPDATE \"group\" SET \"a b\" = 'q' WHERE \"order\" = 'x'"), "");
  EXPECT_EQ(pairs(), "4");
  if (server() != "postgres") {
    const std::string upsert = "REPLACE" + insert.substr(6);
    ASSERT_EQ(ask(upsert + "('z', 7, 'yew', 'r'), ('z', 8, 'yew', NULL)"), "");
    EXPECT_EQ(pairs(), "5");
    ASSERT_EQ(ask("DELETE FROM \"group\" WHERE \"as\" = 8"), "");
  }
  const std::string one = ask("SELECT \"to\" FROM \"group\" WHERE \"as\" = 7");
  ASSERT_EQ(ask("UPDATE \"group\" SET \"to\" = " + one + " WHERE \"order\" = 'x'"), "");
  ASSERT_EQ(ask("UPDATE \"select\" SET \"where\" = 'shared', \"a b\" = '!' WHERE \"key\" = " + one), "");
  EXPECT_EQ(ask("SELECT count(*) FROM \"group\" WHERE \"a b\" = 'shared'"), "3");
  ASSERT_EQ(ask("UPDATE \"group\" SET \"as\" = 9, \"from\" = 'ash' WHERE \"order\" = 'x' AND \"as\" = 2"), "");
  EXPECT_EQ(pairs(), "4");
  EXPECT_EQ(ask("SELECT \"a b\" FROM \"select\" WHERE \"from\" = 'ash'"), "!");
  EXPECT_TRUE(refused(ask("UPDATE \"group\" SET \"from\" = NULL WHERE \"as\" = 9")));
  EXPECT_TRUE(refused(ask("UPDATE \"group\" SET \"to\" = NULL WHERE \"as\" = 9")));
  EXPECT_EQ(emcee("verify"), 0) << output_;
  ASSERT_EQ(emcee("contract"), 0) << output_;
  EXPECT_EQ(emcee("check"), 0) << output_;
}

// The scripts do the same in the hands of the server's own client.
TEST_P(HeldUpgrades, ByTheClient) {
  start_users();
  ASSERT_EQ(add("(1, 'a', 'elm'), (2, 'b', NULL), (3, 'c', 'elm')"), "");
  by_client("expand");
  EXPECT_EQ(add("(4, 'd', 'oak')"), "");
  by_client("migrate");
  EXPECT_EQ(agreeing(), 3);
  EXPECT_EQ(count("addresses"), 3);
  by_client("contract");
  EXPECT_EQ(row(1) + row(2) + row(3) + row(4), "elmelmoak");
  EXPECT_EQ(emcee("check"), 0) << output_;
}

// The foreign key of the new release empties the key, and triggers do so for it until contract.
TEST_P(HeldUpgrades, WhoseRowsMayGo) {
  std::string new_schema = schema(true);
  const std::string points = "REFERENCES addresses (id)";
  new_schema.insert(new_schema.find(points) + points.size(), " ON DELETE SET NULL");
  start(schema(false), new_schema, map());
  ASSERT_EQ(add("(1, 'a', 'elm'), (2, 'b', 'oak'), (3, 'c', 'fir')"), "");
  upgrade_to_migrate();
  ASSERT_EQ(sql("UPDATE users SET address_id = " + key(1) + " WHERE id = 2"), "");
  ASSERT_EQ(sql("DELETE FROM addresses WHERE id = " + key(1)), "");
  EXPECT_EQ(key(1) + street(1) + key(2) + street(2), "");
  EXPECT_EQ(row(3), "fir");
  ASSERT_EQ(sql("UPDATE users SET street = 'again' WHERE id = 1"), "");
  EXPECT_EQ(row(1), "again");
  EXPECT_EQ(emcee("verify"), 0) << output_;
  ASSERT_EQ(emcee("contract"), 0) << output_;
  EXPECT_EQ(emcee("check"), 0) << output_;
  ASSERT_EQ(sql("DELETE FROM addresses WHERE id = " + key(3)), "");
}

INSTANTIATE_TEST_SUITE_P(On, HeldUpgrades, kServers, server_name);

// What cannot be kept equal is refused when the plan is made, with a way out.
class HeldPlans : public HeldRows {
 protected:
  std::string refusal(const std::string& old_schema, const std::string& new_schema, const std::string& more = {},
                      const std::string& values = "street = \"street\"") {
    box_.write("old.sql", old_schema);
    box_.write("new.sql", new_schema);
    box_.write("release.toml",
               "name = \"ocata\"\n[[map]]\ntable = \"users\"\nold = [\"street\"]\nnew = "
               "[\"address_id\"]\nrow = { table = \"addresses\", key = \"id\", values = { " +
                   values + " } }\n" + more);
    const auto plan =
        box_.emcee(fmt::format("plan old.sql new.sql --map release.toml --out rel --dialect {} 2>&1", server()));
    EXPECT_NE(plan.status, 0) << plan.out;
    return plan.out;
  }
  static std::string users(const std::string& column, const std::string& more = {}) {
    return "CREATE TABLE users (id integer NOT NULL PRIMARY KEY, " + column + more + ");\n";
  }
  static std::string addresses(const std::string& street = "street varchar(200)", const std::string& more = {}) {
    const std::string table = row_table();
    return "CREATE TABLE addresses (id " +
           table.substr(table.find("(id ") + 4, table.find(", street") - table.find("(id ") - 4) + ", " + street +
           more + ");\n";
  }
  static std::string key() { return std::string("address_id ") + (server() == "sqlite" ? "INTEGER" : "bigint"); }
};

TEST_P(HeldPlans, AreRefusedWithAReason) {
  const std::string old_schema = users("street varchar(200)");
  const std::string index = "CREATE INDEX users_address ON users (address_id);\n";
  const std::string points = ", FOREIGN KEY (address_id) REFERENCES addresses (id)";
  const auto says = [&](const std::string& output, const std::string& reason) {
    EXPECT_NE(output.find(reason), std::string::npos) << output;
  };
  says(refusal(old_schema, addresses("street varchar(200)", ", UNIQUE (street)") + users(key()) + index),
       "addresses has a key besides id");
  says(refusal(old_schema, addresses("street integer") + users(key()) + index), "users.street is ");
  says(refusal(old_schema, addresses() + users(key(), points + " ON DELETE CASCADE") + index),
       "writes or deletes its rows");
  says(refusal(old_schema, addresses() + users(key() + " DEFAULT 7") + index), "users.address_id has a default");
  says(refusal(old_schema, addresses("street varchar(200) NOT NULL") + users(key() + " NOT NULL") + index),
       "users.street may be NULL, addresses.street not");
  says(refusal(old_schema, addresses() + users(key()) + index, "", "street = \"upper(street)\""),
       "street is no column of the row");
  says(refusal(old_schema, addresses("street varchar(200), b varchar(9)") + users(key()) + index, "",
               "street = \"street\", b = \"upper(street)\""),
       "the value of b names street");
  says(refusal(old_schema, addresses() + users(key()) + index, "lossy = true\n"), "a map with row has no lossy");
  for (const char* again : {"id", "'x'", "concat('u', id)"}) {
    const std::string made = fmt::format("up.address_id = \"{}\"\n", again);
    says(refusal(old_schema, addresses() + users(key()) + index, made), "gives a row the same key every time");
  }
  std::string uncounted = addresses();
  uncounted.replace(uncounted.find("(id ") + 4, uncounted.find(", street") - uncounted.find("(id ") - 4,
                    "varchar(36) NOT NULL PRIMARY KEY");
  const std::string nobody = refusal(old_schema, uncounted + users("address_id varchar(36)") + index);
  says(nobody, "map address_id: the server does not count addresses.id in the new schema");
  says(nobody, "up.address_id = \"..\"");
  if (is_mysql()) says(refusal(old_schema, addresses() + users(key())), "no index begins with users.address_id");
}

INSTANTIATE_TEST_SUITE_P(On, HeldPlans, kServers, server_name);

}  // namespace
}  // namespace emcee::testing
