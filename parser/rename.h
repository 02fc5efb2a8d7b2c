// ALTER TABLE ... RENAME, for everything that names the table or the column.
#pragma once

#include <functional>

#include "parser/ast.h"

namespace emcee::parser {

// The table itself has its new name already.
void rename_table(Table& table, const QualifiedName& from, const QualifiedName& to);
void rename_table(View& view, const QualifiedName& from, const QualifiedName& to);
void rename_table(Trigger& trigger, const QualifiedName& from, const QualifiedName& to);

struct ColumnRename {
  QualifiedName table;
  Identifier from, to;
  // True where a table (not a view) of that name has a column named `from`.
  std::function<bool(const QualifiedName&)> has_column;
};

// A column reference is renamed where it can only mean that table: its qualifier is the table or an
// alias of it, or NEW and OLD in a trigger of the table; or it has none, and the innermost query
// that reads a table with such a column reads this one.
void rename_column(Table& table, const ColumnRename& rename);  // foreign keys that refer to it
void rename_column(View& view, const ColumnRename& rename);
void rename_column(Trigger& trigger, const ColumnRename& rename);

}  // namespace emcee::parser
