// The golden runner itself: a wrong runner would make every golden test pass.
#include "tests/support/golden.h"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

namespace emcee::testing {
namespace {

std::string echo(const GoldenCase& golden) {
  std::string output;
  if (golden.command == "paragraphs") return "a\n\nb\n";
  if (golden.command == "nothing") return "";
  for (const std::string& input : golden.inputs) output += "[" + golden.arg("mark", "-") + input + "]";
  return output;
}

TEST(Golden, ReadsCommandsArgumentsAndInputs) { run_golden("fixtures/golden/runner.txt", echo); }

TEST(Golden, ReportsADifference) {
  unsetenv("EMCEE_GOLDEN");  // this file must not be rewritten
  EXPECT_NONFATAL_FAILURE(run_golden("fixtures/golden/one.txt", [](const GoldenCase&) { return "something else"; }),
                          "What the case shows");
}

}  // namespace
}  // namespace emcee::testing
