// What one change means for the old release: the classification that plan and lint share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "diff/change.h"

namespace emcee::plan {

enum class Verdict : std::uint8_t {
  adds,     // expand alone does it, and the old release does not notice: add-only
  rolls,    // both releases can run, but something is left for contract, or a trigger is needed
  refused,  // would break the old release, or nobody has said what is meant
};
std::string_view to_string(Verdict verdict);

struct Finding {
  diff::Change change;
  Verdict verdict = Verdict::adds;
  std::string rule;     // id as in docs/lint.md: `add-required-column`; empty where nothing is to say
  std::string why;      // one sentence: what the old release would meet
  std::string way_out;  // one sentence; not empty where refused
};

// The finding as one line: `add-required-column: users.age: ...`
std::string describe(const Finding& finding);

}  // namespace emcee::plan
