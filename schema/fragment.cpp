#include "schema/fragment.h"

#include <algorithm>

namespace emcee::schema {

bool Token::operator==(const Token& other) const {
  if (role != other.role) return false;
  switch (role) {
    case Role::keyword:
      return equal_ignoring_case(text, other.text);
    case Role::column:
    case Role::table:
    case Role::name:
      return identifier() == other.identifier() && qualifier == other.qualifier;
    case Role::symbol:
    case Role::literal:
    case Role::variable:
      return text == other.text;
  }
  return false;
}

bool Fragment::operator==(const Fragment& other) const {
  auto a = tokens_.begin(), b = other.tokens_.begin();
  while (true) {
    while (a != tokens_.end() && a->implied) ++a;
    while (b != other.tokens_.end() && b->implied) ++b;
    if (a == tokens_.end() || b == other.tokens_.end()) return a == tokens_.end() && b == other.tokens_.end();
    if (!(*a++ == *b++)) return false;
  }
}

Fragment Fragment::column(const Identifier& name, const Identifier& qualifier) {
  return Fragment({Token{Role::column, name.text(), qualifier, name.folding()}});
}

std::optional<Identifier> Fragment::as_column() const {
  if (tokens_.size() != 1 || tokens_[0].role != Role::column) return std::nullopt;
  return tokens_[0].identifier();
}

std::vector<Identifier> Fragment::columns() const {
  std::vector<Identifier> result;
  for (const Token& token : tokens_) {
    if (token.role != Role::column) continue;
    Identifier id = token.identifier();
    if (std::find(result.begin(), result.end(), id) == result.end()) result.push_back(std::move(id));
  }
  return result;
}

bool Fragment::mentions_column(const Identifier& name) const {
  return std::any_of(tokens_.begin(), tokens_.end(),
                     [&](const Token& t) { return t.role == Role::column && t.identifier() == name; });
}

bool Fragment::mentions_table(const Identifier& name) const {
  return std::any_of(tokens_.begin(), tokens_.end(), [&](const Token& t) {
    return (t.role == Role::table && t.identifier() == name) || (t.role == Role::column && t.qualifier == name);
  });
}

bool Fragment::calls_function() const {
  for (std::size_t i = 0; i + 1 < tokens_.size(); ++i)
    if (tokens_[i].role == Role::name && tokens_[i + 1].is(Role::symbol, "(")) return true;
  return false;
}

Fragment Fragment::with_columns(const std::function<std::optional<Fragment>(const Token&)>& rewrite) const {
  std::vector<Token> result;
  result.reserve(tokens_.size());
  bool changed = false;
  for (const Token& token : tokens_) {
    std::optional<Fragment> replacement;
    if (token.role == Role::column) replacement = rewrite(token);
    if (!replacement) {
      result.push_back(token);
      continue;
    }
    changed = true;
    const bool parenthesise = replacement->tokens().size() > 1;
    if (parenthesise) result.push_back(Token{Role::symbol, "(", {}, {}});
    result.insert(result.end(), replacement->tokens().begin(), replacement->tokens().end());
    if (parenthesise) result.push_back(Token{Role::symbol, ")", {}, {}});
  }
  return changed ? Fragment(std::move(result)) : *this;
}

Fragment Fragment::with_column_renamed(const Identifier& from, const Identifier& to) const {
  return with_columns([&](const Token& token) -> std::optional<Fragment> {
    if (token.identifier() != from) return std::nullopt;
    return column(to, token.qualifier);
  });
}

Fragment Fragment::with_table_renamed(const Identifier& from, const Identifier& to) const {
  std::vector<Token> result = tokens_;
  bool changed = false;
  for (Token& token : result) {
    if (token.role == Role::table && token.identifier() == from) {
      token.text = to.text();
      changed = true;
    } else if (token.role == Role::column && token.qualifier == from) {
      token.qualifier = to;
      changed = true;
    }
  }
  return changed ? Fragment(std::move(result)) : *this;
}

std::string Quoting::quoted(std::string_view name) const {
  std::string result(1, open);
  for (char c : name) {
    if (c == close) result += c;
    result += c;
  }
  result += close;
  return result;
}

std::string Quoting::operator()(const Identifier& name) const {
  if (bare && bare(name.text())) return name.text();
  return quoted(name.text());
}

std::string Quoting::operator()(const QualifiedName& name) const {
  if (name.schema.empty()) return (*this)(name.name);
  return (*this)(name.schema) + "." + (*this)(name.name);
}

namespace {

bool is_symbol(const Token& token, std::string_view text) { return token.role == Role::symbol && token.text == text; }

// `f(`, `( a`, `a ,`, `a . b`, `a::b` and `a[1]` take no space; everything else takes one.
bool wants_space(const Token& left, const Token& right) {
  if (is_symbol(left, "::") || is_symbol(right, "::") || is_symbol(left, "[") || is_symbol(right, "[") ||
      is_symbol(right, "]"))
    return false;
  if (is_symbol(left, "(") || is_symbol(right, ")") || is_symbol(right, ",") || is_symbol(right, ";")) return false;
  if (is_symbol(left, ".") || is_symbol(right, ".")) return false;
  if (is_symbol(right, "(") && left.role == Role::name) return false;
  return true;
}

}  // namespace

std::string to_canonical_sql(const Fragment& fragment, const Quoting& quoting) {
  std::string sql;
  const Token* previous = nullptr;
  for (const Token& token : fragment.tokens()) {
    if (previous && wants_space(*previous, token)) sql += ' ';
    switch (token.role) {
      case Role::column:
        if (!token.qualifier.empty()) sql += quoting(token.qualifier) + ".";
        sql += token.quoted ? quoting.quoted(token.text) : quoting(token.identifier());
        break;
      case Role::table:
      case Role::name:
        sql += quoting(token.identifier());
        break;
      case Role::keyword:
      case Role::symbol:
      case Role::literal:
      case Role::variable:
        sql += token.text;
        break;
    }
    previous = &token;
  }
  return sql;
}

std::string to_sql(const Fragment& fragment, const Quoting& quoting) {
  return fragment.source().empty() ? to_canonical_sql(fragment, quoting) : fragment.source();
}

}  // namespace emcee::schema
