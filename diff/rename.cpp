#include "diff/rename.h"

#include <algorithm>

#include "parser/alter.h"
#include "parser/rename.h"

namespace emcee::diff {

namespace {

using schema::ForeignKey;
using schema::Identifier;
using schema::QualifiedName;
using schema::Result;
using schema::Schema;
using schema::Table;
using schema::Trigger;
using schema::View;

// `rewrite` changes a copy of each table, view and trigger that may name the object; what comes
// out different takes the place of the original.
template <class F>
Result<void> rewrite_users(Schema& schema, const QualifiedName& table, const F& rewrite) {
  const auto refers = [&](const ForeignKey& key) { return key.references == table; };
  for (std::size_t i = 0; i < schema.tables().size(); ++i) {
    const Table& user = schema.tables()[i];
    if (std::none_of(user.foreign_keys.begin(), user.foreign_keys.end(), refers)) continue;
    Table changed = user;
    rewrite(changed);
    EMCEE_TRY(schema.put(std::move(changed)));
  }
  for (std::size_t i = 0; i < schema.views().size(); ++i) {
    if (!schema.views()[i].query.mentions_table(table.name)) continue;
    View changed = schema.views()[i];
    rewrite(changed);
    schema.put(std::move(changed));
  }
  for (std::size_t i = 0; i < schema.triggers().size(); ++i) {
    const Trigger& user = schema.triggers()[i];
    if (user.table != table && !user.body.mentions_table(table.name) &&
        !(user.when && user.when->mentions_table(table.name)))
      continue;
    Trigger changed = user;
    rewrite(changed);
    schema.put(std::move(changed));
  }
  return {};
}

}  // namespace

Result<void> rename_table(Schema& schema, const QualifiedName& from, const QualifiedName& to) {
  const auto rewrite = [&](auto& object) { parser::rename_table(object, from, to); };
  Table table = *schema.find_table(from);
  table.name = to;
  table.source.clear();
  for (schema::Index& index : table.indexes) index.source.clear();  // they name the table
  rewrite(table);
  EMCEE_TRY(schema.put(std::move(table), from));
  return rewrite_users(schema, from, rewrite);
}

Result<void> rename_column(Schema& schema, const QualifiedName& table_name, const Identifier& from,
                           const Identifier& to) {
  Table table = *schema.find_table(table_name);
  EMCEE_TRY(parser::alter(table, parser::RenameColumn{from, to}));
  table.source.clear();
  EMCEE_TRY(schema.put(std::move(table)));

  const parser::ColumnRename rename{table_name, from, to, [&](const QualifiedName& other) {
                                      const Table* found = schema.find_table(other);
                                      return found && found->find_column(from);
                                    }};
  return rewrite_users(schema, table_name, [&](auto& object) { parser::rename_column(object, rename); });
}

}  // namespace emcee::diff
