// Maps that look into other tables, on every server, with both releases writing.
#include "applier/release.h"
#include "tests/cli/cases.h"
#include "tests/cli/lookup_maps.h"

namespace emcee::testing {
namespace {

class ImageMembers : public Cases {
 protected:
  void start_members() { start("G1_images_visibility", std::string(kMembersMap) + kAcceptLookups); }
  std::string insert(const std::string& id, const std::string& columns, const std::string& values) {
    return sql(
        fmt::format("INSERT INTO images (id, status, created_at, deleted, min_disk, min_ram{}) VALUES ('{}', "
                    "'a', '2017-01-01', FALSE, 0, 0{})",
                    columns, id, values));
  }
  void old_image(const std::string& id, bool is_public) {
    ASSERT_EQ(insert(id, ", is_public", is_public ? ", TRUE" : ", FALSE"), "");
  }
  std::string member(int number, const std::string& image, const std::string& deleted = "FALSE") {
    return sql(
        fmt::format("INSERT INTO image_members (id, image_id, member, can_share, created_at, deleted) VALUES "
                    "({}, '{}', 'm{}', FALSE, '2017-01-01', {})",
                    number, image, number, deleted));
  }
  std::string visibility(const std::string& id) {
    return sql(fmt::format("SELECT visibility FROM images WHERE id = '{}'", id));
  }
  std::string notes() {
    return sql(GetParam() == "postgres" ? "SELECT count(*) FROM emcee.visibility_lookup"
                                        : "SELECT count(*) FROM emcee_visibility_lookup");
  }
};

TEST_P(ImageMembers, RefreshWhatWasDerivedAndNothingElse) {
  start_members();
  for (const char* id : {"waits", "waits-shared"})
    ASSERT_EQ(sql(fmt::format("INSERT INTO images (id, status, is_public, created_at, deleted, min_disk, min_ram) "
                              "VALUES ('{}', 'a', FALSE, '2016-01-01', FALSE, 0, 0)",
                              id)),
              "");
  ASSERT_EQ(member(1, "waits-shared"), "");
  ASSERT_EQ(emcee("expand"), 0) << output_;

  old_image("a", false);
  EXPECT_EQ(visibility("a"), "private");
  ASSERT_EQ(member(2, "a"), "");
  EXPECT_EQ(visibility("a"), "shared");
  ASSERT_EQ(member(3, "a"), "");
  ASSERT_EQ(sql("UPDATE image_members SET deleted = TRUE WHERE id = 2"), "");
  EXPECT_EQ(visibility("a"), "shared") << "one is left";
  ASSERT_EQ(sql("DELETE FROM image_members WHERE id = 3"), "");
  EXPECT_EQ(visibility("a"), "private");
  ASSERT_EQ(sql("UPDATE image_members SET deleted = FALSE WHERE id = 2"), "");
  EXPECT_EQ(visibility("a"), "shared");

  old_image("b", false);
  ASSERT_EQ(sql("UPDATE image_members SET image_id = 'b' WHERE id = 2"), "");
  EXPECT_EQ(visibility("a") + visibility("b"), "privateshared") << "a member moves";
  ASSERT_EQ(sql("UPDATE image_members SET id = 20, status = 'accepted' WHERE id = 2"), "");
  EXPECT_EQ(visibility("b"), "shared");

  // What a release chose is not derived, and stays.
  ASSERT_EQ(insert("c", ", visibility", ", 'community'"), "");
  ASSERT_EQ(member(4, "c"), "");
  EXPECT_EQ(visibility("c"), "community");
  ASSERT_EQ(sql("DELETE FROM image_members WHERE id = 4"), "");
  EXPECT_EQ(visibility("c"), "community");
  ASSERT_EQ(sql("UPDATE images SET visibility = 'private' WHERE id = 'b'"), "");
  ASSERT_EQ(member(5, "b"), "");
  EXPECT_EQ(visibility("b"), "private") << "with members that made it shared before";
  old_image("p", true);
  ASSERT_EQ(member(6, "p"), "");
  EXPECT_EQ(visibility("p"), "public");
  ASSERT_EQ(sql("UPDATE images SET is_public = FALSE WHERE id = 'p'"), "");
  EXPECT_EQ(visibility("p"), "shared") << "the old release writes, and the members are looked up";

  // Several rows in one statement, of one image and of several.
  old_image("d", false);
  old_image("e", false);
  ASSERT_EQ(sql("INSERT INTO image_members (id, image_id, member, can_share, created_at, deleted) VALUES "
                "(7, 'd', 'x', FALSE, '2017-01-01', FALSE), (8, 'd', 'y', FALSE, '2017-01-01', FALSE), "
                "(9, 'e', 'x', FALSE, '2017-01-01', FALSE)"),
            "");
  EXPECT_EQ(visibility("d") + visibility("e"), "sharedshared");
  ASSERT_EQ(sql("DELETE FROM image_members WHERE image_id IN ('d', 'e')"), "");
  EXPECT_EQ(visibility("d") + visibility("e"), "privateprivate");
  ASSERT_EQ(sql("BEGIN; INSERT INTO image_members (id, image_id, member, can_share, created_at, deleted) VALUES "
                "(10, 'd', 'x', FALSE, '2017-01-01', FALSE); ROLLBACK"),
            "");
  EXPECT_EQ(visibility("d"), "private");

  // A row that waits is derived when its members change, on MariaDB and MySQL by a batch; these do the rest.
  EXPECT_EQ(visibility("waits"), "");
  ASSERT_EQ(member(11, "waits"), "");
  EXPECT_EQ(visibility("waits"), is_mysql() ? "" : "shared");
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  EXPECT_EQ(visibility("waits"), "shared");
  EXPECT_EQ(visibility("waits-shared"), "shared");
  EXPECT_EQ(emcee("verify"), 0) << output_;
  ASSERT_EQ(emcee("contract"), 0) << output_;
  EXPECT_EQ(emcee("check"), 0) << output_;
  EXPECT_TRUE(notes().starts_with("error: "));
  EXPECT_EQ(sql("DELETE FROM image_members"), "") << "nothing of the sync is left";
  EXPECT_EQ(visibility("waits"), "shared");
}

// The case has no index on image_members.image_id. A batch may read what is small; what is large it would read for each
// row, and the operator is told which index helps.
TEST_P(ImageMembers, AreFoundWithoutAnIndexWhileTheyAreFew) {
  if (GetParam() != "postgres") return;  // the others have an index for the foreign key, or refuse no plan
  start_members();
  ASSERT_EQ(sql("INSERT INTO images (id, status, is_public, created_at, deleted, min_disk, min_ram) SELECT 'i' || i, "
                "'a', FALSE, '2016-01-01', FALSE, 0, 0 FROM generate_series(1, 3000) AS i"),
            "");
  ASSERT_EQ(member(1, "i1"), "");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  ASSERT_EQ(emcee("migrate --batch 500 --max-rows 1000"), 1) << output_;
  EXPECT_EQ(visibility("i1"), "shared");
  ASSERT_EQ(database_->sql_behind_the_triggers(
                "INSERT INTO image_members (id, image_id, member, can_share, created_at, deleted) SELECT i, 'i1', "
                "'m' || i, FALSE, '2017-01-01', FALSE FROM generate_series(2, 30000) AS i"),
            "");
  ASSERT_EQ(sql("ANALYZE image_members"), "");
  ASSERT_EQ(emcee("migrate --batch 500"), 4) << output_;
  EXPECT_NE(output_.find("create an index of image_members"), std::string::npos) << output_;
  ASSERT_EQ(sql("CREATE INDEX ON image_members (image_id)"), "");
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  EXPECT_EQ(sql("SELECT count(*) FROM images WHERE visibility IS NULL"), "0");
}

TEST_P(ImageMembers, UpsertsAndReplacesAreWritesLikeOthers) {
  start_members();
  ASSERT_EQ(emcee("expand"), 0) << output_;
  old_image("a", false);
  old_image("b", false);
  const std::string row = "(1, 'a', 'x', FALSE, '2017-01-01', TRUE), (2, 'a', 'y', FALSE, '2017-01-01', FALSE)";
  const std::string into = "INTO image_members (id, image_id, member, can_share, created_at, deleted) VALUES ";
  ASSERT_EQ(member(1, "a", "TRUE"), "");
  EXPECT_EQ(visibility("a"), "private");
  // One statement that inserts one row and updates another one of the same image.
  ASSERT_EQ(sql("INSERT " + into + row +
                (is_mysql() ? " ON DUPLICATE KEY UPDATE deleted = FALSE"
                            : " ON CONFLICT (id) DO UPDATE SET deleted = FALSE")),
            "");
  EXPECT_EQ(visibility("a"), "shared");
  ASSERT_EQ(sql("DELETE FROM image_members WHERE id = 2"), "");
  EXPECT_EQ(visibility("a"), "shared");
  if (GetParam() != "postgres") {
    ASSERT_EQ(sql("REPLACE " + into + "(1, 'b', 'x', FALSE, '2017-01-01', FALSE)"), "");
    EXPECT_EQ(visibility("a") + visibility("b"), "privateshared") << "the row that goes is looked up no more";
  } else {
    ASSERT_EQ(sql("TRUNCATE image_members"), "");
    EXPECT_EQ(visibility("a"), "private");
  }
  // A write that does nothing in the end leaves no trace for the next one.
  ASSERT_EQ(member(3, "a"), "");
  ASSERT_EQ(sql("INSERT " + std::string(is_mysql() ? "IGNORE " : "") + into +
                "(3, 'b', 'x', FALSE, '2017-01-01', FALSE)" + (is_mysql() ? "" : " ON CONFLICT DO NOTHING")),
            "");
  ASSERT_EQ(sql("UPDATE images SET visibility = 'community' WHERE id = 'b'"), "");
  ASSERT_EQ(member(4, "b"), "");
  EXPECT_EQ(visibility("a") + visibility("b"), "sharedcommunity");
}

TEST_P(ImageMembers, RollbackTakesTheTriggersAway) {
  start_members();
  ASSERT_EQ(emcee("expand"), 0) << output_;
  old_image("a", false);
  ASSERT_EQ(emcee("rollback"), 0) << output_;
  EXPECT_EQ(member(1, "a"), "");
  EXPECT_TRUE(notes().starts_with("error: "));
  ASSERT_EQ(emcee("expand"), 0) << output_;
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  EXPECT_EQ(visibility("a"), "shared");
}

// On MariaDB and MySQL each trigger comes by itself, and the applier may be gone behind any of them: nothing is derived
// as long as what it is derived from can change unnoticed.
TEST_P(ImageMembers, WhereverExpandIsCutOff) {
  if (!is_mysql()) return;
  for (std::size_t cut = 1, last = 1; cut <= last; ++cut) {
    box_.shell("rm -rf rel");
    database_ = make_case_database(server(), box_);
    start_members();
    ASSERT_EQ(
        sql("INSERT INTO images (id, status, is_public, created_at, deleted, min_disk, min_ram) VALUES ('i', 'a', "
            "FALSE, '2016-01-01', FALSE, 0, 0)"),
        "");
    const auto release = applier::read_release(box_.path("rel"));
    ASSERT_TRUE(release) << release.error().message;
    const auto run = [&](const std::vector<std::string>& statements, std::size_t count) {
      for (std::size_t i = 0; i < std::min(count, statements.size()); ++i)
        ASSERT_EQ(sql(statements[i]), "") << statements[i];
    };
    for (const applier::Script& script : release->scripts) {
      if (script.phase != applier::Phase::expand) continue;
      for (const applier::Step& step : script.steps) {
        run(step.before, step.before.size());
        if (step.title.starts_with("keep in sync")) {
          last = step.run.size();
          run(step.run, cut);
          run(step.after, step.after.size());
          for (const char* is_public : {"TRUE", "FALSE"})
            ASSERT_EQ(sql(fmt::format("UPDATE images SET is_public = {} WHERE id = 'i'", is_public)), "");
          ASSERT_EQ(member(1, "i"), "");
          run(step.before, step.before.size());
        }
        run(step.run, step.run.size());
        run(step.after, step.after.size());
      }
    }
    EXPECT_NE(visibility("i"), "private") << "cut off behind statement " << cut;
  }
}

INSTANTIATE_TEST_SUITE_P(On, ImageMembers, kServers, server_name);

class MemberRights : public ImageMembers {};

// Triggers run with the rights of the writer, unless they say otherwise.
TEST_P(MemberRights, WhoWritesTheOtherTableNeedsNoneOnTheRows) {
  start_members();
  ASSERT_EQ(emcee("expand"), 0) << output_;
  old_image("a", false);
  ASSERT_EQ(sql("CREATE ROLE member_clerk; CREATE ROLE image_clerk; "
                "GRANT INSERT ON image_members TO member_clerk; GRANT SELECT, UPDATE ON images TO image_clerk"),
            "");
  ASSERT_EQ(sql("SET ROLE member_clerk; INSERT INTO image_members (id, image_id, member, can_share, created_at, "
                "deleted) VALUES (1, 'a', 'm', FALSE, '2017-01-01', FALSE)"),
            "");
  EXPECT_EQ(visibility("a"), "shared");
  ASSERT_EQ(sql("SET ROLE image_clerk; UPDATE images SET is_public = TRUE"), "");
  ASSERT_EQ(sql("SET ROLE image_clerk; UPDATE images SET is_public = FALSE"), "");
  EXPECT_EQ(visibility("a"), "shared");
  for (const char* role : {"member_clerk", "image_clerk"})
    EXPECT_EQ(sql(fmt::format("DROP OWNED BY {0}; DROP ROLE {0}", role)), "");
}

INSTANTIATE_TEST_SUITE_P(On, MemberRights, ::testing::Values("postgres"), server_name);

class Users : public Cases {
 protected:
  std::string run(const std::string& statement) { return sql(quoted(statement)); }
  std::string domain(const std::string& id) {
    return run(fmt::format("SELECT domain_id FROM {{user}} WHERE id = '{}'", id));
  }
};

// K3: the children fill the column of their parent, whichever of them there is.
TEST_P(Users, ChildrenFillTheirParent) {
  start("K3_user_domain", quoted(std::string(kChildrenMap) + kAcceptLookups));
  const auto local = [&](int number, const std::string& user, const std::string& domain) {
    return run(fmt::format("INSERT INTO local_user (id, user_id, domain_id, name) VALUES ({0}, '{1}', '{2}', 'n{0}')",
                           number, user, domain));
  };
  ASSERT_EQ(run("INSERT INTO {user} (id) VALUES ('before'), ('none')"), "");
  ASSERT_EQ(local(1, "before", "d1"), "");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  ASSERT_EQ(run("INSERT INTO {user} (id) VALUES ('a'), ('b')"), "");
  EXPECT_EQ(domain("a"), "") << "its children come later";
  ASSERT_EQ(local(2, "a", "d2"), "");
  EXPECT_EQ(domain("a"), "d2");
  ASSERT_EQ(run("INSERT INTO nonlocal_user (domain_id, name, user_id) VALUES ('d3', 'b', 'b')"), "");
  EXPECT_EQ(domain("b"), "d3");
  ASSERT_EQ(run("UPDATE nonlocal_user SET domain_id = 'd4' WHERE user_id = 'b'"), "");
  EXPECT_EQ(domain("b"), "d4");
  ASSERT_EQ(run("INSERT INTO {user} (id, domain_id) VALUES ('n', 'd5')"), "");
  ASSERT_EQ(local(3, "n", "d5"), "") << "the new release writes both";
  EXPECT_EQ(domain("n"), "d5");
  ASSERT_EQ(emcee("migrate"), 1) << "one user has no children: " << output_;
  EXPECT_EQ(domain("before"), "d1");
  ASSERT_EQ(emcee("contract"), 3) << output_;
  ASSERT_EQ(local(4, "none", "d6"), "");
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  ASSERT_EQ(emcee("contract"), 0) << output_;
  EXPECT_EQ(domain("none"), "d6");
  EXPECT_EQ(emcee("check"), 0) << output_;
}

// The old release is gone, so its children are no news for a parent whose column is being bound.
TEST_P(Users, TheLastChildMayGoDuringContract) {
  start("K3_user_domain", quoted(std::string(kChildrenMap) + kAcceptLookups));
  ASSERT_EQ(emcee("expand"), 0) << output_;
  for (int i = 1; i <= 12; ++i) {
    ASSERT_EQ(run(fmt::format("INSERT INTO {{user}} (id, domain_id) VALUES ('u{}', 'd')", i)), "");
    ASSERT_EQ(
        run(fmt::format("INSERT INTO local_user (id, user_id, domain_id, name) VALUES ({0}, 'u{0}', 'd', 'n{0}')", i)),
        "");
  }
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  int steps = 0;
  while (emcee("check") != 0) {
    ASSERT_LT(++steps, 12);
    ASSERT_LE(emcee("contract --step"), 1) << output_;
    ASSERT_EQ(run(fmt::format("DELETE FROM local_user WHERE user_id = 'u{}'", steps)), "") << "after step " << steps;
    EXPECT_EQ(domain(fmt::format("u{}", steps)), "d");
  }
  EXPECT_GT(steps, 0);
}

// K4: the batches look through a third table, where the value is missing; the first one wins.
TEST_P(Users, AreFilledThroughAThirdTable) {
  start("K4_federated_user", quoted(R"map([[fill]]
table = "user"
column = "domain_id"
value = """(SELECT p.domain_id FROM federated_user AS f JOIN identity_provider AS p ON p.id = f.idp_id
  WHERE f.user_id = {user}.id ORDER BY f.id LIMIT 1)"""
lookup = [
  { table = "federated_user", key = { user_id = "id" } },
  { table = "identity_provider", of = "federated_user", key = { id = "idp_id" } },
]
)map") + kAcceptLookups);
  ASSERT_EQ(run("INSERT INTO identity_provider (id, enabled, domain_id) VALUES ('p', TRUE, 'd1'), ('q', TRUE, 'd2')"),
            "");
  ASSERT_EQ(run("INSERT INTO {user} (id, domain_id) VALUES ('a', NULL), ('set', 'own'), ('none', NULL)"), "");
  const std::string into = "INSERT INTO federated_user (id, user_id, idp_id, protocol_id, unique_id) VALUES ";
  ASSERT_EQ(run(into + "(1, 'a', 'q', 'x', '1'), (2, 'a', 'p', 'x', '1'), (3, 'set', 'p', 'x', '2')"), "");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  EXPECT_NE(emcee("migrate"), 0) << "one user has no provider: " << output_;
  EXPECT_EQ(domain("a") + domain("set") + domain("none"), "d2own");
  EXPECT_NE(emcee("contract"), 0) << output_;
  ASSERT_EQ(run(into + "(4, 'none', 'p', 'x', '3')"), "");
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  ASSERT_EQ(emcee("contract"), 0) << output_;
  EXPECT_EQ(domain("none"), "d1");
}

INSTANTIATE_TEST_SUITE_P(On, Users, kServers, server_name);

}  // namespace
}  // namespace emcee::testing
