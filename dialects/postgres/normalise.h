// What PostgreSQL makes of a table that a text leaves open.
#pragma once

#include "parser/builder.h"

namespace emcee::postgres {

// Columns of the primary key are NOT NULL; collations that a column has anyway are not repeated.
void normalise(schema::Table& table);

parser::BuildRules build_rules();

}  // namespace emcee::postgres
