#include "plan/acceptance.h"

#include <fmt/format.h>
#include <algorithm>

#include "diff/toml_entry.h"
#include "plan/planner.h"

namespace emcee::plan {

namespace {

std::vector<Hazard*> all_hazards(Draft& draft) {
  std::vector<Hazard*> result;
  for (Hazard& hazard : draft.hazards) result.push_back(&hazard);
  for (auto* items :
       {&draft.expand, &draft.expand_indexes, &draft.contract_first, &draft.contract_tables, &draft.contract_last})
    for (Item& item : *items)
      for (Hazard& hazard : item.hazards) result.push_back(&hazard);
  return result;
}

bool meets(const diff::AcceptedHazard& accepted, const Hazard& hazard) {
  return accepted.code == hazard.code &&
         (accepted.object.empty() || schema::equal_ignoring_case(accepted.object, hazard.object));
}

}  // namespace

std::vector<Hazard> accept_hazards(Draft& draft, std::vector<std::string>& notes) {
  const std::vector<Hazard*> hazards = all_hazards(draft);
  for (const diff::AcceptedHazard& accepted : draft.map.accepted) {
    bool used = false;
    for (Hazard* hazard : hazards) {
      if (!meets(accepted, *hazard)) continue;
      hazard->accepted = used = true;
    }
    if (!used)
      notes.push_back(fmt::format("the accepted hazard {}{}{} does not occur", accepted.code,
                                  accepted.object.empty() ? "" : " of ", accepted.object));
  }
  std::vector<Hazard> left;
  for (Hazard* hazard : hazards) {
    if (hazard->accepted) continue;
    if (draft.options.best_effort) {
      hazard->accepted = true;
      draft.choices.push_back({hazard->object, fmt::format("the hazard {} is accepted", hazard->code)});
    } else if (std::find(left.begin(), left.end(), *hazard) == left.end()) {
      left.push_back(*hazard);
    }
  }
  return left;
}

std::string accept_entry(const Hazard& hazard) {
  return fmt::format("accept it in the map: [[accept]] hazard = {}, object = {}, reason = \"...\"",
                     diff::toml_string(hazard.code), diff::toml_string(hazard.object));
}

}  // namespace emcee::plan
