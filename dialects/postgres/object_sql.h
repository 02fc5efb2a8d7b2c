// The objects that are carried verbatim, by their kind: how each is dropped, changed and found.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "schema/schema.h"

namespace emcee::postgres {

// Empty where nothing can be taken back: an owner.
std::vector<std::string> drop_object(const schema::OpaqueObject& object);
// From one definition to another, where that is no matter of columns that have it as their type.
std::vector<std::string> replace_object(const schema::OpaqueObject& before, const schema::OpaqueObject& after);

// An expression, true where the object is there; none where the catalogue is not asked.
std::optional<std::string> object_exists(const schema::OpaqueObject& object);

// True where whoever uses the first definition can use the second: a function with the same
// signature, a grant of more, a sequence that counts further.
bool serves_the_same(const schema::OpaqueObject& before, const schema::OpaqueObject& after);

}  // namespace emcee::postgres
