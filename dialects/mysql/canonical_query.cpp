#include "dialects/mysql/canonical_query.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "dialects/mysql/canonical.h"
#include "dialects/mysql/canonical_tokens.h"
#include "dialects/mysql/quoting.h"

namespace emcee::mysql {

using schema::Fragment;
using schema::Identifier;
using schema::Role;
using schema::Token;

namespace {

struct NotUnderstood {};

Token column(const Identifier& source, const Identifier& name) {
  return Token{Role::column, name.text(), source, schema::Folding::ignore_case};
}
Token alias(const std::string& name) { return Token{Role::name, name, {}, schema::Folding::ignore_case}; }

bool opens_query(const Token& token) {
  return is_keyword(token, "SELECT") || is_keyword(token, "WITH") || is_keyword(token, "VALUES") ||
         is_keyword(token, "TABLE");
}

// A table in sight.
struct Source {
  Identifier alias;
  std::optional<std::vector<Identifier>> columns;
};

struct Item {
  Tokens expression;
  std::string name;
};

class Query {
 public:
  // `named`: somebody may ask for the results by their names.
  Query(const Tokens& tokens, const ColumnsOf& columns_of, const Query* outer, bool named = true)
      : tokens_(tokens), columns_of_(columns_of), outer_(outer), named_(named), depth_(outer ? outer->depth_ + 1 : 0) {
    if (depth_ > 50) throw NotUnderstood{};
    if (outer) like(*outer);
  }

  // The whole query.
  Tokens all(const std::vector<std::string>& texts, const std::vector<Identifier>& names) {
    Tokens result = skip_if("WITH") ? with() : Tokens();
    append(result, one(texts, names));
    while (!at_end() && (is("UNION") || is("EXCEPT") || is("INTERSECT"))) {
      result.push_back(keyword_token(schema::to_upper(take().text)));
      if (is("ALL"))
        result.push_back(take());
      else if (is("DISTINCT"))
        skip();
      Query next(tokens_, columns_of_, outer_, false);
      next.like(*this);
      next.place_ = place_;
      append(result, next.one({}, {}));
      place_ = next.place_;
    }
    append(result, tail());
    if (!at_end()) throw NotUnderstood{};
    return result;
  }

  const std::vector<Item>& items() const { return items_; }
  // As that one: the tables that WITH names, and what is done to conditions.
  void like(const Query& other) {
    common_ = other.common_;
    truth_ = other.truth_;
  }
  Query& with_truth(bool truth) {
    truth_ = truth;
    return *this;
  }

 private:
  bool at_end() const { return place_ >= tokens_.size(); }
  bool is(std::string_view word) const { return !at_end() && is_keyword(tokens_[place_], word); }
  bool is_sign(std::string_view text) const { return !at_end() && is_symbol(tokens_[place_], text); }
  Token take() { return tokens_[place_++]; }
  void skip() { ++place_; }
  bool skip_if(std::string_view word) {
    if (!is(word)) return false;
    skip();
    return true;
  }

  static bool ends_clause(const Token& token) {
    for (const char* word : {"FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "UNION", "EXCEPT",
                             "INTERSECT", "FOR", "LOCK", "INTO", "OFFSET", "PROCEDURE"})
      if (is_keyword(token, word)) return true;
    return false;
  }

  // The tokens up to a comma, the end of the clause or one of the words; parentheses are passed over.
  Tokens part(bool to_comma, bool in_from = false) {
    Tokens result;
    int depth = 0;
    for (; !at_end(); ++place_) {
      const Token& token = tokens_[place_];
      if (depth == 0) {
        if (is_symbol(token, ")") || (to_comma && is_symbol(token, ",")) || ends_clause(token)) break;
        if (in_from && is_join(token)) break;
      }
      if (is_symbol(token, "(")) ++depth;
      if (is_symbol(token, ")")) --depth;
      result.push_back(token);
    }
    return result;
  }

