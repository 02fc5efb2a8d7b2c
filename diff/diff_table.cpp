#include "diff/diff_table.h"

#include <fmt/format.h>
#include <algorithm>

namespace emcee::diff {

namespace {

std::size_t hash_of(const Fragment& fragment) {
  std::size_t hash = 0;
  for (const schema::Token& token : fragment.tokens())
    if (!token.implied) hash = hash * 31 + Identifier(token.text).hash();
  return hash;
}
std::size_t hash_of(const std::vector<schema::KeyPart>& parts) {
  std::size_t hash = 0;
  for (const schema::KeyPart& part : parts) hash = hash * 31 + hash_of(part.expression);
  return hash;
}
std::size_t hash_of(const Unique& unique) { return hash_of(unique.parts); }
std::size_t hash_of(const Check& check) { return hash_of(check.expression); }
std::size_t hash_of(const ForeignKey& key) {
  std::size_t hash = std::hash<QualifiedName>()(key.references);
  for (const Identifier& column : key.columns) hash = hash * 31 + column.hash();
  return hash;
}

// Constraints are known by what they say: in SQLite most have no name, and the name means nothing.
// Of several equal ones those of the same name belong together.
template <class T>
ListDiff<T> diff_by_content(const std::vector<T>& before, const std::vector<T>& after) {
  const auto hash = [](const T& v) { return hash_of(v); };
  auto named = diff_lists<T>(pointers(before), pointers(after), hash,
                             [](const T& a, const T& b) { return a.name == b.name && a == b; });
  auto equal = diff_lists<T>(named.removed, named.added, hash, [](const T& a, const T& b) { return a == b; });
  equal.persisted.insert(equal.persisted.begin(), named.persisted.begin(), named.persisted.end());
  return equal;
}

// Puts `columns` into an order in which `first(x, y)` holds for no x that stands behind y.
template <class First>
std::vector<const Column*> ordered(const std::vector<const Column*>& columns, const First& first) {
  std::vector<const Column*> result;
  std::vector<bool> seen(columns.size());
  const auto visit = [&](const auto& self, std::size_t i) -> void {
    if (seen[i]) return;
    seen[i] = true;
    for (std::size_t j = 0; j < columns.size(); ++j)
      if (first(*columns[j], *columns[i])) self(self, j);
    result.push_back(columns[i]);
  };
  for (std::size_t i = 0; i < columns.size(); ++i) visit(visit, i);
  return result;
}

bool computed_from(const Column& column, const Column& source) {
  return column.generated && column.generated->expression.mentions_column(source.name);
}

class TableDiffer {
 public:
  TableDiffer(const Table& before, const Table& after, bool constraint_names)
      : before_(before), after_(after), constraint_names_(constraint_names) {}

  TableDifference run() {
    compare_columns();
    compare_key();
    compare_constraints();
    compare_indexes();
    compare_table_options();
    return std::move(result_);
  }

 private:
  void add(Change change) { result_.changes.push_back(std::move(change)); }

  void compare_columns() {
    result_.columns = diff_by_name(before_.columns, after_.columns);
    // A column comes after those that it is computed from, and goes before them.
    const auto source_first = [](const Column& x, const Column& y) { return computed_from(y, x); };
    result_.columns.added = ordered(result_.columns.added, source_first);
    result_.columns.removed = ordered(result_.columns.removed, computed_from);
    for (const Column* column : result_.columns.added) add(AddColumn{after_.name, *column});
    for (const auto& [old_column, new_column] : result_.columns.persisted) compare(*old_column, *new_column);
    for (const Column* column : result_.columns.removed) add(DropColumn{after_.name, *column});
    result_.note = order_note();
  }

  void compare(const Column& before, const Column& after) {
    const QualifiedName& table = after_.name;
    const Identifier& name = after.name;
    if (!(before.type == after.type)) add(ChangeType{table, name, before.type, after.type});
    if (before.collation != after.collation) add(ChangeCollation{table, name, before.collation, after.collation});
    if (!(before.generated == after.generated)) add(ChangeGenerated{table, name, before.generated, after.generated});
    if (!(before.identity == after.identity)) add(ChangeIdentity{table, name, before.identity, after.identity});
    compare_options(before.options, after.options, [&](const std::string& option, const auto& from, const auto& to) {
      add(ChangeColumnOption{table, name, option, from, to});
    });
    compare_default(before, after);
    const bool same_not_null = before.not_null == after.not_null && before.not_null_conflict == after.not_null_conflict;
    if (same_not_null) return;
    if (before.not_null) add(DropNotNull{table, name, before.not_null_conflict});
    if (after.not_null) add(SetNotNull{table, name, after.not_null_conflict});
  }

