// Reads the SQL of MySQL and MariaDB: whole files, dumps, and single expressions.
#pragma once

#include <vector>

#include "dialects/mysql/flavour.h"
#include "parser/ast.h"
#include "schema/schema.h"

namespace emcee::mysql {

// One expression; the whole text must be it. Errors: fix_text.
schema::Result<schema::Fragment> parse_expression(const parser::Source& source, const Server& server);

// The schema that a database has after the client ran all texts on it, in their order. Commands of
// the client (`source`) and statements that mean nothing to a schema are skipped and counted.
// `lenient` turns a statement with an error into a warning. Errors: fix_text at the offending token,
// those of parser::Builder.
schema::Result<schema::Schema> read(const std::vector<parser::Source>& sources, const Server& server, bool lenient,
                                    parser::Coverage& coverage);

}  // namespace emcee::mysql