  bool is_join(const Token& token) const {
    for (const char* word : {"JOIN", "INNER", "CROSS", "LEFT", "RIGHT", "NATURAL", "STRAIGHT_JOIN", "ON", "USING"})
      if (is_keyword(token, word))
        return !(place_ + 1 < tokens_.size() && is_symbol(tokens_[place_ + 1], "(") &&
                 (is_keyword(token, "LEFT") || is_keyword(token, "RIGHT")));
    return is_symbol(token, ",");
  }

  // Within parentheses that have just been opened, up to and with the closing one.
  Tokens parenthesised() {
    Tokens result;
    for (int depth = 1; !at_end(); ++place_) {
      if (is_sign("(")) ++depth;
      if (is_sign(")") && --depth == 0) {
        skip();
        return result;
      }
      result.push_back(tokens_[place_]);
    }
    throw NotUnderstood{};
  }

  Tokens expression(const Tokens& tokens, bool condition = false) const {
    return canonical_expression(Fragment(tokens), {[this](Token& token) { resolve(token); },
                                                   [this](const Tokens& query) {
                                                     return Query(query, columns_of_, this, false).all({}, {});
                                                   },
                                                   truth_, condition})
        .tokens();
  }

  void resolve(Token& token) const {
    for (const Query* query = this; query; query = query->outer_) {
      for (const Source& source : query->sources_) {
        const bool has = source.columns && std::find(source.columns->begin(), source.columns->end(),
                                                     token.identifier()) != source.columns->end();
        if (token.qualifier.empty() ? has : token.qualifier == source.alias) {
          token.qualifier = source.alias;
          return;
        }
      }
      // A single table has all the columns that nobody knows.
      if (token.qualifier.empty() && query->sources_.size() == 1 && !query->sources_[0].columns && !query->outer_) {
        token.qualifier = query->sources_[0].alias;
        return;
      }
    }
  }

  // WITH name AS (query), ...
  Tokens with() {
    Tokens result = {keyword_token("WITH")};
    if (skip_if("RECURSIVE")) result.push_back(keyword_token("RECURSIVE"));
    for (;;) {
      if (at_end()) throw NotUnderstood{};
      const Identifier name(take().text, schema::Folding::ignore_case);
      std::vector<Identifier> columns;
      if (is_sign("(")) {
        skip();
        for (const Token& token : parenthesised())
          if (!is_symbol(token, ",")) columns.emplace_back(token.text, schema::Folding::ignore_case);
      }
      if (!skip_if("AS") || !is_sign("(")) throw NotUnderstood{};
      skip();
      const Tokens inner = parenthesised();
      common_[name] = columns.empty() ? std::nullopt : std::optional(columns);  // it may name itself
      Query query(inner, columns_of_, nullptr);
      query.like(*this);
      const Tokens made = query.all({}, columns);
      if (columns.empty())
        for (const Item& item : query.items()) columns.emplace_back(item.name, schema::Folding::ignore_case);
      common_[name] = columns;
      append(result, {alias(name.text()), keyword_token("AS"), symbol_token("(")});
      append(result, made);
      result.push_back(symbol_token(")"));
      if (!is_sign(",")) return result;
      skip();
      result.push_back(symbol_token(","));
    }
  }

