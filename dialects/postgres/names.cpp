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

namespace {

using Span = std::pair<std::size_t, std::size_t>;  // of tokens, without the end

// Where the parenthesis that opens at `at` is closed.
std::size_t closing(const std::vector<schema::Token>& tokens, std::size_t at, std::size_t end) {
  int depth = 0;
  for (std::size_t i = at; i < end; ++i) {
    if (tokens[i].is(schema::Role::symbol, "(")) ++depth;
    if (tokens[i].is(schema::Role::symbol, ")") && --depth == 0) return i;
  }
  return end;
}

// As the catalogue calls a type that the text spells in words.
std::string type_name_of(const schema::Token& token) {
  static constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {"integer", "int4"},    {"bigint", "int8"},   {"smallint", "int2"},           {"boolean", "bool"},
      {"real", "float4"},     {"double", "float8"}, {"double precision", "float8"}, {"character varying", "varchar"},
      {"character", "bpchar"}};
  const std::string text = schema::to_lower(token.text);
  for (const auto& [words, name] : kWords)
    if (text.starts_with(words) && (text.size() == words.size() || text[words.size()] == '(')) return std::string(name);
  return text.substr(0, text.find('('));
}

// Empty where the expression has no name that comes to mind. A type is one only where nothing else is.
std::string name_of(const std::vector<schema::Token>& tokens, Span span) {
  using schema::Role;
  auto [begin, end] = span;
  while (end > begin + 1 && tokens[begin].is(Role::symbol, "(") && closing(tokens, begin, end) == end - 1) {
    ++begin;
    --end;
  }
  if (begin >= end) return {};
  if (end == begin + 1) return tokens[begin].role == Role::column ? tokens[begin].text : "";
  int depth = 0;
  for (std::size_t i = end; i-- > begin;) {
    if (tokens[i].role == Role::symbol) depth += tokens[i].text == ")" ? 1 : tokens[i].text == "(" ? -1 : 0;
    if (depth != 0 || i == begin || !tokens[i].is(Role::symbol, "::") || i + 1 == end) continue;
    const bool at_the_end = std::all_of(tokens.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                        tokens.begin() + static_cast<std::ptrdiff_t>(end), [](const auto& token) {
                                          return token.role == Role::name || token.role == Role::keyword ||
                                                 token.role == Role::literal || token.is(Role::symbol, "(") ||
                                                 token.is(Role::symbol, ")") || token.is(Role::symbol, ",");
                                        });
    // Of `a || b::text` the cast is of the last part alone.
    const bool of_all = i == begin + 1 || closing(tokens, begin, i) == i - 1 ||
                        (tokens[begin].role == Role::name && closing(tokens, begin + 1, i) == i - 1);
    if (!at_the_end || !of_all) break;
    const std::string inner = name_of(tokens, {begin, i});
    return inner.empty() ? type_name_of(tokens[i + 1]) : inner;
  }
  const bool call = tokens[begin + 1].is(Role::symbol, "(") && closing(tokens, begin + 1, end) == end - 1;
  if (call && tokens[begin].role == Role::name) return tokens[begin].text.substr(tokens[begin].text.rfind('.') + 1);
  if (call && tokens[begin].role == Role::keyword) return schema::to_lower(tokens[begin].text);
  if (tokens[begin].is(Role::keyword, "CASE") && tokens[end - 1].is(Role::keyword, "END")) {
    for (std::size_t i = end; i-- > begin;)
      if (tokens[i].is(Role::keyword, "ELSE"))
        if (std::string other = name_of(tokens, {i + 1, end - 1}); !other.empty()) return other;
    return "case";
  }
  return {};
}

std::string name_of(const schema::Fragment& part) {
  std::vector<schema::Token> written;
  for (const schema::Token& token : part.tokens())
    if (!token.implied) written.push_back(token);
  const std::string name = name_of(written, {0, written.size()});
  return name.empty() ? "expr" : name;
}

}  // namespace

std::string index_columns(const std::vector<schema::KeyPart>& parts, const std::vector<Identifier>& include) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& wanted) {
    std::string name = wanted;
    for (int pass = 1; std::find(names.begin(), names.end(), name) != names.end(); ++pass)
      name = fmt::format("{}{}", wanted, pass);
    names.push_back(std::move(name));
  };
  for (const schema::KeyPart& part : parts) add(name_of(part.expression));
  for (const Identifier& column : include) add(column.text());
  return fmt::format("{}", fmt::join(names, "_"));
}

QualifiedName set_aside(const QualifiedName& name, std::string_view prefix) {
  return {name.schema, identifier(bounded_name(std::string(prefix) + name.name.text()))};
}

}  // namespace emcee::postgres
