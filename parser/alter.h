// What one sub-command of ALTER TABLE does to its table.
#pragma once

#include "parser/ast.h"

namespace emcee::parser {

// DROP COLUMN is refused where anything in the table uses the column. RENAME TABLE changes the name
// only, RENAME COLUMN the parts of this table; see rename.h for all else that names them. Errors: fix_schema, without a
// position.
schema::Result<void> alter(Table& table, const AlterAction& action);

// What a server drops together with a column: the checks that name it, and foreign keys of this
// column alone. Where they were not written at the column, its statement would have failed.
void drop_constraints_of(Table& table, const Identifier& column);

}  // namespace emcee::parser
