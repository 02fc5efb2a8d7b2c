#include "schema/fragment.h"

#include <gtest/gtest.h>

namespace emcee::schema {
namespace {

const Quoting kQuoting{};

Token word(Role role, std::string text) { return Token{role, std::move(text), {}, Folding::ignore_case}; }

TEST(Fragment, RewritesColumnsByRole) {
  // lower(name): the column goes, a function of the same name would stay
  const Fragment f(
      {word(Role::name, "lower"), word(Role::symbol, "("), word(Role::column, "name"), word(Role::symbol, ")")});
  const Fragment sum({word(Role::column, "a"), word(Role::symbol, "+"), word(Role::literal, "1")});
  const Fragment g = f.with_columns([&](const Token&) { return sum; });
  EXPECT_EQ(to_sql(g, kQuoting), "\"lower\"((\"a\" + 1))");
  EXPECT_TRUE(g.mentions_column(Identifier("A", Folding::ignore_case)));
  EXPECT_FALSE(g.mentions_column(Identifier("lower", Folding::ignore_case)));
}

TEST(Fragment, EqualWhateverTheCaseOfKeywordsAndNames) {
  EXPECT_EQ(Fragment({word(Role::keyword, "null")}), Fragment({word(Role::keyword, "NULL")}));
  EXPECT_EQ(Fragment({word(Role::column, "a")}), Fragment({word(Role::column, "A")}));
  EXPECT_FALSE(Fragment({word(Role::literal, "'a'")}) == Fragment({word(Role::literal, "'A'")}));
}

TEST(Quoting, DoublesTheQuote) { EXPECT_EQ(kQuoting(Identifier("a\"b")), "\"a\"\"b\""); }

TEST(Identifier, FoldsOnlyWhereTheDialectDoes) {
  EXPECT_EQ(Identifier("Users", Folding::ignore_case), Identifier("users", Folding::ignore_case));
  EXPECT_NE(Identifier("Users"), Identifier("users"));
  EXPECT_EQ(Identifier("Users").hash(), Identifier("users").hash());
}

}  // namespace
}  // namespace emcee::schema
