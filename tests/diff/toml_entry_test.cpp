#include "diff/toml_entry.h"

#include <gtest/gtest.h>

#include <toml++/toml.h>
#include <sstream>

namespace emcee::diff {
namespace {

// What a TOML library reads back.
std::string read_back(const std::string& entry) { return *toml::parse("x = " + entry)["x"].value<std::string>(); }

TEST(TomlEntry, IsReadBackAsItWas) {
  for (const std::string text : {"plain", "", "say \"hi\"", "C:\\new", "two\nlines", "\x7f tab\t", "naïve"})
    EXPECT_EQ(read_back(toml_string(text)), text);
}

TEST(TomlEntry, KeysAreBareWhereTheyCanBe) {
  EXPECT_EQ(toml_key("is_public"), "is_public");
  for (const std::string name : {"is public", "a.b", "\"", ""}) {
    const toml::table table = toml::parse(toml_key(name) + " = 1");
    EXPECT_EQ(table.begin()->first.str(), name);
  }
}

TEST(TomlEntry, ATableMayHaveDotsAndQuotesInItsName) {
  using schema::Identifier;
  const auto table = [](std::string of, std::string name) {
    return toml_table({Identifier(std::move(of)), Identifier(std::move(name))});
  };
  EXPECT_EQ(table("", "images"), "\"images\"");
  EXPECT_EQ(table("app", "images"), "\"app.images\"");
  EXPECT_EQ(read_back(table("", "a.b")), "\"a.b\"");
  EXPECT_EQ(read_back(table("app", "say \"hi\"")), "app.\"say \"\"hi\"\"\"");
}

}  // namespace
}  // namespace emcee::diff
