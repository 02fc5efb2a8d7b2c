#include "dialects/postgres/group_sql.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

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

// How many numbers one row tries that somebody else has used, before it is left without one.
constexpr int kTried = 100;

// The expression with every generated column replaced by its own, cast as the column stores it.
// One generated column cannot name another.
Fragment without_generated(const Fragment& expression, const schema::Table& table) {
  return expression.with_columns([&](const Token& token) -> std::optional<Fragment> {
    const Column* column = diff::is_of_row(token, table.name.name) ? table.find_column(token.identifier()) : nullptr;
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
  const auto share = [&](const Identifier& name) {
    if (std::find(mine.begin(), mine.end(), name) != mine.end()) return;
    mine.push_back(name);
    shared.push_back(name);
  };
  const auto scan = [&](const Fragment& expression) {
    for (const Identifier& name : diff::columns_of_row(expression, table.name.name)) share(name);
  };
  for (const auto& c : group.new_columns) scan(c.up);
  for (const auto& c : group.old_columns)
    if (c.down) scan(*c.down);
  for (const plan::Lookup& lookup : group.lookups)
    if (lookup.of == group.table)
      for (const auto& pair : lookup.key) share(pair.equals);
  group.shared = std::move(shared);
  return group;
}

// A name that has to be looked up: a function, a type, a collation, a table.
bool calls_something(const Fragment& expression) {
  return std::any_of(expression.tokens().begin(), expression.tokens().end(),
                     [](const Token& token) { return token.role == Role::name || token.role == Role::table; });
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

// Numbers that somebody has given a row himself are passed over, or two rows would share it. The series hangs on the
// row, or the server would look for one number for all rows of a batch.
std::string GroupSql::counted_key(const RowSource& row) const {
  const diff::GeneratedRow& generated = *group_.row;
  const schema::Identifier& column = group_.new_columns.front().name;
  const std::string next = group_.counted->default_value
                               ? schema::to_canonical_sql(*group_.counted->default_value, quoting())
                               : fmt::format("pg_catalog.nextval(pg_catalog.pg_get_serial_sequence({}, {}))",
                                             postgres::string_literal(quoting()(generated.table)),
                                             postgres::string_literal(generated.key.text()));
  const std::string prefix = row.prefix.empty() ? itself().prefix : row.prefix;
  const std::string free = fmt::format(
      "SELECT emcee_n.number FROM (SELECT {0} AS number FROM pg_catalog.generate_series(1, CASE WHEN {1} IS NULL THEN "
      "{2} "
      "ELSE 1 END)) AS emcee_n WHERE (SELECT pg_catalog.count(*) FROM {3} AS emcee_r WHERE emcee_r.{4} = "
      "emcee_n.number) = 0 LIMIT 1",
      next, prefix + quoting()(column), kTried, quoting()(generated.table), quoting()(generated.key));
  return typed(column, free);
}

std::string GroupSql::expression(const Fragment& fragment, const Identifier& target, const RowSource& row,
                                 const std::vector<std::string>& new_values) const {
  const std::string before = prefix(row, fragment);
  const Fragment rewritten = fragment.with_columns([&](const Token& token) -> std::optional<Fragment> {
    if (!is_of_row(token)) return std::nullopt;
    const Identifier name = token.identifier();
    std::string sql = before + quoting()(name);
    for (std::size_t i = 0; i < new_values.size(); ++i)
      if (group_.new_columns[i].name == name) sql = new_values[i];
    return Fragment({Token{Role::symbol, sql, {}, {}}});
  });
  const std::string sql = schema::to_canonical_sql(rewritten, quoting());
  if (target.empty()) return sql;  // storing it gives it its type
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

std::vector<std::string> GroupSql::holds(const std::string& from, const std::vector<std::string>& where) const {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < group_.lookups.size(); ++i) {
    if (group_.lookups[i].tie == plan::Lookup::Tie::points_to) continue;
    const std::string name = lookup_alias(i);
    const bool stored = !from.empty();
    const Way steps = way(i, name + ".", stored ? itself().prefix : "NEW.");
    const std::string between = tables(steps, steps.size() - (stored ? 0 : 1));
    std::vector<std::string> conditions{GroupSql::conditions(steps, steps.size())};
    conditions.insert(conditions.end(), where.begin(), where.end());
    result.push_back(fmt::format("PERFORM 1 FROM {} AS {}{}{}{} WHERE {} FOR SHARE OF {}",
                                 quoting()(group_.lookups[i].table), name, between.empty() ? "" : ", ", between, from,
                                 fmt::join(conditions, " AND "), name));
  }
  return result;
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
