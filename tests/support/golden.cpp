#include "tests/support/golden.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

namespace emcee::testing {

namespace {

namespace fs = std::filesystem;

constexpr const char* kSeparator = "----";
constexpr const char* kNextInput = "--- to ---";

std::optional<std::string> read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// A case and the lines of the file that it replaces: [first, last) is the expected part with its
// separators, which is all that a rewrite changes.
struct Located {
  GoldenCase golden;
  std::size_t first = 0, last = 0;
};

void split_command(const std::string& line, GoldenCase& golden) {
  std::istringstream words(line);
  words >> golden.command;
  for (std::string word; words >> word;) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos)
      golden.args[word] = "";
    else
      golden.args[word.substr(0, equals)] = word.substr(equals + 1);
  }
}

// Returns the cases, or the first line that belongs to none.
std::optional<std::size_t> split_cases(const std::vector<std::string>& lines, std::vector<Located>& cases) {
  std::size_t i = 0;
  while (i < lines.size()) {
    if (lines[i].empty()) {
      ++i;
      continue;
    }
    Located located;
    GoldenCase& golden = located.golden;
    bool commented = false;
    for (; i < lines.size() && lines[i].rfind("#", 0) == 0; ++i) {
      if (commented) golden.comment += '\n';
      golden.comment += lines[i].substr(std::min<std::size_t>(lines[i].size(), lines[i].rfind("# ", 0) == 0 ? 2 : 1));
      commented = true;
    }
    if (i < lines.size() && lines[i].empty()) continue;  // a comment on the file, not on a case
    if (i == lines.size()) break;
    golden.line = i + 1;
    split_command(lines[i++], golden);
    golden.inputs.emplace_back();
    for (; i < lines.size() && lines[i] != kSeparator; ++i) {
      if (lines[i] == kNextInput)
        golden.inputs.emplace_back();
      else
        golden.inputs.back() += lines[i] + "\n";
    }
    if (i == lines.size()) return golden.line;
    located.first = i++;
    const bool doubled = i < lines.size() && lines[i] == kSeparator;
    if (doubled) ++i;
    const auto ends = [&] {
      if (!doubled) return lines[i].empty();
      return lines[i] == kSeparator && i + 1 < lines.size() && lines[i + 1] == kSeparator;
    };
    for (; i < lines.size() && !ends(); ++i) golden.expected += lines[i] + "\n";
    if (doubled && i == lines.size()) return golden.line;
    if (doubled) i += 2;
    located.last = i;
    cases.push_back(std::move(located));
  }
  return std::nullopt;
}

std::string expected_part(const std::string& output) {
  const bool doubled =
      output.rfind("\n", 0) == 0 || output.find("\n\n") != std::string::npos || output.rfind("----\n", 0) == 0;
  if (!doubled) return "----\n" + output;
  return "----\n----\n" + output + "----\n----\n";
}

void run_file(const fs::path& path, const std::function<std::string(const GoldenCase&)>& run, bool rewrite) {
  const std::optional<std::string> text = read_text(path);
  ASSERT_TRUE(text) << "cannot read " << path;
  const std::vector<std::string> lines = lines_of(*text);
  std::vector<Located> cases;
  const std::optional<std::size_t> stray = split_cases(lines, cases);
  ASSERT_FALSE(stray) << path.string() << ":" << *stray << ": a case without its ----";
  ASSERT_FALSE(cases.empty()) << path << " has no case";

  std::string rewritten;
  std::size_t copied = 0;
  for (const Located& located : cases) {
    std::string output = run(located.golden);
    if (!output.empty() && output.back() != '\n') output += '\n';
    if (!rewrite) {
      EXPECT_EQ(output, located.golden.expected)
          << path.string() << ":" << located.golden.line << ": " << located.golden.comment;
    }
    for (; copied < located.first; ++copied) rewritten += lines[copied] + "\n";
    rewritten += expected_part(output);
    copied = located.last;
  }
  for (; copied < lines.size(); ++copied) rewritten += lines[copied] + "\n";
  if (rewrite && rewritten != *text) std::ofstream(path, std::ios::binary) << rewritten;
}

}  // namespace

std::string GoldenCase::arg(const std::string& key, const std::string& otherwise) const {
  const auto it = args.find(key);
  return it == args.end() ? otherwise : it->second;
}

void run_golden(const std::string& path, const std::function<std::string(const GoldenCase&)>& run) {
  const char* mode = std::getenv("EMCEE_GOLDEN");
  const bool rewrite = mode && std::string(mode) == "rewrite";
  const fs::path full = fs::path(EMCEE_SOURCE_DIR) / path;
  std::vector<fs::path> files;
  if (fs::is_directory(full)) {
    for (const auto& entry : fs::directory_iterator(full))
      if (entry.path().extension() == ".txt") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
  } else {
    files.push_back(full);
  }
  ASSERT_FALSE(files.empty()) << "no golden files in " << full;
  for (const fs::path& file : files) run_file(file, run, rewrite);
}

}  // namespace emcee::testing
