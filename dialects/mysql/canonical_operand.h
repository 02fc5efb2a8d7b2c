// What the forms of expressions are made of.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "dialects/mysql/canonical_tokens.h"

namespace emcee::mysql {

inline schema::Token function(std::string_view text) {
  return schema::Token{schema::Role::name, std::string(text), {}, schema::Folding::ignore_case};
}

inline bool is_word(const schema::Token& token, std::string_view text) {
  return (token.role == schema::Role::keyword || token.role == schema::Role::name) &&
         schema::equal_ignoring_case(token.text, text);
}

// A part of an expression: its tokens, and whether an operator may stand beside it as it is.
struct Operand {
  Tokens tokens;
  bool atomic = true;
  bool truth = false;    // 0, 1 or NULL
  Tokens opposite{};     // of a truth, where it can be said without NOT
  bool queried = false;  // IN, of a query
};

inline void append(Tokens& to, const Operand& from) {
  if (!from.atomic) to.push_back(symbol_token("("));
  append(to, from.tokens);
  if (!from.atomic) to.push_back(symbol_token(")"));
}

inline Tokens joined(const Operand& left, const schema::Token& sign, const Operand& right) {
  Tokens result;
  append(result, left);
  result.push_back(sign);
  append(result, right);
  return result;
}

// Between the commas of a list.
std::vector<Operand> arguments_of(const Tokens& tokens);
// Calls that servers keep as something else: isnull, datediff, date_add ...
std::optional<Operand> said_otherwise(const schema::Token& name, const Tokens& arguments);

}  // namespace emcee::mysql
