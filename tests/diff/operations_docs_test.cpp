// docs/operations: one page for each operation, and its example is what the diff says.
#include <gtest/gtest.h>
#include <filesystem>
#include <set>

#include "dialects/sqlite/parse.h"
#include "diff/diff.h"
#include "tests/support/corpus.h"

namespace emcee::diff {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(EMCEE_SOURCE_DIR) / "docs/operations";

// The blocks of code of a page whose fence is followed by `language`, in their order.
std::vector<std::string> blocks(const std::string& page, const std::string& language) {
  std::vector<std::string> result;
  const std::string fence = "\n```" + language + "\n";
  bool open = true;
  for (std::size_t at = page.find("\n```"); at != std::string::npos; open = !open) {
    const std::size_t end = page.find("\n```", at + 4);
    if (open && page.compare(at, fence.size(), fence) == 0)
      result.push_back(page.substr(at + fence.size(), end + 1 - at - fence.size()));
    at = end;
  }
  return result;
}

schema::Result<schema::Schema> read(const std::string& text) {
  parser::Coverage coverage;
  return sqlite::read({parser::Source("page.sql", text)}, false, coverage);
}

TEST(OperationsDocs, HaveOnePageForEachOperation) {
  std::set<std::string> pages, words;
  for (const auto& entry : fs::directory_iterator(kFolder)) pages.insert(entry.path().stem().string());
  for (const std::string_view word : operations()) words.insert(std::string(word));
  words.insert("README");
  EXPECT_EQ(pages, words);
}

TEST(OperationsDocs, ShowWhatTheDiffSays) {
  for (const std::string_view word : operations()) {
    SCOPED_TRACE(word);
    const std::string page = testing::read_text(kFolder / (std::string(word) + ".md"));
    EXPECT_EQ(page.rfind("# " + std::string(word) + "\n", 0), 0u);
    const auto sql = blocks(page, "sql"), toml = blocks(page, "toml"), shown = blocks(page, "");
    ASSERT_EQ(sql.size(), 2u);
    ASSERT_EQ(shown.size(), 1u);
    const auto before = read(sql[0]), after = read(sql[1]);
    ASSERT_TRUE(before) << schema::to_text(before.error());
    ASSERT_TRUE(after) << schema::to_text(after.error());
    const auto map = read_release_map(parser::Source("page.toml", toml.empty() ? "" : toml[0]), "sqlite",
                                      schema::Folding::ignore_case, sqlite::parse_expression);
    ASSERT_TRUE(map) << schema::to_text(map.error());
    std::string text;
    bool of_this_kind = false;
    for (const Change& change : diff(*before, *after, *map).changes) {
      text += describe(change) + "\n";
      of_this_kind = of_this_kind || operation(change) == word;
    }
    EXPECT_EQ(text, shown[0]);
    EXPECT_TRUE(of_this_kind);
  }
}

}  // namespace
}  // namespace emcee::diff
