// Cases of real upgrades, command by command, on every server, with both releases writing.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/cli/cases.h"

namespace emcee::testing {
namespace {

constexpr const char* kG1 = R"map([[map]]
table = "images"
old = ["is_public"]
new = ["visibility"]
up.visibility = "CASE WHEN is_public THEN 'public' ELSE 'shared' END"
down.is_public = "CASE visibility WHEN 'public' THEN TRUE ELSE FALSE END"
)map";

constexpr const char* kN1 = R"map([[map]]
table = "portforwardings"
old = ["socket"]
new = ["internal_ip_address", "internal_port_start", "internal_port_end"]
up.internal_ip_address = "rtrim(rtrim(socket, '0123456789'), ':')"
up.internal_port_start = "CAST(replace(socket, rtrim(socket, '0123456789'), '') AS INTEGER)"
up.internal_port_end = "CAST(replace(socket, rtrim(socket, '0123456789'), '') AS INTEGER)"
down.socket = "CASE WHEN internal_port_start = internal_port_end THEN internal_ip_address || ':' || internal_port_start END"
error = "a port range has no single socket"

[[map]]
table = "portforwardings"
old = ["external_port"]
new = ["external_port_start", "external_port_end"]
up.external_port_start = "external_port"
up.external_port_end = "external_port"
down.external_port = "CASE WHEN external_port_start = external_port_end THEN external_port_start END"
)map";

class ImageVisibility : public Cases {
 protected:
  // `1|public`
  std::string image(const std::string& id) {
    return sql(fmt::format("SELECT {} FROM images WHERE id = '{}'",
                           database_->bars({"CASE WHEN is_public THEN 1 ELSE 0 END", "visibility"}), id));
  }
  std::string insert(const std::string& id, const std::string& columns, const std::string& values) {
    const std::string done =
        sql(fmt::format("INSERT INTO images (id, status, created_at, deleted, min_disk, min_ram{}) VALUES ('{}', 'a', "
                        "'2017-01-01', FALSE, 0, 0{})",
                        columns, id, values));
    return done.empty() ? image(id) : done;
  }
  std::string update(const std::string& id, const std::string& set) {
    const std::string done = sql(fmt::format("UPDATE images SET {} WHERE id = '{}'", set, id));
    return done.empty() ? image(id) : done;
  }
  static bool refused(const std::string& output) { return output.starts_with("error: "); }
};

