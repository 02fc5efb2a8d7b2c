// A copy of a column, built beside it, takes its place: what hangs on the old column is carried over.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "diff/change.h"
#include "schema/schema.h"

namespace emcee::postgres {

// What hangs on the column in the schema and cannot be carried over to a copy; none where there is no such thing.
std::optional<std::string> shadow_obstacle(const schema::Schema& schema, const schema::QualifiedName& table,
                                           const schema::Identifier& column);

// Before the column goes: grants on it, and the sequences that it owns, go over to the copy, which is `rename.from`.
std::vector<std::string> carry_over(const diff::RenameColumn& rename);

// The copy becomes an identity that counts on where that of the column has stopped, with its grants.
std::vector<std::string> carry_identity(const diff::RenameColumn& rename, const schema::Identity& identity);

}  // namespace emcee::postgres
