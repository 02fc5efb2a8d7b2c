// Questions that two schemas leave open: is what is added a new name of what is removed?
//
// Each removed and each added object is part of one question at most, the likeliest; the answer
// goes into the release map, as [[rename]], [[rename_table]] or [[separate]].
#pragma once

#include "diff/diff.h"

namespace emcee::diff {

// Columns are alike if type and nullability are the same, or the names are similar. Columns that
// the map speaks of (in [[map]] or [[fill]]) are no question.
void ask_about_columns(const Table& before, const Table& after, const std::vector<const Column*>& removed,
                       const std::vector<const Column*>& added, const ReleaseMap& map,
                       std::vector<Question>& questions);

// Tables are alike if half of their columns have the same names, or a quarter and the names of the
// tables are similar.
void ask_about_tables(const std::vector<const Table*>& removed, const std::vector<const Table*>& added,
                      const ReleaseMap& map, std::vector<Question>& questions);

}  // namespace emcee::diff
