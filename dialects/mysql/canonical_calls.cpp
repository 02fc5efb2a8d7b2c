#include "dialects/mysql/canonical_operand.h"

namespace emcee::mysql {

using schema::Token;

namespace {

// A name, a value, a call, or what stands in parentheses.
bool stands_alone(const Tokens& tokens) {
  const std::size_t open = tokens.size() > 1 && !is_symbol(tokens[0], "(") ? 1 : 0;
  if (tokens.size() <= 1) return true;
  int depth = 0;
  for (std::size_t i = open; i < tokens.size(); ++i) {
    depth += is_symbol(tokens[i], "(") ? 1 : is_symbol(tokens[i], ")") ? -1 : 0;
    if (depth == 0 && i + 1 < tokens.size()) return false;
  }
  return depth == 0;
}

}  // namespace

std::vector<Operand> arguments_of(const Tokens& tokens) {
  std::vector<Operand> result(1);
  int depth = 0;
  for (const Token& token : tokens) {
    depth += is_symbol(token, "(") ? 1 : is_symbol(token, ")") ? -1 : 0;
    if (depth == 0 && is_symbol(token, ","))
      result.emplace_back();
    else
      result.back().tokens.push_back(token);
  }
  for (Operand& operand : result) operand.atomic = stands_alone(operand.tokens);
  return result;
}

namespace {

// date_add(a, INTERVAL 1 DAY) is a + INTERVAL 1 DAY, and so is adddate(a, 1).
std::optional<Operand> date_arithmetic(const Token& name, const Tokens& arguments) {
  const bool add = is_word(name, "date_add") || is_word(name, "adddate");
  const bool subtract = is_word(name, "date_sub") || is_word(name, "subdate");
  if (!add && !subtract) return std::nullopt;
  const std::vector<Operand> parts = arguments_of(arguments);
  if (parts.size() == 2 && !parts[1].tokens.empty() && !is_keyword(parts[1].tokens.front(), "INTERVAL")) {
    Operand result{parts[0].tokens, false};
    append(result.tokens, {symbol_token(add ? "+" : "-"), keyword_token("INTERVAL")});
    append(result.tokens, parts[1].tokens);
    result.tokens.push_back(keyword_token("DAY"));
    return result;
  }
  int depth = 0;
  for (std::size_t i = 0; i + 1 < arguments.size(); ++i) {
    depth += is_symbol(arguments[i], "(") ? 1 : is_symbol(arguments[i], ")") ? -1 : 0;
    if (depth != 0 || !is_symbol(arguments[i], ",") || !is_keyword(arguments[i + 1], "INTERVAL")) continue;
    const auto comma = arguments.begin() + static_cast<std::ptrdiff_t>(i);
    Operand date{Tokens(arguments.begin(), comma), i == 1};
    Operand result{{}, false};
    append(result.tokens, date);
    result.tokens.push_back(symbol_token(add ? "+" : "-"));
    result.tokens.insert(result.tokens.end(), comma + 1, arguments.end());
    return result;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Operand> said_otherwise(const Token& name, const Tokens& arguments) {
  const std::vector<Operand> parts = arguments_of(arguments);
  if (is_word(name, "isnull") && parts.size() == 1) {
    Operand result{{}, false, true};
    append(result.tokens, parts[0]);
    append(result.tokens, {keyword_token("IS"), keyword_token("NULL")});
    return result;
  }
  const auto call_of = [](const char* function_name, const Operand& argument) {
    Operand result{{function(function_name), symbol_token("(")}, true};
    append(result.tokens, argument.tokens);
    result.tokens.push_back(symbol_token(")"));
    return result;
  };
  for (const char* type : {"DATE", "TIME"})
    if (is_word(name, type) && parts.size() == 1) {
      Operand result{{function("cast"), symbol_token("(")}, true};
      append(result.tokens, parts[0].tokens);
      append(result.tokens, {keyword_token("AS"), keyword_token(type), symbol_token(")")});
      return result;
    }
  if (is_word(name, "instr") && parts.size() == 2) {
    Operand result{{function("locate"), symbol_token("(")}, true};
    append(result.tokens, parts[1].tokens);
    result.tokens.push_back(symbol_token(","));
    append(result.tokens, parts[0].tokens);
    result.tokens.push_back(symbol_token(")"));
    return result;
  }
  if (is_word(name, "mod") && parts.size() == 2) return Operand{joined(parts[0], symbol_token("%"), parts[1]), false};
  if (is_word(name, "datediff") && parts.size() == 2)
    return Operand{joined(call_of("to_days", parts[0]), symbol_token("-"), call_of("to_days", parts[1])), false};
  return date_arithmetic(name, arguments);
}

}  // namespace emcee::mysql