  template <class Report>
  void compare_options(const schema::Options& before, const schema::Options& after, const Report& report) {
    for (const auto& [option, value] : before)
      if (const auto it = after.find(option); it == after.end()) report(option, std::optional(value), std::nullopt);
    for (const auto& [option, value] : after) {
      const auto it = before.find(option);
      if (it == before.end())
        report(option, std::nullopt, std::optional(value));
      else if (it->second != value)
        report(option, std::optional(it->second), std::optional(value));
    }
  }

  void compare_table_options() {
    TableOptions before = before_.options, after = after_.options;
    compare_options(before.other, after.other, [&](const std::string& option, const auto& from, const auto& to) {
      add(ChangeTableOption{after_.name, option, from, to});
    });
    after.other = before.other;
    if (!(before == after)) add(ChangeOptions{after_.name, before, after});
  }

  void compare_default(const Column& before, const Column& after) {
    const auto& old_value = before.default_value;
    const auto& new_value = after.default_value;
    if (old_value == new_value) return;
    if (!old_value) {
      add(AddDefault{after_.name, after.name, *new_value});
    } else if (!new_value) {
      add(DropDefault{after_.name, after.name, *old_value});
    } else {
      add(ChangeDefault{after_.name, after.name, *old_value, *new_value});
    }
  }

  void compare_key() {
    const auto& old_key = before_.primary_key;
    const auto& new_key = after_.primary_key;
    if (old_key == new_key) {
      if (old_key) compare_name(*old_key, *new_key);
      return;
    }
    if (!old_key) {
      add(AddPrimaryKey{after_.name, *new_key});
    } else if (!new_key) {
      add(DropPrimaryKey{after_.name, *old_key});
    } else {
      add(ChangePrimaryKey{after_.name, *old_key, *new_key});
    }
  }

  template <class Constraint>
  void compare_name(const Constraint& before, const Constraint& after) {
    if (constraint_names_ && before.name && after.name && *before.name != *after.name)
      add(RenameConstraint{after_.name, *before.name, *after.name});
  }

  void compare_constraints() {
    const auto uniques = diff_by_content(before_.uniques, after_.uniques);
    for (const auto& [old_one, new_one] : uniques.persisted) compare_name(*old_one, *new_one);
    for (const Unique* unique : uniques.removed) add(DropUnique{after_.name, *unique});
    for (const Unique* unique : uniques.added) add(AddUnique{after_.name, *unique});
    const auto keys = diff_by_content(before_.foreign_keys, after_.foreign_keys);
    for (const auto& [old_one, new_one] : keys.persisted) compare_name(*old_one, *new_one);
    for (const ForeignKey* key : keys.removed) add(DropForeignKey{after_.name, *key});
    for (const ForeignKey* key : keys.added) add(AddForeignKey{after_.name, *key});
    const auto checks = diff_by_content(before_.checks, after_.checks);
    for (const auto& [old_one, new_one] : checks.persisted) compare_name(*old_one, *new_one);
    for (const Check* check : checks.removed) add(DropCheck{after_.name, *check});
    for (const Check* check : checks.added) add(AddCheck{after_.name, *check});
  }

  void compare_indexes() {
    const auto named = diff_by_name(before_.indexes, after_.indexes);
    for (const auto& [old_index, new_index] : named.persisted)
      if (!old_index->same_definition(*new_index)) add(ReplaceIndex{after_.name, *old_index, *new_index});
    // What is left may have a new name only.
    const auto defined = diff_lists<Index>(
        named.removed, named.added, [](const Index& i) { return hash_of(i.parts); },
        [](const Index& a, const Index& b) { return a.same_definition(b); });
    for (const auto& [old_index, new_index] : defined.persisted)
      add(RenameIndex{after_.name, old_index->name, new_index->name});
    for (const Index* index : defined.removed) add(DropIndex{after_.name, *index});
    for (const Index* index : defined.added) add(CreateIndex{after_.name, *index});
  }

  // Columns keep their places and new ones go to the end, whatever the new schema says.
  std::string order_note() const {
    std::vector<const Identifier*> order;
    for (const Column& column : before_.columns)
      if (after_.find_column(column.name)) order.push_back(&column.name);
    for (const Column* column : result_.columns.added) order.push_back(&column->name);
    for (std::size_t i = 0; i < order.size(); ++i)
      if (*order[i] != after_.columns[i].name)
        return fmt::format("{}: the order of columns will differ from the new schema, from {} on", after_.name.text(),
                           after_.columns[i].name.text());
    return {};
  }

  const Table& before_;
  const Table& after_;
  bool constraint_names_;
  TableDifference result_;
};

bool same_order(const Table& a, const Table& b) {
  return std::equal(a.columns.begin(), a.columns.end(), b.columns.begin(), b.columns.end(),
                    [](const Column& x, const Column& y) { return x.name == y.name; });
}

}  // namespace

TableDifference diff_table(const Table& before, const Table& after, bool constraint_names) {
  if (!constraint_names && before == after && same_order(before, after)) return {};
  return TableDiffer(before, after, constraint_names).run();
}

}  // namespace emcee::diff
