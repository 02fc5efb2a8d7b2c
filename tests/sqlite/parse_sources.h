// Schemas without the texts that they were read from, so that all of a schema is printed anew.
#pragma once

#include "schema/schema.h"

namespace emcee::testing {

inline schema::Schema without_sources(const schema::Schema& schema) {
  schema::SchemaParts parts{schema.tables(), schema.views(), schema.triggers(), schema.objects()};
  for (schema::Table& table : parts.tables) {
    table.source.clear();
    for (schema::Index& index : table.indexes) index.source.clear();
  }
  for (schema::View& view : parts.views) view.source.clear();
  for (schema::Trigger& trigger : parts.triggers) trigger.source.clear();
  for (schema::OpaqueObject& object : parts.objects) object.source.clear();
  return *schema::Schema::make(std::move(parts));
}

}  // namespace emcee::testing
