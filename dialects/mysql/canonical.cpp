#include "dialects/mysql/canonical.h"
#include <algorithm>
#include <cstddef>
#include <map>

#include "dialects/mysql/canonical_operand.h"
#include "dialects/mysql/canonical_words.h"
#include "dialects/mysql/quoting.h"

namespace emcee::mysql {

using schema::equal_ignoring_case;
using schema::Fragment;
using schema::Role;
using schema::Token;

namespace {

class ExpressionReader {
 public:
  ExpressionReader(const Tokens& tokens, const ExpressionRules& rules) : tokens_(tokens), rules_(rules) {}

  Tokens all() {
    Tokens result = rules_.condition && at_operand() ? truth_of(expression(kNone)).tokens : list();
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
  Tokens rest_of_statement(bool of_exists = false) {
    Tokens result = rest_of_parentheses();
    if (of_exists && result.size() > 1 && is_symbol(result[1], "*")) result[1] = Token{Role::literal, "1", {}, {}};
    if (!rules_.statement || result.empty() || !is_symbol(result.back(), ")")) return result;
    result.pop_back();
    result = rules_.statement(result);
    result.push_back(symbol_token(")"));
    return result;
  }

  bool behind_is_utf8() const {
    return place_ + 1 < tokens_.size() && schema::to_lower(tokens_[place_ + 1].text).starts_with("utf8");
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
          if (rules_.truth && next_is("CHARSET") && behind_is_utf8()) {  // of whoever made the view
            skip();
            skip();
            continue;
          }
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
        left = is(std::move(left));
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
      if (op->text == "=" && (next_is("ANY") || next_is("SOME")) && behind_is_symbol("(")) {
        skip();
        left = in_list(std::move(left), false);
        continue;
      }
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

  static Token zero() { return Token{Role::literal, "0", {}, {}}; }
  static bool is_zero(const Operand& operand) {
    return operand.tokens.size() == 1 && operand.tokens.front().role == Role::literal &&
           operand.tokens.front().text == "0";
  }
  // a IS [NOT] NULL, TRUE ...
  Operand is(Operand left) {
    const Token word = take();
    const bool negated = next_is("NOT");
    if (negated) skip();
    const bool null = next_is("NULL") || next_is("UNKNOWN");
    if (next_is("FALSE") && !negated && left.queried) {  // MySQL's NOT IN
      skip();
      return negation(std::move(left));
    }
    if (!null) left = truth_of(std::move(left));
    Operand result{{}, false, true};
    append(result.tokens, left);
    result.tokens.push_back(word);
    result.opposite = result.tokens;
    (negated ? result.tokens : result.opposite).push_back(keyword_token("NOT"));
    if (at_end()) return result;
    const Token of = null ? keyword_token("NULL") : next();
    skip();
    result.tokens.push_back(of);
    result.opposite.push_back(of);
    if (!null || !rules_.truth) result.opposite.clear();
    return result;
  }

  // What AND makes of it.
  Operand truth_of(Operand of) const {
    if (!rules_.truth || of.truth) return of;
    const Operand nothing{{zero()}};
    return {joined(of, symbol_token("<>"), nothing), false, true, joined(of, symbol_token("="), nothing)};
  }
  Operand comparison(Operand left, const std::string& sign, Operand right) const {
    static const std::map<std::string, const char*> kOpposite = {{"=", "<>"}, {"<>", "="}, {"<", ">="},
                                                                 {">=", "<"}, {">", "<="}, {"<=", ">"}};
    if (rules_.truth && is_zero(left) && !is_zero(right) && (sign == "=" || sign == "<>")) std::swap(left, right);
    Operand result{joined(left, symbol_token(sign), right), false, true};
    const auto opposite = kOpposite.find(sign);
    if (rules_.truth && opposite != kOpposite.end())
      result.opposite = joined(left, symbol_token(opposite->second), right);
    return result;
  }
  Operand connection(Operand left, std::string_view word, Operand right) const {
    left = truth_of(std::move(left));
    right = truth_of(std::move(right));
    Operand result{joined(left, keyword_token(word), right), false, true};
    if (!rules_.truth) return result;
    if (word == "XOR")
      result.opposite = joined(negation(left), keyword_token(word), right);
    else
      result.opposite = joined(negation(left), keyword_token(word == "AND" ? "OR" : "AND"), negation(right));
    return result;
  }

  Operand binary(Operand left, const Operator& op, const Operand& right) const {
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
    if (op.level == kCompare) return comparison(std::move(left), std::string(op.canonical), right);
    if (op.level <= kAnd) return connection(std::move(left), op.canonical, right);
    return {joined(left, op.canonical == "DIV" ? keyword_token(op.canonical) : symbol_token(op.canonical), right),
            false};
  }

  Operand negation(Operand of) const {
    of = truth_of(std::move(of));
    Operand result{of.opposite, false, true, rules_.truth ? of.tokens : Tokens()};
    if (!result.tokens.empty()) return result;
    result.tokens.push_back(keyword_token("NOT"));
    of.atomic = false;
    append(result.tokens, of);
    return result;
  }

  // Behind IN.
  Operand in_list(Operand left, bool negated) {
    Operand result{{}, false, true};
    append(result.tokens, left);
    append(result.tokens, {keyword_token("IN"), symbol_token("(")});
    skip();
    result.queried = at_statement();
    if (result.queried) {
      append(result.tokens, rest_of_statement());
    } else {
      const Tokens items = list();
      if (!at_end()) skip();
      // The server makes a comparison of a single one.
      if (arguments_of(items).size() == 1)
        return comparison(std::move(left), negated ? "<>" : "=", {items, items.size() == 1});
      append(result.tokens, items);
      result.tokens.push_back(symbol_token(")"));
    }
    return negated ? negation(std::move(result)) : result;
  }

  Operand predicate(Operand left, bool negated) {
    Operand result{{}, false, true};
    append(result.tokens, left);
    const Token word = take();
    if (is_keyword(word, "IN") && next_is_symbol("(")) return in_list(std::move(left), negated);
    if (is_keyword(word, "BETWEEN")) {
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
    if (is_word(next(), "MATCH")) return match();
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

  // MATCH (a, b) AGAINST (c IN BOOLEAN MODE), with the columns in parentheses or not.
  Operand match() {
    skip();
    Operand result{{keyword_token("MATCH"), symbol_token("(")}, true};
    const bool open = next_is_symbol("(");
    if (open) skip();
    while (!at_end() && !next_is_symbol(")") && !is_word(next(), "AGAINST")) {
      if (at_operand())
        append(result.tokens, expression(kNone).tokens);
      else
        result.tokens.push_back(take());
    }
    if (open && !at_end()) skip();
    result.tokens.push_back(symbol_token(")"));
    if (at_end() || !is_word(next(), "AGAINST")) return result;
    skip();
    result.tokens.push_back(keyword_token("AGAINST"));
    if (!next_is_symbol("(")) return result;
    result.tokens.push_back(take());
    append(result.tokens, expression(kCompare).tokens);
    Tokens mode;
    while (!at_end() && !next_is_symbol(")")) mode.push_back(take());
    if (!(mode.size() == 4 && is_word(mode[1], "NATURAL"))) append(result.tokens, mode);  // as without it
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
    if (is_word(name, "position")) return with_words({{function("locate"), symbol_token("(")}, true}, true);
    if (is_word(name, "substr")) return with_words(std::move(result), false);
    if (rules_.truth && is_word(name, "regexp_like")) return regexp_like(std::move(result));
    result.truth = is_word(name, "exists");
    if (at_statement()) {
      Tokens statement = rest_of_statement(result.truth);
      const std::size_t n = statement.size();
      // MariaDB looks for one row only.
      if (rules_.truth && result.truth && n > 3 && is_keyword(statement[n - 3], "LIMIT") &&
          statement[n - 2].text == "1")
        statement.erase(statement.end() - 3, statement.end() - 1);
      append(result.tokens, statement);
      return result;
    }
    Tokens arguments = list();
    if (!at_end()) skip();
    if (arguments.size() == 1 && is_symbol(arguments[0], "*"))
      arguments = {Token{Role::literal, "0", {}, {}}};  // count(*)
    if (auto said = said_otherwise(name, arguments)) return *std::move(said);
    append(result.tokens, arguments);
    result.tokens.push_back(symbol_token(")"));
    return result;
  }

  // What MySQL makes of a REGEXP b; a third argument says more.
  Operand regexp_like(Operand result) {
    const Operand text = expression(kNone);
    if (next_is_symbol(",")) skip();
    const Operand pattern = expression(kNone);
    if (next_is_symbol(")")) {
      skip();
      return {joined(text, keyword_token("REGEXP"), pattern), false, true};
    }
    append(result.tokens, text.tokens);
    result.tokens.push_back(symbol_token(","));
    append(result.tokens, pattern.tokens);
    append(result.tokens, list());
    if (!at_end()) result.tokens.push_back(take());
    return result;
  }

  // substr(a FROM 2 FOR 3) and position(a IN b), with commas between what they are given.
  Operand with_words(Operand result, bool position) {
    for (const char* word : {position ? "IN" : "FROM", "FOR"}) {
      append(result.tokens, expression(position ? kCompare : kNone).tokens);
      if (!next_is(word) && !next_is_symbol(",")) break;
      skip();
      result.tokens.push_back(symbol_token(","));
    }
    append(result.tokens, list());
    if (!at_end()) result.tokens.push_back(take());
    return result;
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
  ExpressionRules rules;
  rules.column = [&](Token& token) {
    if (equal_ignoring_case(token.qualifier.text(), table.text())) token.qualifier = {};
  };
  const Fragment written = canonical_expression(expression, rules);
  rules.truth = true;
  const Fragment compared = canonical_expression(expression, rules);
  if (compared == expression) return expression;  // done before
  return Fragment(compared.tokens(),
                  compared == written ? std::string() : schema::to_canonical_sql(written, quoting()));
}

}  // namespace emcee::mysql
