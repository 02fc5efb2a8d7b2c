// The catalogue of a live database as DDL.
#pragma once

#include <string>

namespace emcee::postgres {

// One statement per row, in an order in which `read` takes them. Schema `emcee` and triggers named
// zzz_emcee_... and AAA_emcee_... are left out, and what belongs to an extension or to the server.
std::string catalogue_query();

}  // namespace emcee::postgres
