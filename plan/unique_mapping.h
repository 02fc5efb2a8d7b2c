// When a UNIQUE can bind before contract.
#pragma once

#include "plan/draft.h"

namespace emcee::plan {

// True where no write of the old release can violate it: one of the columns is written by the new
// release only and NULL otherwise, or the columns stand one to one for columns that are unique in
// the old release.
bool unique_at_expand(const Draft& draft, const QualifiedName& table, const std::vector<schema::KeyPart>& parts);

}  // namespace emcee::plan