  Tokens one(const std::vector<std::string>& texts, const std::vector<Identifier>& names) {
    if (is_sign("(")) {
      skip();
      const Tokens inner = parenthesised();
      Query query(inner, columns_of_, outer_, named_);
      query.like(*this);
      Tokens result = query.all(texts, names);
      items_ = query.items_;
      return result;
    }
    if (!skip_if("SELECT")) throw NotUnderstood{};
    Tokens result = {keyword_token("SELECT")};
    bool distinct = false;
    for (;;) {
      if (skip_if("DISTINCT") || skip_if("DISTINCTROW"))
        distinct = true;
      else if (!(skip_if("ALL") || skip_if("SQL_NO_CACHE") || skip_if("SQL_CACHE")))
        break;
    }
    if (distinct) result.push_back(keyword_token("DISTINCT"));
    std::vector<Tokens> written;
    do written.push_back(part(true));
    while (!at_end() && is_sign(",") && (skip(), true));
    Tokens from;
    if (skip_if("FROM")) from = tables();
    for (std::size_t i = 0; i < written.size(); ++i) add_item(written[i], i < texts.size() ? texts[i] : "");
    for (std::size_t i = 0; i < names.size() && i < items_.size(); ++i) items_[i].name = names[i].text();
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (i > 0) result.push_back(symbol_token(","));
      append(result, items_[i].expression);
      if (named_) append(result, {keyword_token("AS"), alias(items_[i].name)});
    }
    if (!from.empty()) {
      result.push_back(keyword_token("FROM"));
      append(result, from);
    }
    if (skip_if("WHERE")) {
      result.push_back(keyword_token("WHERE"));
      append(result, expression(part(false), true));
    }
    if (skip_if("GROUP")) {
      skip();
      append(result, {keyword_token("GROUP"), keyword_token("BY")});
      append(result, sorted());
    }
    if (skip_if("HAVING")) {
      result.push_back(keyword_token("HAVING"));
      append(result, expression(part(false), true));
    }
    append(result, tail());
    return result;
  }

  Tokens tail() {
    Tokens result;
    if (skip_if("ORDER")) {
      skip();
      append(result, {keyword_token("ORDER"), keyword_token("BY")});
      append(result, sorted());
    }
    if (skip_if("LIMIT")) {
      Tokens first = part(true), second;
      if (is_sign(",")) {
        skip();
        second = part(true);
      } else if (skip_if("OFFSET")) {
        second = std::move(first);
        first = part(true);
      }
      result.push_back(keyword_token("LIMIT"));
      append(result, first);
      if (!second.empty()) {
        result.push_back(symbol_token(","));
        append(result, second);
      }
    }
    return result;
  }

  // ORDER BY and GROUP BY: a result by its name or number is what it stands for.
  Tokens sorted() {
    Tokens result;
    for (;;) {
      Tokens sort = part(true);
      bool rollup = false;
      if (sort.size() > 2 && is_keyword(sort.back(), "ROLLUP")) {
        sort.resize(sort.size() - 2);
        rollup = true;
      }
      const bool descending = !sort.empty() && is_keyword(sort.back(), "DESC");
      if (!sort.empty() && (descending || is_keyword(sort.back(), "ASC"))) sort.pop_back();
      append(result, meant(sort));
      if (descending) result.push_back(keyword_token("DESC"));
      if (rollup) append(result, {keyword_token("WITH"), keyword_token("ROLLUP")});
      if (!is_sign(",")) return result;
      skip();
      result.push_back(symbol_token(","));
    }
  }

  Tokens meant(const Tokens& sort) const {
    if (sort.size() == 1 && sort[0].role == Role::column && sort[0].qualifier.empty())
      for (const Item& item : items_)
        if (schema::equal_ignoring_case(item.name, sort[0].text)) return item.expression;
    if (sort.size() == 1 && sort[0].role == Role::literal) {
      std::size_t number = 0;
      std::from_chars(sort[0].text.data(), sort[0].text.data() + sort[0].text.size(), number);
      if (number > 0 && number <= items_.size()) return items_[number - 1].expression;
    }
    return expression(sort);
  }

