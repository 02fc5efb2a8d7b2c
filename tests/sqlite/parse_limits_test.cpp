// Nesting beyond any sense is an error at its place, and never a crash.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "dialects/sqlite/parse.h"

namespace emcee::sqlite {
namespace {

struct Nest {
  const char* name;
  std::string before, open, middle, close, after;

  std::string text(std::size_t levels) const {
    std::string result = before;
    for (std::size_t i = 0; i < levels; ++i) result += open;
    result += middle;
    for (std::size_t i = 0; i < levels; ++i) result += close;
    return result + after;
  }
};

const Nest kNests[] = {
    {"parentheses", "CREATE TABLE t (a CHECK (", "(", "1", ")", "));"},
    {"calls", "CREATE VIEW v AS SELECT ", "f(", "1", ")", ";"},
    {"NOT", "CREATE VIEW v AS SELECT ", "NOT ", "1", "", ";"},
    {"CASE", "CREATE VIEW v AS SELECT ", "CASE WHEN ", "1", " THEN 1 END", ";"},
    {"BETWEEN", "CREATE VIEW v AS SELECT 1 ", "BETWEEN 1 ", "", "AND 1 ", ";"},
    {"subqueries", "CREATE VIEW v AS SELECT ", "(SELECT ", "1", ")", ";"},
    {"joins", "CREATE VIEW v AS SELECT * FROM ", "(", "t", ")", ";"},
};

schema::Result<std::vector<parser::Statement>> parse_text(std::string text) {
  parser::Coverage coverage;
  return parse(parser::Source("deep.sql", std::move(text)), false, coverage);
}

TEST(ParseLimits, NestingIsRefusedWithItsPlace) {
  for (const Nest& nest : kNests) {
    SCOPED_TRACE(nest.name);
    EXPECT_TRUE(parse_text(nest.text(80)));
    for (std::size_t levels : {1000, 1000000}) {
      const auto result = parse_text(nest.text(levels));
      ASSERT_FALSE(result);
      EXPECT_EQ(result.error().code, schema::ErrorCode::fix_text);
      EXPECT_EQ(result.error().message, "nested too deeply: 250 levels are the limit");
      EXPECT_GT(result.error().position->column, nest.before.size());
    }
  }
}

TEST(ParseLimits, LengthIsNoNesting) {
  std::string sum = "CREATE VIEW v AS SELECT 1";
  for (int i = 0; i < 100000; ++i) sum += " + 1 AND - - 1";
  EXPECT_TRUE(parse_text(sum + ";"));
  std::string table = "CREATE TABLE t (a0";
  for (int i = 1; i < 20000; ++i) table += fmt::format(", a{}", i);
  EXPECT_TRUE(parse_text(table + ");"));
}

TEST(ParseLimits, VirtualTablesTakeAnyBalancedText) {
  const Nest arguments{"arguments", "CREATE VIRTUAL TABLE t USING f(", "(", "x", ")", ");"};
  EXPECT_TRUE(parse_text(arguments.text(100000)));
  EXPECT_FALSE(parse_text("CREATE VIRTUAL TABLE t USING f((x);"));
}

}  // namespace
}  // namespace emcee::sqlite
