// apply-missing: what a database lacks that comes from a release branch, to which a change was backported.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/sandbox.h"
#include "tests/servers/mysql_client.h"
#include "tests/servers/mysql_server.h"
#include "tests/servers/postgres_server.h"

namespace emcee::testing {
namespace {

using cli::ProgramResult;

// The release branch went a → d, with d backported; main has a → d → b → c → d2. Each adds a column, and d2
// renames the one of d.
class ApplyMissing : public ::testing::Test {
 protected:
  void use(const std::string& db, const std::string& dialect) {
    db_ = db;
    const std::string columns[] = {"", ", d INTEGER", ", d INTEGER, b INTEGER", ", d INTEGER, b INTEGER, c INTEGER",
                                   ", d2 INTEGER, b INTEGER, c INTEGER"};
    const std::string names[] = {"a", "d", "b", "c", "d2"};
    for (std::size_t i = 0; i < 5; ++i)
      sandbox_.write(names[i] + ".sql", "CREATE TABLE t (id INTEGER PRIMARY KEY" + columns[i] + ");\n");
    for (std::size_t i = 1; i < 5; ++i) plan(names[i - 1], names[i], dialect);
    list({"d", "b", "c", "d2"});
  }
  void plan(const std::string& from, const std::string& name, const std::string& dialect) {
    std::string map = "name = \"" + name + "\"\nfrom = \"" + from + "\"\n";
    if (name == "d2") map += "[[rename]]\ntable = \"t\"\nfrom = \"d\"\nto = \"d2\"\n";
    sandbox_.write(name + ".toml", map);
    const auto planned = sandbox_.emcee("plan " + from + ".sql " + name + ".sql --map " + name + ".toml --out " + name +
                                        " --dialect " + dialect);
    ASSERT_EQ(planned.status, 0) << planned.err;
  }
  void list(const std::vector<std::string>& releases) {
    std::string names;
    for (const std::string& release : releases) names += (names.empty() ? "\"" : ", \"") + release + "\"";
    sandbox_.write("emcee.toml", "[[component]]\nname = \"shop\"\ndb = \"" + db_ + "\"\nreleases = [" + names + "]\n");
  }
  ProgramResult run(const std::string& command) const { return sandbox_.emcee(command + " --project emcee.toml"); }
  // Releases that were finished, in order of time.
  std::string finished() const {
    const auto history = nlohmann::json::parse(sandbox_.emcee("dump-history --json --db '" + db_ + "'").out);
    std::string names;
    for (const auto& row : history["rows"])
      if (row["script"] == "" && row["state"] == "done") names += row["release"].get<std::string>() + " ";
    return names;
  }

  // REQUIRES: the database has the schema of a.
  void check_that_each_is_applied_once() {
    EXPECT_EQ(run("apply-missing d").status, 3);  // nobody knows what it has
    ASSERT_EQ(sandbox_.emcee("adopt --at a.sql --release a --db '" + db_ + "'").status, 0);
    EXPECT_EQ(run("apply-missing d").status, 3);  // it never was at d
    list({"d"});
    ASSERT_EQ(run("upgrade").status, 0);
    list({"d", "b", "c", "d2"});
    const auto dry = run("apply-missing d --dry-run");
    EXPECT_EQ(dry.status, 0);
    EXPECT_NE(dry.out.find("ADD COLUMN"), std::string::npos) << dry.out;
    EXPECT_NE(dry.err.find("c, d2"), std::string::npos) << dry.err;
    EXPECT_EQ(finished(), "a d ");
    int stops = 0;  // after every step, and the same command again
    while (true) {
      const auto result = run("apply-mission-revisions d --step");
      if (result.status == 0) break;
      ASSERT_EQ(result.status, 1) << result.err;
      ASSERT_LT(++stops, 100);
    }
    EXPECT_GE(stops, 2);
    EXPECT_EQ(finished(), "a d b c d2 ");
    const auto again = run("apply-missing d");
    EXPECT_EQ(again.status, 0) << again.err;
    EXPECT_EQ(again.out, "nothing to do: no release after d is missing in component shop\n");
    EXPECT_EQ(run("upgrade head").status, 0);
    EXPECT_EQ(run("check").status, 0);
    EXPECT_EQ(finished(), "a d b c d2 ");
    EXPECT_EQ(sandbox_.emcee("diff '" + db_ + "' d2.sql --exit-code").status, 0);
  }

