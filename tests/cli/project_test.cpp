// Several databases and releases in one project, and the spellings of other tools.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/aliases.h"
#include "tests/cli/sandbox.h"

namespace emcee::testing {
namespace {

// Three components with two releases each: the first adds a column, the second renames it.
class ProjectCommands : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* const versions[] = {"CREATE TABLE t (id INTEGER PRIMARY KEY);\n",
                                    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);\n",
                                    "CREATE TABLE t (id INTEGER PRIMARY KEY, b TEXT);\n"};
    for (int i = 0; i < 3; ++i) sandbox_.write("v" + std::to_string(i) + ".sql", versions[i]);
    std::string file;
    for (const std::string name : {"astakos", "cyclades", "pithos"}) {
      sandbox_.shell("sqlite3 " + name + ".db < v0.sql; sqlite3 " + name + ".db 'INSERT INTO t VALUES (1)'");
      sandbox_.write(name + "/one.toml", "name = \"one\"\nfrom = \"zero\"\ncomponent = \"" + name + "\"\n");
      sandbox_.write(name + "/two.toml", "name = \"two\"\nfrom = \"one\"\ncomponent = \"" + name +
                                             "\"\n[[rename]]\ntable = \"t\"\nfrom = \"a\"\nto = \"b\"\n");
      plan(name, "v0.sql", "v1.sql", "one");
      plan(name, "v1.sql", "v2.sql", "two");
      file += "[[component]]\nname = \"" + name + "\"\ndb = \"sqlite:" + name + ".db\"\nreleases = [\"" + name +
              "/one\", \"" + name + "/two\"]\n";
    }
    sandbox_.write("emcee.toml", file);
  }
  void plan(const std::string& name, const std::string& before, const std::string& after, const std::string& release) {
    const auto result = sandbox_.emcee("plan " + before + " " + after + " --map " + name + "/" + release +
                                       ".toml --out " + name + "/" + release);
    ASSERT_EQ(result.status, 0) << result.err;
  }
  cli::ProgramResult run(const std::string& command) const { return sandbox_.emcee(command + " --project emcee.toml"); }
  std::string version(const std::string& name) const {
    return sandbox_.emcee("version --db " + name + ".db --component " + name).out;
  }

  Sandbox sandbox_;
};

TEST_F(ProjectCommands, GoThroughAllDatabasesReleaseByRelease) {
  EXPECT_EQ(run("check").status, 2);
  EXPECT_EQ(run("migrate").status, 3);
  for (const std::string release : {"one", "two"}) {
    for (const char* phase : {"expand", "migrate", "contract"}) {
      const auto result = run(phase);
      EXPECT_EQ(result.status, 0) << phase << result.err;
    }
    for (const char* name : {"astakos", "cyclades", "pithos"})
      EXPECT_NE(version(name).find(release + "_contract01"), std::string::npos) << version(name);
    EXPECT_EQ(run("check").status, release == "one" ? 2 : 0);
  }
  EXPECT_EQ(run("contract").status, 0);  // nothing to do
  EXPECT_EQ(run("upgrade").status, 0);
  EXPECT_EQ(sandbox_.emcee("diff pithos.db v2.sql --exit-code").status, 0);
}

TEST_F(ProjectCommands, UpgradeDoesAllThatIsPendingOnce) {
  const auto result = sandbox_.emcee("upgrade head --project emcee.toml --skip pithos");
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_NE(version("astakos").find("two_contract01"), std::string::npos);
  EXPECT_NE(version("cyclades").find("two_contract01"), std::string::npos);
  EXPECT_EQ(version("pithos"), "not under control\n");
  EXPECT_EQ(run("check").status, 2);
  EXPECT_EQ(sandbox_.emcee("check --project emcee.toml --component cyclades").status, 0);
}

TEST_F(ProjectCommands, AFailureInTheMiddleSaysWhereEachStands) {
  sandbox_.shell("sqlite3 cyclades.db 'ALTER TABLE t ADD COLUMN strange TEXT'");
  const auto result = run("expand");
  EXPECT_EQ(result.status, 3);
  EXPECT_NE(result.err.find("component cyclades did not get through; done: astakos; not touched: pithos"),
            std::string::npos)
      << result.err;
  EXPECT_NE(version("astakos").find("one_expand01"), std::string::npos);
  EXPECT_EQ(version("pithos"), "not under control\n");
  EXPECT_EQ(run("status").status, 0);
  sandbox_.shell("sqlite3 cyclades.db 'ALTER TABLE t DROP COLUMN strange'");
  EXPECT_EQ(run("expand").status, 0);
  EXPECT_NE(version("pithos").find("one_expand01"), std::string::npos);
}

