#include "plan/scripts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace emcee::plan {

std::string reason(const SyncGroup& group) {
  return fmt::format("{} {}: {}",
                     group.move     ? "move"
                     : group.mirror ? "rename_table"
                                    : "map",
                     group.name, names(group));
}

std::string names(const SyncGroup& group) {
  if (group.move) {
    std::vector<std::string> columns;
    for (const auto& c : group.move->columns) columns.push_back(c.whole.text());
    return fmt::format("{} {} {}", fmt::join(columns, ", "), group.move->splits ? "to" : "from",
                       group.move->part.text());
  }
  if (group.mirror) return group.mirror->original.text() + " to " + group.mirror->copy.text();
  std::vector<std::string> old_names, new_names;
  for (const auto& c : group.old_columns) old_names.push_back(c.name.text());
  for (const auto& c : group.new_columns) new_names.push_back(c.name.text());
  if (old_names.empty()) return fmt::format("{}", fmt::join(new_names, ", "));
  return fmt::format("{} {} {}", fmt::join(old_names, ", "), group.freeze ? "->" : "<->", fmt::join(new_names, ", "));
}

Step sync_step(Phase phase, const std::vector<SyncGroup>& groups, SyncMove move) {
  static constexpr std::string_view kWords[] = {"keep in sync", "fence off the old release from", "end the sync of"};
  Step step;
  step.phase = phase;
  std::vector<std::string> group_names, columns;
  for (const SyncGroup& group : groups) {
    group_names.push_back(group.name);
    columns.push_back(names(group));
    step.reasons.push_back(reason(group));
    if (move == SyncMove::start) step.operations.push_back(StartSync{group});
    if (move == SyncMove::fence) step.operations.push_back(Fence{group});
    if (move == SyncMove::stop) step.operations.push_back(StopSync{group});
  }
  const bool freezes = groups.front().freeze.has_value();
  step.title = fmt::format("{} {} of {}: {}",
                           !freezes                  ? kWords[static_cast<std::size_t>(move)]
                           : move == SyncMove::start ? "freeze"
                                                     : "end the freeze of",
                           fmt::join(group_names, ", "), groups.front().table.text(), fmt::join(columns, "; "));
  return step;
}

Step prepare_step(Phase phase, const Item& item) {
  Step step;
  step.phase = phase;
  step.title = "prepare: " + diff::describe(item.change);
  step.reasons.push_back(item.reason);
  step.operations.push_back(Prepare{item.change});
  return step;
}

}  // namespace emcee::plan