TEST_P(ImageVisibility, TruthTable) {
  start("G1_images_visibility", kG1);
  for (const char* id : {"before", "touched"})
    ASSERT_EQ(sql(fmt::format("INSERT INTO images (id, status, is_public, created_at, deleted, min_disk, min_ram) "
                              "VALUES ('{}', 'a', TRUE, '2016-01-01', FALSE, 0, 0)",
                              id)),
              "");
  ASSERT_EQ(emcee("expand"), 0) << output_;

  EXPECT_EQ(insert("o1", ", is_public", ", TRUE"), "1|public");
  EXPECT_EQ(insert("o0", ", is_public", ", FALSE"), "0|shared");
  EXPECT_EQ(insert("n1", ", visibility", ", 'public'"), "1|public");
  for (const char* value : {"private", "shared", "community"})
    EXPECT_EQ(insert(fmt::format("n-{}", value), ", visibility", fmt::format(", '{}'", value)),
              fmt::format("0|{}", value));
  EXPECT_EQ(insert("none", "", ""), "0|shared") << "lenient: the declared default";
  EXPECT_EQ(insert("both", ", is_public, visibility", ", TRUE, 'public'"), "1|public");
  EXPECT_TRUE(refused(insert("no", ", is_public, visibility", ", TRUE, 'private'")));
  EXPECT_EQ(insert("nn", ", is_public, visibility", ", NULL, 'public'"), "1|public");
  EXPECT_EQ(insert("no-n", ", is_public, visibility", ", TRUE, NULL"), "1|public");

  EXPECT_EQ(update("n-community", "is_public = FALSE"), "0|community");
  EXPECT_EQ(update("n-community", "is_public = TRUE"), "1|public");
  EXPECT_EQ(update("n1", "visibility = 'private'"), "0|private");
  EXPECT_EQ(update("n1", "is_public = TRUE"), "1|public");
  EXPECT_EQ(update("n1", "is_public = FALSE"), "0|shared") << "the mapping is many to one";
  EXPECT_EQ(update("n1", "is_public = TRUE, visibility = 'public'"), "1|public");
  EXPECT_EQ(update("n1", "is_public = FALSE"), "0|shared");
  EXPECT_TRUE(refused(update("n1", "is_public = TRUE, visibility = 'private'")));
  EXPECT_TRUE(refused(update("n1", "is_public = NULL")));
  EXPECT_TRUE(refused(update("n1", "visibility = NULL")));
  EXPECT_EQ(image("before"), "1|") << "not migrated yet";
  EXPECT_EQ(update("touched", "visibility = 'community'"), "0|community") << "the new release touches it first";

  // What the new release chose survives any number of migrations.
  EXPECT_EQ(insert("keep", ", visibility", ", 'community'"), "0|community");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(emcee("migrate"), 0) << output_;
  EXPECT_EQ(image("keep"), "0|community");
  EXPECT_EQ(image("before"), "1|public");
  EXPECT_EQ(emcee("contract"), 0) << output_;
  EXPECT_EQ(sql("SELECT visibility FROM images WHERE id = 'keep'"), "community");
}

TEST_P(ImageVisibility, ContractWaitsForRowsOutOfSync) {
  start("G1_images_visibility", kG1);
  ASSERT_EQ(emcee("expand"), 0) << output_;
  insert("a", ", visibility", ", 'community'");
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  ASSERT_EQ(database_->sql_behind_the_triggers("UPDATE images SET is_public = TRUE"), "");
  EXPECT_EQ(emcee("contract"), 1) << output_;
  EXPECT_EQ(emcee("verify"), 1);
  EXPECT_EQ(image("a"), "1|community") << "nothing was touched";
  EXPECT_EQ(emcee("verify --resolve new"), 0);
  EXPECT_EQ(emcee("contract"), 0) << output_;
  EXPECT_EQ(sql("SELECT visibility FROM images"), "community");
  EXPECT_EQ(emcee("check"), 0);
}

TEST_P(ImageVisibility, StrictPolicies) {
  start("G1_images_visibility", std::string(kG1) + "both_given = \"error\"\nnone_given = \"error\"\n");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  EXPECT_TRUE(refused(insert("a", "", "")));
  EXPECT_TRUE(refused(insert("a", ", is_public, visibility", ", TRUE, 'public'")));
  EXPECT_EQ(insert("a", ", visibility", ", 'community'"), "0|community");
  EXPECT_TRUE(refused(update("a", "is_public = TRUE, visibility = 'public'")));
  EXPECT_EQ(update("a", "is_public = TRUE"), "1|public");
}

