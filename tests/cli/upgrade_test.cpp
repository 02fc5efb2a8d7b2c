// A whole upgrade through the binary: the codes, the JSON, and what the pipes hold.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/cli/sandbox.h"

namespace emcee::testing {
namespace {

constexpr const char* kOld = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);\n";
constexpr const char* kNew = "CREATE TABLE users (id INTEGER PRIMARY KEY, full_name TEXT NOT NULL);\n";
constexpr const char* kMap =
    "name = \"r\"\nfrom = \"q\"\n[schema]\nold = \"old.sql\"\nnew = \"new.sql\"\n"
    "[[rename]]\ntable = \"users\"\nfrom = \"name\"\nto = \"full_name\"\n";

class Upgrade : public ::testing::Test {
 protected:
  void SetUp() override {
    sandbox_.write("r/old.sql", kOld);
    sandbox_.write("r/new.sql", kNew);
    sandbox_.write("r/release.toml", kMap);
    sandbox_.shell("sqlite3 app.db < r/old.sql; sqlite3 app.db \"INSERT INTO users VALUES (1, 'a'), (2, 'b')\"");
    ASSERT_EQ(sandbox_.emcee("plan --map r/release.toml --out r").status, 0);
  }

  cli::ProgramResult on_target(const std::string& command) const {
    return sandbox_.emcee(command + " --db sqlite:app.db --plan r");
  }
  int code(const std::string& command) const { return on_target(command).status; }
  std::string sql(const std::string& text) const { return sandbox_.shell("sqlite3 app.db \"" + text + "\"").out; }

  Sandbox sandbox_;
};

TEST_F(Upgrade, ChecksAnswerWithTheStateAndPhasesWithTheirCodes) {
  EXPECT_EQ(code("check"), 2);
  EXPECT_EQ(code("check --codes glance"), 3);
  EXPECT_EQ(code("migrate"), 3);
  EXPECT_EQ(code("contract"), 3);
  EXPECT_EQ(code("expand"), 0);
  EXPECT_EQ(code("expand"), 0);  // nothing to do
  EXPECT_EQ(code("check"), 3);
  EXPECT_EQ(code("verify"), 1);  // both rows are pending
  EXPECT_EQ(code("contract"), 3);
  EXPECT_EQ(code("migrate --batch 1 --max-rows 1"), 1);  // more to do
  EXPECT_EQ(code("migrate"), 0);
  EXPECT_EQ(code("check"), 4);
  EXPECT_EQ(code("check --codes glance"), 5);
  EXPECT_EQ(code("verify"), 0);
  EXPECT_EQ(code("status"), 0);
  EXPECT_EQ(code("contract"), 0);
  EXPECT_EQ(code("contract"), 0);
  EXPECT_EQ(code("check"), 0);
  EXPECT_EQ(code("rollback"), 3);
  EXPECT_EQ(sandbox_.emcee("version --db sqlite:app.db").out.find("r_expand"), 0U);
  EXPECT_EQ(sandbox_.emcee("diff sqlite:app.db r/new.sql --exit-code").status, 0);
  EXPECT_EQ(sql("SELECT id, full_name FROM users ORDER BY id"), "1|a\n2|b\n");
}

TEST_F(Upgrade, PlanningAgainLeavesNoScriptOfTheEarlierPlan) {
  sandbox_.write("r/r_expand09.sql", "-- of an earlier plan\n");
  sandbox_.write("r/rollback/r_expand09.sql", "-- of an earlier plan\n");
  sandbox_.write("r/notes.sql", "-- not ours\n");
  ASSERT_EQ(sandbox_.emcee("plan --map r/release.toml --out r").status, 0);
  EXPECT_FALSE(sandbox_.exists("r/r_expand09.sql"));
  EXPECT_FALSE(sandbox_.exists("r/rollback/r_expand09.sql"));
  EXPECT_TRUE(sandbox_.exists("r/r_expand01.sql"));
  EXPECT_TRUE(sandbox_.exists("r/notes.sql"));
}

TEST_F(Upgrade, RollbackBringsTheOldSchemaBack) {
  EXPECT_EQ(code("expand"), 0);
  sql("INSERT INTO users (full_name) VALUES ('c')");
  EXPECT_EQ(code("rollback"), 0);
  EXPECT_EQ(sandbox_.emcee("diff sqlite:app.db r/old.sql --exit-code").status, 0);
  EXPECT_EQ(sql("SELECT id, name FROM users ORDER BY id"), "1|a\n2|b\n3|c\n");
}

TEST_F(Upgrade, SyncDoesItOffline) {
  EXPECT_EQ(code("sync"), 0);
  EXPECT_EQ(code("check"), 0);
  EXPECT_EQ(sandbox_.emcee("diff sqlite:app.db r/new.sql --exit-code").status, 0);
}

TEST_F(Upgrade, DryRunTouchesNothing) {
  const std::string before = sandbox_.shell("sha256sum app.db").out;
  const cli::ProgramResult result = on_target("expand --dry-run");
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_NE(result.out.find("ALTER TABLE"), std::string::npos) << result.out;
  EXPECT_EQ(sandbox_.shell("sha256sum app.db").out, before);
}

TEST_F(Upgrade, DriftIsRefusedBeforeAnythingIsTouched) {
  sql("CREATE INDEX by_hand ON users (name)");
  const cli::ProgramResult refused = on_target("expand");
  EXPECT_EQ(refused.status, 3);
  EXPECT_NE(refused.err.find("create index by_hand"), std::string::npos) << refused.err;
  EXPECT_EQ(sandbox_.emcee("version --db sqlite:app.db").out, "not under control\n");
  sql("DROP INDEX by_hand; CREATE TABLE somebody_else (a)");
  EXPECT_EQ(code("expand"), 0);
  EXPECT_EQ(code("migrate"), 0);
  EXPECT_EQ(code("verify --drift"), 0);
  sql("CREATE INDEX by_hand ON users (full_name)");
  const cli::ProgramResult found = on_target("verify --drift");
  EXPECT_EQ(found.status, 1);
  EXPECT_NE(found.out.find("create index by_hand"), std::string::npos) << found.out;
  EXPECT_EQ(code("contract"), 3);
  sql("DROP INDEX by_hand");
  EXPECT_EQ(code("contract"), 0);
  EXPECT_EQ(code("verify --drift"), 0);
}

TEST_F(Upgrade, AdoptComparesBeforeItRecords) {
  sandbox_.write("other.sql", "CREATE TABLE users (id INTEGER PRIMARY KEY);\n");
  const cli::ProgramResult refused = sandbox_.emcee("adopt --db sqlite:app.db --at other.sql --release q");
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.out.find("drop column users.name"), std::string::npos) << refused.out;
  EXPECT_EQ(sandbox_.emcee("version --db sqlite:app.db").out, "not under control\n");
  EXPECT_EQ(sandbox_.emcee("adopt --db sqlite:app.db --at r/old.sql --release q").status, 0);
  EXPECT_EQ(sandbox_.emcee("version --db sqlite:app.db").out, "q\n");
  EXPECT_EQ(code("expand"), 0);
}

