// Defaults as the server stores them: a value of the column's type.
#pragma once

#include <optional>

#include "schema/table.h"

namespace emcee::mysql {

// `default_value` as SHOW CREATE TABLE has it: numbers bare, texts in quotes, dates in full. None
// for NULL, which is what no default means. Expressions stay as they are.
std::optional<schema::Fragment> canonical_default(const schema::Fragment& default_value, const schema::Type& type);

// True for a literal, signed or not.
bool is_literal(const schema::Fragment& value);

}  // namespace emcee::mysql
