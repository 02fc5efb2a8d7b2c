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
  const bool is_of_sqlite = testing::blocks(page, "postgres").empty();
  if (!is_of_sqlite) return;  // tests/postgres
  testing::GoldenCase example;
  example.inputs = testing::blocks(head, "sql");
  ASSERT_EQ(example.inputs.size(), 2u);
  for (const std::string& map : testing::blocks(head, "toml")) example.inputs.push_back(map);
  bool has_sqlite = false;
  for (const auto& [dialect, heading] : kSections) {
    const std::size_t at = page.find("\n" + heading + "\n");
    if (at == std::string::npos) continue;
    has_sqlite = has_sqlite || dialect == "sqlite";
    SCOPED_TRACE(heading);
    example.args["dialect"] = dialect;
    const auto expected = sql_of(example);
    ASSERT_TRUE(expected) << schema::to_text(expected.error());
    const auto all = testing::code_blocks(page);
    const auto block = std::find_if(all.begin(), all.end(), [&](const auto& b) { return b.offset > at; });
    ASSERT_NE(block, all.end()) << "no block of code";
    EXPECT_EQ(block->language, "sql");
    if (rewrite)
      page.replace(block->offset, block->text.size(), *expected);
    else
      EXPECT_EQ(block->text, *expected);
  }
  EXPECT_TRUE(has_sqlite) << "no section " << kSections[0].second;
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
