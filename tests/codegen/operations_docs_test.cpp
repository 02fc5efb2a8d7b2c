// docs/operations: the SQL that a page shows is the SQL that Emcee writes for its example. The
// pages are golden files: EMCEE_GOLDEN=rewrite writes them anew.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "codegen/rendered_plan.h"
#include "tests/support/corpus.h"
#include "tests/support/docs_page.h"
#include "tests/support/planning.h"

namespace emcee::codegen {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(EMCEE_SOURCE_DIR) / "docs/operations";

// The sections that a page may have, and their databases.
const std::vector<std::pair<std::string, std::string>> kSections = {
    {"sqlite", "## On SQLite"}, {"postgres", "## On PostgreSQL"}, {"mysql", "## On MySQL"}};

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

void check_page(const fs::path& path, bool rewrite) {
  std::string page = testing::read_text(path);
  const std::string head = testing::introduction(page);
  // The example is written for SQLite, or for PostgreSQL where SQLite has nothing of the kind.
  const auto of_postgres = testing::blocks(head, "postgres");
  testing::GoldenCase example;
  example.inputs = of_postgres.empty() ? testing::blocks(head, "sql") : of_postgres;
  ASSERT_EQ(example.inputs.size(), 2u);
  for (const std::string& map : testing::blocks(head, "toml")) example.inputs.push_back(map);
  const auto& own = kSections[of_postgres.empty() ? 0 : 1];
  bool has_own = false;
  for (const auto& [dialect, heading] : kSections) {
    const std::size_t at = page.find("\n" + heading + "\n");
    if (at == std::string::npos) continue;
    has_own = has_own || dialect == own.first;
    SCOPED_TRACE(heading);
    // A section may have an example of its own.
    const std::size_t end = page.find("\n## ", at + 1);
    const auto all = testing::code_blocks(page);
    std::vector<std::string> own_example;
    auto block = all.end();
    for (auto it = all.begin(); it != all.end(); ++it) {
      if (it->offset < at || it->offset > end) continue;
      if (it->language == "postgres") own_example.push_back(it->text);
      if (it->language == "sql") block = it;
    }
    ASSERT_NE(block, all.end()) << "no block of SQL";
    testing::GoldenCase of_section = example;
    if (!own_example.empty()) of_section.inputs = own_example;
    of_section.args["dialect"] = dialect;
    const auto expected = sql_of(of_section);
    ASSERT_TRUE(expected) << schema::to_text(expected.error());
    if (rewrite)
      page.replace(block->offset, block->text.size(), *expected);
    else
      EXPECT_EQ(block->text, *expected);
  }
  EXPECT_TRUE(has_own) << "no section " << own.second;
  if (rewrite) std::ofstream(path, std::ios::binary) << page;
}

TEST(OperationsDocs, ShowTheSqlThatIsWritten) {
  const char* mode = std::getenv("EMCEE_GOLDEN");
  for (const std::string_view word : diff::operations()) {
    SCOPED_TRACE(word);
    check_page(kFolder / (std::string(word) + ".md"), mode && std::string(mode) == "rewrite");
  }
}

}  // namespace
}  // namespace emcee::codegen
