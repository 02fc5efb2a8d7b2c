#include "dialects/postgres/group_sql.h"

#include <fmt/format.h>

#include <algorithm>

#include "dialects/postgres/built_in_functions.h"
#include "dialects/postgres/quoting.h"
#include "dialects/postgres/stored_type.h"

namespace emcee::postgres {

using schema::Column;
using schema::Fragment;
using schema::Identifier;
using schema::Role;
using schema::Token;

namespace {

// The expression with every generated column replaced by its own, cast as the column stores it.
// One generated column cannot name another.
Fragment without_generated(const Fragment& expression, const schema::Table& table) {
  return expression.with_columns([&](const Token& token) -> std::optional<Fragment> {
    const Column* column = table.find_column(token.identifier());
    if (!column || !column->generated) return std::nullopt;
    std::vector<Token> tokens{Token{Role::symbol, "(", {}, {}}};
    const auto& inner = column->generated->expression.tokens();
    tokens.insert(tokens.end(), inner.begin(), inner.end());
    tokens.push_back(Token{Role::symbol, ")::" + stored_type(column->type).cast, {}, {}});
    return Fragment(std::move(tokens));
  });
}

plan::SyncGroup prepared(plan::SyncGroup group, const schema::Table& table) {
  std::vector<Identifier> mine, shared;
  for (auto& c : group.new_columns) {
    c.up = with_qualified_calls(without_generated(c.up, table));
    if (c.default_value) c.default_value = with_qualified_calls(*c.default_value);
    mine.push_back(c.name);
  }
  for (auto& c : group.old_columns) {
    if (c.down) c.down = with_qualified_calls(without_generated(*c.down, table));
    mine.push_back(c.name);
  }
  const auto scan = [&](const Fragment& expression) {
    for (const Identifier& name : expression.columns()) {
      if (std::find(mine.begin(), mine.end(), name) != mine.end()) continue;
      mine.push_back(name);
      shared.push_back(name);
    }
  };
  for (const auto& c : group.new_columns) scan(c.up);
  for (const auto& c : group.old_columns)
    if (c.down) scan(*c.down);
  group.shared = std::move(shared);
  return group;
}

// A name that has to be looked up: a function, a type, a collation.
bool calls_something(const Fragment& expression) {
  return std::any_of(expression.tokens().begin(), expression.tokens().end(),
                     [](const Token& token) { return token.role == Role::name; });
}

}  // namespace

GroupSql::GroupSql(const plan::SyncGroup& group, const schema::Table& table)
    : common::GroupSql(prepared(group, table), table) {}

const schema::Quoting& GroupSql::quoting() const { return postgres::quoting(); }
std::string GroupSql::string_literal(const std::string& text) const { return postgres::string_literal(text); }

std::string GroupSql::typed(const Identifier& name, const std::string& value) const {
  return fmt::format("({})::{}", value, stored_type(column(name).type).cast);
}

std::string GroupSql::is_null(const Identifier& name, const std::string& value) const {
  return value + (stored_type(column(name).type).built_in ? " IS NULL" : " IS NOT DISTINCT FROM NULL");
}

std::string GroupSql::expression(const Fragment& fragment, const Identifier& target, const RowSource& row,
                                 const std::vector<std::string>& new_values) const {
  const Fragment rewritten = fragment.with_columns([&](const Token& token) -> std::optional<Fragment> {
    const Identifier name = token.identifier();
    std::string sql = row.prefix + quoting()(name);
    for (std::size_t i = 0; i < new_values.size(); ++i)
      if (group_.new_columns[i].name == name) sql = new_values[i];
    return Fragment({Token{Role::symbol, sql, {}, {}}});
  });
  const std::string sql = schema::to_canonical_sql(rewritten, quoting());
  const auto bare = fragment.as_column();
  if (bare && column(*bare).type == column(target).type) return sql;
  return typed(target, sql);
}

std::string GroupSql::equals(const std::string& prefix, const Identifier& name, const std::string& value) const {
  return same(stored_type(column(name).type), prefix + quoting()(name), value);
}

std::string GroupSql::differs(const Identifier& name) const {
  const std::string c = quoting()(name);
  return differ(stored_type(column(name).type), "NEW." + c, "OLD." + c);
}

bool GroupSql::needs_search_path() const {
  for (const auto& c : group_.new_columns)
    if (calls_something(c.up) || (c.default_value && calls_something(*c.default_value))) return true;
  for (const auto& c : group_.old_columns)
    if ((c.down && calls_something(*c.down)) || (c.default_value && calls_something(*c.default_value))) return true;
  for (const auto& names : {old_names(), new_names(), shared_names()})
    if (std::any_of(names.begin(), names.end(),
                    [&](const Identifier& name) { return !stored_type(column(name).type).built_in; }))
      return true;
  return false;
}

}  // namespace emcee::postgres
