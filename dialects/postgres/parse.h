// Reads PostgreSQL's SQL: whole files, dumps of pg_dump, and single expressions.
#pragma once

#include <optional>
#include <vector>

#include "parser/ast.h"
#include "schema/schema.h"

namespace emcee::postgres {

// Where nothing tells the server's: 15.
inline constexpr int kAssumedVersion = 150000;

// One expression; the whole text must be it. Errors: fix_text.
schema::Result<schema::Fragment> parse_expression(const parser::Source& source);

// The schema that a database has after all texts ran on it, in their order. What the server's grammar
// refuses is an error at the offending token; DDL that is not understood is one at its statement.
// `lenient` turns a statement with an error into a warning. `version`, as server_version_num: of the server,
// since what GRANT ALL gives depends on it. Errors: fix_text, and those of parser::Builder.
schema::Result<schema::Schema> read(const std::vector<parser::Source>& sources, bool lenient,
                                    parser::Coverage& coverage, int version);
inline schema::Result<schema::Schema> read(const std::vector<parser::Source>& sources, bool lenient,
                                           parser::Coverage& coverage) {
  return read(sources, lenient, coverage, kAssumedVersion);
}

// The names of the columns of a view; none where they cannot be told from the schema.
std::optional<std::vector<schema::Identifier>> view_columns(const schema::Schema& schema,
                                                            const schema::QualifiedName& view);

}  // namespace emcee::postgres
