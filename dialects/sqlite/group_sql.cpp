#include "dialects/sqlite/group_sql.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>

#include "dialects/sqlite/affinity.h"
#include "dialects/sqlite/ddl.h"

namespace emcee::sqlite {

using schema::Column;
using schema::Fragment;
using schema::Identifier;
using schema::Role;
using schema::Token;

namespace {

const RowSource kOld{"OLD.", true};

std::string joined(const std::vector<std::string>& terms, const char* with, const std::string& otherwise) {
  if (terms.empty()) return otherwise;
  if (terms.size() == 1) return terms[0];
  std::vector<std::string> parts;
  for (const std::string& term : terms) parts.push_back("(" + term + ")");
  return fmt::format("{}", fmt::join(parts, with));
}

}  // namespace

std::string all_of(const std::vector<std::string>& terms, const std::string& otherwise) {
  return joined(terms, " AND ", otherwise);
}
std::string any_of(const std::vector<std::string>& terms, const std::string& otherwise) {
  return joined(terms, " OR ", otherwise);
}
std::string negate(const std::string& condition) { return "NOT (" + condition + ")"; }

GroupSql::GroupSql(const plan::SyncGroup& group, const schema::Table& table) : group_(group), table_(table) {}

const Column& GroupSql::column(const Identifier& name) const {
  static const Column kNone;
  const Column* found = table_.find_column(name);
  return found ? *found : kNone;  // the rowid is no declared column
}

std::string GroupSql::expression(const Fragment& fragment, const RowSource& from,
                                 const std::vector<std::string>& new_values) const {
  // A bare column is copied as it is; inside of an expression its affinity decides comparisons.
  const bool bare = fragment.as_column().has_value();
  const Fragment rewritten = fragment.with_columns([&](const Token& token) -> std::optional<Fragment> {
    const Identifier name = token.identifier();
    std::string sql = from.prefix + quoting()(name);
    for (std::size_t i = 0; i < new_values.size(); ++i)
      if (group_.new_columns[i].name == name) sql = new_values[i];
    if (from.cast && !bare && table_.find_column(name)) {
      const Affinity type = affinity(column(name).type, table_.options);
      if (type != Affinity::blob) sql = fmt::format("CAST({} AS {})", sql, cast_type(type));
    }
    return Fragment({Token{Role::symbol, sql, {}, {}}});
  });
  return schema::to_canonical_sql(rewritten, quoting());
}

std::string GroupSql::up(std::size_t i, const RowSource& from) const {
  return expression(group_.new_columns[i].up, from, {});
}

std::string GroupSql::down(std::size_t i, const RowSource& from, const std::vector<std::string>& new_values) const {
  return expression(*group_.old_columns[i].down, from, new_values);
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

std::string GroupSql::new_is_up() const {
  std::vector<std::string> terms;
  for (std::size_t i = 0; i < group_.new_columns.size(); ++i)
    terms.push_back(equals("", group_.new_columns[i].name, up(i)));
  return all_of(terms);
}

std::string GroupSql::old_is_down() const {
  if (!group_.has_down()) return "0";
  std::vector<std::string> terms;
  for (std::size_t i = 0; i < group_.old_columns.size(); ++i)
    terms.push_back(equals("", group_.old_columns[i].name, down(i)));
  return all_of(terms);
}

std::string GroupSql::new_all_null(const std::string& prefix) const {
  std::vector<std::string> terms;
  for (const auto& c : group_.new_columns) terms.push_back(prefix + quoting()(c.name) + " IS NULL");
  return fmt::format("{}", fmt::join(terms, " AND "));
}

std::string GroupSql::in_sync() const {
  if (!group_.deterministic) {
    std::vector<std::string> terms;
    for (const auto& c : group_.new_columns) terms.push_back(quoting()(c.name) + " IS NOT NULL");
    return all_of(terms);
  }
  if (group_.old_columns.empty()) return any_of({negate(new_all_null()), new_is_up()});
  if (!group_.has_down()) return new_is_up();
  return any_of({new_is_up(), all_of({negate(new_all_null()), old_is_down()})});
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
  return any_of({all_of(is_up), all_of({negate(all_of(is_null)), all_of(is_down)})});
}

std::string GroupSql::pending() const {
  std::vector<std::string> terms;
  for (const auto& c : group_.new_columns)
    if (c.not_null) terms.push_back(quoting()(c.name) + " IS NULL");
  // Where every new column will be NOT NULL, a wholly NULL row is covered by the terms above.
  if (terms.size() < group_.new_columns.size()) {
    if (!group_.deterministic)
      terms.push_back(new_all_null());
    else
      terms.push_back(all_of({new_all_null(), negate(new_is_up())}));
  }
  return any_of(terms);
}

std::string GroupSql::conflict() const {
  if (!group_.has_down() || !group_.deterministic) return "0";
  return all_of({negate(new_all_null()), negate(in_sync())});
}

std::string GroupSql::old_pending() const {
  std::vector<std::string> terms;
  for (std::size_t i = 0; i < group_.new_columns.size(); ++i) terms.push_back(fmt::format("({}) IS NULL", up(i, kOld)));
  if (!group_.deterministic) return new_all_null("OLD.");
  return all_of({new_all_null("OLD."), negate(all_of(terms))});
}

std::string GroupSql::old_derived() const {
  std::vector<std::string> terms;
  for (std::size_t i = 0; i < group_.new_columns.size(); ++i)
    terms.push_back(equals("OLD.", group_.new_columns[i].name, up(i, kOld)));
  return all_of(terms);
}

std::string GroupSql::old_followed() const {
  if (!group_.has_down()) return "0";
  std::vector<std::string> terms{negate(new_all_null("OLD."))};
  for (std::size_t i = 0; i < group_.old_columns.size(); ++i)
    terms.push_back(equals("OLD.", group_.old_columns[i].name, down(i, kOld)));
  return all_of(terms);
}

std::string GroupSql::changed(const std::vector<Identifier>& columns) const {
  std::vector<std::string> terms;
  for (const Identifier& name : columns) {
    const std::string c = quoting()(name);
    terms.push_back(fmt::format("NEW.{0} COLLATE BINARY IS NOT OLD.{0}", c));
    if (affinity(column(name).type, table_.options) == Affinity::blob)
      terms.push_back(fmt::format("typeof(NEW.{0}) <> typeof(OLD.{0})", c));
  }
  return any_of(terms);
}

std::vector<Identifier> GroupSql::old_names() const {
  std::vector<Identifier> result;
  for (const auto& c : group_.old_columns) result.push_back(c.name);
  return result;
}

std::vector<Identifier> GroupSql::new_names() const {
  std::vector<Identifier> result;
  for (const auto& c : group_.new_columns) result.push_back(c.name);
  return result;
}

std::string GroupSql::set_up() const {
  std::vector<std::string> terms;
  for (std::size_t i = 0; i < group_.new_columns.size(); ++i)
    terms.push_back(fmt::format("{} = {}", quoting()(group_.new_columns[i].name), up(i)));
  return fmt::format("{}", fmt::join(terms, ", "));
}

std::string GroupSql::set_down() const {
  std::vector<std::string> terms;
  for (std::size_t i = 0; i < group_.old_columns.size(); ++i)
    terms.push_back(fmt::format("{} = {}", quoting()(group_.old_columns[i].name), down(i)));
  return fmt::format("{}", fmt::join(terms, ", "));
}

std::string GroupSql::fill_up() const {
  if (group_.new_columns.size() == 1) return set_up();  // it is NULL wherever the row is pending
  std::vector<std::string> terms;
  for (std::size_t i = 0; i < group_.new_columns.size(); ++i) {
    const std::string c = quoting()(group_.new_columns[i].name);
    terms.push_back(fmt::format("{0} = CASE WHEN {0} IS NULL THEN {1} ELSE {0} END", c, up(i)));
  }
  return fmt::format("{}", fmt::join(terms, ", "));
}

std::string GroupSql::message(const std::string& otherwise) const {
  return string_literal(group_.error.empty() ? otherwise : group_.error);
}

}  // namespace emcee::sqlite
