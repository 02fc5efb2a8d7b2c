// Whatever the text is: a schema or an error with its place, never a crash.
#include <gtest/gtest.h>

#include "dialects/postgres/parse.h"

namespace emcee::postgres {
namespace {

std::string repeated(const std::string& text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}

schema::Result<schema::Schema> read_text(const std::string& sql) {
  parser::Coverage coverage;
  return read({parser::Source("hostile.sql", sql)}, false, coverage);
}

TEST(PostgresHostile, DeepNestingIsAnError) {
  for (const int depth : {2000, 20000, 200000}) {
    SCOPED_TRACE(depth);
    EXPECT_FALSE(read_text("CREATE TABLE t (a int CHECK (" + repeated("NOT ", depth) + "true));"));
    EXPECT_FALSE(
        read_text("CREATE VIEW v AS SELECT " + repeated("-(", depth) + "a" + repeated(")", depth) + " FROM t;"));
    EXPECT_FALSE(read_text("CREATE VIEW v AS " + repeated("SELECT (", depth) + "1" + repeated(")", depth) + ";"));
  }
}

TEST(PostgresHostile, BrokenTextsAreErrors) {
  for (const char* sql :
       {"CREATE TABLE t (", "CREATE TABLE t (a int", "CREATE TABLE t (a int,,b int);", "'", "\"", "$$", "/*",
        "CREATE TABLE \xff\xfe (a int", "CREATE FUNCTION f() AS $x$ ;", "SELECT FROM FROM;", "\\", "COPY t FROM"})
    EXPECT_NO_THROW(read_text(sql)) << sql;
  EXPECT_FALSE(read_text("CREATE TABLE t (a int,,b int);"));
  EXPECT_FALSE(read_text("CREATE TABLE t (a int"));
}

TEST(PostgresHostile, ErrorsHaveTheirPlace) {
  const auto result =
      read_text("CREATE TABLE t (a int);\n\nCREATE TABLE ü (\n  b int,\n  c inte ger bad,\n  d int\n);\n");
  ASSERT_FALSE(result);
  ASSERT_TRUE(result.error().position);
  EXPECT_EQ(result.error().position->line, 5u);
  EXPECT_EQ(result.error().position->column, 10u);
  EXPECT_EQ(result.error().code, schema::ErrorCode::fix_text);
  const auto twice = read_text("CREATE TABLE t (a int);\n-- again\nCREATE TABLE t (a int);\n");
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().position->line, 3u);
  EXPECT_EQ(twice.error().code, schema::ErrorCode::fix_schema);
}

TEST(PostgresHostile, ALenientReaderGoesOn) {
  parser::Coverage coverage;
  const auto result = read(
      {parser::Source("x.sql", "CREATE TABLE a (x int);\nCREATE TABLE (;\nCREATE TABLE b (y int);\n")}, true, coverage);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->tables().size(), 2u);
  EXPECT_EQ(coverage.warnings.size(), 1u);
}

TEST(PostgresHostile, ExpressionsAreOne) {
  const auto parse = [](const std::string& text) { return parse_expression(parser::Source("map.toml", text)); };
  for (const char* good : {"a + 1", "lower(a) || 'x'", "CASE WHEN a THEN 1 ELSE 2 END", "a::text", "(a)", "a -- note",
                           "NULL", "coalesce(a, b)", "a IN ('x', 'y')"})
    EXPECT_TRUE(parse(good)) << good;
  for (const char* bad : {"", "a, b", "a; DROP TABLE t", "a FROM t", "a) + (b", "a AS b", "1); SELECT (2", "a,"})
    EXPECT_FALSE(parse(bad)) << bad;
  EXPECT_FALSE(parse(std::string("a\0b", 3)));
  EXPECT_TRUE(parse("(SELECT count(*) FROM t)")->columns().empty());
  const auto columns = parse("lower(a) || t.b || 'c'")->columns();
  ASSERT_EQ(columns.size(), 2u);
  EXPECT_EQ(columns[0].text(), "a");
  EXPECT_EQ(columns[1].text(), "b");
}

}  // namespace
}  // namespace emcee::postgres
