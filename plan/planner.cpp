#include "plan/planner.h"

#include <fmt/format.h>
#include <algorithm>

#include "diff/diff.h"
#include "plan/draft.h"
#include "plan/invariants.h"
#include "schema/match.h"

namespace emcee::plan {

namespace {

using schema::Result;

// A renamed column is a new column, an old one and a group that keeps them equal: the planners see
// it as that.
diff::ReleaseMap without_column_renames(const diff::ReleaseMap& map) {
  diff::ReleaseMap result = map;
  for (const diff::ColumnRename& rename : map.column_renames) {
    diff::ColumnMap as_map;
    as_map.table = rename.table;
    as_map.old_columns = {rename.from};
    as_map.new_columns = {rename.to};
    result.maps.push_back(std::move(as_map));
  }
  result.column_renames.clear();
  return result;
}

// The same change of a table under its name in the old schema.
diff::Change with_table(diff::Change change, const QualifiedName& name) {
  std::visit(
      [&](auto& c) {
        if constexpr (requires { c.table = name; }) c.table = name;
      },
      change);
  return change;
}

void plan_change(Draft& draft, const diff::Change& change) {
  plan_table_change(draft, change);
  plan_column_change(draft, change);
  plan_constraint_change(draft, change);
  plan_index_change(draft, change);
  plan_object_change(draft, change);
}

// Tables that the map renames keep their old name until contract; diff already speaks of the new
// one. Expand and migrate need the old name.
void use_old_names(Draft& draft) {
  for (const diff::TableRename& rename : draft.map.table_renames) {
    for (auto* items : {&draft.expand, &draft.expand_indexes})
      for (Item& item : *items)
        if (diff::subject(item.change) == rename.to) item.change = with_table(item.change, rename.from);
    for (CheckRows& check : draft.checks) {
      if (!(check.table == rename.to)) continue;
      check.table = rename.from;
      check.change = with_table(check.change, rename.from);
    }
    // Sync ends with the contract of the table, under its new name.
    for (Item& item : draft.contract_first)
      if (auto* change = std::get_if<diff::RenameTable>(&item.change); change && change->from == rename.from)
        draft.hazards.push_back(
            hazard("renamed_at_contract", *change, "the new release can start only after contract"));
  }
}

void group_hazards(Draft& draft) {
  for (const SyncGroup& group : draft.groups) {
    for (const NewColumn& column : group.new_columns) {
      const std::string object = group.table.text() + "." + column.name.text();
      if (!column.not_null && group.explicit_null == ExplicitNull::propagate && !group.old_columns.empty())
        draft.hazards.push_back(
            {"null_means_not_given", object,
             "an INSERT of the new release with NULL here looks like one of the old release: the value is "
             "derived from the old column (explicit_null = \"error\" refuses NULL in updates)",
             true});
      if (draft.can().returning_before_triggers)
        draft.hazards.push_back({"returning_before_sync", object,
                                 "RETURNING shows the row before the triggers have derived this column", true});
    }
    if (group.lossy)
      draft.hazards.push_back({"lossy_map", group.table.text() + "." + group.old_columns.front().name.text(),
                               "what the new release writes never reaches the old column: the map says so", true});
    if (draft.can().has_replace && !group.old_columns.empty())
      draft.hazards.push_back(
          {"replace_by_other_key", group.table.text(),
           "a REPLACE that removes a row through a key other than its primary key loses the new form of "
           "that row",
           true});
  }
}

// A decision about nothing is a typing error, or a leftover of an earlier draft.
std::vector<std::string> unused_overrides(const diff::ReleaseMap& map, const diff::Difference& difference) {
  std::vector<std::string> notes;
  for (const diff::Override& decision : map.overrides) {
    const bool used =
        std::any_of(difference.changes.begin(), difference.changes.end(), [&](const diff::Change& change) {
          return decision.operation == diff::operation(change) &&
                 schema::equal_ignoring_case(decision.object, diff::object(change));
        });
    if (!used)
      notes.push_back(fmt::format("the override of {} {} matches no change", decision.operation, decision.object));
  }
  return notes;
}

bool open_questions(Draft& draft, const diff::Difference& difference) {
  if (draft.options.best_effort || difference.questions.empty()) return false;
  for (const diff::Question& question : difference.questions) {
    const auto it = std::find_if(difference.changes.begin(), difference.changes.end(), [&](const diff::Change& change) {
      return diff::object(change) == question.added &&
             std::holds_alternative<diff::AddColumn>(change) != question.is_table;
    });
    if (it == difference.changes.end()) continue;
    draft.found(
        *it, Verdict::refused, question.is_table ? "rename-table" : "rename-column",
        fmt::format("{} goes and {} comes, and they look alike: is this a rename?", question.removed, question.added),
        fmt::format("answer in the map with [[{}]], or with [[separate]] removed = \"{}\", added = \"{}\"; `emcee map` "
                    "writes a draft",
                    question.is_table ? "rename_table" : "rename", question.removed, question.added));
  }
  return true;
}

}  // namespace

bool Planning::refused() const {
  return std::any_of(findings.begin(), findings.end(), [](const Finding& f) { return f.verdict == Verdict::refused; });
}

Result<Planning> make_plan(const schema::Schema& before, const schema::Schema& after, const diff::ReleaseMap& map,
                           const Dialect& dialect, const PlanOptions& options) {
  const diff::Difference difference = diff::diff(before, after, without_column_renames(map));
  Draft draft(before, after, map, dialect, options);
  EMCEE_ASSIGN(draft.groups, make_groups(before, after, map, dialect));
  open_questions(draft, difference);
  for (const diff::Change& change : difference.changes) plan_change(draft, change);
  use_old_names(draft);
  group_hazards(draft);

  Planning planning;
  planning.findings = draft.findings;
  Plan& plan = planning.plan;
  plan.component = map.component.empty() ? "main" : map.component;
  plan.release = map.name;
  plan.from = map.from;
  plan.before = before;
  plan.after = after;
  plan.groups = draft.groups;
  plan.hazards = draft.hazards;
  plan.choices = draft.choices;
  plan.notes = difference.notes;
  for (std::string& note : unused_overrides(map, difference)) plan.notes.push_back(std::move(note));
  if (planning.refused()) return planning;
  plan.steps = schedule(draft);
  EMCEE_TRY(check_invariants(plan));
  return planning;
}

}  // namespace emcee::plan
