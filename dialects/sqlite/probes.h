// Questions to a database about one change: is it done, and what would taking it back lose?
#pragma once

#include <optional>
#include <string>

#include "plan/plan.h"
#include "schema/schema.h"

namespace emcee::sqlite {

// An expression, true where the change is there; none where the catalogue cannot tell.
std::optional<std::string> is_done(const diff::Change& change);

// An expression, true where the trigger is there.
std::string trigger_exists(const std::string& unquoted_name);

// A query (what, key) for the rows whose values only the new form holds; none where nothing is
// lost. `after` is the schema with the change, `plan` knows the groups.
std::optional<std::string> loses(const diff::Change& change, const schema::Schema& after, const plan::Plan& plan);

}  // namespace emcee::sqlite
