// Whole upgrades with generated rows: beside other maps, under load, killed, by other hands.
#include <atomic>
#include <thread>

#include "tests/cli/generated_rows.h"
#include "tests/cli/interruptions.h"
#include "tests/cli/lookup_maps.h"

namespace emcee::testing {
namespace {

class GeneratedUpgrades : public GeneratedRows {};

// The batches are killed anywhere; each of them makes its rows whole, or none.
TEST_P(GeneratedUpgrades, ThroughKills) {
  start_domains();
  constexpr int kRows = 300;
  std::string values;
  for (int i = 0; i < kRows; ++i) values += fmt::format("{}('i{}', TRUE)", i == 0 ? "" : ", ", i);
  ASSERT_EQ(sql("INSERT INTO identity_provider (id, enabled) VALUES " + values), "");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  int last = 0, halfway = 0;
  double patience = 0.02;  // however slow the machine is at the moment
  for (int i = 0; halfway < 6 && last < kRows && i < 60; ++i) {
    kill_after(patience, "migrate", box_, database_->url());
    expect_one_to_one(fmt::format("kill {}", i));
    const int now = generated();
    EXPECT_GE(now, last);
    if (now > last && now < kRows) ++halfway;
    patience *= now > last ? 0.9 : 1.4;
    last = now;
  }
  EXPECT_GT(halfway, 0) << "no kill met the middle";
  ASSERT_EQ(emcee("migrate --batch 7"), 0) << output_;
  EXPECT_EQ(pairs(), kRows);
  expect_one_to_one("at the end");
  EXPECT_EQ(emcee("contract"), 0) << output_;
}

// K2, K3 and K4 in one release: the domain of a user is that of its provider, which is generated.
constexpr const char* kUsers = R"map(
[[fill]]
table = "user"
column = "domain_id"
value = """coalesce((SELECT l.domain_id FROM local_user AS l WHERE l.user_id = {user}.id),
  (SELECT n.domain_id FROM nonlocal_user AS n WHERE n.user_id = {user}.id),
  (SELECT p.domain_id FROM federated_user AS f JOIN identity_provider AS p ON p.id = f.idp_id
   WHERE f.user_id = {user}.id ORDER BY f.id LIMIT 1))"""
lookup = [
  { table = "local_user", key = { user_id = "id" } },
  { table = "nonlocal_user", key = { user_id = "id" } },
  { table = "federated_user", key = { user_id = "id" } },
  { table = "identity_provider", of = "federated_user", key = { id = "idp_id" } },
]
)map";

// `{..}`: what the new release has more, or instead.
std::string user_schema(bool is_new) {
  const auto either = [&](const char* of_old, const char* of_new) { return std::string(is_new ? of_new : of_old); };
  const std::string to_user =
      either("FOREIGN KEY (user_id) REFERENCES {user} (id) ON DELETE CASCADE",
             "FOREIGN KEY (user_id, domain_id) REFERENCES {user} (id, domain_id) ON DELETE CASCADE ON UPDATE CASCADE");
  return "CREATE TABLE project (id varchar(64) NOT NULL PRIMARY KEY, name varchar(64) NOT NULL, domain_id varchar(64) "
         "NOT NULL, parent_id varchar(64), enabled boolean, is_domain boolean NOT NULL DEFAULT FALSE, UNIQUE "
         "(domain_id, "
         "name));\n"
         "CREATE TABLE identity_provider (id varchar(64) NOT NULL PRIMARY KEY, enabled boolean NOT NULL" +
         either(
             "",
             ", domain_id varchar(64) NOT NULL, UNIQUE (domain_id), FOREIGN KEY (domain_id) REFERENCES project (id)") +
         ");\nCREATE TABLE {user} (id varchar(64) NOT NULL PRIMARY KEY, enabled boolean" +
         either("", ", domain_id varchar(64) NOT NULL, UNIQUE (id, domain_id)") +
         ");\nCREATE TABLE local_user (id integer NOT NULL PRIMARY KEY, user_id varchar(64) NOT NULL UNIQUE, domain_id "
         "varchar(64) NOT NULL, name varchar(255) NOT NULL, " +
         to_user +
         ");\nCREATE TABLE nonlocal_user (domain_id varchar(64) NOT NULL, name varchar(64) NOT NULL, user_id "
         "varchar(64) "
         "NOT NULL, PRIMARY KEY (domain_id, name), UNIQUE (user_id), " +
         to_user +
         ");\nCREATE TABLE federated_user (id integer NOT NULL PRIMARY KEY, user_id varchar(64) NOT NULL, idp_id "
         "varchar(64) NOT NULL, FOREIGN KEY (user_id) REFERENCES {user} (id) ON DELETE CASCADE, FOREIGN KEY (idp_id) "
         "REFERENCES identity_provider (id));\n";
}

TEST_P(GeneratedUpgrades, AreLookedUpInTheSameRelease) {
  start(quoted(user_schema(false)), quoted(user_schema(true)), quoted(kUsers) + kDomains + kAcceptLookups + kAccept);
  const auto run = [&](const std::string& statements) { return sql(quoted(statements)); };
  const auto of_user = [&](const std::string& id) {
    return run(fmt::format("SELECT domain_id FROM {{user}} WHERE id = '{}'", id));
  };
  ASSERT_EQ(run("INSERT INTO project (id, name, domain_id) VALUES ('root', 'root', 'root'), ('p', 'p', 'root')"), "");
  ASSERT_EQ(run("INSERT INTO identity_provider (id, enabled) VALUES ('a', TRUE), ('b', TRUE)"), "");
  ASSERT_EQ(run("INSERT INTO {user} (id) VALUES ('local'), ('nonlocal'), ('of-a'), ('of-b-and-a')"), "");
  ASSERT_EQ(run("INSERT INTO local_user (id, user_id, domain_id, name) VALUES (1, 'local', 'd1', 'l')"), "");
  ASSERT_EQ(run("INSERT INTO nonlocal_user (user_id, domain_id, name) VALUES ('nonlocal', 'd2', 'n')"), "");
  const std::string federate = "INSERT INTO federated_user (id, user_id, idp_id) VALUES ";
  ASSERT_EQ(run(federate + "(1, 'of-a', 'a'), (2, 'of-b-and-a', 'b'), (3, 'of-b-and-a', 'a')"), "");
  ASSERT_EQ(emcee("expand"), 0) << output_;

  ASSERT_EQ(run("INSERT INTO identity_provider (id, enabled) VALUES ('c', TRUE)"), "");
  ASSERT_EQ(run("INSERT INTO {user} (id) VALUES ('of-c'), ('late')"), "");
  EXPECT_EQ(of_user("of-c"), "");
  ASSERT_EQ(run(federate + "(4, 'of-c', 'c'), (5, 'late', 'a')"), "");
  EXPECT_EQ(of_user("of-c"), domain("c")) << "through the key that was just made";
  EXPECT_EQ(of_user("late"), "") << "its provider waits";

  ASSERT_EQ(emcee("migrate"), 0) << output_;
  EXPECT_EQ(of_user("local") + of_user("nonlocal"), "d1d2");
  EXPECT_EQ(of_user("of-a"), domain("a"));
  EXPECT_EQ(of_user("late"), domain("a"));
  EXPECT_EQ(of_user("of-b-and-a"), domain("b")) << "the first one wins";
  EXPECT_EQ(pairs(), 3);
  expect_one_to_one("after migrate");
  ASSERT_EQ(emcee("contract"), 0) << output_;
  EXPECT_EQ(emcee("check"), 0) << output_;
  EXPECT_EQ(pairs(), 3);
  EXPECT_EQ(of_user("of-c"), domain("c"));
}

// The old release inserts between any two steps of contract: it gets all of it or nothing; the new one gets all.
TEST_P(GeneratedUpgrades, BetweenTheStepsOfContract) {
  start_domains();
  ASSERT_EQ(old_idp("a"), "");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  int steps = 0, inserted = 0;
  step_by_step(applier::contract, box_, database_->url(), [&] {
    ++steps;
    const std::string when = fmt::format("after step {}", steps);
    if (old_idp(fmt::format("o{}", steps)).empty()) ++inserted;
    EXPECT_EQ(sql(fmt::format("INSERT INTO project (id, name, domain_id, is_domain) VALUES ('own{0}', 'n{0}', 'root', "
                              "TRUE); INSERT INTO identity_provider (id, enabled, domain_id) VALUES ('n{0}', TRUE, "
                              "'own{0}')",
                              steps)),
              "")
        << when;
    expect_one_to_one(when);
  });
  EXPECT_GE(steps, 1);
  EXPECT_EQ(count("identity_provider"), 1 + steps + inserted);
  EXPECT_EQ(pairs(), 1 + inserted);
  EXPECT_EQ(emcee("check"), 0) << output_;
}

// The new release may leave out a key that may be NULL, at any time: with the row of its own, or, when the triggers are
// gone, without.
TEST_P(GeneratedUpgrades, LeftOutBetweenTheStepsOfContract) {
  const std::string project = "CREATE TABLE project (id varchar(64) NOT NULL PRIMARY KEY, name varchar(64));\n";
  const std::string idp = "CREATE TABLE identity_provider (id varchar(64) NOT NULL PRIMARY KEY";
  start(project + idp + ");\n",
        project + idp + ", domain_id varchar(64), FOREIGN KEY (domain_id) REFERENCES project (id));\n",
        std::string(R"map([[fill]]
table = "identity_provider"
column = "domain_id"
value = { sqlite = "lower(hex(randomblob(16)))", postgres = "md5(random()::text || clock_timestamp()::text)", mysql = "replace(uuid(), '-', '')" }
row = { table = "project", key = "id", values = { name = "id" } }
)map") + kAccept);
  ASSERT_EQ(sql("INSERT INTO identity_provider (id) VALUES ('a'), ('b')"), "");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  // Two that share a row, which goes: the next migrate makes it once.
  ASSERT_EQ(sql("INSERT INTO identity_provider (id, domain_id) SELECT 'c', domain_id FROM identity_provider WHERE id = "
                "'a'; DELETE FROM project WHERE name = 'a'"),
            "");
  EXPECT_EQ(emcee("verify"), 1) << output_;
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  EXPECT_EQ(count("project"), 2);
  ASSERT_EQ(sql("DELETE FROM identity_provider WHERE id = 'c'; UPDATE project SET name = 'a' WHERE name = 'c'"), "");
  int steps = 0;
  step_by_step(applier::contract, box_, database_->url(), [&] {
    EXPECT_EQ(sql(fmt::format("INSERT INTO identity_provider (id) VALUES ('n{}')", ++steps)), "") << steps;
    EXPECT_EQ(count("identity_provider AS i JOIN project AS p ON p.id = i.domain_id AND p.name = i.id"),
              count("project"))
        << steps;
  });
  EXPECT_GE(steps, 1);
  EXPECT_EQ(count("identity_provider"), 2 + steps);
  EXPECT_GE(count("project"), 2);
  EXPECT_EQ(emcee("check"), 0) << output_;
}

// The other table is changed in the same release: its triggers see the rows that come.
TEST_P(GeneratedUpgrades, BesideAMapOfTheirTable) {
  const auto project = [](const char* name) {
    return fmt::format("CREATE TABLE project (id varchar(64) NOT NULL PRIMARY KEY, {} varchar(64) NOT NULL);\n", name);
  };
  const std::string idp = "CREATE TABLE identity_provider (id varchar(64) NOT NULL PRIMARY KEY";
  start(
      project("name") + idp + ");\n",
      project("title") + idp + ", domain_id varchar(64) NOT NULL, FOREIGN KEY (domain_id) REFERENCES project (id));\n",
      std::string(R"map([[map]]
table = "project"
old = ["name"]
new = ["title"]
up.title = "upper(name)"
down.name = "lower(title)"
[[fill]]
table = "identity_provider"
column = "domain_id"
value = { sqlite = "lower(hex(randomblob(16)))", postgres = "md5(random()::text || clock_timestamp()::text)", mysql = "replace(uuid(), '-', '')" }
row = { table = "project", key = "id", values = { name = "id" } }
)map") + kAccept);
  ASSERT_EQ(sql("INSERT INTO identity_provider (id) VALUES ('a'), ('b'), ('c')"), "");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  EXPECT_EQ(sql("INSERT INTO identity_provider (id) VALUES ('d'), ('e')"), "");
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  EXPECT_EQ(count("identity_provider AS i JOIN project AS p ON p.id = i.domain_id AND p.name = i.id AND p.title = "
                  "upper(i.id)"),
            5);
  EXPECT_EQ(emcee("verify"), 0) << output_;
  EXPECT_EQ(emcee("contract"), 0) << output_;
  EXPECT_EQ(count("identity_provider AS i JOIN project AS p ON p.id = i.domain_id AND p.title = upper(i.id)"), 5);
  EXPECT_EQ(count("project"), 5);
  EXPECT_EQ(emcee("check"), 0) << output_;
}

// Without triggers, and with more rows than a server reads at once.
TEST_P(GeneratedUpgrades, Offline) {
  start_domains();
  std::string values;
  for (int i = 0; i < 5000; ++i) values += fmt::format("{}('i{}', TRUE)", i == 0 ? "" : ", ", i);
  ASSERT_EQ(sql("INSERT INTO identity_provider (id, enabled) VALUES " + values), "");
  ASSERT_EQ(emcee("sync"), 0) << output_;
  EXPECT_EQ(pairs(), 5000);
  expect_one_to_one("offline");
  // Or the checks of contract would take the column for one without values, and compare each with each.
  if (GetParam() == "postgres") {
    EXPECT_EQ(sql("SELECT null_frac FROM pg_stats WHERE tablename = 'identity_provider' AND attname = 'domain_id'"),
              "0");
  }
  EXPECT_EQ(emcee("check"), 0) << output_;
}

// The scripts do the same in the hands of the server's own client.
TEST_P(GeneratedUpgrades, ByTheClient) {
  start_domains();
  for (const char* id : {"a", "b", "c"}) ASSERT_EQ(old_idp(id), "");
  by_client("expand");
  EXPECT_EQ(old_idp("d"), "");
  by_client("migrate");
  EXPECT_EQ(pairs(), 4);
  expect_one_to_one("after migrate");
  by_client("contract");
  EXPECT_EQ(pairs(), 4);
  EXPECT_EQ(emcee("check"), 0) << output_;
}

// PostgreSQL can be asked for the number before the row is there.
TEST_P(GeneratedUpgrades, WithKeysOfASequence) {
  if (GetParam() != "postgres") return;
  const std::string project =
      "CREATE TABLE project (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, name varchar(64) NOT NULL);\n";
  const std::string idp = "CREATE TABLE identity_provider (id varchar(64) PRIMARY KEY";
  start(project + idp + ");\n", project + idp + ", domain_id bigint NOT NULL REFERENCES project (id));\n",
        "[[fill]]\ntable = \"identity_provider\"\ncolumn = \"domain_id\"\nvalue = \"nextval('project_id_seq')\"\n"
        "row = { table = \"project\", key = \"id\", values = { name = \"id\" } }\n");
  ASSERT_EQ(sql("INSERT INTO project (name) VALUES ('p'), ('q')"), "");
  ASSERT_EQ(sql("INSERT INTO identity_provider VALUES ('a'), ('b')"), "");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  EXPECT_EQ(sql("INSERT INTO identity_provider VALUES ('c'), ('d')"), "");
  EXPECT_EQ(sql("INSERT INTO project (name) VALUES ('r')"), "") << "the sequence goes on";
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  EXPECT_EQ(count("identity_provider AS i JOIN project AS p ON p.id = i.domain_id AND p.name = i.id"), 4);
  EXPECT_EQ(count("project"), 7);
  EXPECT_EQ(emcee("contract"), 0) << output_;
}

// Batches, an old release that inserts and a new one that gives keys of its own, also to rows that wait.
TEST_P(GeneratedUpgrades, WhileBothReleasesWrite) {
  start_domains();
  std::string values;
  for (int i = 0; i < 40; ++i) values += fmt::format("{}('i{:02}', TRUE)", i == 0 ? "" : ", ", i);
  ASSERT_EQ(sql("INSERT INTO identity_provider (id, enabled) VALUES " + values), "");
  ASSERT_EQ(emcee("expand"), 0) << output_;

  std::atomic<bool> wrong{false};
  const auto write = [&](const auto& send, const std::string& statements) {
    for (int attempt = 0; attempt < 200 && !wrong; ++attempt) {
      const std::string answer = send(statements);
      if (!refused(answer)) return;
      const auto has = [&](const char* word) { return answer.find(word) != std::string::npos; };
      const bool again = has("1213") || has("1205") || has("40P01") || has("40001") || has("locked");
      if (!again) {
        ADD_FAILURE() << statements << "\n" << answer;
        wrong = true;
      }
    }
  };
  const auto old_release = [&](const auto& send, int i) {
    write(send, fmt::format("INSERT INTO identity_provider (id, enabled) VALUES ('o{0}', TRUE), ('oo{0}', TRUE)", i));
    write(send, fmt::format("UPDATE identity_provider SET description = 'd{}' WHERE id = 'i{:02}'", i, i % 40));
  };
  const auto new_release = [&](const auto& send, int i) {
    write(send, fmt::format("INSERT INTO project (id, name, domain_id) VALUES ('own{0}', 'n{0}', 'root')", i));
    write(send,
          fmt::format("INSERT INTO identity_provider (id, enabled, domain_id) VALUES ('n{0}', TRUE, 'own{0}')", i));
    write(send, fmt::format("INSERT INTO project (id, name, domain_id) VALUES ('own-{0}', '-n{0}', 'root')", i));
    write(send,
          fmt::format("UPDATE identity_provider SET domain_id = 'own-{}' WHERE id = 'i{:02}' AND domain_id IS NULL", i,
                      39 - i % 40));
  };
  constexpr int kWrites = 30;
  std::thread migrating([&] {
    box_.shell(fmt::format("for n in 1 2 3 4 5 6; do emcee migrate --db '{}' --plan rel --batch 2 --max-rows 8; done",
                           database_->url()));
  });
  if (database_->connect()) {
    const auto client = [&](const auto& release) {
      return std::thread([&] {
        const auto session = database_->connect();
        for (int i = 0; i < kWrites; ++i) release([&](const std::string& s) { return session->sql(s); }, i);
      });
    };
    std::thread old_client = client(old_release), new_client = client(new_release);
    old_client.join();
    new_client.join();
  } else {
    const auto send = [&](const std::string& s) { return sql(s); };
    for (int i = 0; i < kWrites; ++i) {
      old_release(send, i);
      new_release(send, i);
    }
  }
  migrating.join();
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  EXPECT_EQ(count("identity_provider"), 40 + 3 * kWrites);
  EXPECT_EQ(dangling(), 0);
  const int theirs = count("identity_provider WHERE domain_id NOT LIKE 'own%'");
  EXPECT_EQ(generated(), theirs) << "no row has two, and no row is nobody's";
  EXPECT_EQ(pairs(), theirs);
  EXPECT_EQ(emcee("contract"), 0) << output_;
}

INSTANTIATE_TEST_SUITE_P(On, GeneratedUpgrades, kServers, server_name);

}  // namespace
}  // namespace emcee::testing