  void add_item(Tokens tokens, const std::string& text) {
    if (tokens.empty()) throw NotUnderstood{};
    if (is_symbol(tokens.back(), "*") && (tokens.size() == 1 || is_symbol(tokens[tokens.size() - 2], "."))) {
      const bool all = tokens.size() == 1;
      if (all && natural_) throw NotUnderstood{};  // each common column comes once
      const Identifier only =
          all ? Identifier() : Identifier(tokens[tokens.size() - 3].text, schema::Folding::ignore_case);
      for (const Source& source : sources_) {
        if (!all && source.alias != only) continue;
        if (!source.columns) throw NotUnderstood{};
        for (const Identifier& name : *source.columns) items_.push_back({{column(source.alias, name)}, name.text()});
      }
      return;
    }
    Item item;
    const Token& last = tokens.back();
    const bool word_before = tokens.size() > 1 && is_keyword(tokens[tokens.size() - 2], "AS");
    const bool named =
        tokens.size() > 1 && (last.role == Role::name || (last.role == Role::literal && last.text.front() == '\'')) &&
        (word_before || last.role == Role::name ||
         (tokens[tokens.size() - 2].role != Role::symbol && tokens[tokens.size() - 2].role != Role::keyword)) &&
        !is_keyword(tokens[tokens.size() - 2], "COLLATE") && !is_symbol(tokens[tokens.size() - 2], ".");
    if (named) {
      item.name = last.role == Role::name ? last.text : last.text.substr(1, last.text.size() - 2);
      tokens.resize(tokens.size() - (word_before ? 2 : 1));
    }
    item.expression = expression(tokens);
    if (!named && tokens.size() == 1 && last.role == Role::column)
      item.name = last.text;
    else if (!named)
      item.name = text.empty() ? to_canonical_sql(Fragment(tokens), quoting()) : text;
    items_.push_back(std::move(item));
  }

  // What stands behind FROM; joins lose their parentheses, which mean nothing as long as they open
  // at the left.
  Tokens tables() {
    Tokens result = factor();
    for (;;) {
      if (at_end() || is_sign(")") || ends_clause(tokens_[place_])) return result;
      if (is("ON")) {
        skip();
        result.push_back(keyword_token("ON"));
        append(result, expression(part(false, true), true));
        continue;
      }
      if (is("USING")) {
        skip();
        append(result, using_columns());
        continue;
      }
      Tokens joined = join();
      const bool natural = is_keyword(joined.front(), "NATURAL");
      if (natural) joined.erase(joined.begin());
      if (is_keyword(joined.front(), "RIGHT")) {  // the server turns it round
        Tokens right = factor();
        append(right, {keyword_token("LEFT"), keyword_token("JOIN")});
        append(right, result);
        result = std::move(right);
      } else {
        append(result, joined);
        append(result, factor());
      }
      if (natural) append(result, natural_columns());
    }
  }

  // Of the last source and those before it.
  Tokens natural_columns() {
    if (sources_.size() != 2 || !sources_[0].columns || !sources_[1].columns) throw NotUnderstood{};
    natural_ = true;
    Tokens condition;
    for (const Identifier& name : *sources_[0].columns) {
      if (std::find(sources_[1].columns->begin(), sources_[1].columns->end(), name) == sources_[1].columns->end())
        continue;
      if (!condition.empty()) condition.push_back(keyword_token("AND"));
      append(condition, {column(sources_[0].alias, name), symbol_token("="), column(sources_[1].alias, name)});
    }
    if (condition.empty()) return {};
    Tokens result = {keyword_token("ON")};
    append(result, expression(condition));
    return result;
  }

  Tokens join() {
    if (is_sign(",")) {
      skip();
      return {truth_ ? keyword_token("JOIN") : symbol_token(",")};
    }
    Tokens result;
    while (!at_end() && !is("JOIN") && !is("STRAIGHT_JOIN")) {
      const Token word = take();
      if (word.role != Role::keyword) throw NotUnderstood{};
      if (!is_keyword(word, "INNER") && !is_keyword(word, "CROSS") && !is_keyword(word, "OUTER"))
        result.push_back(word);
    }
    if (at_end()) throw NotUnderstood{};
    result.push_back(take());
    return result;
  }

  Tokens using_columns() {
    if (!is_sign("(")) throw NotUnderstood{};
    skip();
    Tokens condition;
    for (const Token& token : parenthesised()) {
      if (is_symbol(token, ",")) continue;
      if (sources_.size() < 2) throw NotUnderstood{};
      Token left = token;
      left.qualifier = {};
      for (std::size_t i = 0; i + 1 < sources_.size() && left.qualifier.empty(); ++i)
        if (const auto& columns = sources_[i].columns;
            columns && std::find(columns->begin(), columns->end(), token.identifier()) != columns->end())
          left.qualifier = sources_[i].alias;
      if (left.qualifier.empty()) throw NotUnderstood{};
      if (!condition.empty()) condition.push_back(keyword_token("AND"));
      append(condition, {left, symbol_token("="), column(sources_.back().alias, token.identifier())});
    }
    Tokens result = {keyword_token("ON")};
    append(result, expression(condition));
    return result;
  }