TEST_F(Upgrade, DoctorFindsRowsThatBreakAForeignKey) {
  EXPECT_EQ(sandbox_.emcee("doctor sqlite:app.db --plan r").status, 0);
  sql("CREATE TABLE child (u REFERENCES users (id)); INSERT INTO child VALUES (7)");
  const cli::ProgramResult result = sandbox_.emcee("doctor sqlite:app.db");
  EXPECT_EQ(result.status, 1);
  EXPECT_NE(result.out.find("child row 1 -> users"), std::string::npos) << result.out;
}

TEST_F(Upgrade, JsonIsJsonWhateverTheCommand) {
  const std::string target = " --db sqlite:app.db --plan r";
  // In this order, so that every command has something to say.
  for (const char* command :
       {"diff r/old.sql r/new.sql", "map r/old.sql r/new.sql", "lint r/old.sql r/new.sql", "inspect sqlite:app.db",
        "doctor sqlite:app.db", "version --db sqlite:app.db", "plan --map r/release.toml --out r"}) {
    const cli::ProgramResult result = sandbox_.emcee(std::string(command) + " --json");
    EXPECT_TRUE(nlohmann::json::accept(result.out)) << command << "\n" << result.out;
  }
  for (const char* command : {"status", "check", "verify"}) {
    const cli::ProgramResult result = sandbox_.emcee(command + target + " --json");
    EXPECT_TRUE(nlohmann::json::accept(result.out)) << command << "\n" << result.out;
  }
  for (const char* command : {"contract", "expand", "migrate", "contract", "rollback"}) {
    const cli::ProgramResult result = sandbox_.emcee(command + target + " --json");
    std::istringstream lines(result.out);
    int count = 0;
    for (std::string line; std::getline(lines, line); ++count)
      EXPECT_TRUE(nlohmann::json::accept(line)) << command << "\n" << line;
    EXPECT_GT(count, 0) << command;
  }
}

TEST_F(Upgrade, PipesHoldNoEscapeSequences) {
  std::string all;
  for (const char* command : {"status", "expand", "migrate", "verify", "check", "contract", "rollback", "status"}) {
    const cli::ProgramResult result = on_target(command);
    all += result.out + result.err;
  }
  const cli::ProgramResult lint = sandbox_.emcee("lint r/old.sql r/new.sql");
  all += lint.out + lint.err;
  EXPECT_GT(all.size(), 500U);
  EXPECT_EQ(all.find('\x1b'), std::string::npos) << all;
}

TEST_F(Upgrade, QuietLeavesResultsAndErrors) {
  const cli::ProgramResult expanded = on_target("expand --quiet");
  EXPECT_EQ(expanded.err, "");
  EXPECT_NE(expanded.out, "");
  const cli::ProgramResult refused = on_target("contract --quiet");
  EXPECT_EQ(refused.status, 3);
  EXPECT_NE(refused.err, "");
}

TEST_F(Upgrade, AChangedScriptIsRefused) {
  sandbox_.shell("echo '-- edited' >> r/r_expand01.sql");
  const cli::ProgramResult result = on_target("expand");
  EXPECT_EQ(result.status, 3) << result.err;
  EXPECT_NE(result.err.find("r_expand01"), std::string::npos) << result.err;
  EXPECT_EQ(sandbox_.emcee("diff sqlite:app.db r/old.sql --exit-code").status, 0);
}

TEST_F(Upgrade, AReaderThatGoesAwayIsNoError) {
  EXPECT_EQ(sandbox_.shell("emcee help | true; emcee expand --json --db sqlite:app.db --plan r | true").status, 0);
  EXPECT_EQ(code("check"), 3);  // expand went on to its end
}

TEST_F(Upgrade, OutputThatCannotBeWrittenIsAnError) {
  EXPECT_EQ(sandbox_.shell("emcee inspect r/old.sql > /dev/full").status, 4);
}

}  // namespace
}  // namespace emcee::testing
