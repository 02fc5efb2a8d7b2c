// Types that columns have: enums and domains change in place where the server can, else the type is
// made anew and its columns move over.
#pragma once

#include "dialects/postgres/statements.h"
#include "schema/schema.h"

namespace emcee::postgres {

// Every value of the first enum is in the second, in the same order.
bool only_adds_values(const schema::OpaqueObject& before, const schema::OpaqueObject& after);

// REQUIRES: both are of one of the kinds enum, domain, type, range. `before` and `after` are the
// schemas around the step.
void replace_type(Script& script, const schema::OpaqueObject& from, const schema::OpaqueObject& to,
                  const schema::Schema& before, const schema::Schema& after);

}  // namespace emcee::postgres
