// A column that the server numbers: it becomes one, ceases to be one, or counts in another way.
#pragma once

#include <string>
#include <vector>

#include "diff/change.h"

namespace emcee::postgres {

// A new identity goes on behind the greatest number that is there.
std::vector<std::string> change_identity(const diff::ChangeIdentity& change);

}  // namespace emcee::postgres
