#include "dialects/common/conditions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace emcee::common {

namespace {

std::string joined(const std::vector<std::string>& terms, const char* with, const std::string& otherwise) {
  if (terms.empty()) return otherwise;
  if (terms.size() == 1) return terms[0];
  std::vector<std::string> parts;
  for (const std::string& term : terms) parts.push_back("(" + term + ")");
  return fmt::format("{}", fmt::join(parts, with));
}

}  // namespace

std::string all_of(const std::vector<std::string>& terms, const std::string& otherwise) {
  return joined(terms, " AND ", otherwise);
}
std::string any_of(const std::vector<std::string>& terms, const std::string& otherwise) {
  return joined(terms, " OR ", otherwise);
}
std::string negate(const std::string& condition) { return "NOT (" + condition + ")"; }

}  // namespace emcee::common
