// Schemas without the texts that they were read from, so that all of a schema is printed anew.
#pragma once

#include "schema/schema.h"

namespace emcee::testing {

inline void forget(schema::Fragment& fragment) { fragment = schema::Fragment(fragment.tokens()); }

inline void forget(std::vector<schema::KeyPart>& parts) {
  for (schema::KeyPart& part : parts) forget(part.expression);
}

// Defaults keep their text, which PRAGMA table_info shows.
inline void forget(schema::Table& table) {
  table.source.clear();
  for (schema::Column& column : table.columns)
    if (column.generated) forget(column.generated->expression);
  if (table.primary_key) forget(table.primary_key->parts);
  for (schema::Unique& unique : table.uniques) forget(unique.parts);
  for (schema::Check& check : table.checks) forget(check.expression);
  for (schema::Index& index : table.indexes) {
    index.source.clear();
    forget(index.parts);
    if (index.where) forget(*index.where);
  }
}

inline schema::Schema without_sources(const schema::Schema& schema) {
  schema::SchemaParts parts{schema.tables(), schema.views(), schema.triggers(), schema.objects()};
  for (schema::Table& table : parts.tables) forget(table);
  for (schema::View& view : parts.views) {
    view.source.clear();
    forget(view.query);
  }
  for (schema::Trigger& trigger : parts.triggers) {
    trigger.source.clear();
    forget(trigger.body);
    if (trigger.when) forget(*trigger.when);
  }
  for (schema::OpaqueObject& object : parts.objects) object.source.clear();
  return *schema::Schema::make(std::move(parts));
}

}  // namespace emcee::testing
