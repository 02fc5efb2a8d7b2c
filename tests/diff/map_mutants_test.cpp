// Maps with slips of the finger, and worse: an error at a place of the text, or a map; never a crash.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <algorithm>

#include "dialects/sqlite/parse.h"
#include "diff/release_map.h"

namespace emcee::diff {
namespace {

constexpr std::string_view kMap = R"(name = "ocata"
[schema]
old = "old.sql"
[[rename_table]]
from = "users"
to = '"a.b"'
[[rename]]
table = "people"
from = "name"
to = "full_name"
[[map]]
table = "images"
old = ["is_public", "b"]
new = ["visibility"]
up.visibility = "CASE WHEN is_public THEN 'p\u00fcblic' ELSE \"b\" END"
down = { is_public = "visibility = 'public'", b = { sqlite = '''
length(visibility)''', postgres = "1" } }
both_given = "new_wins"
[[fill]]
table = "users"
column = "locale"
value = "'en'"
[[override]]
change = "drop_unique"
object = "users.uq"
phase = "expand"
reason = "because"
)";

RC_GTEST_PROP(MapMutants, GiveAMapOrAnErrorAtItsPlace, ()) {
  std::string text(kMap);
  const std::string bytes = "\"'\\\n[]{}=.#,u0x \xC3\xFF";
  const int edits = *rc::gen::inRange(1, 8).as("edits");
  for (int i = 0; i < edits; ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
    const char byte = *rc::gen::elementOf(bytes);
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
        text.erase(at, 1);
        break;
      case 1:
        text.insert(at, 1, byte);
        break;
      case 2:
        text[at] = byte;
        break;
      default:
        text.resize(std::max<std::size_t>(at, 1));
    }
  }
  const auto map = read_release_map(parser::Source("release.toml", text), "sqlite", schema::Folding::ignore_case,
                                    sqlite::parse_expression);
  if (map) return;
  const schema::Error& error = map.error();
  RC_ASSERT(error.code == schema::ErrorCode::fix_text);
  RC_ASSERT(!error.message.empty());
  RC_ASSERT(error.position.has_value());
  RC_ASSERT(error.position->line >= 1u);
  RC_ASSERT(error.position->line <= static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1);
  RC_ASSERT(error.position->column >= 1u);
}

TEST(MapMutants, TheOriginalIsAMap) {
  const auto map = read_release_map(parser::Source("release.toml", std::string(kMap)), "sqlite",
                                    schema::Folding::ignore_case, sqlite::parse_expression);
  EXPECT_TRUE(map) << schema::to_text(map.error());
}

// Nesting and length are limited by the parsers, not by the stack.
TEST(MapMutants, SurvivesDeepNesting) {
  for (const auto& [open, close] : {std::pair{"[", "]"}, std::pair{"{a=", "}"}}) {
    std::string text = "name = ";
    for (int i = 0; i < 100000; ++i) text += open;
    for (int i = 0; i < 100000; ++i) text += close;
    EXPECT_FALSE(
        read_release_map(parser::Source("m", text), "sqlite", schema::Folding::ignore_case, sqlite::parse_expression));
  }
  const std::string parentheses =
      "[[fill]]\ntable = \"t\"\ncolumn = \"c\"\nvalue = \"" + std::string(100000, '(') + "\"\n";
  EXPECT_FALSE(read_release_map(parser::Source("m", parentheses), "sqlite", schema::Folding::ignore_case,
                                sqlite::parse_expression));
}

}  // namespace
}  // namespace emcee::diff
