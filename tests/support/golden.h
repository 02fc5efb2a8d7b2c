// Golden files: many cases in one text file, read as tests and rewritten on demand.
//
//   # What the case shows (any number of lines).
//   command key=value flag
//   input, which may be several texts
//   --- to ---
//   divided by such lines
//   ----
//   expected output, up to a blank line
//
// Output that contains blank lines stands between two doubled separators:
//
//   ----
//   ----
//   a
//
//   b
//   ----
//   ----
//
// EMCEE_GOLDEN=rewrite writes what the code gives into the files; `git diff` is the review.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace emcee::testing {

struct GoldenCase {
  std::string comment;  // without the leading `# `, lines joined by newlines
  std::string command;
  std::map<std::string, std::string> args;  // `key=value`; a bare word has an empty value
  std::vector<std::string> inputs;          // at least one; each ends in a newline unless it is empty
  std::string expected;
  std::size_t line = 0;  // of the command, from 1

  bool has(const std::string& key) const { return args.count(key) > 0; }
  // The value of an argument, or `otherwise` where it was not given.
  std::string arg(const std::string& key, const std::string& otherwise = {}) const;
};

// Runs every case of a file, or of all *.txt files of a folder (path from the root of the sources),
// and reports each case whose output differs as a failure of the current test. A file without
// cases, a folder without files and a text that is not a case are failures too.
void run_golden(const std::string& path, const std::function<std::string(const GoldenCase&)>& run);

}  // namespace emcee::testing
