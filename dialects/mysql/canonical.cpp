#include "dialects/mysql/canonical.h"
#include "dialects/mysql/canonical_tokens.h"

#include <algorithm>
#include <cstddef>

namespace emcee::mysql {

using schema::equal_ignoring_case;
using schema::Fragment;
using schema::Role;
using schema::Token;

namespace {

Token function(std::string_view text) { return Token{Role::name, std::string(text), {}, schema::Folding::ignore_case}; }

bool is_word(const Token& token, std::string_view text) {
  return (token.role == Role::keyword || token.role == Role::name) && equal_ignoring_case(token.text, text);
}

// From tight to loose; https://dev.mysql.com/doc/refman/9.0/en/operator-precedence.html
enum Level : int {
  kNone = 0,
  kOr,
  kXor,
  kAnd,
  kNot,
  kBetween,
  kCompare,
  kBitOr,
  kBitAnd,
  kShift,
  kAdd,
  kMultiply,
  kXorBits,
  kUnary,
  kBang,
  kCollate
};

struct Operator {
  std::string_view text, canonical;
  int level;
};
constexpr Operator kOperators[] = {
    {"OR", "OR", kOr},      {"||", "OR", kOr},      {"XOR", "XOR", kXor},      {"AND", "AND", kAnd},
    {"&&", "AND", kAnd},    {"=", "=", kCompare},   {"<=>", "<=>", kCompare},  {"<>", "<>", kCompare},
    {"!=", "<>", kCompare}, {"<", "<", kCompare},   {"<=", "<=", kCompare},    {">", ">", kCompare},
    {">=", ">=", kCompare}, {"|", "|", kBitOr},     {"&", "&", kBitAnd},       {"<<", "<<", kShift},
    {">>", ">>", kShift},   {"+", "+", kAdd},       {"-", "-", kAdd},          {"*", "*", kMultiply},
    {"/", "/", kMultiply},  {"%", "%", kMultiply},  {"DIV", "DIV", kMultiply}, {"MOD", "%", kMultiply},
    {"^", "^", kXorBits},   {"->", "->", kCollate}, {"->>", "->>", kCollate},
};

struct Alias {
  std::string_view from, to;
};
// Functions of several names.
constexpr Alias kFunctions[] = {
    {"ucase", "upper"},
    {"lcase", "lower"},
    {"substring", "substr"},
    {"mid", "substr"},
    {"character_length", "char_length"},
    {"power", "pow"},
    {"ceil", "ceiling"},
    {"day", "dayofmonth"},
    {"schema", "database"},
    {"octet_length", "length"},
    {"sha1", "sha"},
    {"std", "stddev"},
    {"var_pop", "variance"},
};
// Those that are also words.
constexpr Alias kClocks[] = {
    {"now", "CURRENT_TIMESTAMP"},
    {"localtime", "CURRENT_TIMESTAMP"},
    {"localtimestamp", "CURRENT_TIMESTAMP"},
    {"current_timestamp", "CURRENT_TIMESTAMP"},
    {"curdate", "CURRENT_DATE"},
    {"current_date", "CURRENT_DATE"},
    {"curtime", "CURRENT_TIME"},
    {"current_time", "CURRENT_TIME"},
    {"current_user", "CURRENT_USER"},
    {"utc_date", "UTC_DATE"},
    {"utc_time", "UTC_TIME"},
    {"utc_timestamp", "UTC_TIMESTAMP"},
};

const Alias* find(std::string_view name, const Alias* begin, const Alias* end) {
  const auto it = std::find_if(begin, end, [&](const Alias& alias) { return equal_ignoring_case(alias.from, name); });
  return it == end ? nullptr : it;
}

// A part of an expression: its tokens, and whether an operator may stand beside it as it is.
struct Operand {
  Tokens tokens;
  bool atomic = true;
};

using mysql::append;  // beside the one below
void append(Tokens& to, const Operand& from) {
  if (!from.atomic) to.push_back(symbol_token("("));
  append(to, from.tokens);
  if (!from.atomic) to.push_back(symbol_token(")"));
}

class ExpressionReader {
 public:
  ExpressionReader(const Tokens& tokens, const ExpressionRules& rules) : tokens_(tokens), rules_(rules) {}

  Tokens all() {
    Tokens result = list();
    while (!at_end()) {  // nothing that an expression is made of: as it is
      result.push_back(take());
      append(result, list());
    }
    return result;
  }

 private:
  bool at_end() const { return place_ >= tokens_.size(); }
  const Token& next() const { return tokens_[place_]; }
  bool next_is_symbol(std::string_view text) const { return !at_end() && is_symbol(next(), text); }
  bool next_is(std::string_view word) const { return !at_end() && is_keyword(next(), word); }
  bool behind_is_symbol(std::string_view text) const {
    return place_ + 1 < tokens_.size() && is_symbol(tokens_[place_ + 1], text);
  }
  Token take() { return tokens_[place_++]; }
  void skip() { ++place_; }

