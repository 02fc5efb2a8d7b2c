// Views, triggers and the objects that are carried verbatim: made, replaced, dropped.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dialects/postgres/statements.h"
#include "schema/schema.h"

namespace emcee::postgres {

// Statements of a change of an object that is no table; false where the change is none of these.
// `before` and `after` are the schemas around the step.
bool render_object(Script& script, const diff::Change& change, const schema::Schema& before,
                   const schema::Schema& after);

// What the change does to the old release.
plan::Effect object_effect(const diff::Change& change);

}  // namespace emcee::postgres
