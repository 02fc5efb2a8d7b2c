#include "diff/toml_text.h"

#include <gtest/gtest.h>

namespace emcee::diff {
namespace {

// The character of the text that each byte of the value comes from, and of the closing quote.
std::string origins(const std::string& text) {
  const parser::Source source("t.toml", text);
  const auto toml = TomlText::parse(source);
  if (!toml) return toml.error().message;
  const auto& string = *toml->root().get("v")->as_string();
  std::string result;
  for (const std::size_t offset : string_offsets(text, toml->offset(string.source()), string.get()))
    result += text[offset];
  return result;
}

TEST(TomlText, KnowsWhereEachByteOfAStringStands) {
  EXPECT_EQ(origins(R"(v = "abc")"), "abc\"");
  EXPECT_EQ(origins(R"(v = 'a\c')"), "a\\c'");
  EXPECT_EQ(origins(R"(v = "a\tc\"d")"), "a\\c\\d\"");
  EXPECT_EQ(origins(R"(v = "\u00e9x\U0001F600y")"), "\\\\x\\\\\\\\y\"");
  EXPECT_EQ(origins("v = \"\"\"\na\n\"b\"\"\"\""), "a\n\"b\"\"");
  EXPECT_EQ(origins("v = \"\"\"a \\\n   b\"\"\""), "a b\"");
  EXPECT_EQ(origins("v = '''\nit's'''"), "it's'");
  EXPECT_EQ(origins("# \xC3\xA9\n\"\xC3\xA9\" = 1\nv = '\xC3\xA9'"), "\xC3\xA9'");
}

TEST(TomlText, CountsBytesBehindOtherCharacters) {
  const std::string text = "k = { \"\xC3\xA9\xC3\xA9\" = 1, v = 2 }";
  const parser::Source source("t.toml", text);
  const auto toml = TomlText::parse(source);
  ASSERT_TRUE(toml);
  EXPECT_EQ(toml->offset(toml->root().at_path("k.v").node()->source()), text.find('2'));
}

}  // namespace
}  // namespace emcee::diff
