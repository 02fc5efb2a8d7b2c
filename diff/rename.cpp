#include "diff/rename.h"

#include <algorithm>

#include "diff/name_scope.h"

namespace emcee::diff {

namespace {

using schema::Column;
using schema::ForeignKey;
using schema::Fragment;
using schema::Identifier;
using schema::Index;
using schema::KeyPart;
using schema::QualifiedName;
using schema::Result;
using schema::Schema;
using schema::Table;
using schema::Trigger;
using schema::View;

// Rewrites every expression that belongs to the table itself.
template <class F>
void rewrite_expressions(Table& table, const F& rewrite) {
  const auto rewrite_parts = [&](std::vector<KeyPart>& parts) {
    for (KeyPart& part : parts) part.expression = rewrite(part.expression);
  };
  if (table.primary_key) rewrite_parts(table.primary_key->parts);
  for (schema::Unique& unique : table.uniques) rewrite_parts(unique.parts);
  for (schema::Check& check : table.checks) check.expression = rewrite(check.expression);
  for (Column& column : table.columns)
    if (column.generated) column.generated->expression = rewrite(column.generated->expression);
  for (Index& index : table.indexes) {
    const Index old = index;
    rewrite_parts(index.parts);
    if (index.where) index.where = rewrite(*index.where);
    if (!index.same_definition(old)) index.source.clear();
  }
}

void rename_in(std::vector<Identifier>& names, const Identifier& from, const Identifier& to) {
  std::replace(names.begin(), names.end(), from, to);
}

// Other tables whose foreign keys the rename reaches.
template <class Reaches, class Rewrite>
Result<void> rewrite_foreign_keys(Schema& schema, const Reaches& reaches, const Rewrite& rewrite) {
  for (std::size_t i = 0; i < schema.tables().size(); ++i) {
    const auto& keys = schema.tables()[i].foreign_keys;
    if (std::none_of(keys.begin(), keys.end(), reaches)) continue;
    Table changed = schema.tables()[i];
    for (ForeignKey& key : changed.foreign_keys)
      if (reaches(key)) rewrite(key);
    changed.source.clear();
    EMCEE_TRY(schema.put(std::move(changed)));
  }
  return {};
}

// `rewrite` changes a copy of a view or trigger; what comes out different takes its place.
template <class F>
void rewrite_views(Schema& schema, const F& rewrite) {
  for (std::size_t i = 0; i < schema.views().size(); ++i) {
    View view = schema.views()[i];
    rewrite(view);
    if (view == schema.views()[i]) continue;
    view.source.clear();
    schema.put(std::move(view));
  }
}
template <class F>
void rewrite_triggers(Schema& schema, const F& rewrite) {
  for (std::size_t i = 0; i < schema.triggers().size(); ++i) {
    Trigger trigger = schema.triggers()[i];
    rewrite(trigger);
    if (trigger == schema.triggers()[i]) continue;
    trigger.source.clear();
    schema.put(std::move(trigger));
  }
}

}  // namespace

Result<void> rename_table(Schema& schema, const QualifiedName& from, const QualifiedName& to) {
  const auto renamed = [&](const Fragment& f) { return f.with_table_renamed(from.name, to.name); };

  Table table = *schema.find_table(from);
  table.name = to;
  table.source.clear();
  rewrite_expressions(table, renamed);
  for (Index& index : table.indexes) index.source.clear();  // `ON users`
  EMCEE_TRY(schema.put(std::move(table), from));

  EMCEE_TRY(rewrite_foreign_keys(
      schema, [&](const ForeignKey& key) { return key.references == from; },
      [&](ForeignKey& key) { key.references = to; }));
  rewrite_views(schema, [&](View& view) { view.query = renamed(view.query); });
  rewrite_triggers(schema, [&](Trigger& trigger) {
    if (trigger.table == from) trigger.table = to;
    if (trigger.when) trigger.when = renamed(*trigger.when);
    trigger.body = renamed(trigger.body);
  });
  return {};
}

Result<void> rename_column(Schema& schema, const QualifiedName& table_name, const Identifier& from,
                           const Identifier& to) {
  // Views and triggers first: their names are looked up in the tables as they still are.
  const HasColumn has_column = [&](const Identifier& name, const Identifier& column) {
    const Table* other = schema.find_table({table_name.schema, name});
    return other && other->find_column(column);
  };
  rewrite_views(schema, [&](View& view) {
    view.query = rename_column_uses(view.query, {table_name, from, std::nullopt}, to, has_column);
  });
  rewrite_triggers(schema, [&](Trigger& trigger) {
    const ColumnUse use{table_name, from, trigger.table};
    if (trigger.table == table_name) rename_in(trigger.update_of, from, to);
    if (trigger.when) trigger.when = rename_column_uses(*trigger.when, use, to, has_column);
    trigger.body = rename_column_uses(trigger.body, use, to, has_column);
  });

  Table table = *schema.find_table(table_name);
  table.source.clear();
  table.find_column(from)->name = to;
  rewrite_expressions(table, [&](const Fragment& f) { return f.with_column_renamed(from, to); });
  for (ForeignKey& key : table.foreign_keys) rename_in(key.columns, from, to);
  EMCEE_TRY(schema.put(std::move(table)));

  return rewrite_foreign_keys(
      schema,
      [&](const ForeignKey& key) {
        return key.references == table_name &&
               std::find(key.referenced.begin(), key.referenced.end(), from) != key.referenced.end();
      },
      [&](ForeignKey& key) { rename_in(key.referenced, from, to); });
}

}  // namespace emcee::diff
