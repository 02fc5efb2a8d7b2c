// What the commands print and how they end, as text: fixtures/cli.
#include "tests/support/golden.h"

#include <gtest/gtest.h>

#include <sstream>

#include "tests/cli/sandbox.h"

namespace emcee::testing {
namespace {

// `run files=old.sql,new.sql`: the first input is a shell script, the others are those files.
// Printed are standard output, standard error behind a `!`, and the exit code.
std::string run(const GoldenCase& golden) {
  Sandbox sandbox;
  std::istringstream names(golden.arg("files"));
  std::size_t input = 1;
  for (std::string name; std::getline(names, name, ',') && input < golden.inputs.size(); ++input)
    sandbox.write(name, golden.inputs[input]);
  if (input != golden.inputs.size()) return "the case has more inputs than names of files";
  const cli::ProgramResult result = sandbox.shell(golden.inputs.front());
  std::string text = result.out;
  std::istringstream lines(result.err);
  for (std::string line; std::getline(lines, line);) text += "! " + line + "\n";
  return text + "exit " + std::to_string(result.status) + "\n";
}

class CliGolden : public ::testing::TestWithParam<const char*> {};

TEST_P(CliGolden, PrintsWhatTheFileSays) { run_golden(std::string("fixtures/cli/") + GetParam() + ".txt", run); }

INSTANTIATE_TEST_SUITE_P(Files, CliGolden, ::testing::Values("usage", "help", "sources", "diff", "lint", "lookups"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace emcee::testing