  // Behind an opening parenthesis, up to and with the closing one, unchanged.
  Tokens rest_of_parentheses() {
    Tokens result;
    for (int depth = 1; !at_end();) {
      if (next_is_symbol("(")) ++depth;
      if (next_is_symbol(")")) --depth;
      result.push_back(take());
      if (depth == 0) break;
    }
    return result;
  }

  // The same for a statement, by its rule.
  Tokens rest_of_statement() {
    Tokens result = rest_of_parentheses();
    if (!rules_.statement || result.empty() || !is_symbol(result.back(), ")")) return result;
    result.pop_back();
    result = rules_.statement(result);
    result.push_back(symbol_token(")"));
    return result;
  }

  bool at_statement() const { return next_is("SELECT") || next_is("WITH") || next_is("VALUES") || next_is("TABLE"); }
  bool at_operand() const {
    if (at_end()) return false;
    const Token& token = next();
    if (token.role == Role::symbol)
      return token.text == "(" || token.text == "-" || token.text == "+" || token.text == "~" || token.text == "!";
    if (token.role != Role::keyword) return true;
    for (const char* word : {"NOT", "CASE", "NULL", "TRUE", "FALSE", "EXISTS", "BINARY", "INTERVAL", "ROW"})
      if (is_keyword(token, word)) return true;
    if (find(token.text, std::begin(kClocks), std::end(kClocks))) return true;
    return behind_is_symbol("(") && !is_keyword(token, "IN") && !is_keyword(token, "USING") &&
           !is_keyword(token, "AS") && !is_keyword(token, "BY") && !is_keyword(token, "OVER") &&
           !is_keyword(token, "WHEN") && !is_keyword(token, "THEN") && !is_keyword(token, "ELSE");
  }

  // Expressions with what stands between them (commas, FROM, WHEN ...), up to a closing parenthesis.
  Tokens list() {
    Tokens result;
    while (!at_end() && !next_is_symbol(")")) {
      if (is_keyword(next(), "AS") || is_keyword(next(), "USING")) {  // a type or a character set
        while (!at_end() && !next_is_symbol(")")) {
          const bool open = next_is_symbol("(");
          result.push_back(take());
          if (open) append(result, rest_of_parentheses());
        }
      } else if (at_operand()) {
        append(result, expression(kNone).tokens);
      } else {
        result.push_back(take());
      }
    }
    return result;
  }

  Operand expression(int least) {
    if (++depth_ > 400) {  // as it is
      --depth_;
      return {{take()}, true};
    }
    Operand left = prefixed();
    for (;;) {
      if (at_end()) break;
      const bool negated = next_is("NOT") && place_ + 1 < tokens_.size();
      const Token& word = negated ? tokens_[place_ + 1] : next();
      if (is_keyword(word, "LIKE") || is_keyword(word, "REGEXP") || is_keyword(word, "RLIKE") ||
          is_keyword(word, "IN") || is_keyword(word, "BETWEEN")) {
        if (kCompare <= least) break;
        if (negated) skip();
        left = predicate(std::move(left), negated);
        continue;
      }
      if (negated) break;
      if (next_is("IS")) {
        if (kCompare <= least) break;
        Operand result{{}, false};
        append(result.tokens, left);
        result.tokens.push_back(take());
        if (next_is("NOT")) result.tokens.push_back(take());
        if (!at_end()) result.tokens.push_back(take());
        left = std::move(result);
        continue;
      }
      if (next_is("COLLATE")) {
        Operand result{{}, true};
        append(result.tokens, left);
        result.tokens.push_back(take());
        if (!at_end()) result.tokens.push_back(collation(take()));
        left = std::move(result);
        continue;
      }
      const Operator* op = find_operator(next());
      if (!op || op->level <= least) break;
      skip();
      Operand right;
      if (next_is("ANY") || next_is("ALL") || next_is("SOME")) {
        right.tokens.push_back(take());
        if (next_is_symbol("(")) {
          right.tokens.push_back(take());
          append(right.tokens, rest_of_statement());
        }
      } else {
        right = expression(op->level);
      }
      left = binary(std::move(left), *op, right);
    }
    --depth_;
    return left;
  }

  static Token collation(Token token) {
    token.role = Role::name;
    token.folding = schema::Folding::ignore_case;
    if (token.text.size() > 1 && token.text.front() == '\'') token.text = token.text.substr(1, token.text.size() - 2);
    if (equal_ignoring_case(token.text.substr(0, 5), "utf8_")) token.text = "utf8mb3_" + token.text.substr(5);
    return token;
  }

