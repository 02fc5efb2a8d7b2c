// Which column tokens of a query or a trigger mean a given column: names are looked up in the
// FROM clauses around them, from the inside out, as SQL does it.
#pragma once

#include <functional>
#include <optional>

#include "schema/schema.h"

namespace emcee::diff {

struct ColumnUse {
  schema::QualifiedName table;
  schema::Identifier column;
  // Where the fragment belongs to a trigger: its table, which NEW and OLD stand for.
  std::optional<schema::QualifiedName> trigger_table;
};

// True where the table has the column; false also for what is not a table (views, aliases).
using HasColumn = std::function<bool(const schema::Identifier& table, const schema::Identifier& column)>;

// The fragment with every token that means `use.column` of `use.table` renamed to `to`. A name
// that more than one table of its clause could have supplied would be an error to the server, so
// the nearest clause with the table decides.
schema::Fragment rename_column_uses(const schema::Fragment& fragment, const ColumnUse& use,
                                    const schema::Identifier& to, const HasColumn& has_column);

}  // namespace emcee::diff
