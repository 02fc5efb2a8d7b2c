// Tables that are made of others (PostgreSQL): what happens to the columns of a parent happens to those of its
// children.
#pragma once

#include <string>
#include <vector>

#include "schema/table.h"

namespace emcee::diff {

// What the table is a partition of, or inherits from, as the server spells the names.
std::vector<std::string> parents_of(const schema::Table& table);

}  // namespace emcee::diff
