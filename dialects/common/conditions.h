// Conditions as SQL text, joined.
#pragma once

#include <string>
#include <vector>

namespace emcee::common {

// Constants that every dialect has.
inline constexpr const char* kTrue = "TRUE";
inline constexpr const char* kFalse = "FALSE";

// Joins with AND / OR, each term in parentheses; `otherwise` for an empty list.
std::string all_of(const std::vector<std::string>& terms, const std::string& otherwise = kTrue);
std::string any_of(const std::vector<std::string>& terms, const std::string& otherwise = kFalse);
std::string negate(const std::string& condition);

}  // namespace emcee::common
