// When a UNIQUE can bind before contract.
#pragma once

#include "plan/draft.h"

namespace emcee::plan {

// True where no write of the old release can violate it: one of the columns is written by the new
// release only and NULL otherwise, or the columns are the old primary key, or stand one to one for columns that
// are unique in the old release.
bool unique_at_expand(const Draft& draft, const QualifiedName& table, const std::vector<schema::KeyPart>& parts);

// The table gets a row number as its primary key (SQLite: INTEGER PRIMARY KEY) in a column that comes, and what
// was its key is UNIQUE from then on. Nothing that the old release does tells the difference, so key, column and
// UNIQUE come at expand, and every row has its number at once.
bool becomes_numbered_at_expand(const Draft& draft, const QualifiedName& table);

}  // namespace emcee::plan
