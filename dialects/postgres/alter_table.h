// Changes of tables -> statements. Changes of one table that stand together are rendered together,
// so that rows are written anew once and what depends on columns is made anew once.
//
// https://www.postgresql.org/docs/15/sql-altertable.html
#pragma once

#include <functional>
#include <vector>

#include "dialects/postgres/statements.h"
#include "schema/schema.h"

namespace emcee::postgres {

struct Surroundings {
  const schema::Schema& before;
  const schema::Schema& after;
  // The schemas around the whole upgrade.
  const schema::Schema& first;
  const schema::Schema& last;
  // A step before has prepared it.
  std::function<bool(const diff::Change&)> prepared;
};

// `changes` are of one table that exists before and after, in their order.
schema::Result<void> alter_table(Script& script, const std::vector<diff::Change>& changes, const Surroundings& around);

// The table comes, goes or gets another name; false where the change is none of these.
bool render_table(Script& script, const diff::Change& change, const Surroundings& around);

// An empty text becomes NULL there: it is no number and no time.
bool empty_becomes_null(const schema::Type& before, const schema::Type& after);

// An expression that gives a value of the column in its new type.
std::string conversion(const std::string& column, const schema::Type& before, const schema::Type& after);

}  // namespace emcee::postgres
