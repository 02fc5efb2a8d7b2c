#include "parser/alter.h"

#include <fmt/format.h>

#include <algorithm>

#include "parser/refuse.h"
#include "schema/match.h"

namespace emcee::parser {

using schema::Result;

namespace {

tl::unexpected<schema::Error> no_column(const Table& table, const Identifier& name) {
  return refuse(fmt::format("table {} has no column named {}", table.name.text(), name.text()));
}

template <class T>
void append(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

bool any_mentions(const std::vector<schema::KeyPart>& parts, const Identifier& column) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](const schema::KeyPart& part) { return part.expression.mentions_column(column); });
}

bool is_of(const ForeignKey& key, const Identifier& column) {
  return std::find(key.columns.begin(), key.columns.end(), column) != key.columns.end();
}

// What would break if the column went; empty where nothing would.
std::string user_of(const Table& table, const Identifier& column) {
  if (table.primary_key && any_mentions(table.primary_key->parts, column)) return "the primary key";
  for (const Unique& unique : table.uniques)
    if (any_mentions(unique.parts, column)) return "a unique constraint";
  for (const ForeignKey& key : table.foreign_keys)
    if (is_of(key, column)) return "a foreign key";
  for (const Check& check : table.checks)
    if (check.expression.mentions_column(column)) return "a check";
  for (const Index& index : table.indexes)
    if (any_mentions(index.parts, column) || (index.where && index.where->mentions_column(column)))
      return fmt::format("index {}", index.name.text());
  for (const Column& other : table.columns)
    if (other.generated && !(other.name == column) && other.generated->expression.mentions_column(column))
      return fmt::format("column {}", other.name.text());
  return {};
}

Result<void> apply(Table& table, const AddColumn& add) {
  if (table.find_column(add.column.name))
    return refuse(fmt::format("table {} already has a column named {}", table.name.text(), add.column.name.text()));
  if (add.primary_key && table.primary_key)
    return refuse(fmt::format("table {} has a primary key already", table.name.text()));
  table.columns.push_back(add.column);
  if (add.primary_key) table.primary_key = add.primary_key;
  append(table.uniques, add.uniques);
  append(table.foreign_keys, add.foreign_keys);
  append(table.checks, add.checks);
  return {};
}

Result<void> apply(Table& table, const DropColumn& drop) {
  const Column* column = table.find_column(drop.column);
  if (!column) return no_column(table, drop.column);
  if (const std::string user = user_of(table, drop.column); !user.empty())
    return refuse(fmt::format("column {} of table {} is used by {}", drop.column.text(), table.name.text(), user));
  if (table.columns.size() == 1)
    return refuse(fmt::format("column {} is the only one of table {}", drop.column.text(), table.name.text()));
  table.columns.erase(table.columns.begin() + (column - table.columns.data()));
  return {};
}

Result<void> apply(Table& table, const RenameColumn& rename) {
  Column* column = table.find_column(rename.from);
  if (!column) return no_column(table, rename.from);
  if (!(rename.from == rename.to) && table.find_column(rename.to))
    return refuse(fmt::format("table {} already has a column named {}", table.name.text(), rename.to.text()));
  column->name = rename.to;
  const auto rename_parts = [&](std::vector<schema::KeyPart>& parts) {
    for (schema::KeyPart& part : parts) part.expression = part.expression.with_column_renamed(rename.from, rename.to);
  };
  const auto rename_fragment = [&](Fragment& fragment) {
    fragment = fragment.with_column_renamed(rename.from, rename.to);
  };
  const auto rename_names = [&](std::vector<Identifier>& names) {
    std::replace(names.begin(), names.end(), rename.from, rename.to);
  };
  if (table.primary_key) {
    rename_parts(table.primary_key->parts);
    rename_names(table.primary_key->include);
  }
  for (Unique& unique : table.uniques) {
    rename_parts(unique.parts);
    rename_names(unique.include);
  }
  for (ForeignKey& key : table.foreign_keys) rename_names(key.columns);
  for (Check& check : table.checks) rename_fragment(check.expression);
  for (Column& other : table.columns)
    if (other.generated) rename_fragment(other.generated->expression);
  for (Index& index : table.indexes) {
    const Index before = index;
    rename_parts(index.parts);
    if (index.where) rename_fragment(*index.where);
    rename_names(index.include);
    if (!(before == index)) index.source.clear();
  }
  return {};
}

Result<void> apply(Table& table, const RenameTable& rename) {
  table.name.name = rename.to;
  return {};
}

Result<void> apply(Table& table, const SetNotNull& set) {
  Column* column = table.find_column(set.column);
  if (!column) return no_column(table, set.column);
  column->not_null = true;
  column->not_null_conflict = set.conflict;
  return {};
}

Result<void> apply(Table& table, const DropNotNull& drop) {
  Column* column = table.find_column(drop.column);
  if (!column) return no_column(table, drop.column);
  column->not_null = false;
  column->not_null_conflict = schema::Conflict::abort;
  return {};
}

Result<void> apply(Table& table, const AddCheck& add) {
  table.checks.push_back(add.check);
  return {};
}

Result<void> apply(Table& table, const DropConstraint& drop) {
  const auto named = [&](const auto& constraint) { return constraint.name == drop.name; };
  if (std::erase_if(table.checks, named) + std::erase_if(table.uniques, named) +
          std::erase_if(table.foreign_keys, named) ==
      0)
    return refuse(fmt::format("table {} has no constraint named {}", table.name.text(), drop.name.text()));
  return {};
}

Result<void> apply(Table& table, const EditTable& edit) { return edit.edit(table); }

}  // namespace

void drop_constraints_of(Table& table, const Identifier& column) {
  std::erase_if(table.checks, [&](const Check& check) { return check.expression.mentions_column(column); });
  std::erase_if(table.foreign_keys,
                [&](const ForeignKey& key) { return key.columns.size() == 1 && is_of(key, column); });
}

Result<void> alter(Table& table, const AlterAction& action) {
  return schema::match(action, [&](const auto& kind) { return apply(table, kind); });
}

}  // namespace emcee::parser
