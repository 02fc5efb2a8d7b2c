#include "dialects/postgres/taken_names.h"

#include <fmt/format.h>
#include <algorithm>

#include "dialects/postgres/names.h"
#include "schema/match.h"

namespace emcee::postgres {

using schema::Table;

namespace {

// What stands for an index of the table has the name.
template <class Use>
void for_each_name(Table& table, const Use& use) {
  for (schema::Index& index : table.indexes) use(index.name.name);
  if (table.primary_key && table.primary_key->name) use(*table.primary_key->name);
  for (schema::Unique& unique : table.uniques)
    if (unique.name) use(*unique.name);
}

bool has_name(const Table& table, const Identifier& name) {
  return std::any_of(table.indexes.begin(), table.indexes.end(),
                     [&](const schema::Index& index) { return index.name.name == name; }) ||
         (table.primary_key && table.primary_key->name == name) ||
         std::any_of(table.uniques.begin(), table.uniques.end(),
                     [&](const schema::Unique& unique) { return unique.name == name; });
}

bool is_taken(const QualifiedName& name, const schema::Schema& schema) {
  return std::any_of(schema.tables().begin(), schema.tables().end(), [&](const Table& table) {
    return table.name.schema == name.schema && has_name(table, name.name);
  });
}

using Names = std::vector<QualifiedName>;

// The names that the change takes away.
Names freed(const diff::Change& change) {
  Names names;
  const auto add = [&](const QualifiedName& table, const std::optional<Identifier>& name) {
    if (name) names.push_back({table.schema, *name});
  };
  schema::match(
      change,
      [&](const diff::DropTable& c) {
        Table table = c.table;
        for_each_name(table, [&](const Identifier& name) { add(c.table.name, name); });
      },
      [&](const diff::DropIndex& c) { add(c.table, c.index.name.name); },
      [&](const diff::DropUnique& c) { add(c.table, c.unique.name); },
      [&](const diff::DropPrimaryKey& c) { add(c.table, c.key.name); },
      [&](const diff::RenameIndex& c) { add(c.table, c.from.name); },
      [&](const diff::RenameConstraint& c) { add(c.table, c.from); },
      [&](const diff::ChangePrimaryKey& c) {
        if (c.before.name != c.after.name) add(c.table, c.before.name);
      },
      [](const auto&) {});
  return names;
}

bool holds(const Names& names, const QualifiedName& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::vector<diff::Change> with_free_names(const std::vector<diff::Change>& changes, const schema::Schema& before) {
  std::vector<diff::Change> result;
  Names free;  // by an earlier change of the step
  for (const diff::Change& change : changes) {
    const Names of_change = freed(change);
    free.insert(free.end(), of_change.begin(), of_change.end());
    const auto make_free = [&](const QualifiedName& table, Identifier& own) {
      const QualifiedName name{table.schema, own};
      if (!holds(free, name) && is_taken(name, before)) own = stand_in(name).name;
    };
    result.push_back(change);
    if (auto* create = std::get_if<diff::CreateTable>(&result.back()))
      for_each_name(create->table, [&](Identifier& own) { make_free(create->table.name, own); });
    if (auto* create = std::get_if<diff::CreateIndex>(&result.back()))
      make_free(create->table, create->index.name.name);
  }
  return result;
}

std::vector<std::string> claim_names(const std::vector<diff::Change>& changes, const schema::Schema& before,
                                     const schema::Schema& after) {
  std::vector<std::string> statements;
  for (const diff::Change& change : changes)
    for (const QualifiedName& name : freed(change))
      if (is_taken(name, before) && is_taken(name, after))
        statements.push_back(
            fmt::format("ALTER INDEX IF EXISTS {} RENAME TO {}", quoting()(stand_in(name)), quoting()(name.name)));
  return statements;
}

}  // namespace emcee::postgres
