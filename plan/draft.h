// A plan in the making: what each planner of a kind of change adds, before it is put into scripts.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/mirrors.h"
#include "plan/planner.h"
#include "plan/shadows.h"

namespace emcee::plan {

// One change at one place of the upgrade.
struct Item {
  diff::Change change;
  std::string reason;  // the difference that it comes from
  std::vector<Hazard> hazards;
};

class Draft {
 public:
  Draft(const schema::Schema& old_schema, const schema::Schema& new_schema, const diff::ReleaseMap& release_map,
        const Dialect& target, const PlanOptions& plan_options)
      : before(old_schema), after(new_schema), map(release_map), dialect(target), options(plan_options) {}

  const schema::Schema& before;
  const schema::Schema& after;
  const diff::ReleaseMap& map;
  const Dialect& dialect;
  const PlanOptions& options;

  std::vector<SyncGroup> groups;
  std::vector<SyncGroup> fills;         // columns that both releases have: batches give NULLs a value, no trigger does
  std::vector<Item> expand;             // structure
  std::vector<Item> expand_indexes;     // built online
  std::vector<CheckRows> checks;        // what contract will rely on
  std::vector<CheckRows> checks_first;  // what expand does
  std::vector<Item> contract_first;     // views, triggers and names, before the tables change
  std::vector<Item> contract_tables;    // everything else of tables that stay
  std::vector<Item> contract_last;      // removal
  std::vector<QualifiedName> crowded;   // tables that cannot hold at once what both releases have: contract
                                        // changes them in one go
  std::vector<Shadow> shadows;          // that the map asks for
  std::vector<Mirror> mirrors;          // tables that a copy gives another name
  // Tables that none can, by their new names, and why.
  std::vector<std::pair<QualifiedName, std::string>> not_mirrored;
  std::vector<Hazard> hazards;
  std::vector<Choice> choices;
  std::vector<Finding> findings;

  const Capabilities& can() const { return dialect.capabilities(); }

  // The group that holds the column as an old / a new one, in the table or in what it is a partition of; nullptr where
  // there is none.
  const SyncGroup* group_of_old(const QualifiedName& table, const Identifier& column) const;
  const SyncGroup* group_of_new(const QualifiedName& table, const Identifier& column) const;

  // The table as the old release has it, under the name that it has in the new schema; nullptr where only the
  // new release has it.
  const schema::Table* old_table(const QualifiedName& table) const;
  // It has another name in the old schema.
  bool is_renamed(const QualifiedName& table) const;

  // The copy that gives the table its new name, by that name; nullptr where none does.
  const Mirror* mirror_of(const QualifiedName& table) const;

  // Columns that come to the table, under its new name, are invisible until contract.
  bool hides(const QualifiedName& table) const;

  // The copy of the column that the map asks for; nullptr where it does not.
  const Shadow* shadow_of(const QualifiedName& table, const Identifier& column) const;
  // The change is of a copy, over it or points to it, by the name that it has until it takes the column's place.
  bool names_stand_in(const diff::Change& change) const;

  // The developer's decision about a change, if there is one.
  const diff::Override* override_of(const diff::Change& change) const;
  bool override_to_expand(const diff::Change& change) const;
  bool override_to_contract(const diff::Change& change) const;

  // True where only the new release can write the column: it was not in the old schema, and no
  // group derives it from what the old release writes.
  bool only_new_writes(const QualifiedName& table, const Identifier& column) const;
  bool is_new_column(const QualifiedName& table, const Identifier& column) const;
  bool is_dropped_column(const QualifiedName& table, const Identifier& column) const;

  // Rows of `table` are rows of `whole`: the same table, one of its partitions, or one that inherits from it.
  bool is_part_of(const QualifiedName& table, const QualifiedName& whole) const;

  void found(const diff::Change& change, Verdict verdict, std::string rule = {}, std::string why = {},
             std::string way_out = {});
  // Refuses in strict mode and answers false; with --best-effort lists the choice and answers true.
  bool force(const diff::Change& change, const std::string& rule, const std::string& why, const std::string& way_out,
             const std::string& choice);

