// Defaults as a column stores them.
#pragma once

#include <optional>
#include <string>

#include "plan/sync_group.h"
#include "schema/table.h"

namespace emcee::sqlite {

// A default that is one literal, as the column would store it; none where it has to be computed.
std::optional<std::string> stored_literal(const plan::OldColumn& column, const schema::Table& table);

}  // namespace emcee::sqlite
