#include "dialects/sqlite/group_sql.h"

#include <fmt/format.h>

#include "dialects/sqlite/affinity.h"
#include "dialects/sqlite/counted_key.h"
#include "dialects/sqlite/ddl.h"

namespace emcee::sqlite {

using schema::Fragment;
using schema::Identifier;
using schema::Role;
using schema::Token;

const schema::Quoting& GroupSql::quoting() const { return sqlite::quoting(); }
std::string GroupSql::string_literal(const std::string& text) const { return sqlite::string_literal(text); }

// The trigger has counted it (counted_key.h).
std::string GroupSql::counted_key(const RowSource&) const {
  return fmt::format("(SELECT last FROM {})", last_key_table(group_));
}

std::string GroupSql::expression(const Fragment& fragment, const Identifier&, const RowSource& row,
                                 const std::vector<std::string>& new_values) const {
  // A bare column is copied as it is; inside of an expression its affinity decides comparisons.
  const bool bare = fragment.as_column().has_value();
  const std::string before = prefix(row, fragment);
  const Fragment rewritten = fragment.with_columns([&](const Token& token) -> std::optional<Fragment> {
    if (!is_of_row(token)) return std::nullopt;
    const Identifier name = token.identifier();
    std::string sql = before + quoting()(name);
    for (std::size_t i = 0; i < new_values.size(); ++i)
      if (group_.new_columns[i].name == name) sql = new_values[i];
    if (row.cast && !bare && table_.find_column(name)) {
      const Affinity type = affinity(column(name).type, table_.options);
      if (type != Affinity::blob) sql = fmt::format("CAST({} AS {})", sql, cast_type(type));
    }
    return Fragment({Token{Role::symbol, sql, {}, {}}});
  });
  return schema::to_canonical_sql(rewritten, quoting());
}

std::string GroupSql::equals(const std::string& prefix, const Identifier& name, const std::string& value) const {
  const Affinity type = affinity(column(name).type, table_.options);
  std::string left = prefix + quoting()(name);
  if (prefix == "OLD." || prefix == "NEW.")
    if (type != Affinity::blob) left = fmt::format("CAST({} AS {})", left, cast_type(type));
  // The unary plus takes the affinity off the value, so that the column's own is applied to it,
  // as storing would do.
  std::string sql = fmt::format("{} COLLATE BINARY IS +({})", left, value);
  if (type == Affinity::blob) sql = fmt::format("{} AND typeof({}) = typeof({})", sql, left, value);
  return sql;
}

std::string GroupSql::in_sync_with(const std::vector<std::string>& values,
                                   const std::vector<std::string>& derived) const {
  std::vector<std::string> is_up, is_null;
  for (std::size_t i = 0; i < group_.new_columns.size(); ++i) {
    const Identifier& name = group_.new_columns[i].name;
    const Affinity type = affinity(column(name).type, table_.options);
    const std::string typed =
        type == Affinity::blob ? values[i] : fmt::format("CAST({} AS {})", values[i], cast_type(type));
    is_up.push_back(any_of({derived[i], fmt::format("{} COLLATE BINARY IS +({})", typed, up(i))}));
    is_null.push_back(fmt::format("({}) IS NULL", values[i]));
  }
  if (!group_.deterministic) {
    std::vector<std::string> terms;
    for (const std::string& term : is_null) terms.push_back(negate(term));
    return all_of(terms);
  }
  if (!group_.has_down()) return all_of(is_up);
  std::vector<std::string> is_down;
  for (std::size_t i = 0; i < group_.old_columns.size(); ++i)
    is_down.push_back(equals("", group_.old_columns[i].name, down(i, RowSource{}, values)));
  if (const std::string nowhere = dangling({}, values); nowhere != common::kFalse) is_down.push_back(negate(nowhere));
  return any_of({all_of(is_up), all_of({negate(all_of(is_null)), all_of(is_down)})});
}

std::string GroupSql::typed() const {
  std::vector<std::string> terms;
  for (const auto& names : {new_names(), old_names(), shared_names()})
    for (const Identifier& name : names) {
      const Affinity type = affinity(column(name).type, table_.options);
      if (type == Affinity::blob) continue;  // no affinity: nothing is cast
      terms.push_back(fmt::format("CAST(NEW.{0} AS {1}) COLLATE BINARY IS NEW.{0}", quoting()(name), cast_type(type)));
    }
  return all_of(terms);
}

std::string GroupSql::differs(const Identifier& name) const {
  const std::string c = quoting()(name);
  std::string sql = fmt::format("NEW.{0} COLLATE BINARY IS NOT OLD.{0}", c);
  if (affinity(column(name).type, table_.options) == Affinity::blob)
    sql += fmt::format(" OR typeof(NEW.{0}) <> typeof(OLD.{0})", c);
  return sql;
}

}  // namespace emcee::sqlite
