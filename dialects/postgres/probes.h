// Questions to a database about one change: is it done, and what would taking it back lose?
#pragma once

#include <optional>
#include <string>

#include "plan/plan.h"
#include "schema/schema.h"

namespace emcee::postgres {

// An expression, true where the change is there; none where the catalogue cannot tell.
std::optional<std::string> is_done(const diff::Change& change);

// Expressions over the catalogue. NULL or false where the object is not there.
std::string regclass(const schema::QualifiedName& relation);                                        // its oid
std::string constraint_exists(const schema::QualifiedName& table, const schema::Identifier& name);  // and is valid
std::string index_is_valid(const schema::QualifiedName& index);

// A query (what, key) for the rows whose values only the new form holds; none where nothing is
// lost. `after` is the schema with the change, `plan` knows the groups.
std::optional<std::string> loses(const diff::Change& change, const schema::Schema& after, const plan::Plan& plan);

}  // namespace emcee::postgres
