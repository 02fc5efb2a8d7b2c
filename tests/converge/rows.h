// Rows for any schema: what an application of it may write.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/converge/server.h"

namespace emcee::testing {

enum class RowKind {
  fitting,  // every column has a small value that equals its row's number: keys are unique, and
            // foreign keys find their parents
  awkward,  // NULL wherever it is allowed, long texts, and values that repeat
};

// Inserts row number `number` into every table of the schema, as an application that names all
// columns: table -> the server's message, empty where the row was taken.
std::map<std::string, std::string> insert_rows(const Server& server, Database& database, const schema::Schema& schema,
                                               RowKind kind, int number);

// The rows of every table of `schema`, restricted to the columns that `other` has with values of the
// same kind: table -> sorted rows.
std::map<std::string, std::vector<std::string>> common_rows(const Server& server, Database& database,
                                                            const schema::Schema& schema, const schema::Schema& other);

}  // namespace emcee::testing
