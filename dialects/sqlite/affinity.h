// Type affinity: what SQLite does to a value that is stored in a column.
// https://www.sqlite.org/datatype3.html#determination_of_column_affinity
#pragma once

#include <cstdint>
#include <string_view>

#include "schema/table.h"

namespace emcee::sqlite {

enum class Affinity : std::uint8_t { blob, text, numeric, integer, real };

Affinity affinity(const schema::Type& type);
// In a STRICT table ANY keeps every value as it is.
Affinity affinity(const schema::Type& type, const schema::TableOptions& options);

// A type that CAST understands and that has this affinity: INTEGER, TEXT, ...
std::string_view cast_type(Affinity affinity);

}  // namespace emcee::sqlite
