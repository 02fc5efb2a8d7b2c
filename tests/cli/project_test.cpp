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
