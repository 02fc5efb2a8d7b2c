// Drift: a database whose schema is not the one that the plan expects where it stands.
#pragma once

#include <string>
#include <vector>

#include "cli/connect.h"

namespace emcee::cli {

struct Drift {
  bool known = true;                 // false: inside of a phase no schema as a whole is expected, or none can be made
  std::string expected;              // `the old schema of ocata`
  std::vector<std::string> changes;  // what changed behind Emcee's back, one line each
};

// Compares the live schema with the expected one: the old schema before expand, the new one after
// contract, and in between what expand makes of an empty database of the old schema. Tables, views
// and objects that the plan does not know belong to somebody else. Errors: those of reading either.
schema::Result<Drift> find_drift(const DatabaseOptions& options, Target& target);

// Errors: wrong_order where there is drift, listing it.
schema::Result<void> refuse_drift(const DatabaseOptions& options, Target& target);

}  // namespace emcee::cli
