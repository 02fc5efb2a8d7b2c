// Triggers, routines and events of the application on MariaDB and MySQL, which keep the session that made them.
#include "tests/cli/cases.h"

namespace emcee::testing {
namespace {

class Programs : public Cases {
 protected:
  static std::string schema(const std::string& further, const std::string& text) {
    return "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER" + further +
           ");\nCREATE TABLE log (id INTEGER NOT NULL AUTO_INCREMENT PRIMARY KEY, what VARCHAR(20));\n"
           "CREATE TRIGGER logged AFTER INSERT ON t FOR EACH ROW INSERT INTO log VALUES (0, '" +
           text + "');\nCREATE PROCEDURE note() INSERT INTO log VALUES (0, '" + text +
           "');\nCREATE EVENT daily ON SCHEDULE EVERY 1 DAY STARTS '2037-01-01 03:00:00' DO DELETE FROM log WHERE what "
           "= '" +
           text + "';\n";
  }
  std::string made_otherwise() {
    std::string counted;
    for (const char* of :
         {"TRIGGERS WHERE TRIGGER_SCHEMA", "ROUTINES WHERE ROUTINE_SCHEMA", "EVENTS WHERE EVENT_SCHEMA"})
      counted += fmt::format(
          "{}(SELECT count(*) FROM information_schema.{} = DATABASE() AND SQL_MODE <> "
          "@@GLOBAL.sql_mode AND {} NOT LIKE '%emcee%')",
          counted.empty() ? "SELECT " : " + ", of,
          of[0] == 'T'   ? "TRIGGER_NAME"
          : of[0] == 'R' ? "ROUTINE_NAME"
                         : "EVENT_NAME");
    return sql(counted);
  }
};
INSTANTIATE_TEST_SUITE_P(On, Programs, ::testing::Values("mariadb", "mysql"), server_name);

TEST_P(Programs, WorkAsWhenTheClientMakesThem) {
  const std::string before = schema("", "old"), after = schema(", m INTEGER", "new");
  start(before, after, "");
  ASSERT_EQ(made_otherwise(), "0");
  for (const char* phase : {"expand", "migrate", "contract"}) ASSERT_EQ(emcee(phase), 0) << phase << output_;
  EXPECT_EQ(database_->catalogue(), catalogue_of(after));
  EXPECT_EQ(made_otherwise(), "0");
  EXPECT_EQ(sql("INSERT INTO t (id) VALUES (1), (2); CALL note(); SELECT max(id) FROM log"), "3");
}

// What comes with expand, and goes when it is taken back.
TEST_P(Programs, ComeAtExpand) {
  const std::string before = "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER);\n", after = schema("", "new");
  start(before, after, "");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  EXPECT_EQ(made_otherwise(), "0");
  EXPECT_EQ(sql("INSERT INTO t (id) VALUES (1), (2); SELECT max(id) FROM log"), "2");
  EXPECT_EQ(database_->catalogue(), catalogue_of(after));
  ASSERT_EQ(emcee("rollback --discard"), 0) << output_;
  EXPECT_EQ(database_->catalogue(), catalogue_of(before));
}

}  // namespace
}  // namespace emcee::testing