  Identifier table_alias() {
    const bool word = skip_if("AS");
    if (!at_end() && (tokens_[place_].role == Role::table || (word && tokens_[place_].role == Role::literal))) {
      const Token token = take();
      return Identifier(token.role == Role::literal ? token.text.substr(1, token.text.size() - 2) : token.text,
                        schema::Folding::ignore_case);
    }
    return {};
  }

  Tokens factor() {
    if (is_sign("(")) {
      skip();
      if (!at_end() && opens_query(tokens_[place_])) {
        const Tokens inner = parenthesised();
        Query query(inner, columns_of_, nullptr);
        query.like(*this);
        Tokens result = {symbol_token("(")};
        append(result, query.all({}, {}));
        result.push_back(symbol_token(")"));
        Source source;
        source.alias = table_alias();
        source.columns.emplace();
        for (const Item& item : query.items()) source.columns->emplace_back(item.name, schema::Folding::ignore_case);
        result.push_back(alias(source.alias.text()));
        sources_.push_back(std::move(source));
        return result;
      }
      Tokens result = tables();
      if (!is_sign(")")) throw NotUnderstood{};
      skip();
      return result;
    }
    if (at_end()) throw NotUnderstood{};
    Tokens result;
    if (place_ + 1 < tokens_.size() && is_symbol(tokens_[place_ + 1], ".")) {  // another database
      result.push_back(take());
      result.push_back(take());
    }
    if (at_end() || tokens_[place_].role != Role::table) throw NotUnderstood{};
    const Token table = take();
    Source source;
    const auto common = common_.find(Identifier(table.text, schema::Folding::ignore_case));
    source.columns = common != common_.end() ? common->second : columns_of_(table.identifier());
    source.alias = table_alias();
    result.push_back(common != common_.end() ? alias(table.text) : table);
    if (!source.alias.empty())
      result.push_back(Token{Role::table, source.alias.text(), {}, schema::Folding::ignore_case});
    else
      source.alias = Identifier(table.text, schema::Folding::ignore_case);
    sources_.push_back(std::move(source));
    return result;
  }

  const Tokens& tokens_;
  const ColumnsOf& columns_of_;
  const Query* outer_;
  bool named_;
  int depth_;
  std::size_t place_ = 0;
  std::vector<Source> sources_;
  std::vector<Item> items_;
  std::map<Identifier, std::optional<std::vector<Identifier>>> common_;  // what WITH names, and its columns
  bool truth_ = true;
  bool natural_ = false;
};

}  // namespace

Fragment canonical_query(const Fragment& query, const ColumnsOf& columns_of, const std::vector<std::string>& texts,
                         const std::vector<Identifier>& names, bool truth) {
  try {
    return Fragment(Query(query.tokens(), columns_of, nullptr).with_truth(truth).all(texts, names));
  } catch (const NotUnderstood&) {
    return query;
  }
}

std::optional<std::vector<Identifier>> result_names(const Fragment& canonical) {
  std::vector<Identifier> names;
  int depth = 0;
  const Tokens& tokens = canonical.tokens();
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
    if (is_symbol(tokens[i], "(")) ++depth;
    if (is_symbol(tokens[i], ")")) --depth;
    if (depth > 0) continue;
    if (is_keyword(tokens[i], "FROM") || is_keyword(tokens[i], "UNION")) break;
    if (is_keyword(tokens[i], "AS") && tokens[i + 1].role == Role::name)
      names.emplace_back(tokens[i + 1].text, schema::Folding::ignore_case);
  }
  if (names.empty()) return std::nullopt;
  return names;
}

}  // namespace emcee::mysql
