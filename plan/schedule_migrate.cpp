#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "plan/scripts.h"

namespace emcee::plan {

namespace {

std::string_view requirement_text(Requirement requirement) {
  switch (requirement) {
    case Requirement::not_null:
      return "no NULL left";
    case Requirement::unique:
      return "no equal values";
    case Requirement::foreign_key:
      return "no orphans";
    case Requirement::check:
      return "no row against it";
    case Requirement::fits:
      return "all values fit";
  }
  return "";
}

// Several columns that may all stay NULL: a server that evaluates a SET list from left to right could
// not ask again, for the second one, whether the row waits. So such a group goes over the rows alone.
// What a program converts is no UPDATE at all, and what makes rows of another table is more than that.
bool backfills_alone(const SyncGroup& group) {
  if (group.freeze || group.row || group.move || group.mirror) return true;
  return group.new_columns.size() > 1 && std::none_of(group.new_columns.begin(), group.new_columns.end(),
                                                      [](const NewColumn& c) { return c.not_null; });
}

// Its triggers carry what is written to a copy over to the table that it is of.
bool writes_copy(const Draft& draft, const Backfill& backfill) {
  return std::any_of(backfill.groups.begin(), backfill.groups.end(), [&](const SyncGroup& group) {
    return group.mirror || draft.mirror_of(group.table) || (group.move && draft.mirror_of(group.move->part));
  });
}

// What others look up comes before them: one of their groups may read a column that is filled here.
std::vector<Backfill> looked_up_first(std::vector<Backfill> backfills) {
  const auto looks_into = [](const Backfill& backfill, const QualifiedName& table) {
    return std::any_of(backfill.groups.begin(), backfill.groups.end(), [&](const SyncGroup& group) {
      return std::any_of(group.lookups.begin(), group.lookups.end(),
                         [&](const Lookup& lookup) { return lookup.table == table; });
    });
  };
  std::vector<Backfill> result;
  while (!backfills.empty()) {
    auto next = std::find_if(backfills.begin(), backfills.end(), [&](const Backfill& candidate) {
      return std::none_of(backfills.begin(), backfills.end(),
                          [&](const Backfill& other) { return looks_into(candidate, other.table); });
    });
    if (next == backfills.end()) next = backfills.begin();  // they look into each other
    result.push_back(std::move(*next));
    backfills.erase(next);
  }
  return result;
}

}  // namespace

Step check_step(Phase phase, CheckRows check) {
  Step step;
  step.phase = phase;
  step.title =
      fmt::format("check the rows for {}: {}", diff::describe(check.change), requirement_text(check.requirement));
  step.reasons.push_back(diff::describe(check.change));
  step.operations.emplace_back(std::move(check));
  return step;
}

void schedule_migrate(Scripts& scripts, const Draft& draft) {
  std::vector<Backfill> backfills;
  const auto add = [&](const SyncGroup& group) {
    const auto it = std::find_if(backfills.begin(), backfills.end(), [&](const Backfill& b) {
      return b.table == group.table && !backfills_alone(b.groups.front());
    });
    if (it == backfills.end() || backfills_alone(group))
      backfills.push_back({group.table, {group}});
    else
      it->groups.push_back(group);
  };
  for (const SyncGroup& group : draft.groups) add(group);
  for (const SyncGroup& group : draft.fills) add(group);
  for (Backfill& backfill : looked_up_first(std::move(backfills))) {
    Step step;
    step.phase = Phase::migrate;
    step.title = fmt::format("backfill {}", backfill.table.text());
    for (const SyncGroup& group : backfill.groups) step.reasons.push_back(reason(group));
    backfill.fires_triggers = writes_copy(draft, backfill);
    step.operations.push_back(std::move(backfill));
    scripts.add(std::move(step));
    scripts.next();
  }
  for (const CheckRows& check : draft.checks) scripts.add(check_step(Phase::migrate, check));
}

}  // namespace emcee::plan
