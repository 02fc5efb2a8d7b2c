// Tables that get another name where no view can stand in ([[rename_table]]): a copy under the new name comes at
// expand, and takes the table's place at contract. All else that changes in the table is planned on the copy.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "plan/plan.h"

namespace emcee::plan {

class Dialect;
class Draft;

struct Mirror {
  diff::RenameTable rename;
  schema::Table copy;  // as the old release has the table
  // Its indexes under names that are free until contract, and under those that they get then.
  std::vector<std::pair<schema::Index, schema::Index>> indexes;
};

struct Mirrors {
  std::vector<Mirror> all;
  // Tables that cannot be copied, by their new names, and why.
  std::vector<std::pair<QualifiedName, std::string>> obstacles;
  schema::Schema before;  // the old schema, and the copies
  diff::ReleaseMap map;   // the map without their renames
};

// None where a view stands in, or an override lets the rename wait for contract. Errors: report_bug.
schema::Result<Mirrors> make_mirrors(const schema::Schema& before, const schema::Schema& after,
                                     const diff::ReleaseMap& map, const Dialect& dialect);

// What keeps each table and its copy equal, with names that are not among those of draft.groups.
std::vector<SyncGroup> mirror_groups(const Draft& draft);

// What expand takes away from the copy (NOT NULL, a check) it takes away from the table as well: each has to hold the
// rows of the other one. REQUIRES: the draft is complete.
void widen_originals(Draft& draft);

// What the application may notice. REQUIRES: group.mirror.
std::vector<Hazard> mirror_hazards(const Draft& draft, const SyncGroup& group);

// Contract begins with it: each table goes, and its copy takes its place. Views and triggers that name one of the two
// go before and come again behind: no rename passes one that names what is not there. `so_far`: all steps before.
std::vector<Step> take_places(const Draft& draft, const std::vector<Step>& so_far);

}  // namespace emcee::plan
