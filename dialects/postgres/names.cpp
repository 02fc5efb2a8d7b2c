#include "dialects/postgres/names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace emcee::postgres {

QualifiedName qualified(std::string_view schema, std::string_view name) {
  return {identifier(schema == "public" ? "" : schema), identifier(name)};
}

namespace {

// At most `bytes` of the text, and no half of a character.
std::string clipped(const std::string& text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

}  // namespace

std::string make_object_name(std::string name1, std::string name2, std::string_view suffix) {
  std::size_t overhead = 0;
  if (!name2.empty()) ++overhead;
  if (!suffix.empty()) overhead += suffix.size() + 1;
  const std::size_t available = kMaxName - overhead;
  std::size_t length1 = name1.size(), length2 = name2.size();
  while (length1 + length2 > available) {
    if (length1 > length2)
      --length1;
    else
      --length2;
  }
  std::string result = clipped(name1, length1);
  if (!name2.empty()) result += "_" + clipped(name2, length2);
  if (!suffix.empty()) result += "_" + std::string(suffix);
  return result;
}

std::string choose_name(const std::string& name1, const std::string& name2, const std::string& suffix,
                        const std::function<bool(const std::string&)>& taken) {
  std::string name = make_object_name(name1, name2, suffix);
  for (int pass = 1; taken(name); ++pass) name = make_object_name(name1, name2, fmt::format("{}{}", suffix, pass));
  return name;
}

std::string index_columns(const std::vector<schema::KeyPart>& parts, const std::vector<Identifier>& include,
                          const std::vector<std::string>& expression_names) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& wanted) {
    std::string name = wanted;
    for (int pass = 1; std::find(names.begin(), names.end(), name) != names.end(); ++pass) {
      const std::string number = fmt::format("{}", pass);
      name = clipped(wanted, kMaxName - number.size()) + number;
    }
    names.push_back(std::move(name));
  };
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (const auto column = parts[i].expression.as_column())
      add(column->text());
    else
      add(i < expression_names.size() ? expression_names[i] : "expr");
  for (const Identifier& column : include) add(column.text());
  return fmt::format("{}", fmt::join(names, "_"));
}

QualifiedName set_aside(const QualifiedName& name, std::string_view prefix) {
  return {name.schema, identifier(bounded_name(std::string(prefix) + name.name.text()))};
}

}  // namespace emcee::postgres
