// Golden cases of the codegen stage, in fixtures/codegen. Commands:
//
//   files [old, new, (map)]   every file of the release directory; `only=plan.json` one of them
#include <gtest/gtest.h>

#include "codegen/codegen.h"
#include "tests/support/planning.h"

namespace emcee::codegen {
namespace {

using testing::GoldenCase;

schema::Result<std::string> run_files(const GoldenCase& golden) {
  EMCEE_ASSIGN(const auto planned, testing::plan_case(golden));
  if (planned.planning.refused()) return "refused: " + planned.planning.findings.front().why;
  EMCEE_ASSIGN(const auto files, generate(planned.planning.plan, *planned.dialect, "0.0.0"));
  std::string text;
  for (const File& file : files) {
    if (golden.has("only") && golden.arg("only") != file.path) continue;
    text += fmt::format("== {}\n{}", file.path, file.text);
  }
  EMCEE_ASSIGN(const auto again, generate(planned.planning.plan, *planned.dialect, "0.0.0"));
  for (std::size_t i = 0; i < files.size(); ++i) EXPECT_EQ(files[i].text, again.at(i).text) << files[i].path;
  return text;
}

std::string run(const GoldenCase& golden) {
  if (golden.command != "files") return "unknown command " + golden.command;
  const auto text = run_files(golden);
  return text ? *text : schema::to_text(text.error());
}

TEST(CodegenGolden, AllCases) { testing::run_golden("fixtures/codegen", run); }

}  // namespace
}  // namespace emcee::codegen
