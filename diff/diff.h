// Schema x Schema x map -> changes. Pure, linear in the size of the schemas, deterministic.
#pragma once

#include <string>
#include <vector>

#include "diff/change.h"
#include "diff/release_map.h"

namespace emcee::diff {

// Something removed and something added look alike: only the developer knows.
struct Question {
  std::string removed;  // `users` or `users.name`
  std::string added;    // `people` or `users.full_name`
  bool is_table = false;
  // The same as names. Of columns both tables are the one of the new schema.
  QualifiedName removed_table, added_table;
  Identifier removed_column, added_column;  // empty for tables
  bool operator==(const Question&) const = default;
};

struct Difference {
  std::vector<Change> changes;  // in an order in which apply_change can run them
  std::vector<Question> questions;
  std::vector<std::string> notes;  // what differs and does not count: the order of columns
};

// Applying the changes to `before` with apply_change gives `after`. Renames come from the map only.
Difference diff(const schema::Schema& before, const schema::Schema& after, const ReleaseMap& map = {});

}  // namespace emcee::diff
