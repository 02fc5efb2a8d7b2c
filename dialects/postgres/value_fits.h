// Whether the values of a column can be kept when its type becomes narrower.
#pragma once

#include <optional>
#include <string>

#include "schema/table.h"

namespace emcee::postgres {

// A condition on the column, true where a value stays what it is, NULL or true where it is NULL;
// none where every value does. It raises no error for values that do not fit.
std::optional<std::string> value_fits(const std::string& column, const schema::Type& before, const schema::Type& after);

}  // namespace emcee::postgres
