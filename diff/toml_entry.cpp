#include "diff/toml_entry.h"

#include <fmt/format.h>
#include <algorithm>

#include "schema/fragment.h"

namespace emcee::diff {

std::string toml_string(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      result += fmt::format("\\u{:04X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      result += c;
    }
  }
  return result + '"';
}

std::string toml_key(std::string_view name) {
  const auto bare = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !name.empty() && std::all_of(name.begin(), name.end(), bare) ? std::string(name) : toml_string(name);
}

std::string toml_table(const schema::QualifiedName& name) {
  const auto part = [](const schema::Identifier& id) {
    if (id.text().find_first_of(".\"") == std::string::npos) return id.text();
    return schema::Quoting{}.quoted(id.text());
  };
  return toml_string(name.schema.empty() ? part(name.name) : part(name.schema) + "." + part(name.name));
}

}  // namespace emcee::diff