  void in_expand(const diff::Change& change, const diff::Change& reason, std::vector<Hazard> of = {});
  void in_contract(const diff::Change& change, const diff::Change& reason, std::vector<Hazard> of = {});
  void require(Requirement requirement, const QualifiedName& table, const diff::Change& change);
};

// The same change of a table under another name.
diff::Change with_table(diff::Change change, const QualifiedName& name);
// Lower case, of letters, digits and `_`.
std::string safe_name(const std::string& text);

Hazard hazard(std::string code, const diff::Change& change, std::string message);
// A key comes at contract only.
Hazard no_upsert_before_contract(const Draft& draft, const diff::Change& change);
// One that loses or refuses a write: strict mode plans nothing until the map accepts it.
Hazard hazard_to_accept(std::string code, const diff::Change& change, std::string message);

// `NULL`, and nothing else.
bool is_null_literal(const Fragment& value);

// The type of the column, which both releases have, is another from contract on.
bool type_waits(const Draft& draft, const QualifiedName& table, const Identifier& column);

// Planners, one per kind of object. Each adds to the draft what the change needs in every phase.
void plan_table_change(Draft& draft, const diff::Change& change);
void plan_column_change(Draft& draft, const diff::Change& change);
void plan_constraint_change(Draft& draft, const diff::Change& change);
void plan_index_change(Draft& draft, const diff::Change& change);
void plan_object_change(Draft& draft, const diff::Change& change);

// Takes the foreign keys out of a table that is made at expand whose target is not yet what they need:
// they come at contract.
void postpone_foreign_keys(Draft& draft, diff::CreateTable& change);
// Where foreign keys bind their columns: those of columns that change in a phase go before, and come
// again behind. REQUIRES: the draft is complete.
void rebuild_foreign_keys(Draft& draft);
// The change keeps foreign keys from standing on these columns, or on the key that they are.
bool unseats_foreign_key(const Draft& draft, const diff::Change& change, const QualifiedName& table,
                         const std::vector<Identifier>& columns);
// Foreign keys of both releases that a change of `items` unseats on either side, and those of tables that
// go later: they go first, and those that stay come back when all is done.
// `standing`: those that are there by then.
using StandingKeys = std::vector<std::pair<QualifiedName, schema::ForeignKey>>;
void foreign_keys_step_aside(const Draft& draft, const StandingKeys& standing, std::vector<Item>& items);

// The foreign keys that are there when contract begins, those that expand makes as well. REQUIRES: nothing has been
// taken out of draft.expand.
StandingKeys standing_foreign_keys(const Draft& draft);
// That for a while there is no such foreign key.
Hazard foreign_key_rebuilt(const diff::DropForeignKey& drop, const std::string& why);
// What to add to the map for the change to come at contract.
std::string override_entry(const diff::Change& change);

// True where a foreign key of the schema relies on an index of `table` that begins with `column`.
bool foreign_key_needs(const schema::Schema& schema, const QualifiedName& table, const Identifier& column);

// Columns that come at expand to a table that the map hides them in are invisible until contract. Errors:
// fix_schema, where the server has no such columns. REQUIRES: the draft speaks of the new names of tables.
schema::Result<void> hide_columns(Draft& draft);
// Triggers of the old release that a new column breaks, since they give a row's values by their places.
// REQUIRES: the draft speaks of the old names of tables.
std::vector<Hazard> inserts_by_place(const Draft& draft);

// An old column that a copy of the new one may not fit into becomes as wide at expand, where nothing is built upon
// it and its server need not touch the rows. REQUIRES: the draft speaks of the old names of tables.
void widen_old_copies(Draft& draft);
// What is left of values that do not fit. REQUIRES: as above, and that limits are kept.
std::vector<Hazard> copy_hazards(const Draft& draft, const SyncGroup& group);

// Lets wait for contract what expand would add to a table beyond a limit of the server
// (Dialect::broken_limit). REQUIRES: the draft is complete but for foreign keys.
schema::Result<void> keep_limits(Draft& draft);

// A change of a table in place.
bool alters_table(const diff::Change& change);
// The columns of its table that a key, a constraint or an index of the change is over.
std::vector<Identifier> columns_of(const diff::Change& change);

// The groups that renames, maps and fills ask for; `fills` are those of columns that both releases
// have. Errors: fix_schema / add_to_map, where a column cannot be kept in sync.
struct Groups {
  std::vector<SyncGroup> synced;
  std::vector<SyncGroup> fills;
};
schema::Result<Groups> make_groups(const schema::Schema& before, const schema::Schema& after,
                                   const diff::ReleaseMap& map, const Dialect& dialect);
// A group that only fills a new column of rows that the old release writes.
SyncGroup fill_group(const QualifiedName& table, const schema::Column& column, const Fragment& value,
                     const Dialect& dialect);

// Puts the items into steps and scripts.
std::vector<Step> schedule(Draft& draft);

}  // namespace emcee::plan
