#include <algorithm>

#include "parser/ast.h"

namespace emcee::parser {

namespace {

std::size_t& counter(std::vector<std::pair<std::string, std::size_t>>& skipped, const std::string& what) {
  const auto known =
      std::find_if(skipped.begin(), skipped.end(), [&](const auto& entry) { return entry.first == what; });
  if (known != skipped.end()) return known->second;
  return skipped.emplace_back(what, 0).second;
}

}  // namespace

void Coverage::skip(const std::string& what) { ++counter(skipped, what); }

void Coverage::add(const Coverage& other) {
  modelled += other.modelled;
  verbatim += other.verbatim;
  for (const auto& [what, count] : other.skipped) counter(skipped, what) += count;
  warnings.insert(warnings.end(), other.warnings.begin(), other.warnings.end());
}

}  // namespace emcee::parser
