// The catalogue of a schema as text: once as SQLite itself reports it through PRAGMAs, once as our
// model says it should. The two are written independently, and must be equal.
#pragma once

#include <string>

#include "schema/schema.h"

struct sqlite3;

namespace emcee::testing {

// What the linked library makes of the SQL. Lines for the sqlite3 shell are left out. An error of
// SQLite is the text `error: ...`.
std::string catalogue_by_pragma(const std::string& sql);
std::string catalogue_of(const schema::Schema& schema);

// The catalogue of an open database as PRAGMAs report it, without what Emcee put there. With
// `texts`, views and triggers with their text, blanks collapsed.
std::string catalogue(sqlite3* db, bool texts);

// Lines that start with . or # are for the sqlite3 shell.
std::string without_shell_lines(const std::string& sql);

}  // namespace emcee::testing
