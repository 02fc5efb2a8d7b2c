// Renames of tables and columns, everywhere in a schema.
#pragma once

#include "schema/schema.h"

namespace emcee::diff {

// REQUIRES: the table is there, and no table or view is named `to`.
schema::Result<void> rename_table(schema::Schema& schema, const schema::QualifiedName& from,
                                  const schema::QualifiedName& to);

// REQUIRES: the table has the column `from` and no column `to`.
schema::Result<void> rename_column(schema::Schema& schema, const schema::QualifiedName& table,
                                   const schema::Identifier& from, const schema::Identifier& to);

}  // namespace emcee::diff
