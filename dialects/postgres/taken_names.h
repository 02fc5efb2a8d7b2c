// Indexes, and the constraints that stand for one, share the names of their schema: where both releases
// have one of the same name, the new one goes by another until the old one is gone.
#pragma once

#include <string>
#include <vector>

#include "diff/change.h"
#include "schema/schema.h"

namespace emcee::postgres {

// The changes of one step, where what they create has a name that is free. `before`: the schema before
// the step.
std::vector<diff::Change> with_free_names(const std::vector<diff::Change>& changes, const schema::Schema& before);

// Gives the names that the step made free to those who wait for them.
std::vector<std::string> claim_names(const std::vector<diff::Change>& changes, const schema::Schema& before,
                                     const schema::Schema& after);

}  // namespace emcee::postgres
