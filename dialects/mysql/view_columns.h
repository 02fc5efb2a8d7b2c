// The names of the columns of a view.
#pragma once

#include <optional>
#include <vector>

#include "schema/schema.h"

namespace emcee::mysql {

// None where they cannot be told: an unknown view, a query that canonical_query left as it is.
std::optional<std::vector<schema::Identifier>> view_columns(const schema::Schema& schema,
                                                            const schema::QualifiedName& view);

}  // namespace emcee::mysql
