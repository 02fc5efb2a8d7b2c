// Expressions of a release map.
#include <gtest/gtest.h>

#include "dialects/sqlite/ddl.h"
#include "dialects/sqlite/parse.h"

namespace emcee::sqlite {
namespace {

// At the beginning of a file `.5` would be a line for the sqlite3 shell.
TEST(Expression, MayBeginWithAPoint) {
  const auto fragment = parse_expression(parser::Source("map", ".5 * price"));
  ASSERT_TRUE(fragment) << to_text(fragment.error());
  EXPECT_EQ(to_canonical_sql(*fragment, quoting()), ".5 * price");
  EXPECT_EQ(fragment->columns().size(), 1u);
}

}  // namespace
}  // namespace emcee::sqlite
