// Cases of real upgrades, command by command, with both releases writing through the sqlite3 shell.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "tests/cli/sandbox.h"

namespace emcee::testing {
namespace {

class Cases : public ::testing::Test {
 protected:
  // Output of a statement, or the error.
  std::string sql(const std::string& statement) const {
    box_.write("statement.sql", ".bail on\n" + statement + ";\n");
    const auto result = box_.shell("sqlite3 app.db < statement.sql 2>&1");
    std::string text = result.out;
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
  }
  int emcee(const std::string& command) const { return box_.emcee(command + " --db sqlite:app.db --plan rel").status; }
  void start(const std::string& name, const std::string& map) const {
    const std::string folder = fmt::format("{}/{}/sqlite", EMCEE_CASES, name);
    box_.write("release.toml", "name = \"ocata\"\n" + map);
    const auto plan = box_.emcee(fmt::format("plan {0}/old.sql {0}/new.sql --map release.toml --out rel 2>&1", folder));
    ASSERT_EQ(plan.status, 0) << plan.out;
    ASSERT_EQ(box_.shell(fmt::format("sqlite3 app.db < {}/old.sql", folder)).status, 0);
  }

  Sandbox box_;
};

constexpr const char* kG1 = R"map([[map]]
table = "images"
old = ["is_public"]
new = ["visibility"]
up.visibility = "CASE WHEN is_public = 1 THEN 'public' ELSE 'shared' END"
down.is_public = "CASE visibility WHEN 'public' THEN 1 ELSE 0 END"
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
  std::string insert(const std::string& id, const std::string& columns, const std::string& values) const {
    return sql(
        fmt::format("INSERT INTO images (id, status, created_at, deleted, min_disk, min_ram{0}) VALUES ('{1}', 'a', "
                    "'2017', 0, 0, 0{2}); SELECT is_public, visibility FROM images WHERE id = '{1}'",
                    columns, id, values));
  }
  std::string update(const std::string& id, const std::string& set) const {
    return sql(fmt::format(
        "UPDATE images SET {} WHERE id = '{}'; SELECT is_public, visibility FROM images WHERE id = '{}'", set, id, id));
  }
  static bool refused(const std::string& output) { return output.find("rror") != std::string::npos; }
};

TEST_F(ImageVisibility, TruthTable) {
  start("G1_images_visibility", kG1);
  ASSERT_EQ(sql("INSERT INTO images (id, status, is_public, created_at, deleted, min_disk, min_ram) VALUES ('before', "
                "'a', 1, "
                "'2016', 0, 0, 0), ('touched', 'a', 1, '2016', 0, 0, 0)"),
            "");
  ASSERT_EQ(emcee("expand"), 0);

  EXPECT_EQ(insert("o1", ", is_public", ", 1"), "1|public");
  EXPECT_EQ(insert("o0", ", is_public", ", 0"), "0|shared");
  EXPECT_EQ(insert("n1", ", visibility", ", 'public'"), "1|public");
  for (const char* value : {"private", "shared", "community"})
    EXPECT_EQ(insert(fmt::format("n-{}", value), ", visibility", fmt::format(", '{}'", value)),
              fmt::format("0|{}", value));
  EXPECT_EQ(insert("none", "", ""), "0|shared") << "lenient: the declared default";
  EXPECT_EQ(insert("both", ", is_public, visibility", ", 1, 'public'"), "1|public");
  EXPECT_TRUE(refused(insert("no", ", is_public, visibility", ", 1, 'private'")));
  EXPECT_EQ(insert("nn", ", is_public, visibility", ", NULL, 'public'"), "1|public");
  EXPECT_EQ(insert("no-n", ", is_public, visibility", ", 1, NULL"), "1|public");

  EXPECT_EQ(update("n-community", "is_public = 0"), "0|community");
  EXPECT_EQ(update("n-community", "is_public = 1"), "1|public");
  EXPECT_EQ(update("n1", "visibility = 'private'"), "0|private");
  EXPECT_EQ(update("n1", "is_public = 1"), "1|public");
  EXPECT_EQ(update("n1", "is_public = 0"), "0|shared") << "the mapping is many to one";
  EXPECT_EQ(update("n1", "is_public = 1, visibility = 'public'"), "1|public");
  EXPECT_EQ(update("n1", "is_public = 0"), "0|shared");
  EXPECT_TRUE(refused(update("n1", "is_public = 1, visibility = 'private'")));
  EXPECT_TRUE(refused(update("n1", "is_public = NULL")));
  EXPECT_TRUE(refused(update("n1", "visibility = NULL")));
  EXPECT_EQ(sql("SELECT is_public, visibility FROM images WHERE id = 'before'"), "1|") << "not migrated yet";
  EXPECT_EQ(update("touched", "visibility = 'community'"), "0|community") << "the new release touches it first";

  // What the new release chose survives any number of migrations.
  EXPECT_EQ(insert("keep", ", visibility", ", 'community'"), "0|community");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(emcee("migrate"), 0);
  EXPECT_EQ(sql("SELECT is_public, visibility FROM images WHERE id = 'keep'"), "0|community");
  EXPECT_EQ(sql("SELECT is_public, visibility FROM images WHERE id = 'before'"), "1|public");
}

TEST_F(ImageVisibility, ContractWaitsForRowsOutOfSync) {
  start("G1_images_visibility", kG1);
  ASSERT_EQ(emcee("expand"), 0);
  insert("a", ", visibility", ", 'community'");
  ASSERT_EQ(emcee("migrate"), 0);
  // Somebody writes behind the triggers.
  ASSERT_EQ(
      box_.shell("printf '.dbconfig enable_trigger off\\nUPDATE images SET is_public = 1;\\n' | sqlite3 app.db").status,
      0);
  EXPECT_EQ(emcee("contract"), 1);
  EXPECT_EQ(emcee("verify"), 1);
  EXPECT_EQ(sql("SELECT is_public, visibility FROM images"), "1|community") << "nothing was touched";
  EXPECT_EQ(emcee("verify --resolve new"), 0);
  EXPECT_EQ(emcee("contract"), 0);
  EXPECT_EQ(sql("SELECT visibility FROM images"), "community");
  EXPECT_EQ(emcee("check"), 0);
}

TEST_F(ImageVisibility, StrictPolicies) {
  start("G1_images_visibility", std::string(kG1) + "both_given = \"error\"\nnone_given = \"error\"\n");
  ASSERT_EQ(emcee("expand"), 0);
  EXPECT_TRUE(refused(insert("a", "", "")));
  EXPECT_TRUE(refused(insert("a", ", is_public, visibility", ", 1, 'public'")));
  EXPECT_EQ(insert("a", ", visibility", ", 'community'"), "0|community");
  EXPECT_TRUE(refused(update("a", "is_public = 1, visibility = 'public'")));
  EXPECT_EQ(update("a", "is_public = 1"), "1|public");
}

TEST_F(Cases, PortForwardingSplits) {
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
  EXPECT_EQ(sql("SELECT socket, external_port FROM portforwardings WHERE id = 'd'"), "10.0.0.9:1|99");
  EXPECT_EQ(sql("SELECT internal_ip_address, internal_port_start FROM portforwardings WHERE id = 'b'"), "fe80::1|22");
  ASSERT_EQ(emcee("contract"), 0);
  EXPECT_EQ(sql(range), "") << "the old form is gone";
  EXPECT_EQ(emcee("check"), 0);
}

}  // namespace
}  // namespace emcee::testing
