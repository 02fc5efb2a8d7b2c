#include "schema/identifier.h"

#include <algorithm>

namespace emcee::schema {

std::string to_lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = to_lower(c);
  return result;
}

std::string to_upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = to_upper(c);
  return result;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return to_lower(x) == to_lower(y); });
}

std::size_t Identifier::hash() const {
  // FNV-1a over the lower-case text: cheap, and equal for all spellings that can compare equal.
  std::size_t value = 14695981039346656037ull;
  for (char c : text_) value = (value ^ static_cast<unsigned char>(to_lower(c))) * 1099511628211ull;
  return value;
}

std::strong_ordering Identifier::compare(const Identifier& a, const Identifier& b) {
  if (a.folding_ == Folding::exact && b.folding_ == Folding::exact) return a.text_ <=> b.text_;
  const std::size_t n = std::min(a.text_.size(), b.text_.size());
  for (std::size_t i = 0; i < n; ++i) {
    const char x = to_lower(a.text_[i]), y = to_lower(b.text_[i]);
    if (x != y) return static_cast<unsigned char>(x) <=> static_cast<unsigned char>(y);
  }
  return a.text_.size() <=> b.text_.size();
}

}  // namespace emcee::schema
