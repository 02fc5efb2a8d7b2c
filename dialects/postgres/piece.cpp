#include "dialects/postgres/piece.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "dialects/postgres/literal.h"
#include "dialects/postgres/names.h"

namespace emcee::postgres {

Token keyword(std::string_view word) { return Token{Role::keyword, std::string(word), {}, {}}; }
Token symbol(std::string_view text) { return Token{Role::symbol, std::string(text), {}, {}}; }
Token literal(std::string_view text) { return Token{Role::literal, std::string(text), {}, {}}; }
Token name_token(std::string_view name) { return Token{Role::name, std::string(name), {}, schema::Folding::exact}; }
Token table_token(std::string_view name) { return Token{Role::table, std::string(name), {}, schema::Folding::exact}; }
Token column_token(std::string_view name, std::string_view qualifier) {
  return Token{Role::column, std::string(name), identifier(qualifier), schema::Folding::exact};
}

void append(Tokens& to, const Tokens& from) { to.insert(to.end(), from.begin(), from.end()); }

void append_implied(Tokens& to, Tokens from) {
  for (Token& token : from) {
    token.implied = true;
    to.push_back(std::move(token));
  }
}

void append_name(Tokens& to, const schema::QualifiedName& name, Role role) {
  if (!name.schema.empty()) {
    to.push_back(name_token(name.schema.text()));
    to.push_back(symbol("."));
  }
  to.push_back(Token{role, name.name.text(), {}, schema::Folding::exact});
}

Piece compound(Tokens tokens, std::string type) { return Piece{std::move(tokens), std::move(type), false}; }

Tokens operand(const Piece& piece) {
  if (piece.atomic) return piece.tokens;
  Tokens result = {symbol("(")};
  append(result, piece.tokens);
  result.push_back(symbol(")"));
  return result;
}

void append_list(Tokens& to, const std::vector<Tokens>& items) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) to.push_back(symbol(","));
    append(to, items[i]);
  }
}

namespace {

constexpr std::array<std::string_view, 6> kNumbers = {"smallint", "integer", "bigint",
                                                      "numeric",  "real",    "double precision"};

}  // namespace

bool is_number(std::string_view type) { return std::find(kNumbers.begin(), kNumbers.end(), type) != kNumbers.end(); }

bool is_string(std::string_view type) {
  return type == "text" || type == "character varying" || type == "character" || type == "bpchar" || type == "name";
}

std::string wider_number(const std::string& a, const std::string& b) {
  const auto x = std::find(kNumbers.begin(), kNumbers.end(), a);
  const auto y = std::find(kNumbers.begin(), kNumbers.end(), b);
  if (x == kNumbers.end() || y == kNumbers.end()) return {};
  if (a == b) return a;
  // A numeric and a real meet as double precision; so do both kinds of floating point.
  const auto wider = std::max(x, y);
  if (*wider == "real") return "double precision";
  return std::string(*wider);
}

bool is_integer(std::string_view type) { return type == "smallint" || type == "integer" || type == "bigint"; }

void widen(Piece& piece, const std::string& type) {
  const bool floating = type == "double precision";
  if (!is_integer(piece.type) && !(floating && piece.type == "numeric")) return;
  if (is_integer(type)) return;  // integers of all widths have operators with each other
  Tokens tokens = operand(piece);
  tokens.push_back(symbol("::"));
  append(tokens, named_type(type).tokens());
  piece = Piece{std::move(tokens), type, true};
}

void unify(std::vector<Piece>& pieces) {
  std::string wider = pieces.empty() ? "" : pieces.front().type;
  for (const Piece& piece : pieces) wider = wider_number(wider, piece.type);
  if (wider.empty()) return;
  for (Piece& piece : pieces) {
    const bool constant = piece.tokens.size() == 1 && piece.tokens.front().role == Role::literal;
    if (!is_integer(wider)) {
      widen(piece, wider);
    } else if (piece.type != wider && !constant) {
      Tokens tokens = operand(piece);
      tokens.push_back(symbol("::"));
      append(tokens, named_type(wider).tokens());
      piece = Piece{std::move(tokens), wider, true};
    }
  }
}

bool spells_number(std::string_view text) {
  if (text.empty()) return false;
  const std::string copy(text);
  if (copy.find_first_not_of("0123456789+-.eE") != std::string::npos) return false;
  char* end = nullptr;
  std::strtod(copy.c_str(), &end);
  return *end == '\0';
}

Piece typed_literal(std::string_view text, const TypeName& type) {
  Piece piece;
  piece.type = type.name;
  Tokens cast = {symbol("::")};
  append(cast, type.tokens());
  if (type.name == "boolean") {
    if (const auto value = boolean_value(text)) {
      piece.tokens = {keyword(*value ? "true" : "false")};
      return piece;
    }
  }
  // Of any length; as `bit` it would be cut to one.
  if (type.name == "bit" && type.arguments.empty() && text.find_first_not_of("01") == std::string_view::npos) {
    piece.tokens = {literal("B" + string_literal(text))};
    return piece;
  }
  const bool number = is_number(type.name) && spells_number(text);
  if (number && text.front() == '-') {
    // Quoted, so that nothing binds to the sign alone.
    piece.tokens = {literal(string_literal(text))};
  } else {
    piece.tokens = {number ? literal(text) : literal(string_literal(canonical_literal(text, type.name)))};
  }
  const bool natural = number && text.front() != '-' &&
                       (type.name == "integer" || (type.name == "numeric" && text.find('.') != std::string_view::npos));
  if (natural && type.arguments.empty()) return piece;
  append_implied(piece.tokens, std::move(cast));
  return piece;
}

}  // namespace emcee::postgres