// As Glance's operators did it, and after it as Keystone's did.
TEST_P(ImageVisibility, TheDocumentedProcedures) {
  start("G1_images_visibility", kG1);
  const auto write_as_the_old_release = [&](const std::string& id) {
    ASSERT_FALSE(refused(insert(id, ", is_public", ", TRUE")));
  };
  const auto write_as_the_new_release = [&](const std::string& id) {
    ASSERT_FALSE(refused(insert(id, ", visibility", ", 'community'")));
  };
  ASSERT_EQ(sql("INSERT INTO images (id, status, is_public, created_at, deleted, min_disk, min_ram) VALUES ('i', 'a', "
                "TRUE, '2016-01-01', FALSE, 0, 0)"),
            "");
  EXPECT_EQ(emcee("db check"), 3);
  EXPECT_EQ(emcee("db contract"), 3);
  EXPECT_NE(output_.find("emcee expand"), std::string::npos) << output_;
  EXPECT_EQ(emcee("db expand"), 0) << output_;
  EXPECT_EQ(emcee("db check"), 4);
  write_as_the_old_release("a");
  write_as_the_new_release("b");
  EXPECT_EQ(emcee("db migrate"), 0) << output_;
  EXPECT_EQ(emcee("db check"), 5);
  write_as_the_old_release("c");
  write_as_the_new_release("d");
  EXPECT_EQ(emcee("db migrate"), 0) << "nothing to do";
  // Something is wrong with the new release. The old one has no word for `community`.
  EXPECT_EQ(emcee("rollback"), 3);
  EXPECT_NE(output_.find("images.visibility: b"), std::string::npos) << output_;
  EXPECT_EQ(emcee("rollback --discard"), 0) << output_;

  EXPECT_EQ(emcee("db_sync --check"), 2);
  EXPECT_EQ(emcee("db_sync --expand"), 0) << output_;
  EXPECT_EQ(emcee("db_sync --check"), 3);
  write_as_the_old_release("e");
  EXPECT_EQ(emcee("db_sync --migrate"), 0) << output_;
  EXPECT_EQ(emcee("db_sync --check"), 4);
  write_as_the_new_release("f");
  EXPECT_EQ(emcee("db_sync --contract"), 0) << output_;
  EXPECT_EQ(emcee("db_sync --check"), 0);
  EXPECT_EQ(emcee("db_version"), 0);
  EXPECT_NE(output_.find("ocata_contract"), std::string::npos);
  EXPECT_EQ(sql("SELECT COUNT(*) FROM images"), "7");
  EXPECT_EQ(sql("SELECT COUNT(*) FROM images WHERE visibility = 'public'"), "4");
}

INSTANTIATE_TEST_SUITE_P(On, ImageVisibility, kServers, server_name);

TEST_P(Cases, PortForwardingSplits) {
  start("N1_portforwarding_split", std::string(kN1) +
                                       "[[accept]]\nhazard = \"replace_by_other_key\"\nobject = \"portforwardings\"\n"
                                       "reason = \"no release uses REPLACE\"\n");
  const std::string old_row =
      "INSERT INTO portforwardings (id, floatingip_id, external_port, internal_neutron_port_id, protocol, socket) ";
  ASSERT_EQ(
      sql(old_row + "VALUES ('a', 'f', 80, 'p', 'tcp', '10.0.0.1:8080'), ('b', 'f', 81, 'p', 'tcp', 'fe80::1:22')"),
      "");
  ASSERT_EQ(emcee("expand"), 0);
  ASSERT_EQ(sql(old_row + "VALUES ('c', 'f', 82, 'p', 'tcp', '10.0.0.2:90')"), "");
  EXPECT_EQ(emcee("contract"), 3) << "migrate comes first";
  ASSERT_EQ(emcee("migrate"), 0);
  ASSERT_EQ(
      sql("INSERT INTO portforwardings (id, floatingip_id, internal_neutron_port_id, protocol, internal_ip_address, "
          "internal_port_start, internal_port_end, external_port_start, external_port_end) VALUES ('d', 'f', 'p', "
          "'tcp', '10.0.0.9', 1, 1, 99, 99)"),
      "");
  const std::string range = "UPDATE portforwardings SET internal_port_end = 5 WHERE id = 'd'";
  EXPECT_NE(sql(range).find("a port range has no single socket"), std::string::npos);
  EXPECT_EQ(sql("SELECT " + database_->bars({"socket", "external_port"}) + " FROM portforwardings WHERE id = 'd'"),
            "10.0.0.9:1|99");
  EXPECT_EQ(sql("SELECT " + database_->bars({"internal_ip_address", "internal_port_start"}) +
                " FROM portforwardings WHERE id = 'b'"),
            "fe80::1|22");
  ASSERT_EQ(emcee("contract"), 0);
  EXPECT_EQ(sql(range), "") << "the old form is gone";
  EXPECT_EQ(emcee("check"), 0);
}

