// What the indexes of a table are good for, as far as a schema shows it.
#pragma once

#include <string>
#include <vector>

#include "schema/table.h"

namespace emcee::plan {

// The parts are these columns, whole and in any order.
bool are_columns(const std::vector<schema::KeyPart>& parts, const std::vector<schema::Identifier>& columns);

// A key or an index without a condition begins with these columns, in any order: rows that have
// given values there are found without a scan.
bool finds_rows_by(const schema::Table& table, const std::vector<schema::Identifier>& columns);

// What a foreign key costs whose columns have no index, as a clause.
std::string without_index(const schema::ForeignKey& key);

// What else of the table begins with the parts of the index and so finds all that it can find:
// `index by_name`, `the primary key`. Empty where there is nothing; always for a unique index,
// which does more than find.
std::string served_by(const schema::Table& table, const schema::Index& index);

}  // namespace emcee::plan
