// Where in the texts of a schema an object is defined or changed: a place to look at, for messages
// and annotations. Nothing is decided by it.
#pragma once

#include <optional>
#include <vector>

#include "diff/change.h"
#include "parser/source.h"
#include "schema/schema.h"

namespace emcee::cli {

// The statement that makes the subject of the change, in it the name of the column or constraint;
// else the last line that names them; nullopt where no text does (a dropped table).
std::optional<schema::Position> locate(const diff::Change& change, const schema::Schema& schema,
                                       const std::vector<parser::Source>& texts);

}  // namespace emcee::cli