  static const Operator* find_operator(const Token& token) {
    if (token.role != Role::symbol && token.role != Role::keyword) return nullptr;
    for (const Operator& op : kOperators)
      if (equal_ignoring_case(op.text, token.text)) return &op;
    return nullptr;
  }

  static Operand binary(Operand left, const Operator& op, const Operand& right) {
    if (op.canonical == "->" || op.canonical == "->>") {
      Operand result;
      if (op.canonical == "->>") append(result.tokens, {function("json_unquote"), symbol_token("(")});
      append(result.tokens, {function("json_extract"), symbol_token("(")});
      append(result.tokens, left.tokens);
      result.tokens.push_back(symbol_token(","));
      append(result.tokens, right.tokens);
      result.tokens.push_back(symbol_token(")"));
      if (op.canonical == "->>") result.tokens.push_back(symbol_token(")"));
      return result;
    }
    const bool word = op.level <= kAnd || op.canonical == "DIV";
    Operand result{{}, false};
    append(result.tokens, left);
    result.tokens.push_back(word ? keyword_token(op.canonical) : symbol_token(op.canonical));
    append(result.tokens, right);
    return result;
  }

  static Operand negation(Operand of) {
    Operand result{{keyword_token("NOT")}, false};
    of.atomic = false;
    append(result.tokens, of);
    return result;
  }

  Operand predicate(Operand left, bool negated) {
    Operand result{{}, false};
    append(result.tokens, left);
    const Token word = take();
    if (is_keyword(word, "IN") && next_is_symbol("(")) {
      skip();
      if (at_statement()) {
        append(result.tokens, {keyword_token("IN"), symbol_token("(")});
        append(result.tokens, rest_of_statement());
      } else {
        const Tokens items = list();
        if (!at_end()) skip();
        int depth = 0;
        const bool several = std::any_of(items.begin(), items.end(), [&](const Token& token) {
          depth += is_symbol(token, "(") ? 1 : is_symbol(token, ")") ? -1 : 0;
          return depth == 0 && is_symbol(token, ",");
        });
        if (several) {
          append(result.tokens, {keyword_token("IN"), symbol_token("(")});
          append(result.tokens, items);
          result.tokens.push_back(symbol_token(")"));
        } else {  // the server makes a comparison of it
          result.tokens.push_back(symbol_token(negated ? "<>" : "="));
          append(result.tokens, Operand{items, items.size() == 1});
          return result;
        }
      }
    } else if (is_keyword(word, "BETWEEN")) {
      result.tokens.push_back(word);
      append(result.tokens, expression(kCompare));
      if (next_is("AND")) skip();
      result.tokens.push_back(keyword_token("AND"));
      append(result.tokens, expression(kCompare));
    } else {
      result.tokens.push_back(is_keyword(word, "RLIKE") ? keyword_token("REGEXP") : word);
      append(result.tokens, expression(kCompare));
      if (next_is("ESCAPE")) {
        result.tokens.push_back(take());
        append(result.tokens, expression(kCompare));
      }
    }
    return negated ? negation(std::move(result)) : result;
  }

  Operand prefixed() {
    if (at_end()) return {};
    if (next_is("NOT") || next_is_symbol("!")) {
      const int level = next_is("NOT") ? kNot : kUnary;
      skip();
      return negation(expression(level));
    }
    if (next_is_symbol("+")) {
      skip();
      return expression(kUnary);
    }
    if (next_is_symbol("-") || next_is_symbol("~")) {
      Operand result{{take()}, false};
      Operand of = expression(kUnary);
      result.atomic = of.tokens.size() == 1 && of.tokens.front().role == Role::literal;
      append(result.tokens, of);
      return result;
    }
    if (next_is("BINARY") && !behind_is_symbol(")") && !behind_is_symbol(",")) {
      skip();
      const Operand of = expression(kUnary);
      Operand result{{function("cast"), symbol_token("(")}, true};
      append(result.tokens, of.tokens);
      append(result.tokens, {keyword_token("AS"), keyword_token("CHAR"), keyword_token("CHARSET"),
                             keyword_token("BINARY"), symbol_token(")")});
      return result;
    }
    if (next_is("INTERVAL") && !interval_function()) {
      Operand result{{take()}, true};
      append(result.tokens, expression(kNone));
      if (!at_end()) result.tokens.push_back(take());  // the unit
      return result;
    }
    return primary();
  }

  // INTERVAL(a, b) is a function.
  bool interval_function() const {
    if (!behind_is_symbol("(")) return false;
    int depth = 0;
    for (std::size_t i = place_ + 1; i < tokens_.size(); ++i) {
      if (is_symbol(tokens_[i], "(")) ++depth;
      if (is_symbol(tokens_[i], ")") && --depth == 0) return false;
      if (depth == 1 && is_symbol(tokens_[i], ",")) return true;
    }
    return false;
  }

