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

const schema::Quoting& GroupSql::quoting() const { return mysql::quoting(); }
std::string GroupSql::string_literal(const std::string& text) const { return mysql::string_literal(text); }

std::string GroupSql::expression(const Fragment& fragment, const Identifier&, const RowSource& row,
                                 const std::vector<std::string>& new_values) const {
  return expression_sql(fragment.with_columns([&](const Token& token) -> std::optional<Fragment> {
    std::string sql = row.prefix + quoting()(token.identifier());
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
