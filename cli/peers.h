// Databases of other components that this one has to agree with: groups at one release, and data that moved.
#pragma once

#include <vector>

#include "cli/connect.h"
#include "cli/gates.h"

namespace emcee::cli {

// A group goes from release to release together: nobody begins one before all others have finished the one
// before it, and nobody contracts it before all others have migrated to it. What stands against that.
schema::Result<std::vector<ClosedGate>> peers_behind(PhaseCommand command, const std::vector<project::Peer>& peers,
                                                     Target& target);

// The gate that is closed where both queries give different rows.
schema::Result<std::vector<ClosedGate>> rows_differ(const project::ManualStep& step, Target& target);

}  // namespace emcee::cli
