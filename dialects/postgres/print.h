// A whole schema as a script.
#pragma once

#include <string>

#include "schema/schema.h"

namespace emcee::postgres {

// Statements in an order in which the server runs them on an empty database; each ends in ";\n".
// `read` gives an equal schema back.
std::string print(const schema::Schema& schema);

}  // namespace emcee::postgres
