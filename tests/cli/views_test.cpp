// Views that read other views, which change with them: in both directions, on every server.
#include "tests/cli/cases.h"

namespace emcee::testing {
namespace {

constexpr const char* kTable = "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER);\n";

std::string with_views(const char* first, const char* second, const char* third) {
  return fmt::format("{}CREATE VIEW v1 AS {};\nCREATE VIEW v2 AS {};\nCREATE VIEW v3 AS {};\n", kTable, first, second,
                     third);
}

class Views : public Cases {
 protected:
  void upgrade(const std::string& before, const std::string& after, const char* sum) {
    start(before, after, "");
    if (HasFatalFailure()) return;
    ASSERT_EQ(sql("INSERT INTO t VALUES (1, 10, 100)"), "");
    ASSERT_EQ(emcee("expand"), 0) << output_;
    ASSERT_EQ(emcee("rollback"), 0) << output_;
    for (const char* phase : {"expand", "migrate", "contract"}) ASSERT_EQ(emcee(phase), 0) << phase << output_;
    EXPECT_EQ(sql("SELECT sum(b) FROM v3"), sum);
    EXPECT_EQ(database_->catalogue(), catalogue_of(after));
  }
};
INSTANTIATE_TEST_SUITE_P(On, Views, kServers, server_name);

TEST_P(Views, LoseAColumnThatOthersRead) {
  upgrade(with_views("SELECT id, a, b FROM t", "SELECT id, b FROM v1", "SELECT b FROM v2"),
          with_views("SELECT id, a FROM t", "SELECT id, a AS b FROM v1", "SELECT b FROM v2 WHERE id > 0"), "10");
}

TEST_P(Views, GetAColumnThatOthersRead) {
  upgrade(with_views("SELECT id, a FROM t", "SELECT id, a AS b FROM v1", "SELECT b FROM v2 WHERE id > 0"),
          with_views("SELECT id, a, b FROM t", "SELECT id, b FROM v1", "SELECT b FROM v2"), "100");
}

// The second has the columns that it had, and reads one that the first only has at contract.
TEST_P(Views, WaitForTheOneThatTheyRead) {
  upgrade(with_views("SELECT id, b FROM t", "SELECT id, b FROM v1", "SELECT b FROM v2"),
          with_views("SELECT id, a FROM t", "SELECT id, a AS b FROM v1", "SELECT b FROM v2"), "10");
}

// The third reads both others.
TEST_P(Views, LoseAColumnTogether) {
  upgrade(with_views("SELECT id, a, b FROM t", "SELECT id, b FROM t", "SELECT v1.b FROM v1 JOIN v2 ON v2.b = v1.b"),
          with_views("SELECT id, a FROM t", "SELECT id FROM t", "SELECT v1.a AS b FROM v1 JOIN v2 ON v2.id = v1.id"),
          "10");
}

// What hangs on a view, and on a column that changes its type, comes back with it.
class ViewsOfPostgres : public Cases {};
INSTANTIATE_TEST_SUITE_P(On, ViewsOfPostgres, ::testing::Values("postgres"), server_name);

TEST_P(ViewsOfPostgres, KeepRulesDefaultsAndComments) {
  const std::string rest =
      ", a INTEGER, mood TEXT);\nCREATE VIEW v AS SELECT id, a FROM t;\nCREATE VIEW w AS SELECT id FROM v;\n"
      "ALTER VIEW v ALTER COLUMN a SET DEFAULT 7;\nCREATE RULE r AS ON DELETE TO v DO INSTEAD NOTHING;\n"
      "COMMENT ON RULE r ON v IS 'no';\nCOMMENT ON COLUMN v.a IS 'its a';\nCOMMENT ON VIEW w IS 'w';\n"
      "CREATE PUBLICATION some_rows FOR TABLE t WHERE (id > 3);\n";
  const std::string before = "CREATE TABLE t (id INTEGER PRIMARY KEY" + rest;
  const std::string after = "CREATE TABLE t (id BIGINT PRIMARY KEY" + rest;
  start(before, after,
        "[[override]]\nchange = \"change_type\"\nobject = \"t.id\"\nphase = \"contract\"\nreason = \"small\"\n");
  if (HasFatalFailure()) return;
  for (const char* phase : {"expand", "migrate", "contract"}) ASSERT_EQ(emcee(phase), 0) << phase << output_;
  EXPECT_EQ(database_->catalogue(), catalogue_of(after));
  EXPECT_EQ(sql("INSERT INTO v (id) VALUES (1); SELECT a FROM t"), "7");
  EXPECT_EQ(sql("DELETE FROM v; SELECT count(*) FROM t"), "1");
}

}  // namespace
}  // namespace emcee::testing
