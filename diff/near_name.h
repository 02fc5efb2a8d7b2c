// Names that look alike: for hints and for questions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace emcee::diff {

// Insertions, deletions, replacements and swaps of neighbouring bytes that turn one into the other;
// case does not count.
std::size_t edit_distance(std::string_view a, std::string_view b);

// One contains the other (`name`, `full_name`), or at most a third of the letters differ. Case and
// underscores do not count.
bool similar_names(std::string_view a, std::string_view b);

// `did you mean visibility?`, or nothing where no candidate is near.
std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace emcee::diff