TEST_F(ProjectCommands, TheSameDatabaseHasItsTurnOnce) {
  const std::string component = "db = \"sqlite:astakos.db\"\nreleases = [\"astakos/one\"]\n";
  sandbox_.write("emcee.toml",
                 "[[component]]\nname = \"metering\"\n" + component + "[[component]]\nname = \"event\"\n" + component);
  const auto result = run("expand");
  EXPECT_EQ(result.status, 0);
  EXPECT_NE(result.err.find("== metering"), std::string::npos);
  EXPECT_EQ(result.err.find("== event"), std::string::npos);
}

// 2 to 4 are states: what keeps `check` from finding one is 1, in projects too.
TEST_F(ProjectCommands, CheckAnswersWithAStateOnly) {
  EXPECT_EQ(sandbox_.emcee("check --project none.toml").status, 1);
  EXPECT_EQ(run("check --component astacos").status, 1);
  sandbox_.shell("rm cyclades.db");
  EXPECT_EQ(run("check").status, 1);
}

// A group goes from release to release together.
TEST_F(ProjectCommands, ComponentsOfAGroupStayAtTheSameRelease) {
  const std::string file = sandbox_.read("emcee.toml");
  sandbox_.write("emcee.toml", file + "[[together]]\ncomponents = [\"astakos\", \"pithos\"]\n");
  for (const char* phase : {"expand", "migrate"}) EXPECT_EQ(run(phase + std::string(" --component astakos")).status, 0);
  const auto alone = run("contract --component astakos");
  EXPECT_EQ(alone.status, 3);
  EXPECT_NE(alone.err.find("component pithos has to be at the same release, and is at no release"), std::string::npos)
      << alone.err;
  EXPECT_NE(run("status --component astakos").out.find("component pithos has to be"), std::string::npos);
  for (const char* phase : {"expand", "migrate", "contract"})
    EXPECT_EQ(run(phase + std::string(" --component pithos")).status, 0) << phase;
  EXPECT_EQ(run("expand --component pithos").status, 3);  // astakos has not finished the release before it
  EXPECT_EQ(run("contract --component astakos").status, 0);
  EXPECT_EQ(run("expand --component pithos").status, 0);
  // The rest, offline: from release to release, whatever the order of the file.
  const auto rest = run("upgrade");
  EXPECT_EQ(rest.status, 0) << rest.err;
  EXPECT_EQ(run("check").status, 0);
  sandbox_.write("emcee.toml", file + "[[together]]\ncomponents = [\"astakos\", \"pithas\"]\n");
  EXPECT_NE(run("status").err.find("there is no component 'pithas'"), std::string::npos);
}

TEST_F(ProjectCommands, AGroupIsUpgradedReleaseByRelease) {
  sandbox_.write("emcee.toml", sandbox_.read("emcee.toml") + "[[together]]\ncomponents = [\"astakos\", \"pithos\"]\n");
  const auto all = run("upgrade");
  EXPECT_EQ(all.status, 0) << all.err;
  EXPECT_LT(all.err.find("== pithos: pithos/one"), all.err.find("== astakos: astakos/two")) << all.err;
  EXPECT_EQ(run("check").status, 0);
}

// Data that moves from one service to another: contract waits until it is there.
TEST_F(ProjectCommands, DataThatMovedIsCounted) {
  sandbox_.write("emcee.toml",
                 sandbox_.read("emcee.toml") +
                     "[[component.manual]]\nname = \"quotas\"\nbefore = \"contract\"\n"
                     "text = \"load the quotas into astakos\"\nquery = \"SELECT count(*), sum(id) FROM t\"\n"
                     "same = { component = \"astakos\", query = \"SELECT count(*), sum(id) FROM t\" }\n");
  for (const char* phase : {"expand", "migrate"}) EXPECT_EQ(run(phase + std::string(" --component pithos")).status, 0);
  sandbox_.shell("sqlite3 pithos.db 'INSERT INTO t (id) VALUES (2)'");
  EXPECT_EQ(run("confirm quotas --component pithos").status, 0);
  const auto refused = run("contract --component pithos");
  EXPECT_EQ(refused.status, 3);
  EXPECT_NE(refused.err.find("quotas: the rows differ: 2|3 here, 1|1 in astakos"), std::string::npos) << refused.err;
  sandbox_.shell("sqlite3 astakos.db 'INSERT INTO t (id) VALUES (2)'");
  EXPECT_EQ(run("contract --component pithos").status, 0);
}

