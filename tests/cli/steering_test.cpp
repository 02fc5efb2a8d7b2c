// A migrate that is steered from another terminal.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/sandbox.h"

namespace emcee::testing {
namespace {

class Steering : public ::testing::Test {
 protected:
  void SetUp() override {
    sandbox_.write("old.sql", "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);\n");
    sandbox_.write("new.sql", "CREATE TABLE users (id INTEGER PRIMARY KEY, full_name TEXT NOT NULL);\n");
    sandbox_.write("r.toml", "name = \"r\"\n[[rename]]\ntable = \"users\"\nfrom = \"name\"\nto = \"full_name\"\n");
    sandbox_.shell(
        "sqlite3 app.db < old.sql; sqlite3 app.db \"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
        "LIMIT 3000) INSERT INTO users SELECT i, 'u' FROM n\"");
    ASSERT_EQ(sandbox_.emcee("plan old.sql new.sql --map r.toml --out r").status, 0);
  }
  cli::ProgramResult run(const std::string& command) const { return sandbox_.emcee(command + " --db app.db --plan r"); }

  Sandbox sandbox_;
};

TEST_F(Steering, NeedsAReleaseThatRuns) {
  const auto refused = run("pause");
  EXPECT_EQ(refused.status, 3);
  EXPECT_NE(refused.err.find("emcee expand"), std::string::npos);
  EXPECT_EQ(run("throttle").status, 2);
}

TEST_F(Steering, APausedMigrateWaitsAndGoesOn) {
  ASSERT_EQ(run("expand").status, 0);
  ASSERT_EQ(run("pause --reason 'sale until noon'").status, 0);
  EXPECT_NE(run("status").out.find("sale until noon"), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(run("status --json").out)["steering"]["paused"], true);
  // It begins, waits, and goes on when it may.
  const auto migrated = sandbox_.shell(
      "emcee migrate --db app.db --plan r --json > events & migrate=$!\n"
      "for i in $(seq 200); do grep -q paused events && break; sleep 0.05; done\n"
      "sqlite3 app.db 'SELECT count(full_name) FROM users'\n"
      "emcee resume --db app.db --plan r --quiet > resumed\n"
      "wait $migrate; echo $?\n"
      "sqlite3 app.db 'SELECT count(full_name) FROM users'");
  EXPECT_EQ(migrated.out, "0\n0\n3000\n") << migrated.err;
  EXPECT_NE(sandbox_.read("events").find("\"reason\":\"sale until noon\""), std::string::npos);
  EXPECT_EQ(run("status").out.find("steering"), std::string::npos);
  EXPECT_EQ(run("contract").status, 0);
  EXPECT_EQ(run("check").status, 0);
}

TEST_F(Steering, APausedMigrateCanBeStopped) {
  ASSERT_EQ(run("expand").status, 0);
  ASSERT_EQ(run("pause").status, 0);
  const auto stopped = sandbox_.shell(
      "emcee migrate --db app.db --plan r --json > events & migrate=$!\n"
      "for i in $(seq 200); do grep -q paused events && break; sleep 0.05; done\n"
      "kill -TERM $migrate; wait $migrate; echo $?");
  EXPECT_EQ(stopped.out, "6\n") << stopped.err;
}

TEST_F(Steering, AThrottleSetsTheSizeOfBatches) {
  ASSERT_EQ(run("expand").status, 0);
  ASSERT_EQ(run("throttle --batch 100 --sleep 1").status, 0);
  EXPECT_NE(run("status").out.find("batches of 100 rows, 1 ms between them"), std::string::npos) << run("status").out;
  const auto migrated = run("migrate --json");
  EXPECT_EQ(migrated.status, 0);
  int batches = 0;
  for (std::size_t at = 0; (at = migrated.out.find("batch_finished", at)) != std::string::npos; ++at) ++batches;
  EXPECT_GE(batches, 30);
  EXPECT_EQ(run("resume").status, 0);
  EXPECT_NE(run("resume").out.find("nothing was paused"), std::string::npos);
}

}  // namespace
}  // namespace emcee::testing
