// What a key or an index is over.
#pragma once

#include <algorithm>
#include <vector>

#include "schema/table.h"

namespace emcee::postgres {

inline bool mentions(const std::vector<schema::KeyPart>& parts, const schema::Identifier& column) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](const schema::KeyPart& part) { return part.expression.mentions_column(column); });
}

// As a part, in its condition or among the columns that it includes.
inline bool mentions(const schema::Index& index, const schema::Identifier& column) {
  return mentions(index.parts, column) || (index.where && index.where->mentions_column(column)) ||
         std::find(index.include.begin(), index.include.end(), column) != index.include.end();
}

}  // namespace emcee::postgres
