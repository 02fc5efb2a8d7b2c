#include "dialects/postgres/partitions.h"

#include <algorithm>

#include "dialects/postgres/ddl.h"
#include "diff/parents.h"
#include "schema/match.h"

namespace emcee::postgres {

using schema::Identifier;
using schema::Table;

namespace {

const Table* find_spelled(const schema::Schema& schema, const std::string& spelled) {
  for (const Table& table : schema.tables())
    if (quoting()(table.name) == spelled) return &table;
  return nullptr;
}

std::vector<const Table*> parents_of(const Table& table, const schema::Schema& schema) {
  std::vector<const Table*> result;
  for (const std::string& spelled : diff::parents_of(table))
    if (const Table* parent = find_spelled(schema, spelled)) result.push_back(parent);
  return result;
}

}  // namespace

bool can_be_part(const schema::Index& part, const schema::Index& whole) {
  for (const char* option : {"nulls_not_distinct", "constraint", "deferral"}) {
    const auto a = part.options.find(option), b = whole.options.find(option);
    const bool has_a = a != part.options.end(), has_b = b != whole.options.end();
    if (has_a != has_b || (has_a && a->second != b->second)) return false;
  }
  return part.unique == whole.unique && part.parts == whole.parts && part.where == whole.where &&
         part.method == whole.method && part.include == whole.include;
}

namespace {

template <class T>
bool holds(const std::vector<T>& list, const T& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}
bool holds_definition(const std::vector<schema::Index>& list, const schema::Index& index) {
  return std::any_of(list.begin(), list.end(), [&](const schema::Index& i) { return can_be_part(index, i); });
}

// The change on a child, seen from the parent before and after.
bool same_change(const diff::Change& change, const Table& from, const Table& to, bool partition) {
  const auto column_in = [](const Table& table, const Identifier& name) { return table.find_column(name); };
  const auto both = [&](const Identifier& name, const auto& differs) {
    const schema::Column *x = column_in(from, name), *y = column_in(to, name);
    return x && y && differs(*x, *y);
  };
  return schema::match(
      change, [&](const diff::AddColumn& c) { return !column_in(from, c.column.name) && column_in(to, c.column.name); },
      [&](const diff::DropColumn& c) { return column_in(from, c.column.name) && !column_in(to, c.column.name); },
      [&](const diff::RenameColumn& c) { return column_in(from, c.from) && column_in(to, c.to); },
      [&](const diff::ChangeType& c) {
        return both(c.column, [](const auto& x, const auto& y) { return !(x.type == y.type); });
      },
      [&](const diff::ChangeCollation& c) {
        return both(c.column, [](const auto& x, const auto& y) { return x.collation != y.collation; });
      },
      [&](const diff::SetNotNull& c) {
        return both(c.column, [](const auto& x, const auto& y) { return !x.not_null && y.not_null; });
      },
      [&](const diff::DropNotNull& c) {
        return both(c.column, [](const auto& x, const auto& y) { return x.not_null && !y.not_null; });
      },
      [&](const diff::AddCheck& c) { return !holds(from.checks, c.check) && holds(to.checks, c.check); },
      [&](const diff::DropCheck& c) { return holds(from.checks, c.check) && !holds(to.checks, c.check); },
      [&](const diff::AddForeignKey& c) { return partition && holds(to.foreign_keys, c.key); },
      [&](const diff::DropForeignKey& c) { return partition && holds(from.foreign_keys, c.key); },
      [&](const diff::AddUnique& c) { return partition && holds(to.uniques, c.unique); },
      [&](const diff::DropUnique& c) { return partition && holds(from.uniques, c.unique); },
      [&](const diff::AddPrimaryKey&) { return partition && to.primary_key; },
      [&](const diff::DropPrimaryKey&) { return partition && from.primary_key; },
      [&](const diff::ChangePrimaryKey&) { return partition && from.primary_key && to.primary_key; },
      [&](const diff::CreateIndex& c) { return partition && holds_definition(to.indexes, c.index); },
      [&](const diff::DropIndex& c) { return partition && holds_definition(from.indexes, c.index); },
      [&](const diff::ReplaceIndex& c) {
        return partition && holds_definition(from.indexes, c.before) && holds_definition(to.indexes, c.after);
      },
      [](const auto&) { return false; });
}

}  // namespace

bool follows_parent(const diff::Change& change, const schema::Schema& first, const schema::Schema& last) {
  const Table* child = first.find_table(diff::subject(change));
  if (!child || child->options.other.empty()) return false;
  const bool partition = has_option(child->options.other, "partition_of");
  for (const Table* from : parents_of(*child, first)) {
    const Table* to = last.find_table(from->name);
    if (to && same_change(change, *from, *to, partition)) return true;
  }
  return false;
}

Table joining(const Table& partition, const schema::Schema& now, const schema::Schema& last) {
  const auto of = partition.options.other.find("partition_of");
  const Table* parent = of == partition.options.other.end() ? nullptr : find_spelled(now, of->second);
  Table result = partition;
  if (!parent) return result;
  for (const schema::Column& column : parent->columns) {
    const auto own = std::find_if(result.columns.begin(), result.columns.end(),
                                  [&](const schema::Column& each) { return each.name == column.name; });
    if (own == result.columns.end()) {
      result.columns.push_back(column);
      continue;
    }
    own->type = column.type;
    own->collation = column.collation;
    own->not_null = column.not_null;
  }
  const Table* becomes = last.find_table(parent->name);
  const auto is_to_come = [&](const auto& now_there, const auto& then_there) {
    return [&](const auto& each) { return !holds(now_there, each) && holds(then_there, each); };
  };
  if (becomes) {
    std::erase_if(result.checks, is_to_come(parent->checks, becomes->checks));
    std::erase_if(result.foreign_keys, is_to_come(parent->foreign_keys, becomes->foreign_keys));
  }
  for (const schema::Check& check : parent->checks)
    if (!holds(result.checks, check)) result.checks.push_back(check);
  return result;
}

bool has_children(const Table& table, const schema::Schema& schema) {
  return std::any_of(schema.tables().begin(), schema.tables().end(), [&](const Table& each) {
    return !each.options.other.empty() && holds(parents_of(each, schema), &table);
  });
}

std::vector<const Table*> heirs_with_own(const Table& table, const Identifier& column, const schema::Schema& schema) {
  std::vector<const Table*> result;
  for (const Table& child : schema.tables()) {
    if (!has_option(child.options.other, "inherits") || !holds(parents_of(child, schema), &table)) continue;
    const schema::Column* own = child.find_column(column);
    if (own && !has_option(own->options, "inherited")) result.push_back(&child);
    for (const Table* further : heirs_with_own(child, column, schema))
      if (!holds(result, further)) result.push_back(further);
  }
  return result;
}

std::vector<const Table*> partitions_of(const Table& table, const schema::Schema& schema) {
  std::vector<const Table*> result;
  const std::string spelled = quoting()(table.name);
  for (const Table& each : schema.tables())
    if (const auto it = each.options.other.find("partition_of");
        it != each.options.other.end() && it->second == spelled)
      result.push_back(&each);
  return result;
}

}  // namespace emcee::postgres
