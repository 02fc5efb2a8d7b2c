// The columns of a query: their names, what `*` stands for, and what a number in ORDER BY means.
#pragma once

#include <utility>

#include "dialects/postgres/expression_writer.h"

namespace emcee::postgres {

// The name that the server gives an output column without AS (FigureColname of parse_target.c), or an expression
// of an index (FigureIndexColname); `unknown` where there is none that comes to mind.
std::string natural_name(const Node* node, const char* unknown = "?column?");

// `*` gives "", `t.*` gives "t"; none for any other expression.
std::optional<std::string> star_of(const Node* node);

// The columns of all tables in sight, or of the one named; none where one's are not known.
std::optional<std::vector<std::pair<std::string, ColumnInfo>>> star_columns(const Scope& scope,
                                                                            const std::string& relation);

// Columns of the same name in the tables before `middle` and those from it on.
std::vector<std::string> shared_columns(const Scope& scope, std::size_t middle);

// The expression that a number, or a name where `by_name`, stands for in GROUP BY or ORDER BY; the
// node itself where it stands for none.
const Node* output_expression(const PgQuery__SelectStmt& select, const Node* node, bool by_name);
// The place of an output column that is named by name or number.
std::optional<int> output_number(const Node* node, const Columns& columns);

// True where the node is a column of a table in sight.
bool find_column_ref(const Scope& scope, const Node* node);

schema::Result<Tokens> grouping_set(const PgQuery__GroupingSet& set, ExpressionWriter& writer);

}  // namespace emcee::postgres
