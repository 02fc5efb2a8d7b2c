// Runs that cannot converge, each with its reason: what is wrong is not in the plan.
#pragma once

#include <string>

namespace emcee::testing {

// The reason why a run of the pair may end with that message; null where it may not. `pair`:
// `PROJECT/OLD__NEW`, backwards or not.
const char* listed_reason(const std::string& server, const std::string& pair, const std::string& message);

}  // namespace emcee::testing
