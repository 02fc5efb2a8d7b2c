// Reads SQLite's SQL: whole files, dumps of the sqlite3 shell, and single expressions.
#pragma once

#include <vector>

#include "parser/ast.h"
#include "schema/schema.h"

namespace emcee::sqlite {

// The statements of a text, in order. What SQLite's own parser takes is taken, and what it refuses
// as syntax is an error: fix_text at the offending token. Further errors are those of
// make_statement. Lines for the sqlite3 shell (`.mode csv`) are skipped and counted. `lenient`
// turns a statement with an error into a warning.
schema::Result<std::vector<parser::Statement>> parse(const parser::Source& source, bool lenient,
                                                     parser::Coverage& coverage);

// One expression; the whole text must be it. Errors: fix_text.
schema::Result<schema::Fragment> parse_expression(const parser::Source& source);

// The schema that a database has after all texts ran on it, in their order. Errors: those of
// parse and of parser::Builder.
schema::Result<schema::Schema> read(const std::vector<parser::Source>& sources, bool lenient,
                                    parser::Coverage& coverage);

}  // namespace emcee::sqlite
