// What PostgreSQL binds to columns: when a column goes or changes its type, it goes before, and what stays of it comes
// back.
#include "tests/cli/cases.h"

namespace emcee::testing {
namespace {

class BoundObjects : public Cases {
 protected:
  void upgrade(const std::string& before, const std::string& after) {
    start(before, after, "");
    if (HasFatalFailure()) return;
    ASSERT_EQ(emcee("expand"), 0) << output_;
    ASSERT_EQ(emcee("rollback"), 0) << output_;
    EXPECT_EQ(database_->catalogue(), catalogue_of(before));
    for (const char* phase : {"expand", "migrate", "contract"}) ASSERT_EQ(emcee(phase), 0) << phase << output_;
    EXPECT_EQ(database_->catalogue(), catalogue_of(after));
  }
};
INSTANTIATE_TEST_SUITE_P(On, BoundObjects, ::testing::Values("postgres"), server_name);

constexpr const char* kTable = "CREATE TABLE t (id INTEGER PRIMARY KEY, a VARCHAR(9), b INTEGER{});\n";

TEST_P(BoundObjects, NameAColumnThatGoes) {
  const auto schema = [](const char* column, const char* grant, const char* policy, const char* statistics,
                         const char* publication) {
    return fmt::format(fmt::runtime(kTable), column) +
           fmt::format(
               "GRANT SELECT ({}) ON t TO PUBLIC;\nCREATE POLICY p ON t USING ({});\n"
               "CREATE STATISTICS s ON {} FROM t;\nCREATE PUBLICATION pub FOR TABLE t ({});\n",
               grant, policy, statistics, publication);
  };
  upgrade(schema(", gone TEXT", "a, gone", "a = gone", "a, b, gone", "id, gone"),
          schema("", "a", "a = 'x'", "a, b", "id, a"));
}

TEST_P(BoundObjects, GoWithTheColumn) {
  const std::string bound =
      "GRANT SELECT (gone) ON t TO PUBLIC;\nCREATE POLICY p ON t USING (gone IS NULL);\n"
      "CREATE STATISTICS s ON a, gone FROM t;\nCREATE PUBLICATION pub FOR TABLE t (id, gone);\n";
  upgrade(fmt::format(fmt::runtime(kTable), ", gone TEXT") + bound, fmt::format(fmt::runtime(kTable), ""));
}

TEST_P(BoundObjects, AnIndexThatTheTableReliesOn) {
  const std::string rest =
      "CREATE INDEX plain ON t (a);\nALTER TABLE t CLUSTER ON plain;\n"
      "ALTER TABLE t REPLICA IDENTITY USING INDEX own;\n";
  const std::string table = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL, b INTEGER NOT NULL);\n";
  upgrade(table + "CREATE UNIQUE INDEX own ON t (a, b);\n" + rest, table + "CREATE UNIQUE INDEX own ON t (b, a);\n" +
                                                                       "CREATE INDEX plain ON t (a DESC);\n" +
                                                                       rest.substr(rest.find("ALTER")));
}

// A table of a schema that is made there by the search path refers to itself.
TEST_P(BoundObjects, AKeyToTheTableItself) {
  const std::string before = "CREATE SCHEMA hr;\nSET search_path = hr, public;\n";
  upgrade(before + "CREATE TABLE dept (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES dept);\n",
          before + "CREATE TABLE dept (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES dept, head TEXT);\n");
}

}  // namespace
}  // namespace emcee::testing
