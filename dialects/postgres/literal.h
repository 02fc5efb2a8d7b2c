// Values of literals, as the output functions of their types print them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace emcee::postgres {

// 't', 'yes', 'on', '1' ... https://www.postgresql.org/docs/15/datatype-boolean.html
std::optional<bool> boolean_value(std::string_view text);

// The text as the server gives it back for that type; itself where that is not known.
std::string canonical_literal(std::string_view text, std::string_view type);

}  // namespace emcee::postgres
