// The schema of a live database.
#pragma once

#include <string>

#include "applier/connection.h"
#include "parser/ast.h"
#include "plan/dialect.h"

namespace emcee::cli {

// Reads the catalogue behind the URL. Errors: usage (the URL), look_at_server.
schema::Result<schema::Schema> read_live_schema(const std::string& url, const plan::Dialect& dialect, bool lenient,
                                                parser::Coverage& coverage);

// The same over a connection that is there.
schema::Result<schema::Schema> read_live_schema(applier::Connection& connection, const plan::Dialect& dialect,
                                                bool lenient, parser::Coverage& coverage);

}  // namespace emcee::cli
