// Columns that move between two tables ([[move]]): what can be kept equal, and what is left to know.
#pragma once

#include "plan/draft.h"

namespace emcee::plan {

// A group for each move of the map, with names that are not among those of `groups`. Errors: fix_schema / add_to_map,
// where no trigger could keep the two tables equal.
schema::Result<std::vector<SyncGroup>> make_moves(const Draft& draft, const std::vector<SyncGroup>& groups);

// A key that is none yet in a table that goes: no two rows may share it when expand begins, and none from then on.
void hold_single_rows(Draft& draft);

// What the application may notice. REQUIRES: group.move.
std::vector<Hazard> move_hazards(const Draft& draft, const SyncGroup& group);

// The move whose part the table is; nullptr where there is none.
const MovedColumns* move_with_part(const std::vector<SyncGroup>& groups, const QualifiedName& table);

// The table with whose changes at contract the sync of the group ends.
const QualifiedName& table_of_end(const SyncGroup& group);

}  // namespace emcee::plan
