// A table that gets another name by a copy: both are there from expand to contract, and triggers on both keep them
// equal in all that the old release knows. Rules: docs/sync.md.
#pragma once

#include "schema/identifier.h"

namespace emcee::plan {

struct MirroredTable {
  schema::QualifiedName original;  // of the old release, and whole: every row is there
  schema::QualifiedName copy;      // of the new release: a row that waits for the backfill is missing
};

}  // namespace emcee::plan
