#include "dialects/mysql/group_sql.h"

#include <fmt/format.h>

#include "dialects/mysql/quoting.h"
#include "dialects/mysql/stored_value.h"

namespace emcee::mysql {

using schema::Fragment;
using schema::Identifier;
using schema::Role;
using schema::Token;

std::string expression_sql(const Fragment& fragment) {
  std::vector<Token> result;
  for (const Token& token : fragment.tokens()) {
    const bool word = !result.empty() && (result.back().role == Role::name || result.back().role == Role::keyword);
    if (word && token.is(Role::symbol, "(")) {
      result.back().role = Role::keyword;
      result.back().text += "(";
    } else {
      result.push_back(token);
    }
  }
  return to_canonical_sql(Fragment(std::move(result)), quoting());
}

namespace {

// Each `( SELECT .. )` reads what is there now, and holds it: a trigger must not go by an older snapshot.
Fragment locking(const Fragment& fragment, bool locks) {
  if (!locks || !diff::looks_up(fragment)) return fragment;
  std::vector<Token> result;
  std::vector<bool> selects;  // one for each open parenthesis
  const auto& tokens = fragment.tokens();
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].is(Role::symbol, "("))
      selects.push_back(i + 1 < tokens.size() && tokens[i + 1].is(Role::keyword, "SELECT"));
    if (tokens[i].is(Role::symbol, ")") && !selects.empty()) {
      if (selects.back()) result.push_back(Token{Role::symbol, "LOCK IN SHARE MODE", {}, {}});
      selects.pop_back();
    }
    result.push_back(tokens[i]);
  }
  return Fragment(std::move(result));
}

}  // namespace

const schema::Quoting& GroupSql::quoting() const { return mysql::quoting(); }
std::string GroupSql::string_literal(const std::string& text) const { return mysql::string_literal(text); }

std::string GroupSql::variable(const Identifier& column) const {
  return "@" + quoting().quoted(fmt::format("emcee_{}_up_{}", group_.name, column.text()));
}

std::vector<std::string> GroupSql::read_ahead() const {
  const GroupSql plain(group_, table_, server_);
  std::vector<std::string> result;
  for (std::size_t i = 0; i < group_.new_columns.size(); ++i)
    if (diff::looks_up(group_.new_columns[i].up))
      result.push_back(fmt::format("SELECT {} INTO {}", plain.up(i, kNew), variable(group_.new_columns[i].name)));
  return result;
}

std::string GroupSql::expression(const Fragment& fragment, const Identifier& target, const RowSource& row,
                                 const std::vector<std::string>& new_values) const {
  if (reads_ == Reads::ahead && row.prefix == kNew.prefix && diff::looks_up(fragment)) return variable(target);
  const std::string before = prefix(row, fragment);
  return expression_sql(
      locking(fragment, reads_ == Reads::locked).with_columns([&](const Token& token) -> std::optional<Fragment> {
        if (!is_of_row(token)) return std::nullopt;
        std::string sql = before + quoting()(token.identifier());
        for (std::size_t i = 0; i < new_values.size(); ++i)
          if (group_.new_columns[i].name == token.identifier()) sql = new_values[i];
        return Fragment({Token{Role::symbol, sql, {}, {}}});
      }));
}

std::string GroupSql::equals(const std::string& prefix, const Identifier& name, const std::string& value) const {
  return stored_equal(column(name), prefix + quoting()(name), value, server_);
}

std::string GroupSql::differs(const Identifier& name) const {
  return stored_differ(column(name), "NEW." + quoting()(name), "OLD." + quoting()(name), server_);
}

}  // namespace emcee::mysql
