// Names and texts as PostgreSQL takes them.
#pragma once

#include <string>
#include <string_view>

#include "schema/fragment.h"

namespace emcee::postgres {

// Names stand bare where they are [a-z_][a-z0-9_]* and no word that quote_ident would quote in any
// version from 12 to 18.
const schema::Quoting& quoting();

// `'it''s'`; `E'a\\b'` where there is a backslash, so that standard_conforming_strings does not count.
std::string string_literal(std::string_view text);

// At most 63 bytes, which is where PostgreSQL cuts a name: a longer one ends in a checksum of the
// whole, so that two of them stay different.
std::string bounded_name(const std::string& name);

}  // namespace emcee::postgres
