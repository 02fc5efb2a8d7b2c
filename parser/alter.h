// What one sub-command of ALTER TABLE does to its table.
#pragma once

#include "parser/ast.h"

namespace emcee::parser {

// RENAME TABLE changes the name only, RENAME COLUMN the parts of this table; see rename.h for all
// else that names them. Errors: fix_schema, without a position.
schema::Result<void> alter(Table& table, const AlterAction& action);

}  // namespace emcee::parser
