#include "diff/parents.h"

#include <algorithm>

namespace emcee::diff {

std::vector<std::string> parents_of(const schema::Table& table) {
  std::vector<std::string> result;
  for (const char* option : {"partition_of", "inherits"}) {
    const auto of = table.options.other.find(option);
    if (of == table.options.other.end()) continue;
    for (std::size_t at = 0; at < of->second.size();) {
      const std::size_t end = std::min(of->second.find(", ", at), of->second.size());
      result.push_back(of->second.substr(at, end - at));
      at = end + 2;
    }
  }
  return result;
}

}  // namespace emcee::diff
