// The catalogue of a schema as text: once as SQLite itself reports it through PRAGMAs, once as our
// model says it should. The two are written independently, and must be equal.
#pragma once

#include <string>

#include "schema/schema.h"

namespace emcee::testing {

// What the linked library makes of the SQL. Lines for the sqlite3 shell are left out. An error of
// SQLite is the text `error: ...`.
std::string catalogue_by_pragma(const std::string& sql);
std::string catalogue_of(const schema::Schema& schema);

}  // namespace emcee::testing
