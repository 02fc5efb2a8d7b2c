// What holds for the plan of any two schemas. Each check is written here anew, and asks nothing of
// plan/invariants.cpp: what would the two releases meet in the database after every step?
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>

#include "dialects/registry.h"
#include "diff/apply_change.h"
#include "diff/diff.h"
#include "plan/planner.h"
#include "tests/support/random_release.h"

namespace emcee::plan {
namespace {

using schema::Column;
using schema::Schema;
using schema::Table;
using testing::RandomRelease;

// Pairs differ in many ways at once: 100 of them are few.
[[maybe_unused]] const int kCases = setenv("RC_PARAMS", "max_success=300", 0);

const Dialect& dialect() {
  static const auto made = dialects::make("sqlite").value();
  return *made;
}

Planning planning_of(const RandomRelease& release, bool best_effort) {
  PlanOptions options;
  options.best_effort = best_effort;
  auto planning = make_plan(release.before, release.after, release.map, dialect(), options);
  if (!planning)
    RC_FAIL(schema::to_text(planning.error()) + "before:\n" + dialect().print(release.before) + "after:\n" +
            dialect().print(release.after));
  return *std::move(planning);
}

// The plan where strict takes the pair, else that of --best-effort; the two are the same mould.
Planning any_plan(const RandomRelease& release) {
  Planning strict = planning_of(release, false);
  RC_CLASSIFY(!strict.refused(), "strict");
  RC_CLASSIFY(!strict.plan.groups.empty(), "with sync");
  return strict.refused() ? planning_of(release, true) : strict;
}

// Calls `see(schema, step)` with the schema after every step.
template <class See>
Schema walk(const Plan& plan, const See& see) {
  Schema state = plan.before;
  for (const Step& step : plan.steps) {
    for (const Operation& operation : step.operations) {
      const auto* restructure = std::get_if<Restructure>(&operation);
      if (!restructure) continue;
      for (const diff::Change& change : restructure->changes) {
        const auto applied = diff::apply_change(state, change);
        if (!applied) RC_FAIL(diff::describe(change) + ": " + applied.error().message);
      }
    }
    see(state, step);
  }
  return state;
}

std::vector<std::string> titles(const Plan& plan) {
  std::vector<std::string> result;
  for (const Step& step : plan.steps) result.push_back(script_name(plan, step.phase, step.script) + ": " + step.title);
  return result;
}

bool is_row_number(const Table& table, const schema::Identifier& column) {
  return table.primary_key && table.primary_key->is_rowid && table.key_columns().front() == column;
}

// A statement can leave the column out.
bool optional_on_insert(const Table& table, const Column& column) {
  return !column.not_null || column.default_value || column.generated || is_row_number(table, column.name);
}

std::optional<std::set<schema::Identifier>> columns_of(const std::vector<schema::KeyPart>& parts) {
  std::set<schema::Identifier> result;
  for (const auto& part : parts) {
    const auto column = part.expression.as_column();
    if (!column) return std::nullopt;
    result.insert(*column);
  }
  return result;
}

// Every set of columns that ON CONFLICT can name.
std::set<std::set<schema::Identifier>> keys_of(const Table& table) {
  std::set<std::set<schema::Identifier>> keys;
  const auto add = [&](const auto& parts) {
    if (auto columns = columns_of(parts)) keys.insert(*columns);
  };
  if (table.primary_key) add(table.primary_key->parts);
  for (const auto& unique : table.uniques) add(unique.parts);
  for (const auto& index : table.indexes)
    if (index.unique && !index.where) add(index.parts);
  return keys;
}

bool all_in(const std::vector<schema::Identifier>& columns, const Table& table) {
  return std::all_of(columns.begin(), columns.end(), [&](const auto& c) { return table.find_column(c) != nullptr; });
}

template <class T>
bool holds(const std::vector<T>& all, const T& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

// What the old release reads and writes is there, and nothing refuses what it could write before.
void old_release_lives(const Schema& state, const Plan& plan, const std::string& when) {
  for (const Table& old : plan.before.tables()) {
    const Table* now = state.find_table(old.name);
    if (!now) RC_FAIL(old.name.text() + " is gone after " + when);
    const std::string at = old.name.text() + " after " + when;
    for (const Column& column : old.columns) {
      const Column* kept = now->find_column(column.name);
      if (!kept) RC_FAIL(column.name.text() + " is gone from " + at);
      if (kept->not_null && !column.not_null) RC_FAIL(column.name.text() + " refuses NULL in " + at);
      if (!optional_on_insert(*now, *kept) && optional_on_insert(old, column))
        RC_FAIL(column.name.text() + " cannot be left out of " + at);
      const TypeRelation relation = dialect().relate(column.type, kept->type);
      if (relation == TypeRelation::narrow || relation == TypeRelation::other)
        RC_FAIL(column.name.text() + " has another type in " + at);
      if (!(column.collation == kept->collation)) RC_FAIL(column.name.text() + " compares differently in " + at);
      if (!(column.generated == kept->generated)) RC_FAIL(column.name.text() + " is computed differently in " + at);
      if (column.default_value && !(column.default_value == kept->default_value))
        RC_FAIL(column.name.text() + " has another default in " + at);
    }
    for (const Column& column : now->columns)
      if (!old.find_column(column.name) && !optional_on_insert(*now, column))
        RC_FAIL(column.name.text() + " is new and cannot be left out of " + at);
    for (const auto& check : now->checks)
      if (all_in(check.expression.columns(), old) && !holds(old.checks, check)) RC_FAIL("a check binds " + at);
    for (const auto& key : now->foreign_keys)
      if (all_in(key.columns, old) && !holds(old.foreign_keys, key)) RC_FAIL("a foreign key binds " + at);
    const auto had = keys_of(old), has = keys_of(*now);
    for (const auto& key : had)
      if (!has.count(key)) RC_FAIL("ON CONFLICT fails on " + at);
    for (const auto& key : has) {
      const bool of_old = std::all_of(key.begin(), key.end(), [&](const auto& c) { return old.find_column(c); });
      if (of_old && !had.count(key)) RC_FAIL("a key binds " + at);
    }
    if (!(old.options == now->options)) RC_FAIL("other options of " + at);
  }
  for (const auto& view : plan.before.views())
    if (!state.find_view(view.name)) RC_FAIL(view.name.text() + " is gone after " + when);
  for (const auto& trigger : plan.before.triggers()) {
    const auto* kept = state.find_trigger(trigger.name);
    if (!kept || !(*kept == trigger)) RC_FAIL(trigger.name.text() + " is gone or other after " + when);
  }
  for (const auto& object : plan.before.objects())
    if (!state.find_object(object.name)) RC_FAIL(object.name.text() + " is gone after " + when);
}

bool has_hazard(const Plan& plan, const std::string& code, const std::string& object) {
  const auto is = [&](const Hazard& h) { return h.code == code && schema::equal_ignoring_case(h.object, object); };
  return std::any_of(plan.hazards.begin(), plan.hazards.end(), is);
}

// Once the structure is there, the new release can name every column of its own, and leave out
// those that it does not know.
void new_release_can_write(const Schema& state, const Plan& plan) {
  for (const Table& wanted : plan.after.tables()) {
    const Table* now = state.find_table(wanted.name);
    if (!now) {
      const bool waits = plan.before.find_view(wanted.name) || plan.before.find_object(wanted.name);
      if (!waits) RC_FAIL(wanted.name.text() + " is missing before contract");
      continue;
    }
    for (const Column& column : wanted.columns)
      if (!now->find_column(column.name)) RC_FAIL(wanted.name.text() + "." + column.name.text() + " is missing");
    for (const Column& column : now->columns) {
      const std::string object = wanted.name.text() + "." + column.name.text();
      if (!wanted.find_column(column.name) && !optional_on_insert(*now, column) &&
          !has_hazard(plan, "key_column_required", object))
        RC_FAIL(object + " cannot be left out by the new release");
    }
  }
}

RC_GTEST_PROP(Plan, LetsBothReleasesLiveUntilContract, ()) {
  const RandomRelease release = testing::any_release();
  const Plan plan = any_plan(release).plan;
  Schema before_contract = plan.before;
  const Schema last = walk(plan, [&](const Schema& state, const Step& step) {
    if (step.phase == Phase::contract) return;
    old_release_lives(state, plan, step.title);
    before_contract = state;
  });
  new_release_can_write(before_contract, plan);
  RC_ASSERT(last == release.after);
}

RC_GTEST_PROP(Plan, WritesNoStructureInMigrateAndNoRowsElsewhere, ()) {
  const Plan plan = any_plan(testing::any_release()).plan;
  for (const Step& step : plan.steps) {
    RC_ASSERT(!step.operations.empty());
    RC_ASSERT(!step.title.empty());
    RC_ASSERT(!step.reasons.empty());
    for (const Operation& operation : step.operations) {
      const bool of_rows = std::holds_alternative<Backfill>(operation) || std::holds_alternative<CheckRows>(operation);
      RC_ASSERT(of_rows == (step.phase == Phase::migrate));
      RC_ASSERT(!std::holds_alternative<StartSync>(operation) || step.phase == Phase::expand);
      RC_ASSERT(!std::holds_alternative<StopSync>(operation) || step.phase == Phase::contract);
    }
  }
}

RC_GTEST_PROP(Plan, StartsAndStopsEverySyncAroundItsColumns, ()) {
  const Plan plan = any_plan(testing::any_release()).plan;
  std::map<std::string, int> started, filled, stopped;
  int place = 0;
  std::map<std::string, int> drops;  // `table.column` -> place
  for (const Step& step : plan.steps) {
    for (const Operation& operation : step.operations) {
      ++place;
      if (const auto* start = std::get_if<StartSync>(&operation)) {
        RC_ASSERT(started.emplace(start->group.name, place).second);
      } else if (const auto* stop = std::get_if<StopSync>(&operation)) {
        RC_ASSERT(stopped.emplace(stop->group.name, place).second);
      } else if (const auto* backfill = std::get_if<Backfill>(&operation)) {
        for (const SyncGroup& group : backfill->groups) RC_ASSERT(filled.emplace(group.name, place).second);
      } else if (const auto* restructure = std::get_if<Restructure>(&operation)) {
        for (const diff::Change& change : restructure->changes)
          if (const auto* drop = std::get_if<diff::DropColumn>(&change)) drops[diff::object(*drop)] = place;
      }
    }
  }
  RC_ASSERT(started.size() == plan.groups.size());
  for (const SyncGroup& group : plan.groups) {
    RC_ASSERT(started.at(group.name) < filled.at(group.name));
    RC_ASSERT(filled.at(group.name) < stopped.at(group.name));
    std::vector<schema::Identifier> named = group.shared;
    for (const auto& column : group.old_columns) named.push_back(column.name);
    for (const auto& column : group.new_columns) named.push_back(column.name);
    for (const auto& column : named) {
      const auto drop = drops.find(group.table.text() + "." + column.text());
      if (drop != drops.end()) RC_ASSERT(stopped.at(group.name) < drop->second);
    }
  }
}

RC_GTEST_PROP(Plan, NumbersScriptsWithoutGaps, ()) {
  const Plan plan = any_plan(testing::any_release()).plan;
  std::pair<Phase, int> last{Phase::expand, 0};
  for (const Step& step : plan.steps) {
    const std::pair<Phase, int> here{step.phase, step.script};
    RC_ASSERT(here >= last);
    const int before = here.first == last.first ? last.second : 0;
    RC_ASSERT(here.second == before || here.second == before + 1);
    RC_ASSERT(here.second >= 1);
    last = here;
  }
}

// What contract is going to bind was looked at in migrate.
RC_GTEST_PROP(Plan, ChecksTheRowsBeforeItBindsThem, ()) {
  const RandomRelease release = testing::any_release();
  const Plan plan = any_plan(release).plan;
  std::set<std::string> checked;
  for (const Step& step : plan.steps)
    for (const Operation& operation : step.operations)
      if (const auto* check = std::get_if<CheckRows>(&operation)) checked.insert(diff::describe(check->change));
  for (const Step& step : plan.steps) {
    for (const Operation& operation : step.operations) {
      const auto* restructure = std::get_if<Restructure>(&operation);
      if (step.phase != Phase::contract || !restructure) continue;
      for (const diff::Change& change : restructure->changes) {
        const std::string_view word = diff::operation(change);
        const bool binds = word == "add_unique" || word == "add_check" || word == "add_foreign_key" ||
                           word == "add_primary_key" || word == "change_primary_key";
        // A key whose index stands since expand is held already.
        const bool stands =
            word == "add_unique" &&
            std::any_of(restructure->changes.begin(), restructure->changes.end(), [](const auto& other) {
              const auto* drop = std::get_if<diff::DropIndex>(&other);
              return drop && drop->index.unique;
            });
        if (binds && !stands && !checked.count(diff::describe(change)))
          RC_FAIL(diff::describe(change) + " binds rows that nobody has looked at");
      }
    }
  }
}

RC_GTEST_PROP(Plan, RefusesWithAWayOutAndThenHasNoStep, ()) {
  const Planning planning = planning_of(testing::any_release(), false);
  for (const Finding& finding : planning.findings) {
    if (finding.verdict != Verdict::refused) continue;
    RC_ASSERT(!finding.rule.empty());
    RC_ASSERT(!finding.why.empty());
    RC_ASSERT(!finding.way_out.empty());
  }
  if (planning.refused()) RC_ASSERT(planning.plan.steps.empty());
  RC_ASSERT(planning.plan.choices.empty());
}

RC_GTEST_PROP(Plan, OfBestEffortIsNeverRefused, ()) {
  const Planning planning = planning_of(testing::any_release(), true);
  RC_ASSERT(!planning.refused());
  RC_ASSERT(std::none_of(planning.findings.begin(), planning.findings.end(),
                         [](const Finding& f) { return f.verdict == Verdict::refused; }));
}

// What strict takes is not changed by the permission to guess.
RC_GTEST_PROP(Plan, IsTheSameWhereStrictTakesIt, ()) {
  const RandomRelease release = testing::any_release();
  const Planning strict = planning_of(release, false), best = planning_of(release, true);
  if (strict.refused()) {
    RC_ASSERT(strict.findings.size() >= best.findings.size());
    return;
  }
  RC_ASSERT(titles(strict.plan) == titles(best.plan));
  RC_ASSERT(best.plan.choices.empty());
}

RC_GTEST_PROP(Plan, IsDeterministic, ()) {
  const RandomRelease release = testing::any_release();
  RC_ASSERT(titles(planning_of(release, true).plan) == titles(planning_of(release, true).plan));
}

RC_GTEST_PROP(Plan, OfEqualSchemasIsEmpty, ()) {
  RandomRelease release = testing::any_release();
  release.after = release.before;
  release.map = {};
  const Planning planning = planning_of(release, false);
  RC_ASSERT(planning.findings.empty());
  RC_ASSERT(planning.plan.steps.empty());
}

// A pair whose every change only adds leaves nothing for migrate and contract.
RC_GTEST_PROP(Plan, OfAdditionsAloneIsExpandAlone, ()) {
  const Planning planning = planning_of(testing::any_release(), true);
  const bool adds = std::all_of(planning.findings.begin(), planning.findings.end(),
                                [](const Finding& f) { return f.verdict == Verdict::adds; });
  RC_CLASSIFY(adds && !planning.findings.empty(), "additions");
  if (!adds) return;
  for (const Step& step : planning.plan.steps) RC_ASSERT(step.phase == Phase::expand);
}

}  // namespace
}  // namespace emcee::plan
