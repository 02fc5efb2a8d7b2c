// Which type holds the values of which: docs/postgres-types.md.
#pragma once

#include "plan/dialect.h"
#include "schema/table.h"

namespace emcee::postgres {

// By the conversions that ALTER COLUMN TYPE makes; whether it writes rows was seen on 15 and 18.
plan::TypeRelation relate(const schema::Type& before, const schema::Type& after);

schema::Fragment zero(const schema::Type& type);

// Without a volatile function: ADD COLUMN stores the value once
// (https://www.postgresql.org/docs/15/sql-altertable.html#SQL-ALTERTABLE-NOTES).
bool is_constant(const schema::Fragment& expression);
// The same value for the same row, always: no clock, no sequence, no random number, no user.
bool is_deterministic(const schema::Fragment& expression);

}  // namespace emcee::postgres
