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
    const auto compared = box_.emcee(fmt::format("diff '{}' new.sql --exit-code 2>&1", database_->url()));
    EXPECT_EQ(compared.status, 0) << compared.out;
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

}  // namespace
}  // namespace emcee::testing
