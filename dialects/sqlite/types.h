// Which type holds the values of which: docs/sqlite-types.md.
#pragma once

#include <optional>
#include <string>

#include "plan/dialect.h"
#include "schema/table.h"

namespace emcee::sqlite {

// SQLite stores a value by the affinity of its column and looks at nothing else; declared lengths
// and widths are limits of the applications, and Emcee holds them: a shorter VARCHAR is narrower.
plan::TypeRelation relate(const schema::Type& before, const schema::Type& after);

// A condition on the column, true where a value fits the type; none where every value does.
std::optional<std::string> fits(const std::string& column, const schema::Type& before, const schema::Type& after);

// The condition for a column of a STRICT table.
std::optional<std::string> fits_strict(const std::string& column, const schema::Type& type);

schema::Fragment zero(const schema::Type& type);

// Literals and signed numbers, in parentheses or not: what ADD COLUMN takes as a default.
bool is_constant(const schema::Fragment& expression);
bool is_deterministic(const schema::Fragment& expression);

}  // namespace emcee::sqlite
