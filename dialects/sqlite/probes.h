// Questions to a database about one change: is it done, and what would taking it back lose?
#pragma once

#include <optional>
#include <string>

#include "plan/plan.h"
#include "schema/schema.h"

namespace emcee::sqlite {

// An expression, true where the change is there as it was made; none for a change that SQLite does not
// have. `after` is the schema with it. Where PRAGMAs do not show a property (checks, collations,
// expressions of generated columns), the stored text of the table tells.
std::optional<std::string> is_done(const diff::Change& change, const schema::Schema& after);

// An expression, true where there is such a trigger.
std::string trigger_exists(const std::string& unquoted_name);
// An expression, true where what the CREATE statement makes is there, byte for byte.
std::string stands_as(const std::string& create);

// A query (what, key) for the rows whose values only the new form holds; none where nothing is
// lost. `after` is the schema with the change, `plan` knows the groups.
std::optional<std::string> loses(const diff::Change& change, const schema::Schema& after, const plan::Plan& plan);

}  // namespace emcee::sqlite
