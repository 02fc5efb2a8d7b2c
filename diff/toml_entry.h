// Pieces of TOML, for the map that is drafted and for hints that show what to add to it.
#pragma once

#include <string>
#include <string_view>

#include "schema/identifier.h"

namespace emcee::diff {

// A basic string, in its quotes: https://toml.io/en/v1.0.0#string
std::string toml_string(std::string_view text);
// Bare where it can be.
std::string toml_key(std::string_view name);
// The name of a table as read_release_map reads it, in its quotes.
std::string toml_table(const schema::QualifiedName& name);

}  // namespace emcee::diff
