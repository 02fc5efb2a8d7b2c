// docs/operations: one page for each operation, and its example is what the diff says.
#include <gtest/gtest.h>
#include <filesystem>
#include <set>

#include "dialects/postgres/parse.h"
#include "dialects/sqlite/parse.h"
#include "diff/diff.h"
#include "tests/support/corpus.h"
#include "tests/support/docs_page.h"

namespace emcee::diff {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(EMCEE_SOURCE_DIR) / "docs/operations";

// The dialect of a page: what SQLite does not have is shown in PostgreSQL's.
struct Language {
  const char* fence;
  const char* dialect;
  schema::Folding folding;
  schema::Result<schema::Schema> (*read)(const std::vector<parser::Source>&, bool, parser::Coverage&);
  schema::Result<schema::Fragment> (*parse_expression)(const parser::Source&);
};
const Language kSqlite{"sql", "sqlite", schema::Folding::ignore_case, &sqlite::read, &sqlite::parse_expression};
const Language kPostgres{"postgres", "postgres", schema::Folding::exact, &postgres::read, &postgres::parse_expression};

schema::Result<schema::Schema> read(const Language& language, const std::string& text) {
  parser::Coverage coverage;
  return language.read({parser::Source("page.sql", text)}, false, coverage);
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
    const std::string head = testing::introduction(page);
    const Language& language = testing::blocks(head, "sql").empty() ? kPostgres : kSqlite;
    const auto sql = testing::blocks(head, language.fence), toml = testing::blocks(head, "toml"),
               shown = testing::blocks(head, "");
    ASSERT_EQ(sql.size(), 2u);
    ASSERT_EQ(shown.size(), 1u);
    const auto before = read(language, sql[0]), after = read(language, sql[1]);
    ASSERT_TRUE(before) << schema::to_text(before.error());
    ASSERT_TRUE(after) << schema::to_text(after.error());
    const auto map = read_release_map(parser::Source("page.toml", toml.empty() ? "" : toml[0]), language.dialect,
                                      language.folding, language.parse_expression);
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
