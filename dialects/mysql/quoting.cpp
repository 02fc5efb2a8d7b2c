#include "dialects/mysql/quoting.h"

namespace emcee::mysql {

const schema::Quoting& quoting() {
  static const schema::Quoting kQuoting{'`', '`', nullptr};
  return kQuoting;
}

std::string string_literal(std::string_view text) {
  std::string result = "'";
  for (char c : text) {
    if (c == '\0') {
      result += "\\0";
      continue;
    }
    if (c == '\'' || c == '\\') result += c;
    result += c;
  }
  return result + "'";
}

}  // namespace emcee::mysql
