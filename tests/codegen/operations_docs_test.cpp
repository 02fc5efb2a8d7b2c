// docs/operations and docs/cookbook: the SQL that a page shows is the SQL that Emcee writes for its example.
// The pages are golden files: EMCEE_GOLDEN=rewrite writes them anew.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "codegen/rendered_plan.h"
#include "tests/support/corpus.h"
#include "tests/support/docs_page.h"
#include "tests/support/planning.h"

namespace emcee::codegen {
namespace {

namespace fs = std::filesystem;

const fs::path kDocs = fs::path(EMCEE_SOURCE_DIR) / "docs";

// A section that a page may have, and its databases. It begins with an example of its own where that of
// the page is not in their language. The answers follow: one for all of its databases, or one for each.
struct Section {
  std::string heading;
  std::vector<std::pair<std::string, std::string>> databases;  // dialect, and its name for people
};
const std::vector<Section> kSections = {{"## On SQLite", {{"sqlite", "SQLite"}}},
                                        {"## On PostgreSQL", {{"postgres", "PostgreSQL"}}},
                                        {"## On MariaDB and MySQL", {{"mariadb", "MariaDB"}, {"mysql", "MySQL"}}}};

void add(std::string& text, const std::vector<std::string>& statements) {
  for (const std::string& statement : statements) text += statement + ";\n";
}

schema::Result<std::string> sql_of(const testing::GoldenCase& example) {
  std::string text;
  EMCEE_ASSIGN(auto planned, testing::plan_case(example));
  if (planned.planning.refused()) {
    for (const plan::Finding& finding : planned.planning.findings)
      if (finding.verdict == plan::Verdict::refused) text += fmt::format("-- refused: {}\n", finding.why);
    text += "-- with --best-effort:\n";
    testing::GoldenCase again = example;
    again.args["best-effort"] = "";
    EMCEE_ASSIGN(planned, testing::plan_case(again));
  }
  EMCEE_ASSIGN(const RenderedPlan rendered, render(planned.planning.plan, *planned.dialect, ""));
  for (const RenderedScript& script : rendered.scripts) {
    for (const RenderedStep& step : script.steps) {
      text += fmt::format("-- {}: {}\n", script.name, step.step->title);
      if (step.backfill) add(text, {step.backfill->single_update});
      if (step.requirement) add(text, {step.requirement->sql});
      add(text, step.sql.before);
      add(text, step.sql.run);
      add(text, step.sql.after);
    }
  }
  return text;
}

bool is_input(const testing::CodeBlock& block) {
  return block.language == "toml" || block.text.rfind("-- old\n", 0) == 0 || block.text.rfind("-- new\n", 0) == 0;
}

std::vector<std::string> inputs(const std::vector<testing::CodeBlock>& all) {
  std::vector<std::string> result;
  for (const testing::CodeBlock& block : all)
    if (is_input(block)) result.push_back(block.text);
  return result;
}

// The answers of a section as they stand in a page.
std::string written(const Section& section, const std::vector<std::string>& answers) {
  const bool alike = std::all_of(answers.begin(), answers.end(), [&](const auto& a) { return a == answers.front(); });
  if (alike) return fmt::format("```sql\n{}```\n", answers.front());
  std::string text;
  for (std::size_t i = 0; i < answers.size(); ++i)
    text += fmt::format("{}{}:\n\n```sql\n{}```\n", i == 0 ? "" : "\n", section.databases[i].second, answers[i]);
  return text;
}

// `text`: the section without its heading. What it should be.
std::string checked(const Section& section, const std::string& text, const std::vector<std::string>& of_page) {
  testing::GoldenCase example;
  const auto all = testing::code_blocks(text);
  example.inputs = inputs(all);
  std::size_t end_of_inputs = 1;
  for (const testing::CodeBlock& block : all)
    if (is_input(block)) end_of_inputs = block.offset + block.text.size() + sizeof "```";
  if (example.inputs.empty()) example.inputs = of_page;
  std::vector<std::string> answers;
  for (const auto& [dialect, name] : section.databases) {
    example.args["dialect"] = dialect;
    const auto answer = sql_of(example);
    if (!answer) {
      ADD_FAILURE() << name << ": " << schema::to_text(answer.error());
      return text;
    }
    answers.push_back(*answer);
  }
  const std::string head = text.substr(0, end_of_inputs);
  return head + (end_of_inputs > 1 ? "\n" : "") + written(section, answers);
}

void check_page(const fs::path& path) {
  const char* mode = std::getenv("EMCEE_GOLDEN");
  const bool rewrite = mode && std::string(mode) == "rewrite";
  std::string page = testing::read_text(path);
  const std::vector<std::string> example = inputs(testing::code_blocks(testing::introduction(page)));
  for (const Section& section : kSections) {
    const std::size_t at = page.find("\n" + section.heading + "\n");
    if (at == std::string::npos) continue;
    SCOPED_TRACE(section.heading);
    const std::size_t begin = at + section.heading.size() + 2;
    const std::size_t next = page.find("\n## ", begin);
    const std::string text = page.substr(begin, next == std::string::npos ? next : next - begin);
    const std::string expected = checked(section, text, example);
    if (rewrite)
      page.replace(begin, text.size(), expected);
    else
      EXPECT_EQ(text, expected);
  }
  if (rewrite) std::ofstream(path, std::ios::binary) << page;
}

// Pages whose example is in SQL that SQLite takes show what it becomes there; and every operation that
// MariaDB or MySQL has is shown in theirs.
void check_sections(const std::string& page, const std::string& word) {
  const auto has = [&](const std::string& heading) { return page.find("\n" + heading + "\n") != std::string::npos; };
  EXPECT_EQ(has("## On SQLite"), testing::blocks(testing::introduction(page), "postgres").empty());
  static const std::set<std::string_view> kNotOnMysql = {"change_options", "rename_constraint"};
  EXPECT_EQ(has("## On MariaDB and MySQL"), kNotOnMysql.count(word) == 0);
}

TEST(OperationsDocs, ShowTheSqlThatIsWritten) {
  for (const std::string_view word : diff::operations()) {
    SCOPED_TRACE(word);
    const fs::path path = kDocs / "operations" / (std::string(word) + ".md");
    check_page(path);
    check_sections(testing::read_text(path), std::string(word));
  }
}

TEST(CookbookDocs, ShowTheSqlThatIsWritten) {
  for (const auto& entry : fs::directory_iterator(kDocs / "cookbook")) {
    SCOPED_TRACE(entry.path().filename().string());
    if (entry.path().filename() == "README.md") continue;
    const std::string page = testing::read_text(entry.path());
    for (const Section& section : kSections) EXPECT_NE(page.find("\n" + section.heading + "\n"), std::string::npos);
    check_page(entry.path());
  }
}

}  // namespace
}  // namespace emcee::codegen
