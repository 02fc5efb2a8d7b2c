// Every rule that the planner can find is shown by a golden case and explained in docs/lint.md, and
// the page explains no other.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

namespace emcee::plan {
namespace {

using Words = std::set<std::string>;

std::string text_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// The first group of every match, in all files of the folder that end so.
Words collect(const std::filesystem::path& folder, const std::string& extension, const std::string& pattern) {
  Words words;
  const std::regex expression(pattern);
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != extension) continue;
    const std::string text = text_of(entry.path());
    for (std::sregex_iterator match(text.begin(), text.end(), expression), end; match != end; ++match)
      words.insert((*match)[1]);
  }
  return words;
}

const std::filesystem::path kRoot = EMCEE_SOURCE_DIR;

Words of_the_planner() { return collect(kRoot / "plan", ".cpp", R"re("([a-z]+(-[a-z]+)+)")re"); }

// The rules of the last table of the page.
Words of_the_docs() {
  const std::string page = text_of(kRoot / "docs/lint.md");
  const auto begin = page.find("## Rules of schemas"), end = page.find("\n## ", begin + 1);
  const std::string section = page.substr(begin, end - begin);
  Words words;
  const std::regex rule(R"re(`([a-z]+(-[a-z]+)+)`)re");
  for (std::sregex_iterator match(section.begin(), section.end(), rule), last; match != last; ++match)
    words.insert((*match)[1]);
  return words;
}

TEST(Rules, EachHasAGoldenCase) {
  EXPECT_EQ(collect(kRoot / "fixtures/plan", ".txt", R"re(\[([a-z]+(-[a-z]+)+)\]\n)re"), of_the_planner());
}

TEST(Rules, EachIsInTheDocs) { EXPECT_EQ(of_the_docs(), of_the_planner()); }

}  // namespace
}  // namespace emcee::plan
