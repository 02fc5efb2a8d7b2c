// Pages of docs/ whose blocks of code the tests run.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace emcee::testing {

struct CodeBlock {
  std::string language;    // of the fence; empty where it has none
  std::string text;        // between the fences, with its last newline
  std::size_t offset = 0;  // of the text in the page
};

inline std::vector<CodeBlock> code_blocks(const std::string& page) {
  std::vector<CodeBlock> result;
  const std::string fence = "\n```";
  std::size_t at = page.find(fence);
  while (at != std::string::npos) {
    const std::size_t begin = page.find('\n', at + 1) + 1;
    const std::size_t end = page.find(fence, begin - 1);
    if (begin == 0 || end == std::string::npos) break;
    const std::string language = page.substr(at + fence.size(), begin - 1 - at - fence.size());
    result.push_back({language, page.substr(begin, end + 1 - begin), begin});
    at = page.find(fence, end + 1);
  }
  return result;
}

// The texts of one language, in their order.
inline std::vector<std::string> blocks(const std::string& page, const std::string& language) {
  std::vector<std::string> result;
  for (const CodeBlock& block : code_blocks(page))
    if (block.language == language) result.push_back(block.text);
  return result;
}

// What stands before the first heading of the second level.
inline std::string introduction(const std::string& page) { return page.substr(0, page.find("\n## ")) + "\n"; }

}  // namespace emcee::testing
