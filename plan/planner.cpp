#include "plan/planner.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>

#include "diff/diff.h"
#include "diff/toml_entry.h"
#include "plan/acceptance.h"
#include "plan/draft.h"
#include "plan/index_use.h"
#include "plan/invariants.h"
#include "plan/moves.h"
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

// Foreign keys that come before the rename point to the name that there is.
void refer_to(diff::Change& change, const QualifiedName& now, const QualifiedName& until_then) {
  if (auto* create = std::get_if<diff::CreateTable>(&change)) {
    for (schema::ForeignKey& key : create->table.foreign_keys) {
      if (!(key.references == now)) continue;
      key.references = until_then;
      create->table.source.clear();
    }
  } else if (auto* add = std::get_if<diff::AddForeignKey>(&change)) {
    if (add->key.references == now) add->key.references = until_then;
  }
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
    for (auto* items : {&draft.expand, &draft.expand_indexes}) {
      for (Item& item : *items) {
        if (diff::subject(item.change) == rename.to) item.change = with_table(item.change, rename.from);
        refer_to(item.change, rename.to, rename.from);
      }
    }
    for (CheckRows& check : draft.checks) {
      if (!(check.table == rename.to)) continue;
      check.table = rename.from;
      check.change = with_table(check.change, rename.from);
    }
    if (draft.can().rename_table_by_view) continue;
    // Sync ends with the contract of the table, under its new name.
    for (Item& item : draft.contract_first)
      if (auto* change = std::get_if<diff::RenameTable>(&item.change); change && change->from == rename.from)
        draft.hazards.push_back(
            hazard("renamed_at_contract", *change, "the new release can start only after contract"));
  }
}

// A row can be replaced through a key that does not identify it: the primary key tells which row
// went away, no other one does.
bool has_other_key(const Draft& draft, const QualifiedName& name) {
  const auto any = [&](const schema::Schema& schema) {
    const schema::Table* table = schema.find_table(name);
    return table && (!table->uniques.empty() || std::any_of(table->indexes.begin(), table->indexes.end(),
                                                            [](const schema::Index& i) { return i.unique; }));
  };
  return any(draft.before) || any(draft.after);
}

// What becomes of the writes of a group that nothing converts.
Hazard frozen(const SyncGroup& group) {
  const Freeze& freeze = *group.freeze;
  std::string refused = "until contract the old columns are not written, ";
  refused += freeze.new_insert ? "no row is inserted" : "rows are inserted with the whole new form only";
  if (freeze.new_update) refused += ", a new form that is there is not changed";
  if (freeze.deletes) refused += ", no row is deleted";
  if (!freeze.new_insert || !freeze.new_update)
    refused += ", and what the new release writes never reaches the old columns";
  return {"writes_refused", group.table.text() + "." + group.old_columns.front().name.text(),
          fmt::format("{}; who tries is told '{}'", refused, freeze.message), true};
}

// A foreign key of the new release that makes it write the generated row before it writes its key.
bool points_at_once(const schema::Table& table, const SyncGroup& group) {
  return std::any_of(table.foreign_keys.begin(), table.foreign_keys.end(), [&](const schema::ForeignKey& key) {
    return key.references == group.row->table && key.columns == std::vector{group.new_columns.front().name} &&
           key.deferral == schema::Deferral::not_deferrable;
  });
}

template <class Add>
void add_row_hazards(const Draft& draft, const SyncGroup& group, const Add& add) {
  const std::string column = group.table.text() + "." + group.new_columns.front().name.text();
  const schema::Table* table = draft.after.find_table(group.table);
  if (table && !points_at_once(*table, group))
    add(Hazard{"key_before_row", column,
               fmt::format("a release that gives a key itself has to write the row of {} first: no foreign key of the "
                           "new schema asks it to, and until contract triggers do",
                           group.row->table.text()),
               false});
  if (group.counted && draft.can().defaults_number && group.row->freeze.empty())
    add(Hazard{"lastval_changes", group.table.text(),
               fmt::format("after an INSERT into {}, lastval() is the number of the row of {} that came with it; "
                           "RETURNING and currval() of its own sequence are as ever",
                           group.table.text(), group.row->table.text()),
               true});
  if (draft.can().statement_bars_tables && group.row->freeze.empty())
    add(Hazard{"row_in_one_statement", group.table.text(),
               fmt::format("an INSERT into {0} that reads {1} is refused (error 1442): triggers of {0} write {1}",
                           group.table.text(), group.row->table.text()),
               false});
}

// Rows that have given values there are found without a scan, in the old schema or from expand on. MySQL and MariaDB
// have an index for each foreign key.
bool is_indexed(const Draft& draft, const QualifiedName& name, const std::vector<Identifier>& columns) {
  const auto in = [&](const schema::Schema& schema) {
    const schema::Table* table = schema.find_table(name);
    if (!table) return false;
    if (finds_rows_by(*table, columns)) return true;
    return draft.can().foreign_keys_bind_columns &&
           std::any_of(table->foreign_keys.begin(), table->foreign_keys.end(),
                       [&](const schema::ForeignKey& key) { return key.columns == columns; });
  };
  return in(draft.before) || in(draft.after);
}

