// How SQL finds a row of a table again.
#pragma once

#include <string>
#include <vector>

#include "schema/table.h"

namespace emcee::postgres {

// The columns that batches walk, in order: the primary key, a unique constraint or index over
// columns that are NOT NULL, or the row's place in the table (ctid), which an update changes.
std::vector<schema::Identifier> batch_key(const schema::Table& table);

// The row's key for people: `7`, or `a, b`; an expression of type text.
std::string key_text(const schema::Table& table);

}  // namespace emcee::postgres
