#include "parser/scopes.h"

namespace emcee::parser {

using schema::Identifier;
using schema::Role;
using schema::Token;

namespace {

bool is_keyword(const Token& token, std::initializer_list<std::string_view> words) {
  if (token.role != Role::keyword) return false;
  for (std::string_view word : words)
    if (schema::equal_ignoring_case(token.text, word)) return true;
  return false;
}

bool is_symbol(const Token& token, std::string_view text) { return token.role == Role::symbol && token.text == text; }

}  // namespace

// A scope opens at a SELECT: within parentheses up to their end, behind UNION as a sibling, and
// elsewhere (the SELECT of an INSERT, the main SELECT behind WITH) up to the end of the statement
// or the ON CONFLICT of the INSERT.
Scopes::Scopes(const std::vector<Token>& tokens) : tokens_(tokens), scope_of_(tokens.size()) {
  scopes_.push_back({});
  std::size_t statement = 0;  // scope of the statement
  std::size_t current = 0;
  std::vector<std::size_t> parentheses;  // scope outside of each that is open
  const auto open = [&](std::size_t outer) {
    scopes_.push_back({outer, {}});
    return scopes_.size() - 1;
  };
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    const Token* before = i > 0 ? &tokens[i - 1] : nullptr;
    if (is_symbol(token, "(")) {
      parentheses.push_back(current);
      if (i + 1 < tokens.size() && is_keyword(tokens[i + 1], {"SELECT", "VALUES", "WITH"})) current = open(current);
    } else if (is_symbol(token, ")") && !parentheses.empty()) {
      current = parentheses.back();
      parentheses.pop_back();
    } else if (is_symbol(token, ";")) {
      statement = current = open(kNone);
      parentheses.clear();
    } else if (is_keyword(token, {"UNION", "EXCEPT", "INTERSECT"})) {
      current = open(scopes_[current].outer);
    } else if (is_keyword(token, {"SELECT"}) && before && !is_symbol(*before, "(") &&
               !is_keyword(*before, {"UNION", "ALL", "EXCEPT", "INTERSECT"})) {
      current = open(current);
    } else if (is_keyword(token, {"CONFLICT"}) && parentheses.empty()) {
      current = statement;
    }
    scope_of_[i] = current;
    if (token.role == Role::table) note_table(i, current);
  }
}

void Scopes::note_table(std::size_t place, std::size_t scope) {
  const Token& token = tokens_[place];
  std::vector<Reading>& tables = scopes_[scope].tables;
  if (place + 1 < tokens_.size() && is_symbol(tokens_[place + 1], ".")) return;  // t.*
  const Token* before = place > 0 ? &tokens_[place - 1] : nullptr;
  if (before && is_keyword(*before, {"IN"})) return;
  const Token* subject = before;
  if (before && is_keyword(*before, {"AS"})) subject = place > 1 ? &tokens_[place - 2] : nullptr;
  if (subject && subject->role == Role::table && !tables.empty())
    tables.back().alias = token.identifier();
  else if (subject && is_symbol(*subject, ")"))
    tables.push_back({{}, token.identifier()});
  else
    tables.push_back({token.identifier(), {}});
}

bool Scopes::is_target(std::size_t place) const {
  if (place == 0 || place + 1 >= tokens_.size() || !is_symbol(tokens_[place + 1], "=")) return false;
  if (is_keyword(tokens_[place - 1], {"SET"})) return true;
  if (!is_symbol(tokens_[place - 1], ",")) return false;
  // A comma of the SET list: no other clause, and no open parenthesis, lies between.
  std::size_t depth = 0;
  for (std::size_t i = place - 1; i-- > 0;) {
    if (is_symbol(tokens_[i], ")")) ++depth;
    if (is_symbol(tokens_[i], "(") && depth-- == 0) return false;
    if (depth == 0 && is_keyword(tokens_[i], {"SET"})) return true;
    if (depth == 0 && is_keyword(tokens_[i], {"SELECT", "FROM", "WHERE", "ON"})) return false;
  }
  return false;
}

bool Scopes::means(std::size_t place, const Identifier& table, const Identifier* own,
                   const std::function<bool(const Identifier&)>& has_column) const {
  const Identifier& qualifier = tokens_[place].qualifier;
  std::size_t scope = scope_of_[place];
  if (qualifier.empty() && is_target(place))
    return !scopes_[scope].tables.empty() && scopes_[scope].tables.front().name == table;
  for (; scope != kNone; scope = scopes_[scope].outer) {
    bool hidden = false;
    for (const Reading& reading : scopes_[scope].tables) {
      if (!qualifier.empty() && reading.answers_to(qualifier)) return reading.name == table;
      if (qualifier.empty() && reading.name == table) return true;
      hidden = hidden || (qualifier.empty() && has_column(reading.name));
    }
    if (hidden) return false;
  }
  if (qualifier.empty()) return false;
  const auto is = [&](std::string_view word) { return schema::equal_ignoring_case(qualifier.text(), word); };
  if (own && (is("new") || is("old"))) return *own == table;
  // The row that an INSERT could not insert.
  const std::vector<Reading>& written = scopes_[scope_of_[place]].tables;
  return is("excluded") && !written.empty() && written.front().name == table;
}

}  // namespace emcee::parser
