// Questions to a database about one change: is it done, and what would taking it back lose?
#pragma once

#include <optional>
#include <string>

#include "dialects/mysql/flavour.h"
#include "plan/plan.h"

namespace emcee::mysql {

// An expression, true where the change is there; none where the catalogue cannot tell, or where
// doing it again does no harm.
std::optional<std::string> is_done(const diff::Change& change);

// A query (what, key) for the rows whose values only the new form holds; none where nothing is
// lost. `after` is the schema with the change, `plan` knows the groups.
std::optional<std::string> loses(const diff::Change& change, const schema::Schema& after, const plan::Plan& plan,
                                 const Server& server);

// An expression, true where the table is there, and no view of that name.
std::string base_table_exists(const schema::QualifiedName& table);

}  // namespace emcee::mysql
