// Hostile input ends in an error with a place, never in a crash.
#include <gtest/gtest.h>

#include "tests/cli/sandbox.h"

namespace emcee::testing {
namespace {

void expect_clear_error(const Sandbox& sandbox, const std::string& arguments) {
  const cli::ProgramResult result = sandbox.emcee(arguments);
  EXPECT_EQ(result.status, 2) << arguments << "\n" << result.err;
  EXPECT_NE(result.err.find("error:"), std::string::npos) << arguments << "\n" << result.err;
  EXPECT_LT(result.err.size(), 2000U) << arguments;
}

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

TEST(Hostile, Nonsense) {
  Sandbox sandbox;
  sandbox.write("a.sql", "once upon a time there was a table\n");
  expect_clear_error(sandbox, "inspect a.sql");
  sandbox.write("b.sql", std::string("CREATE TABLE t (a \0 b)\n", 23));
  expect_clear_error(sandbox, "inspect b.sql");
  sandbox.shell("head -c 100000 \"$0\" > c.sql");  // the binary itself
  expect_clear_error(sandbox, "inspect c.sql");
  expect_clear_error(sandbox, "diff a.sql c.sql --json");
}

TEST(Hostile, TruncatedAnywhere) {
  const std::string whole =
      "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT DEFAULT 'x''y' CHECK (b <> \"z\")); /* c */\n"
      "CREATE TRIGGER u AFTER UPDATE ON t BEGIN SELECT 1; END;\n";
  Sandbox sandbox;
  for (std::size_t length = 0; length <= whole.size(); length += 7) {
    sandbox.write("t.sql", whole.substr(0, length));
    const cli::ProgramResult result = sandbox.emcee("inspect t.sql");
    EXPECT_TRUE(result.status == 0 || result.status == 2) << length << ": " << result.status << "\n" << result.err;
  }
}

TEST(Hostile, AMillionParentheses) {
  Sandbox sandbox;
  constexpr int kMany = 1000000;
  sandbox.write("check.sql", "CREATE TABLE t (a CHECK " + repeated("(", kMany) + "a" + repeated(")", kMany) + ");");
  expect_clear_error(sandbox, "inspect check.sql");
  sandbox.write("open.sql", "CREATE TABLE t (a DEFAULT " + repeated("(", kMany));
  expect_clear_error(sandbox, "inspect open.sql");
  sandbox.write("case.sql", "CREATE VIEW v AS SELECT " + repeated("CASE WHEN 1 THEN ", kMany));
  expect_clear_error(sandbox, "inspect case.sql");
  sandbox.write("not.sql", "CREATE VIEW v AS SELECT " + repeated("NOT ", kMany) + "1;");
  expect_clear_error(sandbox, "inspect not.sql");
  sandbox.write("select.sql", "CREATE VIEW v AS " + repeated("SELECT (", kMany));
  expect_clear_error(sandbox, "inspect select.sql");
}

TEST(Hostile, MapsThatAreNone) {
  Sandbox sandbox;
  sandbox.write("a.sql", "CREATE TABLE t (a);");
  sandbox.write("nonsense.toml", "[[[[");
  expect_clear_error(sandbox, "diff a.sql a.sql --map nonsense.toml");
  sandbox.write("deep.toml", "a = " + repeated("[", 100000));
  expect_clear_error(sandbox, "diff a.sql a.sql --map deep.toml");
  sandbox.write("expression.toml",
                "name = \"r\"\n[[fill]]\ntable = \"t\"\ncolumn = \"a\"\nvalue = \"" + repeated("(", 100000) + "\"\n");
  expect_clear_error(sandbox, "diff a.sql a.sql --map expression.toml");
}

TEST(Hostile, PlansThatAreNone) {
  Sandbox sandbox;
  sandbox.shell("sqlite3 app.db 'CREATE TABLE t (a)'");
  for (const std::string& text : {std::string("{"), std::string("[]"), std::string("{\"format\": 1}"),
                                  std::string("{\"format\": 99}"), repeated("[", 100000), std::string("\xff\xfe")}) {
    sandbox.write("r/plan.json", text);
    expect_clear_error(sandbox, "expand --db sqlite:app.db --plan r");
  }
}

TEST(Hostile, FilesThatAreNoDatabase) {
  Sandbox sandbox;
  sandbox.write("app.db", repeated("this is not a database ", 100));
  const cli::ProgramResult result = sandbox.emcee("version --db sqlite:app.db");
  EXPECT_EQ(result.status, 4) << result.err;
}

TEST(Hostile, AFolderWhereAFileIsExpected) {
  Sandbox sandbox;
  sandbox.shell("mkdir d map.toml");
  sandbox.write("a.sql", "CREATE TABLE t (a);");
  expect_clear_error(sandbox, "diff a.sql a.sql --map map.toml");
  expect_clear_error(sandbox, "plan a.sql a.sql --release r --out a.sql");
}

}  // namespace
}  // namespace emcee::testing
