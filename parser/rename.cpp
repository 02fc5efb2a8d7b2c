#include "parser/rename.h"

#include <algorithm>

#include "parser/scopes.h"

namespace emcee::parser {

using schema::Role;
using schema::Token;

namespace {

void rename_key(ForeignKey& key, const QualifiedName& from, const QualifiedName& to, bool& changed) {
  if (!(key.references == from)) return;
  key.references = to;
  changed = true;
}

// True where the fragment changed.
bool rename_table(Fragment& fragment, const QualifiedName& from, const QualifiedName& to) {
  if (!fragment.mentions_table(from.name)) return false;
  fragment = fragment.with_table_renamed(from.name, to.name);
  return true;
}

bool rename_table(std::optional<Fragment>& fragment, const QualifiedName& from, const QualifiedName& to) {
  return fragment && rename_table(*fragment, from, to);
}

// True where one of the columns was renamed.
bool replace(std::vector<Identifier>& columns, const ColumnRename& rename) {
  if (std::find(columns.begin(), columns.end(), rename.from) == columns.end()) return false;
  std::replace(columns.begin(), columns.end(), rename.from, rename.to);
  return true;
}

// True where the fragment changed. `own` is the table of the trigger that the fragment belongs to.
bool rename_column(Fragment& fragment, const ColumnRename& rename, const QualifiedName* own) {
  if (!fragment.mentions_column(rename.from)) return false;
  const Scopes scopes(fragment.tokens());
  std::vector<Token> tokens = fragment.tokens();
  bool changed = false;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    Token& token = tokens[i];
    if (token.role != Role::column || token.identifier() != rename.from) continue;
    if (!scopes.means(i, rename.table.name, own ? &own->name : nullptr, [&](const Identifier& other) {
          return rename.has_column({{}, other});
        }))
      continue;
    token.text = rename.to.text();
    changed = true;
  }
  if (changed) fragment = Fragment(std::move(tokens));
  return changed;
}

}  // namespace

void rename_table(Table& table, const QualifiedName& from, const QualifiedName& to) {
  bool changed = false;
  for (ForeignKey& key : table.foreign_keys) rename_key(key, from, to, changed);
  if (table.name == to) {
    for (Check& check : table.checks) changed |= rename_table(check.expression, from, to);
    for (Column& column : table.columns)
      if (column.generated) changed |= rename_table(column.generated->expression, from, to);
    for (Index& index : table.indexes) {
      bool index_changed = rename_table(index.where, from, to);
      for (schema::KeyPart& part : index.parts) index_changed |= rename_table(part.expression, from, to);
      if (index_changed) index.source.clear();
    }
  }
  if (changed) table.source.clear();
}

void rename_table(View& view, const QualifiedName& from, const QualifiedName& to) {
  if (rename_table(view.query, from, to)) view.source.clear();
}

void rename_table(Trigger& trigger, const QualifiedName& from, const QualifiedName& to) {
  bool changed = rename_table(trigger.body, from, to);
  changed |= rename_table(trigger.when, from, to);
  if (trigger.table == from) {
    if (trigger.name.schema.text() == from.text()) trigger.name.schema = to.name.derived(to.text());
    trigger.table = to;
    changed = true;
  }
  if (changed) trigger.source.clear();
}

void rename_column(Table& table, const ColumnRename& rename) {
  for (ForeignKey& key : table.foreign_keys)
    if (key.references == rename.table && replace(key.referenced, rename)) table.source.clear();
}

void rename_column(View& view, const ColumnRename& rename) {
  if (rename_column(view.query, rename, nullptr)) view.source.clear();
}

void rename_column(Trigger& trigger, const ColumnRename& rename) {
  bool changed = rename_column(trigger.body, rename, &trigger.table);
  if (trigger.when) changed |= rename_column(*trigger.when, rename, &trigger.table);
  if (trigger.table == rename.table) changed |= replace(trigger.update_of, rename);
  if (changed) trigger.source.clear();
}

}  // namespace emcee::parser
