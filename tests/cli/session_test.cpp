// docs/operator-session.md, typed.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <regex>
#include <sstream>

#include "tests/cli/sandbox.h"
#include "tests/support/docs_page.h"

namespace emcee::testing {
namespace {

const std::string kPage = EMCEE_SOURCE_DIR "/docs/operator-session.md";

std::string read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// What differs from night to night.
std::string without_times(const std::string& text) {
  static const std::regex kDuration(R"(\b[0-9.,]+ (ms|s)\b)");
  static const std::regex kMoment(R"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z)");
  return std::regex_replace(std::regex_replace(text, kMoment, "…Z"), kDuration, "… $1");
}

// The block with the outputs that its commands have now.
std::string typed(const std::string& block, const Sandbox& box) {
  std::string result;
  std::istringstream lines(block);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("$ ")) continue;
    const auto done = box.shell("exec 2>&1\n" + line.substr(2));
    result += line + "\n" + without_times(done.out);
    if (done.status != 0) result += fmt::format("(exit code {})\n", done.status);
  }
  return result;
}

TEST(OperatorSession, ReadsAsThePageSays) {
  const Sandbox box;
  box.write("old.sql", "CREATE TABLE images (id INTEGER PRIMARY KEY, is_public INTEGER NOT NULL);\n");
  box.write("new.sql", "CREATE TABLE images (id INTEGER PRIMARY KEY, visibility TEXT NOT NULL DEFAULT 'shared');\n");
  box.write("ocata.toml",
            "name = \"ocata\"\n[[map]]\ntable = \"images\"\nold = [\"is_public\"]\nnew = [\"visibility\"]\n"
            "up.visibility = \"CASE WHEN is_public = 1 THEN 'public' ELSE 'shared' END\"\n"
            "down.is_public = \"CASE visibility WHEN 'public' THEN 1 ELSE 0 END\"\n");
  ASSERT_EQ(box.emcee("plan old.sql new.sql --map ocata.toml --out releases/ocata").status, 0);
  ASSERT_EQ(box.shell("sqlite3 app.db < old.sql; sqlite3 app.db \"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT "
                      "i + 1 FROM n LIMIT 5000) INSERT INTO images SELECT i, i % 2 FROM n\"")
                .status,
            0);
  std::string page = read(kPage);
  box.write("emcee.toml", blocks(page, "toml").at(0));

  const std::string before = page;
  const std::vector<CodeBlock> all = code_blocks(before);
  std::size_t shift = 0;  // of what stands behind the blocks that were typed
  for (const CodeBlock& block : all) {
    if (block.language != "console") continue;
    const std::string now = typed(block.text, box);
    page.replace(block.offset + shift, block.text.size(), now);
    shift += now.size() - block.text.size();
  }
  if (const char* golden = std::getenv("EMCEE_GOLDEN"); golden != nullptr && std::string(golden) == "rewrite")
    std::ofstream(kPage) << page;
  else
    EXPECT_EQ(page, before) << "./dev golden writes the page anew";
}

}  // namespace
}  // namespace emcee::testing
