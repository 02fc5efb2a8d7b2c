// Hazards that lose or refuse a write need somebody's word: [[accept]] in the release map.
#pragma once

#include <string>
#include <vector>

#include "plan/draft.h"

namespace emcee::plan {

// Marks the hazards of the draft that the map accepts. What comes back is left: empty where
// --best-effort accepts it, which then is one of its choices. An accept that meets no hazard, of
// whatever kind, is noted.
std::vector<Hazard> accept_hazards(Draft& draft, std::vector<std::string>& notes);

}  // namespace emcee::plan
