// One spelling for the queries of views: the server stores what it understood, with every column
// qualified, every result named, and joins in parentheses.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "schema/fragment.h"

namespace emcee::mysql {

// The columns of a table or view; none where it is not known.
using ColumnsOf = std::function<std::optional<std::vector<schema::Identifier>>(const schema::Identifier& name)>;

// `texts`: of the results, as written; the server names those by it that have no name.
// `names`: CREATE VIEW v (a, b). A query with what is not understood here stays as it is.
// `truth`: see ExpressionRules.
schema::Fragment canonical_query(const schema::Fragment& query, const ColumnsOf& columns_of,
                                 const std::vector<std::string>& texts, const std::vector<schema::Identifier>& names,
                                 bool truth = true);

// The names of its results; none for a query that is not canonical.
std::optional<std::vector<schema::Identifier>> result_names(const schema::Fragment& canonical);

}  // namespace emcee::mysql
