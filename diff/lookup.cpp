#include "diff/lookup.h"

#include <fmt/format.h>

#include <algorithm>

namespace emcee::diff {

using schema::Fragment;
using schema::Identifier;
using schema::Role;
using schema::Token;

namespace {

// For each token: whether it stands inside of `( SELECT .. )`.
std::vector<bool> inside_select(const std::vector<Token>& tokens) {
  std::vector<bool> result, open;  // open: one for each parenthesis, whether it or one around it holds a SELECT
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].is(Role::symbol, "(")) {
      const bool select = i + 1 < tokens.size() && tokens[i + 1].is(Role::keyword, "SELECT");
      open.push_back(select || (!open.empty() && open.back()));
    }
    result.push_back(!open.empty() && open.back());
    if (tokens[i].is(Role::symbol, ")") && !open.empty()) open.pop_back();
  }
  return result;
}

// `FROM image_members AS m`, `FROM image_members m`, `FROM (..) m`: m.
bool is_alias(const std::vector<Token>& tokens, std::size_t i) {
  if (i == 0) return false;
  const Token& before = tokens[i - 1];
  return before.is(Role::keyword, "AS") || before.role == Role::table || before.is(Role::symbol, ")");
}

// Words that join several SELECTs to one, which would hide who reads what.
bool joins_selects(const Token& token) {
  for (const char* word : {"WITH", "UNION", "INTERSECT", "EXCEPT"})
    if (token.is(Role::keyword, word)) return true;
  return false;
}

bool is_schema(const std::vector<Token>& tokens, std::size_t i) {
  return i + 1 < tokens.size() && tokens[i + 1].is(Role::symbol, ".");
}

bool is_named(const std::vector<Token>& tokens, const Identifier& table) {
  return std::any_of(tokens.begin(), tokens.end(),
                     [&](const Token& token) { return token.role == Role::table && token.identifier() == table; });
}

}  // namespace

std::vector<Identifier> columns_of_row(const Fragment& expression, const Identifier& table) {
  std::vector<Identifier> result;
  for (const Token& token : expression.tokens())
    if (is_of_row(token, table) && std::find(result.begin(), result.end(), token.identifier()) == result.end())
      result.push_back(token.identifier());
  return result;
}

bool looks_up(const Fragment& expression) {
  return std::any_of(expression.tokens().begin(), expression.tokens().end(),
                     [](const Token& token) { return token.is(Role::keyword, "SELECT"); });
}

std::optional<Misreading> misreading(const Fragment& expression, const Identifier& table,
                                     const std::vector<Lookup>& lookups, std::string_view key) {
  const std::vector<Token>& tokens = expression.tokens();
  const std::vector<bool> inside = inside_select(tokens);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    if (joins_selects(token) && looks_up(expression))
      return Misreading{&token, "holds " + token.text, "each value that is looked up is one SELECT"};
    if (token.role == Role::column && inside[i] && token.qualifier.empty())
      return Misreading{&token, fmt::format("does not say whose column {} is", token.text),
                        fmt::format("inside of a SELECT write {}.{}, or the name of the other table before it",
                                    table.text(), token.text)};
    if (token.role == Role::column && !lookups.empty() && !is_of_row(token, table) &&
        !(inside[i] && is_named(tokens, token.qualifier)))
      return Misreading{&token, fmt::format("names {}.{}", token.qualifier.text(), token.text),
                        fmt::format("no table that is read here is called {}", token.qualifier.text())};
    if (token.role != Role::table || is_schema(tokens, i)) continue;
    if (token.identifier() == table)
      return Misreading{&token, "reads " + token.text + " itself", "a map can look into other tables only"};
    if (is_alias(tokens, i)) continue;
    const bool declared = std::any_of(lookups.begin(), lookups.end(),
                                      [&](const Lookup& lookup) { return lookup.table.name == token.identifier(); });
    if (!declared)
      return Misreading{&token, "reads " + token.text,
                        fmt::format("say how its rows belong to those of {0}: {2} = [{{ table = \"{1}\", key = "
                                    "{{ <column of {1}> = \"<column of {0}>\" }} }}]",
                                    table.text(), token.text, key)};
  }
  return std::nullopt;
}

}  // namespace emcee::diff