// URLs as other tools write them; a store without a schema has nothing to upgrade.
TEST_F(ProjectCommands, UrlsWithDriversAndStoresWithoutASchema) {
  EXPECT_EQ(sandbox_.emcee("version --db sqlite+pysqlite:///astakos.db").out, "not under control\n");
  EXPECT_EQ(sandbox_.emcee("version --db sqlite:///astakos.db").status, 0);
  for (const char* url : {"mysql+pymysql", "postgresql+psycopg2", "mariadb+mariadbconnector"}) {
    const auto tried = sandbox_.emcee(std::string("doctor ") + url + "://emcee@localhost/x?host=/nowhere");
    EXPECT_EQ(tried.err.find("is no URL"), std::string::npos) << tried.err;
  }
  const auto none = sandbox_.emcee("expand --db mongodb://localhost/metering --plan astakos/one");
  EXPECT_EQ(none.status, 0) << none.err;
  EXPECT_EQ(none.out, "nothing to do: mongodb has no schema\n");
  sandbox_.write("emcee.toml", sandbox_.read("emcee.toml") +
                                   "[[component]]\nname = \"metering\"\ndb = \"mongodb+srv://u:secret@h/m\"\n");
  const auto all = run("upgrade");
  EXPECT_EQ(all.status, 0) << all.err;
  EXPECT_NE(all.out.find("nothing to do: mongodb of component metering has no schema"), std::string::npos) << all.out;
  EXPECT_EQ((all.out + all.err).find("secret"), std::string::npos);
  EXPECT_EQ(run("check").status, 0);
}

TEST_F(ProjectCommands, RefuseWhatMakesNoSense) {
  EXPECT_EQ(sandbox_.emcee("status --project emcee.toml --db astakos.db").status, 2);
  EXPECT_EQ(sandbox_.emcee("status --project emcee.toml --component astacos").status, 2);
  EXPECT_NE(sandbox_.emcee("status --project emcee.toml --skip astacos").err.find("astakos"), std::string::npos);
  EXPECT_EQ(sandbox_.emcee("status --project none.toml").status, 2);
  EXPECT_EQ(sandbox_.emcee("status").status, 2);
  EXPECT_EQ(sandbox_.emcee("path one two").status, 2);  // the project has no series
}

TEST(Aliases, StandForCommandsThatAreThere) {
  const Sandbox sandbox;
  for (const cli::Alias& alias : cli::aliases()) {
    std::string line;
    for (const std::string_view word : alias.words) line += " " + std::string(word);
    if (alias.here.back().starts_with("--")) line += " newton";  // the value of that option
    const auto help = sandbox.emcee(line + " --help");
    EXPECT_EQ(help.status, 0) << line << ": " << help.err;
    EXPECT_EQ(help.out.find("emcee " + std::string(alias.here.front()) + ":"), 0U) << line;
  }
  EXPECT_EQ(cli::translate_alias({"db", "check", "--db", "x"}),
            (std::vector<std::string>{"check", "--codes", "glance", "--db", "x"}));
  EXPECT_EQ(cli::translate_alias({"db"}), std::vector<std::string>{"db"});
}

TEST(Aliases, PathIsAskedOnTheCommandLine) {
  const Sandbox sandbox;
  sandbox.write("emcee.toml",
                "[[series]]\nname = \"23.09\"\nreleases = [\"23.09.9\", \"23.09.10\"]\n"
                "[[series]]\nname = \"24.03\"\nreleases = [\"24.03.0\"]\n");
  EXPECT_EQ(sandbox.emcee("path 23.09.9 23.09.10 24.03.0").status, 0);
  const auto refused = sandbox.emcee("path 23.09.9 24.03.0");
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.err.find("23.09.9 → 23.09.10 → 24.03.0"), std::string::npos);
}

}  // namespace
}  // namespace emcee::testing