// The map of the ports is written in SQLite's functions.
INSTANTIATE_TEST_SUITE_P(On, Cases, ::testing::Values("sqlite"), server_name);

// Backend.AI 24.09 to 24.12: an enum type and a column under other names, which it does offline. A column has one
// type, and PostgreSQL compares no two enum types: so the new one is that of a column of its own.
class Endpoints : public Cases {};
INSTANTIATE_TEST_SUITE_P(On, Endpoints, ::testing::Values("postgres"), server_name);

TEST_P(Endpoints, AreRenamedWhileTheOldReleaseRuns) {
  const std::string values = " AS ENUM ('UNDEFINED', 'SUCCESS', 'FAILURE');\n";
  start("CREATE TYPE sessionresults" + values +
            "CREATE TABLE sessions (id int PRIMARY KEY, result sessionresults NOT NULL DEFAULT 'UNDEFINED');\n"
            "CREATE INDEX ix_sessions_result ON sessions (result);\n"
            "CREATE TABLE endpoints (id int PRIMARY KEY, desired_session_count int NOT NULL DEFAULT 0);\n",
        "CREATE TYPE sessionresult" + values +
            "CREATE TABLE sessions (id int PRIMARY KEY, outcome sessionresult NOT NULL DEFAULT 'UNDEFINED');\n"
            "CREATE INDEX ix_sessions_outcome ON sessions (outcome);\n"
            "CREATE TABLE endpoints (id int PRIMARY KEY, replicas int NOT NULL DEFAULT 0);\n",
        R"map([[rename]]
table = "endpoints"
from = "desired_session_count"
to = "replicas"

[[map]]
table = "sessions"
old = ["result"]
new = ["outcome"]
up.outcome = "result::text::sessionresult"
down.result = "outcome::text::sessionresults"
)map");
  const auto old_writes = [&](int id) {
    return sql(
        fmt::format("INSERT INTO sessions VALUES ({0}, 'SUCCESS'::sessionresults); "
                    "INSERT INTO endpoints (id, desired_session_count) VALUES ({0}, {0})",
                    id));
  };
  EXPECT_EQ(old_writes(1), "");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  EXPECT_EQ(old_writes(2), "");
  EXPECT_EQ(sql("SELECT outcome = 'SUCCESS'::sessionresult FROM sessions WHERE id = 2"), "t");
  EXPECT_EQ(sql("SELECT replicas FROM endpoints WHERE id = 2"), "2");
  EXPECT_EQ(sql("INSERT INTO sessions (id, outcome) VALUES (3, 'FAILURE'::sessionresult); "
                "INSERT INTO endpoints (id, replicas) VALUES (3, 3)"),
            "");
  EXPECT_EQ(sql("SELECT result = 'FAILURE'::sessionresults FROM sessions WHERE id = 3"), "t");
  EXPECT_EQ(sql("SELECT desired_session_count FROM endpoints WHERE id = 3"), "3");
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  EXPECT_EQ(old_writes(4), "");
  ASSERT_EQ(emcee("contract"), 0) << output_;
  EXPECT_EQ(emcee("check"), 0) << output_;
  EXPECT_EQ(sql("SELECT string_agg(id || outcome::text, ',' ORDER BY id) FROM sessions"),
            "1SUCCESS,2SUCCESS,3FAILURE,4SUCCESS");
  EXPECT_EQ(sql("SELECT string_agg(replicas::text, ',' ORDER BY id) FROM endpoints"), "1,2,3,4");
  EXPECT_EQ(sql("SELECT count(*) FROM pg_type WHERE typname = 'sessionresults'"), "0");
}

}  // namespace
}  // namespace emcee::testing
