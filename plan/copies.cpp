// Columns that take over the values of others as they are: what one of the two cannot hold.
#include <fmt/format.h>

#include <algorithm>

#include "plan/draft.h"

namespace emcee::plan {

namespace {

struct Sides {
  const schema::Table* before;
  const schema::Table* after;
};

// REQUIRES: groups speak of the old names of tables.
Sides sides_of(const Draft& draft, const SyncGroup& group) {
  QualifiedName new_name = group.table;
  for (const diff::TableRename& rename : draft.map.table_renames)
    if (rename.from == group.table) new_name = rename.to;
  return {draft.before.find_table(group.table), draft.after.find_table(new_name)};
}

// Something of the old schema is built on the column: a change of its type could be refused, or costs more than a
// word in the catalogue.
bool is_built_upon(const schema::Schema& schema, const schema::Table& table, const Identifier& column) {
  const auto named = [&](const Fragment& text) { return text.mentions_column(column) || text.mentions_table(column); };
  const auto among = [&](const std::vector<Identifier>& names) {
    return std::find(names.begin(), names.end(), column) != names.end();
  };
  const auto in_parts = [&](const std::vector<schema::KeyPart>& parts) {
    return std::any_of(parts.begin(), parts.end(), [&](const schema::KeyPart& part) { return named(part.expression); });
  };
  const auto any = [](const auto& all, const auto& holds) { return std::any_of(all.begin(), all.end(), holds); };
  const auto has_place = [&](const char* option) { return table.options.other.count(option) > 0; };
  return among(table.key_columns()) || has_place("partition_by") || has_place("partition_of") ||
         has_place("inherits") || any(table.uniques, [&](const schema::Unique& u) { return in_parts(u.parts); }) ||
         any(table.checks, [&](const schema::Check& c) { return named(c.expression); }) ||
         any(table.foreign_keys, [&](const schema::ForeignKey& k) { return among(k.columns); }) ||
         any(table.columns, [&](const schema::Column& c) { return c.generated && named(c.generated->expression); }) ||
         any(table.indexes,
             [&](const schema::Index& i) { return in_parts(i.parts) || (i.where && named(*i.where)); }) ||
         any(schema.views(),
             [&](const schema::View& v) { return v.query.mentions_table(table.name.name) || named(v.query); }) ||
         any(schema.triggers(), [&](const schema::Trigger& t) { return t.table == table.name; }) ||
         any(schema.objects(), [&](const schema::OpaqueObject& o) { return named(o.definition); });
}

const diff::ChangeType* widened(const Draft& draft, const SyncGroup& group, const Identifier& column) {
  for (const Item& item : draft.expand)
    if (const auto* change = std::get_if<diff::ChangeType>(&item.change);
        change && change->table == group.table && change->column == column)
      return change;
  return nullptr;
}

bool may_lose(const Draft& draft, const schema::Column& from, const schema::Column& to) {
  const TypeRelation relation = draft.dialect.relate(from.type, to.type);
  return relation == TypeRelation::other || (relation == TypeRelation::narrow && draft.can().widths_bind);
}

}  // namespace

void widen_old_copies(Draft& draft) {
  for (const SyncGroup& group : draft.groups) {
    const auto [before, after] = sides_of(draft, group);
    if (!before || !after) continue;
    for (const OldColumn& column : group.old_columns) {
      const auto name = column.down ? column.down->as_column() : std::nullopt;
      const schema::Column* from = name ? after->find_column(*name) : nullptr;
      const schema::Column* to = before->find_column(column.name);
      if (!from || !to || !may_lose(draft, *from, *to)) continue;
      if (draft.dialect.relate(to->type, from->type) != TypeRelation::widen_metadata) continue;
      if (is_built_upon(draft.before, *before, column.name)) continue;
      draft.in_expand(diff::ChangeType{group.table, column.name, to->type, from->type},
                      diff::DropColumn{group.table, *to});
    }
  }
}

std::vector<Hazard> copy_hazards(const Draft& draft, const SyncGroup& group) {
  const auto [before, after] = sides_of(draft, group);
  std::vector<Hazard> hazards;
  const auto look = [&](const schema::Column* from, const schema::Column* to, std::string_view when) {
    if (!from || !to || !may_lose(draft, *from, *to)) return;
    const std::string object = group.table.text() + "." + to->name.text();
    if (widened(draft, group, to->name))
      hazards.push_back({"old_release_reads_longer", object,
                         fmt::format("the new release may write values that a {} does not hold, and the old one reads "
                                     "them; a rollback refuses to cut them",
                                     to->type.text),
                         true});
    else
      hazards.push_back({"narrow_copy", object,
                         fmt::format("{} that {} cannot hold are refused or changed: it is {}, and {} is {}", when,
                                     to->name.text(), to->type.text, from->name.text(), from->type.text),
                         false});
  };
  if (!before || !after) return hazards;
  for (const NewColumn& column : group.new_columns)
    if (const auto old_column = column.up.as_column())
      look(before->find_column(*old_column), after->find_column(column.name),
           "from expand on, values of the old release");
  for (const OldColumn& column : group.old_columns)
    if (const auto new_column = column.down ? column.down->as_column() : std::nullopt)
      look(after->find_column(*new_column), before->find_column(column.name),
           "until contract, values of the new release");
  return hazards;
}

}  // namespace emcee::plan
