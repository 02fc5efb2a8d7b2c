// Functions of PostgreSQL itself that expressions of maps call as a rule.
#pragma once

#include <string_view>

#include "schema/fragment.h"

namespace emcee::postgres {

// In pg_catalog in every version from 12 to 18, and called like any function. Not all there are.
bool is_built_in_function(std::string_view name);

// Calls of these functions with their schema, so that they mean the same on every search_path.
schema::Fragment with_qualified_calls(const schema::Fragment& expression);

}  // namespace emcee::postgres
