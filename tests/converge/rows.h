// Rows for a schema that nobody wrote: what an application of that schema could have stored.
#pragma once

#include <sqlite3.h>

#include <map>
#include <string>
#include <vector>

#include "schema/schema.h"

namespace emcee::testing {

enum class RowKind {
  fitting,  // every column has a small value that equals its row's number: keys are unique, and
            // foreign keys find their parents
  awkward,  // NULL wherever it is allowed, long texts, and values that repeat
};

// Inserts row number `number` into every table of the schema, as an application that names all
// columns. Gives the tables that took it. A table whose constraints refuse every try is left out.
std::vector<std::string> insert_rows(sqlite3* db, const schema::Schema& schema, RowKind kind, int number);

// The rows of every table of `schema`, restricted to the columns that `other` has with the same
// affinity: table -> sorted rows.
std::map<std::string, std::vector<std::string>> common_rows(sqlite3* db, const schema::Schema& schema,
                                                            const schema::Schema& other);

}  // namespace emcee::testing