Hazard lookup_without_index(const QualifiedName& table, const std::vector<Identifier>& columns,
                            const QualifiedName& other) {
  std::vector<std::string> names;
  for (const Identifier& column : columns) names.push_back(column.text());
  return {"lookup_without_index", table.text(),
          fmt::format("no index begins with {}: triggers and batches read the whole of {} to find what belongs to a "
                      "row of {}; one that the new schema declares is built before them",
                      fmt::join(names, ", "), table.text(), other.text()),
          true};
}

// What the row says is looked up by its key, and those who point to it by theirs.
template <class Add>
void add_held_hazards(const Draft& draft, const SyncGroup& group, const Add& add) {
  const QualifiedName& row = group.row->table;
  const std::vector<Identifier> key{group.new_columns.front().name};
  if (!is_indexed(draft, group.table, key)) add(lookup_without_index(group.table, key, row));
  if (draft.can().triggers_keep_snapshot)
    add({"lookup_in_repeatable_read", row.text(),
         fmt::format(
             "a transaction in REPEATABLE READ that changes {0} misses rows of {1} that came to point there after "
             "its snapshot: their old columns stay as they were",
             row.text(), group.table.text()),
         false});
  if (draft.can().statement_bars_tables)
    add({"lookup_in_one_statement", row.text(),
         fmt::format("a statement that writes {0} and reads {1}, or the other way round, is refused (error 1442): "
                     "triggers of each write the other",
                     row.text(), group.table.text()),
         false});
}

