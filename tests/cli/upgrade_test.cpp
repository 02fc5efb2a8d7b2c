// A whole upgrade through the binary: the codes, the JSON, and what the pipes hold.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/cli/sandbox.h"

namespace emcee::testing {
namespace {

constexpr const char* kUsersOld = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);\n";
constexpr const char* kUsersNew = "CREATE TABLE users (id INTEGER PRIMARY KEY, full_name TEXT NOT NULL);\n";
constexpr const char* kMap =
    "name = \"r\"\nfrom = \"q\"\n[schema]\nold = \"old.sql\"\nnew = \"new.sql\"\n"
    "[[rename]]\ntable = \"users\"\nfrom = \"name\"\nto = \"full_name\"\n";

class Upgrade : public ::testing::Test {
 protected:
  void SetUp() override {
    sandbox_.write("r/old.sql", kUsersOld);
    sandbox_.write("r/new.sql", kUsersNew);
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
  EXPECT_EQ(sandbox_.emcee("version --db app.db --plan r").out.find("r_expand"), 0U);
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

TEST_F(Upgrade, CheckSeesWhatAnotherHandAltered) {
  ASSERT_EQ(code("expand"), 0);
  EXPECT_EQ(code("check"), 3);
  sql("DROP TRIGGER emcee_users_full_name_update;"
      "CREATE TRIGGER emcee_users_full_name_update AFTER UPDATE ON users BEGIN SELECT 1; END");
  EXPECT_EQ(code("check"), 1);
}

TEST_F(Upgrade, AFillOfAnOldColumnIsMigratedAgainUntilContract) {
  sandbox_.write("old.sql", "CREATE TABLE t (id INTEGER PRIMARY KEY, c TEXT);\n");
  sandbox_.write("new.sql", "CREATE TABLE t (id INTEGER PRIMARY KEY, c TEXT NOT NULL);\n");
  sandbox_.write("f/release.toml", "name = \"f\"\n[[fill]]\ntable = \"t\"\ncolumn = \"c\"\nvalue = \"'c' || id\"\n");
  ASSERT_EQ(sandbox_.emcee("plan old.sql new.sql --map f/release.toml --out f").status, 0);
  sandbox_.shell("sqlite3 f.db < old.sql; sqlite3 f.db \"INSERT INTO t VALUES (1, 'x'), (2, NULL)\"");
  const auto run = [&](const std::string& command) {
    return sandbox_.emcee(command + " --db sqlite:f.db --plan f").status;
  };
  EXPECT_EQ(run("expand"), 0);
  EXPECT_EQ(run("migrate"), 0);
  EXPECT_EQ(sandbox_.shell("sqlite3 f.db 'SELECT * FROM t'").out, "1|x\n2|c2\n");
  sandbox_.shell("sqlite3 f.db 'INSERT INTO t VALUES (3, NULL)'");
  EXPECT_EQ(run("contract"), 1);
  EXPECT_EQ(run("migrate"), 0);
  EXPECT_EQ(run("contract"), 0);
  EXPECT_EQ(sandbox_.shell("sqlite3 f.db 'SELECT * FROM t'").out, "1|x\n2|c2\n3|c3\n");
  EXPECT_EQ(sandbox_.emcee("diff sqlite:f.db new.sql --exit-code").status, 0);
}

TEST_F(Upgrade, AHazardThatRefusesWritesHasToBeAccepted) {
  sandbox_.write("old.sql", "CREATE TABLE u (id INTEGER PRIMARY KEY);\n");
  sandbox_.write("new.sql",
                 "CREATE TABLE u (id INTEGER PRIMARY KEY);\nCREATE TABLE p (id INTEGER PRIMARY KEY REFERENCES u);\n");
  const std::string accept = "[[accept]]\nhazard = \"fk_onto_old_table\"\nreason = \"nobody deletes\"\n";
  sandbox_.write("no.toml", "name = \"a\"\n");
  sandbox_.write("yes.toml", "name = \"a\"\n" + accept);
  const auto refused = sandbox_.emcee("plan old.sql new.sql --map no.toml --out a");
  EXPECT_NE(refused.status, 0);
  EXPECT_NE(refused.out.find("[[accept]] hazard = \"fk_onto_old_table\", object = \"p\""), std::string::npos)
      << refused.out;
  EXPECT_FALSE(sandbox_.exists("a/plan.json"));
  EXPECT_EQ(sandbox_.emcee("plan old.sql new.sql --map yes.toml --out a").status, 0);
  EXPECT_TRUE(sandbox_.exists("a/plan.json"));
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

TEST_F(Upgrade, DoctorFindsReadersThatHoldUpOthers) {
  const auto with_reader = [&](const std::string& prepare) {
    return sandbox_.shell(
        "sqlite3 app.db '" + prepare +
        "'; mkfifo reader; sqlite3 app.db < reader > /dev/null & exec 3> reader; rm reader; "
        "echo 'BEGIN; SELECT * FROM users;' >&3; sleep 1; "
        "sqlite3 app.db \"PRAGMA busy_timeout=1; INSERT INTO users VALUES (9, 'w')\" > /dev/null 2>&1; "
        "emcee doctor app.db; code=$?; exec 3>&-; wait; exit $code");
  };
  const auto blocked = with_reader("SELECT 1");
  EXPECT_EQ(blocked.status, 1);
  EXPECT_NE(blocked.out.find("another connection has the database open in a transaction"), std::string::npos)
      << blocked.out << blocked.err;
  const auto wal = with_reader("PRAGMA journal_mode = WAL");
  EXPECT_EQ(wal.status, 1);
  EXPECT_NE(wal.out.find("a reader keeps"), std::string::npos) << wal.out << wal.err;
}

TEST_F(Upgrade, DoctorNamesTheLibraryThatTheSchemaNeeds) {
  const auto needed = [&](const std::string& ddl) {
    sql(ddl);
    return sandbox_.emcee("doctor app.db").out;
  };
  EXPECT_NE(needed("CREATE VIEW v1 AS SELECT row_number() OVER (ORDER BY id) FROM users").find("3.25.0 or newer"),
            std::string::npos);
  EXPECT_NE(needed("CREATE TABLE g (a, b AS (a + 1))").find("3.31.0 or newer (generated column g.b)"),
            std::string::npos);
  EXPECT_NE(needed("CREATE TABLE s (a INT) STRICT").find("3.37.0 or newer (STRICT table s)"), std::string::npos);
  EXPECT_NE(needed("CREATE VIEW v2 AS SELECT name ->> 'x' FROM users").find("3.38.0 or newer"), std::string::npos);
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