  Operand primary() {
    if (next_is_symbol("(")) {
      skip();
      if (at_statement()) {
        Operand result{{symbol_token("(")}, true};
        append(result.tokens, rest_of_statement());
        return result;
      }
      Operand inner = expression(kNone);
      if (next_is_symbol(")")) {
        skip();
        return inner;
      }
      Operand row{{symbol_token("(")}, true};
      append(row.tokens, inner.tokens);
      append(row.tokens, list());
      if (!at_end()) row.tokens.push_back(take());
      return row;
    }
    if (next_is("CASE")) return case_when();
    if (next_is("TRUE") || next_is("FALSE")) {
      const bool yes = next_is("TRUE");
      skip();
      return {{Token{Role::literal, yes ? "1" : "0", {}, {}}}, true};
    }
    if (next().role == Role::literal) return literal();
    if ((next().role == Role::keyword || next().role == Role::name) &&
        (behind_is_symbol("(") || find(next().text, std::begin(kClocks), std::end(kClocks))))
      return call();
    Token token = take();
    if (token.role == Role::column && rules_.column) rules_.column(token);
    return {{std::move(token)}, true};
  }

  Operand literal() {
    Operand result;
    const bool introduced = next().text.front() == '_';
    if (introduced) {
      const Token charset = take();
      const bool connection = is_connection_charset(charset.text);
      const bool text = !at_end() && next().text.front() == '\'';
      if (!connection || !text) result.tokens.push_back(charset);
      if (at_end()) return result;
    }
    result.tokens.push_back(take());
    // 'a' 'b' is one string.
    while (!at_end() && next().role == Role::literal && next().text.front() == '\'' &&
           result.tokens.back().text.front() == '\'') {
      std::string& text = result.tokens.back().text;
      text = text.substr(0, text.size() - 1) + take().text.substr(1);
    }
    return result;
  }

  static bool is_connection_charset(std::string_view introducer) {
    for (std::string_view known : {"_utf8mb4", "_utf8mb3", "_utf8"})
      if (equal_ignoring_case(introducer, known)) return true;
    return false;
  }

  Operand case_when() {
    Operand result{{take()}, true};
    while (!at_end() && !next_is("END")) {
      if (at_operand())
        append(result.tokens, expression(kNone).tokens);
      else
        result.tokens.push_back(take());
    }
    if (!at_end()) result.tokens.push_back(take());
    return result;
  }

  Operand call() {
    Token name = take();
    if (const Alias* clock = find(name.text, std::begin(kClocks), std::end(kClocks))) {
      Operand result{{keyword_token(clock->to)}, true};
      if (!next_is_symbol("(")) return result;
      skip();
      const Tokens precision = list();
      if (!at_end()) skip();
      if (precision.empty() || precision.front().text == "0") return result;
      result.tokens.push_back(symbol_token("("));
      append(result.tokens, precision);
      result.tokens.push_back(symbol_token(")"));
      return result;
    }
    if (const Alias* alias = find(name.text, std::begin(kFunctions), std::end(kFunctions))) name.text = alias->to;
    name.role = Role::name;
    name.folding = schema::Folding::ignore_case;
    if (is_word(name, "exists") || is_word(name, "row")) name.role = Role::keyword;
    skip();
    Operand result{{name, symbol_token("(")}, true};
    if (at_statement()) {
      append(result.tokens, rest_of_statement());
      return result;
    }
    Tokens arguments = list();
    if (!at_end()) skip();
    if (arguments.size() == 1 && is_symbol(arguments[0], "*"))
      arguments = {Token{Role::literal, "0", {}, {}}};  // count(*)
    if (auto sum = date_arithmetic(name, arguments)) return *std::move(sum);
    append(result.tokens, arguments);
    result.tokens.push_back(symbol_token(")"));
    return result;
  }

  // date_add(a, INTERVAL 1 DAY) is a + INTERVAL 1 DAY.
  static std::optional<Operand> date_arithmetic(const Token& name, const Tokens& arguments) {
    const bool add = is_word(name, "date_add") || is_word(name, "adddate");
    const bool subtract = is_word(name, "date_sub") || is_word(name, "subdate");
    if (!add && !subtract) return std::nullopt;
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

  const Tokens& tokens_;
  const ExpressionRules& rules_;
  std::size_t place_ = 0;
  int depth_ = 0;
};

}  // namespace

Fragment canonical_expression(const Fragment& expression, const ExpressionRules& rules) {
  return Fragment(ExpressionReader(expression.tokens(), rules).all());
}

Fragment own_expression(const Fragment& expression, const schema::Identifier& table) {
  return canonical_expression(expression, {[&](Token& token) {
                                             if (equal_ignoring_case(token.qualifier.text(), table.text()))
                                               token.qualifier = {};
                                           },
                                           {}});
}

}  // namespace emcee::mysql
