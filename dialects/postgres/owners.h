// Who owns what, where a schema says it. A live database always has owners, of whom no one may have thought; so only
// those that are named are compared.
#pragma once

#include <string>

#include "schema/schema.h"

namespace emcee::postgres {

// A query that gives a line for each relation, routine, type and schema that another role owns than the one which the
// schema names: `owner of table notes is root, not app`. Empty where the schema names none.
std::string wrong_owners_query(const schema::Schema& schema);

}  // namespace emcee::postgres
