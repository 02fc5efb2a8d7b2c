// Tables: create_table, drop_table, rename_table, change_options.
#include <fmt/format.h>
#include <algorithm>

#include "plan/draft.h"
#include "plan/index_use.h"
#include "plan/moves.h"
#include "schema/match.h"

namespace emcee::plan {

namespace {

// A table that only the new release knows.
//
//   expand    create, with its indexes and keys
//   contract  foreign keys to what only then is there
void create_table(Draft& draft, const diff::CreateTable& change) {
  // The old release may hold a view of that name until contract.
  if (draft.before.find_view(change.table.name) || draft.before.find_object(change.table.name)) {
    if (draft.force(change, "change-type",
                    fmt::format("{} is something else in the old release, and one name cannot be both",
                                change.table.name.text()),
                    "give the new table another name", "created at contract, when the old object is gone"))
      draft.contract_last.push_back({change, diff::describe(change), {}});
    return;
  }
  std::vector<Hazard> hazards;
  // Until contract, triggers take the row away with that which it points to.
  const MovedColumns* moved = move_with_part(draft.groups, change.table.name);
  for (const auto& key : change.table.foreign_keys) {
    if (moved && key.references == moved->whole) continue;
    const bool blocks =
        key.on_delete == schema::ReferentialAction::no_action || key.on_delete == schema::ReferentialAction::restrict;
    // Triggers delete rows of the part of a move with those of the old release.
    const bool old_rows = draft.old_table(key.references) || move_with_part(draft.groups, key.references);
    if (blocks && old_rows && !(key.references == change.table.name))
      hazards.push_back(
          hazard_to_accept("fk_onto_old_table", change,
                           fmt::format("a row of {} keeps the old release from deleting the row of {} it points to",
                                       change.table.name.text(), key.references.text())));
  }
  const auto slow = std::find_if(change.table.foreign_keys.begin(), change.table.foreign_keys.end(),
                                 [&](const auto& key) { return !finds_rows_by(change.table, key.columns); });
  if (slow == change.table.foreign_keys.end())
    draft.found(change, Verdict::adds);
  else
    draft.found(change, Verdict::adds, "fk-without-index", without_index(*slow));
  diff::CreateTable at_expand = change;
  postpone_foreign_keys(draft, at_expand);
  draft.in_expand(at_expand, change, std::move(hazards));
}

//   contract  drop; where its columns move, before the sync ends on the table that they moved to: a row of its own
//             would keep the row there from being deleted
void drop_table(Draft& draft, const diff::DropTable& change) {
  draft.found(change, Verdict::rolls, "drop-table", "the old release reads and writes it");
  if (const MovedColumns* moved = move_with_part(draft.groups, change.table.name)) {
    if (draft.can().transactional_ddl) return draft.in_contract(change, change);
    for (const auto& key : change.table.foreign_keys)
      if (key.references == moved->whole)
        draft.contract_first.push_back({diff::DropForeignKey{change.table.name, key}, diff::describe(change), {}});
  }
  draft.contract_last.push_back({change, diff::describe(change), {}});
}

// SELECT the columns of the new release FROM the table under its old name.
schema::View stand_in(const Draft& draft, const diff::RenameTable& change) {
  using schema::Role;
  std::vector<schema::Token> tokens{{Role::keyword, "SELECT", {}}};
  for (const schema::Column& column : draft.after.find_table(change.to)->columns) {
    if (tokens.size() > 1) tokens.push_back({Role::symbol, ",", {}});
    tokens.push_back({Role::column, column.name.text(), {}, column.name.folding()});
  }
  tokens.push_back({Role::keyword, "FROM", {}});
  if (!change.from.schema.empty()) {
    tokens.push_back({Role::name, change.from.schema.text(), {}, change.from.schema.folding()});
    tokens.push_back({Role::symbol, ".", {}});
  }
  tokens.push_back({Role::table, change.from.name.text(), {}, change.from.name.folding()});
  schema::View view;
  view.name = change.to;
  view.query = Fragment(std::move(tokens));
  return view;
}

// Where the server can write through a view:
//
//   expand    a view under the new name
//   contract  the table takes its place, at once
//
// Where it can keep a copy equal:
//
//   expand    the copy under the new name, with triggers on both tables
//   migrate   the rows are copied
//   contract  the copy takes the table's place
//
// Elsewhere the rename waits for contract, if the developer says that this is meant.
void rename_table(Draft& draft, const diff::RenameTable& change) {
  if (draft.can().rename_table_by_view && !draft.override_to_contract(change)) {
    const schema::View view = stand_in(draft, change);
    draft.found(change, Verdict::rolls, "rename-table", "until contract a view has the new name");
    draft.in_expand(diff::CreateView{view}, change,
                    {hazard("renamed_by_view", change,
                            "until contract the new name is a view: TRUNCATE, COPY and foreign keys need the table")});
    draft.contract_first.push_back({diff::DropView{view}, diff::describe(change), {}});
    draft.contract_first.push_back({change, diff::describe(change), {}});
    return;
  }
  if (const Mirror* mirror = draft.mirror_of(change.to)) {
    draft.found(change, Verdict::rolls, "rename-table", "until contract a copy has the new name");
    draft.in_expand(diff::CreateTable{mirror->copy}, change);
    return;
  }
  std::string why = fmt::format("the old release uses the name {}, and this server has no view that both could write",
                                change.from.text());
  for (const auto& [name, obstacle] : draft.not_mirrored)
    if (name == change.to) why += "; nor can it be copied: " + obstacle;
  const std::string way_out =
      "keep the name, or " + override_entry(change) + "; the new release then starts after contract";
  if (draft.override_to_contract(change)) {
    draft.found(change, Verdict::rolls, "rename-table", why);
  } else if (!draft.force(change, "rename-table", why, way_out,
                          "renamed at contract; until then only the old name exists")) {
    return;
  }
  draft.contract_first.push_back({change, diff::describe(change), {}});
}

//   contract  the table is written anew
void change_options(Draft& draft, const diff::ChangeOptions& change) {
  const bool becomes_strict = change.after.strict && !change.before.strict;
  if (!becomes_strict || draft.override_to_contract(change)) {
    draft.found(change, Verdict::rolls, becomes_strict ? "sqlite-strict" : "change-type",
                "the table has to be written anew, and the old release relies on what it is");
  } else if (!draft.force(change, "sqlite-strict", "a STRICT table refuses values that the old release may write",
                          "write the table without STRICT, or override with phase = \"contract\" and a reason",
                          "made STRICT at contract")) {
    return;
  }
  if (becomes_strict) draft.require(Requirement::fits, change.table, change);
  draft.in_contract(change, change);
}

}  // namespace

void plan_table_change(Draft& draft, const diff::Change& change) {
  schema::match(
      change, [&](const diff::CreateTable& c) { create_table(draft, c); },
      [&](const diff::DropTable& c) { drop_table(draft, c); },
      [&](const diff::RenameTable& c) { rename_table(draft, c); },
      [&](const diff::ChangeOptions& c) { change_options(draft, c); }, [](const auto&) {});
}

}  // namespace emcee::plan
