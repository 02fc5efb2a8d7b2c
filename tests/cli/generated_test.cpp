// What one statement, one command does to generated rows.
#include "tests/cli/generated_rows.h"

namespace emcee::testing {
namespace {

TEST_P(GeneratedRows, OneForEachAndNoneTwice) {
  start_domains();
  for (const char* id : {"a", "b", "c"}) ASSERT_EQ(old_idp(id), "");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  EXPECT_EQ(generated(), 0) << "rows that exist wait for migrate";

  EXPECT_EQ(old_idp("d"), "");
  EXPECT_EQ(sql("INSERT INTO identity_provider (id, enabled) VALUES ('e', TRUE), ('f', FALSE), ('g', TRUE)"), "");
  EXPECT_EQ(sql("INSERT INTO identity_provider (id, enabled) SELECT 'h', enabled FROM identity_provider WHERE id = 'e' "
                "UNION ALL SELECT 'i', TRUE"),
            "");
  EXPECT_EQ(pairs(), 6);
  EXPECT_EQ(sql("INSERT INTO project (id, name, domain_id, is_domain, parent_id, enabled) VALUES ('own', 'n', 'root', "
                "TRUE, 'root', TRUE); "
                "INSERT INTO identity_provider (id, enabled, domain_id) VALUES ('n', TRUE, 'own')"),
            "");
  expect_one_to_one("after expand");
  EXPECT_EQ(emcee("verify"), 1) << output_;
  EXPECT_EQ(emcee("contract"), 3) << output_;

  ASSERT_EQ(emcee("migrate"), 0) << output_;
  EXPECT_EQ(pairs(), 10);
  EXPECT_EQ(generated(), 9);
  expect_one_to_one("after migrate");
  const std::string key = domain("a");
  EXPECT_EQ(key.size(), 32u) << key;
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  EXPECT_EQ(generated(), 9) << "a second run makes none";
  EXPECT_EQ(domain("a"), key);
  EXPECT_EQ(emcee("verify"), 0) << output_;
  EXPECT_EQ(old_idp("z"), "");
  ASSERT_EQ(emcee("contract"), 0) << output_;
  EXPECT_EQ(emcee("check"), 0) << output_;
  EXPECT_EQ(emcee("verify --drift"), 0) << output_;
  EXPECT_EQ(pairs(), 11);
  expect_one_to_one("after contract");
  EXPECT_TRUE(refused(old_idp("late"))) << "the old release has been let go";
  EXPECT_EQ(generated(), 10);
}

// What statements of an application may do to a row that is about to come.
TEST_P(GeneratedRows, NothingHalfDone) {
  start_domains();
  ASSERT_EQ(old_idp("waits"), "");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  const std::string upsert =
      is_mysql() ? " ON DUPLICATE KEY UPDATE description = 'u'" : " ON CONFLICT (id) DO UPDATE SET description = 'u'";
  const std::string insert = "INSERT INTO identity_provider (id, enabled) VALUES ";

  EXPECT_EQ(sql(insert + "('a', TRUE)" + upsert), "");
  EXPECT_EQ(pairs(), 1) << "it inserted";
  const std::string key = domain("a");
  EXPECT_EQ(sql(insert + "('a', TRUE), ('b', TRUE), ('waits', TRUE)" + upsert), "");
  EXPECT_EQ(domain("a"), key);
  EXPECT_EQ(pairs(), 2) << "one was new";
  expect_one_to_one("upsert");
  EXPECT_TRUE(refused(sql(insert + "('c', TRUE), ('a', TRUE)"))) << "a key that is taken";
  expect_one_to_one("duplicate key");
  const std::string ignore = GetParam() == "postgres" ? "" : is_mysql() ? "IGNORE " : "OR IGNORE ";
  EXPECT_EQ(sql("INSERT " + ignore + "INTO identity_provider (id, enabled) VALUES ('a', TRUE), ('d', TRUE)" +
                (ignore.empty() ? " ON CONFLICT DO NOTHING" : "")),
            "");
  EXPECT_EQ(pairs(), 3);
  EXPECT_EQ(sql("BEGIN; " + insert + "('gone', TRUE); ROLLBACK"), "");
  EXPECT_EQ(domain("gone"), "");
  expect_one_to_one("rolled back");
  if (GetParam() != "postgres") {
    EXPECT_EQ(
        sql("REPLACE INTO identity_provider (id, enabled, description) VALUES ('a', FALSE, 'r'), ('e', TRUE, '')"), "");
    EXPECT_EQ(domain("a"), key) << "the row that was there had its key";
    EXPECT_EQ(pairs(), 4);
    EXPECT_EQ(sql("REPLACE INTO identity_provider (id, enabled) VALUES ('waits', TRUE)"), "");
    EXPECT_EQ(pairs(), 5);
    expect_one_to_one("replaced");
  }

  // A key of the new release's own, NULL, and one that is no key.
  EXPECT_EQ(sql("INSERT INTO identity_provider (id, enabled, domain_id) VALUES ('null', TRUE, NULL)"), "");
  EXPECT_NE(domain("null"), "");
  EXPECT_TRUE(refused(sql("UPDATE identity_provider SET domain_id = NULL WHERE id = 'a'")));
  EXPECT_TRUE(refused(sql("UPDATE identity_provider SET domain_id = 'nowhere' WHERE id = 'a'")));
  EXPECT_TRUE(refused(sql("INSERT INTO identity_provider (id, enabled, domain_id) VALUES ('x', TRUE, 'nowhere')")));
  EXPECT_EQ(domain("a"), key);
  expect_one_to_one("refused");
  EXPECT_EQ(sql("INSERT INTO project (id, name, domain_id) VALUES ('own2', 'x', 'root'); UPDATE identity_provider SET "
                "domain_id = 'own2' WHERE id = 'd'"),
            "");
  EXPECT_EQ(dangling(), 0);

  // What goes leaves its row behind, as it does from contract on.
  const int projects = count("project");
  EXPECT_EQ(sql("DELETE FROM identity_provider WHERE id IN ('b', 'd')"), "");
  EXPECT_EQ(count("project"), projects);
  // The key of a row changes, and a row that waits changes: nobody is generated.
  EXPECT_EQ(sql("UPDATE identity_provider SET id = 'renamed', enabled = FALSE WHERE id = 'a'"), "");
  EXPECT_EQ(domain("renamed"), key);
  EXPECT_EQ(count("project"), projects);
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  EXPECT_EQ(dangling(), 0);
  EXPECT_EQ(emcee("contract"), 0) << output_;
}

// Another row has the values that the generated one would have.
TEST_P(GeneratedRows, ThatACopyIsInTheWayOf) {
  start_domains();
  ASSERT_EQ(old_idp("a"), "");
  ASSERT_EQ(old_idp("p"), "");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  EXPECT_EQ(sql("INSERT INTO project (id, name, domain_id) VALUES ('q', 'taken', 'root')"), "");
  const auto taken = [&](const std::string& verb) {
    return sql(verb + " INTO identity_provider (id, enabled) VALUES ('taken', TRUE)");
  };
  EXPECT_TRUE(refused(taken("INSERT")));
  if (GetParam() != "postgres") {
    EXPECT_TRUE(refused(taken("REPLACE")));
    EXPECT_TRUE(refused(taken(is_mysql() ? "INSERT IGNORE" : "INSERT OR IGNORE")));
  }
  EXPECT_EQ(count("identity_provider"), 2);
  EXPECT_EQ(count("project"), 3) << "the one in the way is there, and no other";
  EXPECT_EQ(sql("DELETE FROM project WHERE id = 'q'"), "");

  EXPECT_EQ(emcee("migrate"), 1) << output_;
  EXPECT_NE(output_.find("\n  p"), std::string::npos) << output_;
  EXPECT_NE(output_.find("project has a row with the same values"), std::string::npos) << output_;
  EXPECT_EQ(domain("p"), "");
  EXPECT_EQ(dangling(), 0);
  EXPECT_EQ(emcee("contract"), 3) << output_;
  EXPECT_EQ(sql("UPDATE project SET name = 'other' WHERE id = 'p'"), "");
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  EXPECT_EQ(pairs(), 2);
  EXPECT_EQ(emcee("contract"), 0) << output_;
}

// The old release knows nothing of it, and deletes a project that is one of a provider.
TEST_P(GeneratedRows, ComeAgainWhereTheyWereDeleted) {
  start_domains();
  ASSERT_EQ(old_idp("a"), "");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  const std::string key = domain("a");
  ASSERT_EQ(sql("DELETE FROM project WHERE id = '" + key + "'"), "");
  EXPECT_EQ(emcee("verify"), 1) << output_;
  EXPECT_NE(output_.find("domain_id has no row of project yet"), std::string::npos) << output_;
  EXPECT_EQ(emcee("contract"), 1) << output_;
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  EXPECT_EQ(domain("a"), key);
  EXPECT_EQ(pairs(), 1);
  EXPECT_EQ(emcee("contract"), 0) << output_;
}

// What waits again behind a batch that has gone by is filled before the rows are looked at, also by a migrate that
// ended in the middle, before the first was through, behind it, or all but through.
TEST_P(GeneratedRows, ComeAgainInTheMiddle) {
  start_domains();
  for (const char* id : {"a", "b", "c"}) ASSERT_EQ(old_idp(id), "");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  ASSERT_EQ(emcee("migrate --step"), 1) << output_;
  const int more = is_mysql() ? 0 : 1;  // there a row that has its key already does not count as written
  const auto lose_them = [&] { return sql("DELETE FROM project WHERE name IN ('a', 'b', 'c')"); };
  ASSERT_EQ(lose_them(), "");
  ASSERT_EQ(emcee("migrate --batch 1 --max-rows 1"), more) << output_;
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  EXPECT_EQ(pairs(), 3);
  ASSERT_EQ(lose_them(), "");
  ASSERT_EQ(emcee("migrate --batch 1 --max-rows 1"), more) << output_;
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  EXPECT_EQ(pairs(), 3);
  // As a migrate leaves it that died behind the last look at the rows.
  ASSERT_EQ(lose_them(), "");
  ASSERT_EQ(sql(fmt::format("UPDATE {} SET state = 'running' WHERE script = 'ocata_migrate02' AND step = 0",
                            server() == "postgres" ? "emcee.ledger" : "emcee_ledger")),
            "");
  EXPECT_EQ(emcee("contract"), 3) << output_;
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  EXPECT_EQ(pairs(), 3);
  EXPECT_EQ(emcee("contract"), 0) << output_;
}

// Inserts are frozen instead; the rows that exist get theirs.
TEST_P(GeneratedRows, WhereInsertsAreFrozen) {
  start_domains("freeze = \"identity providers cannot be added during the upgrade\"\n");
  ASSERT_EQ(old_idp("a"), "");
  ASSERT_EQ(old_idp("b"), "");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  EXPECT_NE(old_idp("c").find("cannot be added during the upgrade"), std::string::npos);
  EXPECT_EQ(sql("INSERT INTO project (id, name, domain_id) VALUES ('own', 'n', 'root'); INSERT INTO identity_provider "
                "(id, enabled, domain_id) VALUES ('n', TRUE, 'own')"),
            "")
      << "a whole row comes";
  EXPECT_EQ(sql("UPDATE identity_provider SET enabled = FALSE WHERE id = 'a'"), "");
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  EXPECT_EQ(pairs(), 2);
  expect_one_to_one("after migrate");
  if (GetParam() != "postgres") {
    EXPECT_EQ(sql("REPLACE INTO identity_provider (id, enabled) VALUES ('a', TRUE)"), "");
    EXPECT_EQ(pairs(), 2);
  }
  EXPECT_NE(old_idp("c").find("cannot be added during the upgrade"), std::string::npos);
  EXPECT_EQ(emcee("contract"), 0) << output_;
}

// Both releases may use what was generated: it stays, and is named.
TEST_P(GeneratedRows, StayBehindARollback) {
  start_domains();
  ASSERT_EQ(old_idp("a"), "");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  ASSERT_EQ(old_idp("b"), "");
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  EXPECT_EQ(emcee("rollback"), 3) << output_;
  EXPECT_NE(output_.find("identity_provider.domain_id (the row of project stays): a"), std::string::npos) << output_;
  ASSERT_EQ(emcee("rollback --discard"), 0) << output_;
  EXPECT_EQ(generated(), 2);
  EXPECT_EQ(old_idp("c"), "");
  EXPECT_EQ(generated(), 2);
}

// Where a statement reads the table that gets the rows, it goes through or says why not.
TEST_P(GeneratedRows, FromWhatTheOtherTableHolds) {
  start_domains();
  ASSERT_EQ(emcee("expand"), 0) << output_;
  const std::string answer =
      sql("INSERT INTO identity_provider (id, enabled) SELECT 'of-p', TRUE FROM project LIMIT 1");
  if (is_mysql()) {
    EXPECT_NE(answer.find("1442"), std::string::npos) << answer;
    EXPECT_EQ(count("identity_provider"), 0);
  } else {
    EXPECT_EQ(answer, "");
    EXPECT_EQ(pairs(), 1);
  }
  expect_one_to_one("read and written");
}

// The triggers write the other table with the rights of whoever upgrades.
TEST_P(GeneratedRows, NeedRightsOnTheirTable) {
  if (GetParam() == "sqlite") return;  // a file has no rights
  start_domains();
  const bool postgres = GetParam() == "postgres";
  const std::string said = postgres ? "may not write project" : "where it generates rows";
  const std::string url =
      url_of_table_owner("identity_provider", postgres ? "" : "; GRANT SELECT ON project TO generator@localhost");
  const auto doctor = [&] { return box_.emcee("doctor '" + url + "' --plan rel 2>&1").out; };
  EXPECT_NE(doctor().find(said), std::string::npos) << doctor();
  const auto expanded = box_.emcee("expand --db '" + url + "' --plan rel 2>&1");
  EXPECT_EQ(expanded.status, 5) << expanded.out;
  EXPECT_NE(expanded.out.find(said), std::string::npos) << expanded.out;
  ASSERT_EQ(sql(postgres ? "GRANT SELECT, INSERT, UPDATE ON project TO generator"
                         : "GRANT SELECT, INSERT ON project TO generator@localhost"),
            "");
  EXPECT_EQ(doctor().find(said), std::string::npos) << doctor();
  if (postgres) {
    EXPECT_EQ(box_.emcee("expand --db '" + url + "' --plan rel 2>&1").status, 0);
    EXPECT_EQ(old_idp("a"), "") << "it runs with the rights of the owner";
    EXPECT_EQ(pairs(), 1);
  }
}

INSTANTIATE_TEST_SUITE_P(On, GeneratedRows, kServers, server_name);

}  // namespace
}  // namespace emcee::testing