void group_hazards(Draft& draft) {
  const auto add = [&](Hazard hazard) {
    if (std::find(draft.hazards.begin(), draft.hazards.end(), hazard) == draft.hazards.end())
      draft.hazards.push_back(std::move(hazard));
  };
  for (const SyncGroup& group : draft.groups) {
    // Only its triggers and the batches write the copy of a column.
    if (!group.old_columns.empty() && draft.shadow_of(group.table, group.old_columns.front().name)) continue;
    if (group.freeze) {
      add(frozen(group));
      continue;
    }
    if (group.move || group.mirror) {
      for (Hazard& hazard : group.move ? move_hazards(draft, group) : mirror_hazards(draft, group))
        add(std::move(hazard));
      continue;
    }
    for (const NewColumn& column : group.new_columns) {
      const std::string object = group.table.text() + "." + column.name.text();
      const bool says_null = group.holds_old() && std::none_of(group.old_columns.begin(), group.old_columns.end(),
                                                               [](const OldColumn& c) { return c.default_value; });
      if (!column.not_null && group.explicit_null == ExplicitNull::propagate && !group.old_columns.empty() &&
          !says_null)
        add({"null_means_not_given", object,
             "an INSERT of the new release with NULL here looks like one of the old release: the value is "
             "derived from the old column (explicit_null = \"error\" refuses NULL in updates)",
             true});
      if (draft.can().returning_before_triggers)
        add({"returning_before_sync", object, "RETURNING shows the row before the triggers have derived this column",
             true});
    }
    for (Hazard& hazard : copy_hazards(draft, group)) add(std::move(hazard));
    for (const Lookup& lookup : group.lookups) {
      std::vector<Identifier> there, here;
      for (const auto& pair : lookup.key) {
        there.push_back(pair.column);
        here.push_back(pair.equals);
      }
      if (!is_indexed(draft, lookup.table, there)) add(lookup_without_index(lookup.table, there, lookup.of));
      if (!is_indexed(draft, lookup.of, here)) add(lookup_without_index(lookup.of, here, lookup.table));
      if (lookup.tie == Lookup::Tie::none && !draft.can().one_writer)
        add({"lookup_without_foreign_key", lookup.table.text(),
             fmt::format("nothing holds rows of {} and {} together: two sessions that insert both at once do not see "
                         "each other, and what is looked up stays old",
                         lookup.table.text(), lookup.of.text()),
             false});
      if (lookup.tie != Lookup::Tie::points_to && draft.can().triggers_keep_snapshot)
        add({"lookup_in_repeatable_read", lookup.table.text(),
             fmt::format("a transaction in REPEATABLE READ that changes {} misses rows of {} that came after its "
                         "snapshot: what they looked up stays old",
                         lookup.table.text(), group.table.text()),
             false});
      if (lookup.goes_along && draft.can().has_replace && draft.can().cascades_pass_triggers)
        add({"lookup_of_replaced_row", lookup.table.text(),
             fmt::format("a REPLACE of a row of {} takes its rows of {} away (ON DELETE CASCADE), and keeps what was "
                         "looked up there",
                         lookup.of.text(), lookup.table.text()),
             false});
      if (draft.can().statement_bars_tables)
        add({"lookup_in_one_statement", lookup.table.text(),
             fmt::format("a statement that writes {0} and reads {1} is refused (error 1442): triggers of {0} write {1}",
                         lookup.table.text(), group.table.text()),
             false});
    }
    if (group.row) add_row_hazards(draft, group, add);
    if (group.holds_old()) add_held_hazards(draft, group, add);
    if (group.lossy)
      add({"lossy_map", group.table.text() + "." + group.old_columns.front().name.text(),
           "what the new release writes never reaches the old column: the map says so", true});
    if (draft.can().has_replace && !group.old_columns.empty() && has_other_key(draft, group.table))
      add({"replace_by_other_key", group.table.text(),
           "a REPLACE that removes a row through a key other than its primary key loses the new form of "
           "that row",
           false});
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

// A question stands in for whatever else there is to say about the change: its answer decides that.
void open_questions(Draft& draft, const diff::Difference& difference) {
  if (draft.options.best_effort) return;
  for (const diff::Question& question : difference.questions) {
    const auto it = std::find_if(draft.findings.begin(), draft.findings.end(), [&](const Finding& finding) {
      return diff::object(finding.change) == question.added &&
             (question.is_table ? std::holds_alternative<diff::CreateTable>(finding.change)
                                : std::holds_alternative<diff::AddColumn>(finding.change));
    });
    if (it == draft.findings.end()) continue;
    it->verdict = Verdict::refused;
    it->rule = question.is_table ? "rename-table" : "rename-column";
    it->why =
        fmt::format("{} goes and {} comes, and they look alike: is this a rename?", question.removed, question.added);
    it->way_out = fmt::format(
        "answer in the map with [[{}]], or with [[separate]] removed = {}, added = {}; `emcee map` "
        "writes a draft",
        question.is_table ? "rename_table" : "rename", diff::toml_string(question.removed),
        diff::toml_string(question.added));
  }
}

schema::Result<void> plan_changes(Draft& draft, const diff::Difference& difference) {
  EMCEE_ASSIGN(Groups groups, make_groups(draft.before, draft.after, draft.map, draft.dialect));
  draft.groups = std::move(groups.synced);
  draft.fills = std::move(groups.fills);
  EMCEE_ASSIGN(std::vector<SyncGroup> moves, make_moves(draft, draft.groups));
  for (SyncGroup& group : moves) draft.groups.push_back(std::move(group));
  hold_single_rows(draft);
  // First of all: triggers that fire last find what those of the other groups have derived, and rows have to be there
  // before their new columns are filled.
  std::vector<SyncGroup> mirrors = mirror_groups(draft);
  draft.groups.insert(draft.groups.begin(), std::make_move_iterator(mirrors.begin()),
                      std::make_move_iterator(mirrors.end()));
  for (const diff::Change& change : difference.changes) plan_change(draft, change);
  open_questions(draft, difference);
  return {};
}

}  // namespace

bool Planning::refused() const {
  return !to_accept.empty() ||
         std::any_of(findings.begin(), findings.end(), [](const Finding& f) { return f.verdict == Verdict::refused; });
}

Result<Planning> make_plan(const schema::Schema& before, const schema::Schema& after, const diff::ReleaseMap& map,
                           const Dialect& dialect, const PlanOptions& options) {
  const diff::Difference difference = diff::diff(before, after, without_column_renames(map));
  EMCEE_ASSIGN(const Shadows shadows, make_shadows(before, after, map, dialect));
  EMCEE_ASSIGN(const Mirrors mirrors, make_mirrors(before, after, shadows.map, dialect));
  Draft draft(mirrors.before, shadows.after ? *shadows.after : after, mirrors.map, dialect, options);
  draft.shadows = shadows.all;
  draft.mirrors = mirrors.all;
  draft.not_mirrored = mirrors.obstacles;
  if (shadows.after) {
    Draft meant(before, after, map, dialect, options);
    meant.shadows = shadows.all;
    EMCEE_TRY(plan_changes(meant, difference));
    EMCEE_TRY(plan_changes(draft, diff::diff(before, *shadows.after, without_column_renames(shadows.map))));
    take_places(draft, meant);
  } else {
    EMCEE_TRY(plan_changes(draft, difference));
  }
  EMCEE_TRY(hide_columns(draft));
  use_old_names(draft);
  widen_old_copies(draft);
  EMCEE_TRY(keep_limits(draft));
  rebuild_foreign_keys(draft);
  widen_originals(draft);
  group_hazards(draft);
  for (Hazard& hazard : inserts_by_place(draft)) draft.hazards.push_back(std::move(hazard));

  Planning planning;
  std::vector<std::string> unused_accepts;
  planning.to_accept = accept_hazards(draft, unused_accepts);
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
  for (std::string& note : unused_accepts) plan.notes.push_back(std::move(note));
  if (planning.refused()) return planning;
  plan.steps = schedule(draft);
  EMCEE_TRY(check_invariants(plan));
  return planning;
}

}  // namespace emcee::plan
