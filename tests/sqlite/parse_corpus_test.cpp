// Every real schema of the corpus: parsed, compared with SQLite's own reading of it, printed as it
// was written and printed anew, parsed and loaded again.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "dialects/sqlite/ddl.h"
#include "dialects/sqlite/parse.h"
#include "tests/catalogue/sqlite_catalogue.h"
#include "tests/sqlite/parse_sources.h"

namespace emcee::sqlite {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<fs::path> corpus() {
  std::vector<fs::path> files;
  const fs::path root = fs::path(EMCEE_CORPUS) / "sqlite";
  if (fs::is_directory(root))
    for (const auto& entry : fs::recursive_directory_iterator(root))
      if (entry.path().extension() == ".sql") files.push_back(entry.path());
  return files;
}

schema::Schema read_again(const std::string& sql) {
  parser::Coverage coverage;
  const auto schema = read({parser::Source("printed.sql", sql)}, false, coverage);
  EXPECT_TRUE(schema) << to_text(schema.error());
  return schema.value_or(schema::Schema());
}

TEST(ParseCorpus, AgreesWithSqlite) {
  const std::vector<fs::path> files = corpus();
  ASSERT_FALSE(files.empty()) << "NO CORPUS at " << EMCEE_CORPUS << ": set -DEMCEE_CORPUS=...";
  for (const fs::path& path : files) {
    SCOPED_TRACE(path.string());
    const std::string sql = text_of(path);
    parser::Coverage coverage;
    const auto schema = read({parser::Source(path.string(), sql)}, false, coverage);
    ASSERT_TRUE(schema) << to_text(schema.error());
    const std::string catalogue = testing::catalogue_by_pragma(sql);
    EXPECT_EQ(testing::catalogue_of(*schema), catalogue);

    const std::string printed = print(*schema);
    EXPECT_TRUE(read_again(printed) == *schema) << printed;
    EXPECT_EQ(testing::catalogue_by_pragma(printed), catalogue);

    const std::string anew = print(testing::without_sources(*schema));
    EXPECT_TRUE(read_again(anew) == *schema) << anew;
    EXPECT_EQ(testing::catalogue_by_pragma(anew), catalogue);
  }
}

}  // namespace
}  // namespace emcee::sqlite
