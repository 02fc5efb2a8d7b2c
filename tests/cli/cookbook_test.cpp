// docs/cookbook and docs/sync-in-ten-minutes.md: what a page says that each release sees is what it sees, on every
// server.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "tests/cli/cases.h"
#include "tests/support/corpus.h"
#include "tests/support/docs_page.h"

namespace emcee::testing {
namespace {

const std::filesystem::path kCookbook = std::filesystem::path(EMCEE_SOURCE_DIR) / "docs/cookbook";

// `postgres_json_key_to_column`: every page on every server.
std::vector<std::string> pages_on_servers() {
  std::vector<std::string> result;
  for (const auto& entry : std::filesystem::directory_iterator(kCookbook))
    if (entry.path().filename() != "README.md")
      for (const char* server : {"sqlite", "postgres", "mariadb", "mysql"})
        result.push_back(fmt::format("{}_{}", server, entry.path().stem().string()));
  std::sort(result.begin(), result.end());
  return result;
}

// A line of the table, without the marks of code.
struct Seen {
  std::string who, statement, answer;
};

std::vector<Seen> table_of(const std::string& section) {
  const auto bare = [](const std::string& text) {
    const auto begin = text.find_first_not_of(" `"), end = text.find_last_not_of(" `");
    return begin == std::string::npos ? std::string() : text.substr(begin, end + 1 - begin);
  };
  std::vector<Seen> result;
  const std::string rule = "|---|---|---|\n";
  std::size_t at = section.find(rule);
  if (at != std::string::npos) at += rule.size();
  while (at < section.size() && section[at] == '|') {
    const std::size_t second = section.find('|', at + 1), third = section.find('|', second + 1),
                      end = section.find("|\n", third + 1);
    result.push_back({bare(section.substr(at + 1, second - at - 1)),
                      bare(section.substr(second + 1, third - second - 1)),
                      bare(section.substr(third + 1, end - third - 1))});
    at = end + 2;
  }
  return result;
}

std::string section_of(const std::string& page, const std::string& heading) {
  const std::size_t at = page.find("\n## " + heading + "\n");
  return at == std::string::npos ? std::string() : page.substr(at, page.find("\n## ", at + 1) - at);
}

class Cookbook : public Cases {
 protected:
  void see(const std::vector<Seen>& lines) {
    ASSERT_FALSE(lines.empty());
    for (const Seen& line : lines) expect(line);
    EXPECT_EQ(emcee("check"), 0) << output_;
  }
  // The example of the page, or the server's own.
  void start_page(const std::string& page) {
    const char* heading = is_mysql() ? "On MariaDB and MySQL" : server() == "sqlite" ? "On SQLite" : "On PostgreSQL";
    const std::string own = section_of(page, heading);
    const std::string& example = blocks(own, "toml").empty() ? introduction(page) : own;
    const auto schemas = blocks(example, "sql"), maps = blocks(example, "toml");
    ASSERT_GE(schemas.size(), 2U);
    ASSERT_EQ(maps.size(), 1U);
    start(schemas[0], schemas[1], maps[0]);
  }
  void expect(const Seen& line) {
    SCOPED_TRACE(line.who + ": " + line.statement);
    if (line.who == "emcee") {
      EXPECT_EQ(emcee(line.statement), 0) << output_;
      return;
    }
    ASSERT_TRUE(line.who == "old" || line.who == "new");
    const std::string answer = sql(line.statement);
    if (line.answer == "refused")
      EXPECT_TRUE(answer.starts_with("error: ")) << answer;
    else
      EXPECT_EQ(answer, line.answer);
  }
};
INSTANTIATE_TEST_SUITE_P(On, Cookbook, ::testing::ValuesIn(pages_on_servers()), server_name);

TEST_P(Cookbook, EachReleaseSees) {
  const std::string name = GetParam().substr(server().size() + 1);
  const std::string page = read_text(kCookbook / (name + ".md"));
  start_page(page);
  if (HasFatalFailure()) return;
  see(table_of(section_of(page, "What each release sees")));
}

class SyncInTenMinutes : public Cookbook {};
INSTANTIATE_TEST_SUITE_P(On, SyncInTenMinutes, kServers, server_name);

TEST_P(SyncInTenMinutes, IsWhatEachReleaseSees) {
  const std::string page = read_text(kCookbook / "../sync-in-ten-minutes.md");
  const auto schemas = blocks(page, "sql"), maps = blocks(page, "toml");
  ASSERT_EQ(schemas.size(), 2U);
  ASSERT_EQ(maps.size(), 1U);
  start(schemas[0], schemas[1], maps[0]);
  if (HasFatalFailure()) return;
  see(table_of(section_of(page, "What a write does")));
}

}  // namespace
}  // namespace emcee::testing
