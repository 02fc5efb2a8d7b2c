// migrate --replica: what can be named there. That batches wait is tested by tests/applier/mysql_replica_test.cpp.
#include "tests/cli/cases.h"

namespace emcee::testing {
namespace {

class ReplicaOption : public Cases {};
INSTANTIATE_TEST_SUITE_P(On, ReplicaOption, kServers, server_name);

TEST_P(ReplicaOption, NamesAServerOfTheSameKind) {
  start("CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER);", "CREATE TABLE t (id INTEGER PRIMARY KEY, b INTEGER);",
        "[[rename]]\ntable = \"t\"\nfrom = \"a\"\nto = \"b\"\n");
  ASSERT_EQ(sql("INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)"), "");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  box_.shell("sqlite3 other.db 'VACUUM'");
  EXPECT_EQ(emcee("migrate --replica sqlite:other.db"), 2) << output_;
  EXPECT_NE(output_.find(server() == "sqlite" ? "SQLite has no replicas" : "another kind of server"), std::string::npos)
      << output_;
  EXPECT_EQ(sql("SELECT count(*) FROM t WHERE b IS NULL"), "3");
  const std::string url = database_->url();
  if (server() == "sqlite") return;
  // A server is as far as itself.
  EXPECT_EQ(emcee("migrate --batch 1 --max-delay 0 --replica '" + url + "' --replica '" + url + "'"), 0) << output_;
  EXPECT_EQ(sql("SELECT count(*) FROM t WHERE b = a"), "3");
}

// Another database has no ledger of this upgrade, and never will: a person has to see it.
TEST_P(ReplicaOption, TellsOfADatabaseThatIsNone) {
  if (server() == "sqlite") return;
  start("CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER);", "CREATE TABLE t (id INTEGER PRIMARY KEY, b INTEGER);",
        "[[rename]]\ntable = \"t\"\nfrom = \"a\"\nto = \"b\"\n");
  for (int i = 0; i < 400; ++i) ASSERT_EQ(sql(fmt::format("INSERT INTO t VALUES ({0}, {0})", i)), "");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  const auto other = make_case_database(server(), box_);
  const auto stopped = box_.shell(fmt::format(
      "emcee migrate --db '{}' --plan rel --json --batch 1 --sleep 20 --max-delay 0 --replica '{}' > events "
      "& migrate=$!\n"
      "for i in $(seq 200); do grep -q 'nor a ledger' events && break; sleep 0.05; done\n"
      "kill -TERM $migrate; wait $migrate; echo $?",
      database_->url(), other->url()));
  EXPECT_NE(box_.read("events").find("nor a ledger: is it a replica of this database?"), std::string::npos)
      << box_.read("events");
  EXPECT_NE(sql("SELECT count(*) FROM t WHERE b IS NULL"), "0");
  EXPECT_EQ(emcee("migrate"), 0) << output_;
}

}  // namespace
}  // namespace emcee::testing