  Sandbox sandbox_;
  std::string db_;
};

TEST_F(ApplyMissing, DoesEachExactlyOnce) {
  use("sqlite:app.db", "sqlite");
  sandbox_.shell("sqlite3 app.db < a.sql");
  check_that_each_is_applied_once();
}

TEST_F(ApplyMissing, DoesEachExactlyOnceOnPostgres) {
  const servers::PostgresDatabase database;
  use(database.url(), "postgres");
  servers::run_postgres(database.url(), sandbox_.read("a.sql"));
  check_that_each_is_applied_once();
}

TEST_F(ApplyMissing, RefusesWhatItCannotKnow) {
  use("sqlite:app.db", "sqlite");
  sandbox_.shell("sqlite3 app.db < a.sql");
  ASSERT_EQ(run("upgrade").status, 0);
  const auto unknown = run("apply-missing e");
  EXPECT_EQ(unknown.status, 1);
  EXPECT_NE(unknown.err.find("component shop has no release 'e'"), std::string::npos) << unknown.err;
  EXPECT_EQ(sandbox_.emcee("apply-missing d").status, 2);
  // A database that is newer than the project.
  list({"d"});
  EXPECT_EQ(run("apply-missing d").status, 0);
  sandbox_.shell("sqlite3 app.db \"DELETE FROM emcee_ledger WHERE release IN ('d', 'b')\"");
  const auto never = run("apply-missing d");
  EXPECT_EQ(never.status, 3);
  EXPECT_NE(never.err.find("stands at release d2, and never was at d"), std::string::npos) << never.err;
}

// A database that had b before d came into the project: d would be left out without a word.
TEST_F(ApplyMissing, FindsTwoHeads) {
  use("sqlite:app.db", "sqlite");
  sandbox_.shell("sqlite3 app.db < a.sql");
  ASSERT_EQ(sandbox_.emcee("adopt --at a.sql --release a --db app.db").status, 0);
  sandbox_.write("ab.sql", "CREATE TABLE t (id INTEGER PRIMARY KEY, b INTEGER);\n");
  sandbox_.write("ab.toml", "name = \"b\"\nfrom = \"a\"\n");
  ASSERT_EQ(sandbox_.emcee("plan a.sql ab.sql --map ab.toml --out ab").status, 0);
  list({"ab"});
  ASSERT_EQ(run("upgrade").status, 0);
  list({"d", "b", "c", "d2"});
  for (const char* command : {"apply-missing b", "upgrade", "expand"}) {
    const auto refused = run(command);
    EXPECT_EQ(refused.status, 3) << command;
    EXPECT_NE(refused.err.find("two heads: its database went from a to b, and the project from d to b"),
              std::string::npos)
        << refused.err;
  }
  EXPECT_EQ(finished(), "a b ");
}

class ApplyMissingOnMysql : public ApplyMissing, public ::testing::WithParamInterface<servers::MysqlFlavour> {};

TEST_P(ApplyMissingOnMysql, DoesEachExactlyOnce) {
  EMCEE_NEEDS_MYSQL(GetParam());
  servers::MysqlServer& server = servers::MysqlServer::shared(GetParam());
  const std::string database = server.fresh_database();
  use(server.url(database), std::string(to_string(GetParam())));
  servers::MysqlClient(server.root(database)).run(sandbox_.read("a.sql"));
  check_that_each_is_applied_once();
}

INSTANTIATE_TEST_SUITE_P(Servers, ApplyMissingOnMysql, ::testing::ValuesIn(servers::kMysqlFlavours),
                         ::testing::PrintToStringParamName());

}  // namespace
}  // namespace emcee::testing
