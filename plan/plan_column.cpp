// Columns: add_column, drop_column and every change of a column in place.
#include <fmt/format.h>
#include <algorithm>

#include "diff/toml_entry.h"
#include "plan/draft.h"
#include "plan/unique_mapping.h"
#include "schema/match.h"

namespace emcee::plan {

namespace {

using diff::Change;
using schema::Column;

const Column* old_column(const Draft& draft, const QualifiedName& table, const Identifier& name) {
  const auto* found = draft.old_table(table);
  return found ? found->find_column(name) : nullptr;
}

bool has_value(const Column& column) {
  return column.identity || (column.default_value && !is_null_literal(*column.default_value));
}

bool is_row_number(const schema::Table& table, const Identifier& column) {
  return table.primary_key && table.primary_key->is_rowid && table.key_columns().front() == column;
}

// A column whose value both releases have to agree on: nullable and without default while both run.
//
//   expand    add as NULL without default; sync triggers
//   migrate   backfill
//   contract  default, NOT NULL, numbers
void add_mapped(Draft& draft, const diff::AddColumn& change) {
  Column bare = change.column;
  // A number of its own would look like a value that the new release gave.
  const bool numbered = bare.identity && draft.can().numbers_before_triggers;
  if (numbered) bare.identity.reset();
  bare.default_value.reset();
  bare.not_null = false;
  bare.not_null_conflict = schema::Conflict::abort;
  std::vector<Hazard> hazards;
  draft.in_expand(diff::AddColumn{change.table, bare}, change, std::move(hazards));
  const Column& column = change.column;
  if (column.default_value)
    draft.in_contract(diff::AddDefault{change.table, column.name, *column.default_value}, change);
  if (column.not_null) draft.in_contract(diff::SetNotNull{change.table, column.name, column.not_null_conflict}, change);
  if (numbered) draft.in_contract(diff::ChangeIdentity{change.table, column.name, {}, column.identity}, change);
}

void add_column(Draft& draft, const diff::AddColumn& change) {
  const Column& column = change.column;
  if (const SyncGroup* group = draft.group_of_new(change.table, column.name)) {
    draft.found(change, Verdict::rolls, "expand-without-sync",
                group->freeze ? "a program makes its value of what the old release wrote"
                              : "its value follows from what the old release writes");
    return add_mapped(draft, change);
  }
  if (column.generated) {
    if (column.generated->stored)
      draft.found(change, Verdict::adds, "add-stored-generated", "every row is written anew to hold its value");
    else
      draft.found(change, Verdict::adds);
    return draft.in_expand(change, change);
  }
  const schema::Table* table = draft.after.find_table(change.table);
  if (table && is_row_number(*table, column.name)) {
    if (becomes_numbered_at_expand(draft, change.table)) {
      draft.found(change, Verdict::rolls, "add-pk", "the number that each row has already");
      return draft.in_expand(change, change,
                             {hazard("table_rewrite", change, "every row is written anew with its number as key")});
    }
    // A new INTEGER PRIMARY KEY: the number that the row has already.
    if (draft.is_renamed(change.table)) {
      draft.found(change, Verdict::refused, "add-pk",
                  "the table is renamed in this release, which ends the sync of rows",
                  "add the key in one release and rename the table in the next");
      return;
    }
    if (auto number = draft.dialect.row_number(*draft.old_table(change.table))) {
      draft.found(change, Verdict::rolls, "add-pk", "the column becomes the row number at contract");
      draft.groups.push_back(fill_group(change.table, column, *number, draft.dialect));
      return add_mapped(draft, change);
    }
  }
  if (column.not_null && !has_value(column)) {
    const std::string why = "the old release does not write it, and it has neither a default nor a value in the map";
    const std::string way_out =
        draft.is_renamed(change.table)
            ? "declare a default"
            : fmt::format("add to the map: [[fill]] table = {}, column = {}, value = \"...\"; or declare a default",
                          diff::toml_table(change.table), diff::toml_string(column.name.text()));
    const Fragment zero = draft.dialect.zero(column.type);
    if (!draft.force(change, "add-required-column", why, way_out,
                     fmt::format("filled with {}", to_canonical_sql(zero, draft.dialect.quoting()))))
      return;
    // No trigger follows a table to its new name: there a default stands in for it.
    if (draft.is_renamed(change.table)) {
      diff::AddColumn defaulted = change;
      defaulted.column.default_value = zero;
      draft.in_expand(defaulted, change);
      return draft.in_contract(diff::DropDefault{change.table, column.name, zero}, change);
    }
    draft.groups.push_back(fill_group(change.table, column, zero, draft.dialect));
    return add_mapped(draft, change);
  }
  if (column.identity || (has_value(column) && !draft.dialect.is_constant(*column.default_value))) {
    draft.found(change, Verdict::rolls, "add-not-null-default-volatile",
                "the default has to be computed for every row that exists");
    return draft.in_expand(change, change,
                           {hazard("table_rewrite", change, "every row is written anew to give it its default")});
  }
  if (draft.hides(change.table))
    draft.found(change, Verdict::adds);
  else
    draft.found(change, Verdict::adds, "add-column-positional",
                "a write of the old release that lists no columns may have a value too few");
  draft.in_expand(change, change);
}

// SQLite alone does, as it takes foreign keys to nowhere.
bool takes_null_keys(const Draft& draft) { return !draft.can().foreign_keys_need_target; }

//   expand    relax NOT NULL where the new release cannot supply a value; where triggers can, a default
//             may have to tell them that it did not
//   contract  drop
void drop_column(Draft& draft, const diff::DropColumn& change) {
  const SyncGroup* group = draft.group_of_old(change.table, change.column.name);
  draft.found(change, Verdict::rolls, group ? "rename-column" : "drop-column",
              group ? "the old release uses it under this name" : "the old release reads and writes it");
  if (draft.shadow_of(change.table, change.column.name)) return draft.in_contract(change, change);
  const schema::Table* table = draft.old_table(change.table);
  const auto key = table->key_columns();
  const bool in_key = std::find(key.begin(), key.end(), change.column.name) != key.end();
  const bool bound_by_key =
      in_key && (!takes_null_keys(draft) || table->options.without_rowid || table->options.strict);
  if (change.column.not_null && !has_value(change.column) && !change.column.generated &&
      !is_row_number(*table, change.column.name)) {
    const auto omitted = group && group->has_down() ? draft.dialect.omission_default(change.column) : std::nullopt;
    if (omitted) {
      draft.in_expand(diff::AddDefault{change.table, change.column.name, *omitted}, change,
                      {hazard("omission_default", change,
                              fmt::format("an insert of the old release with the value {} would count as one without",
                                          to_canonical_sql(*omitted, draft.dialect.quoting())))});
    } else if (bound_by_key) {
      draft.hazards.push_back(
          hazard_to_accept("key_column_required", change,
                           "a key column cannot be left out: inserts of the new release fail until contract"));
    } else if (!group || !group->has_down() || !draft.can().trigger_fills_not_null) {
      std::vector<Hazard> hazards;
      if (!group)
        hazards.push_back(
            hazard("old_release_reads_null", change,
                   "rows that the new release inserts have NULL here, which the old release never wrote"));
      draft.in_expand(diff::DropNotNull{change.table, change.column.name, change.column.not_null_conflict}, change,
                      std::move(hazards));
    }
  }
  draft.in_contract(change, change);
}

// Where the type of a key column decides whether the key is the row number (SQLite: INTEGER), the
// type changes together with the key.
bool changes_row_number(const Draft& draft, const QualifiedName& table, const Identifier& column) {
  const schema::Table* before = draft.old_table(table);
  const schema::Table* after = draft.after.find_table(table);
  if (!before || !after) return false;
  const auto is_number = [&](const schema::Table& t) { return is_row_number(t, column); };
  return is_number(*before) != is_number(*after);
}

}  // namespace

bool is_null_literal(const Fragment& value) {
  return value.tokens().size() == 1 && value.tokens()[0].is(schema::Role::keyword, "NULL");
}

bool type_waits(const Draft& draft, const QualifiedName& table, const Identifier& name) {
  const Column* before = old_column(draft, table, name);
  const schema::Table* found = draft.after.find_table(table);
  const Column* after = found ? found->find_column(name) : nullptr;
  if (!before || !after) return false;
  const TypeRelation relation = draft.dialect.relate(before->type, after->type);
  return relation == TypeRelation::narrow || relation == TypeRelation::other;
}

namespace {

// The column is part of the old primary key, and not of the new one; until the key goes, it binds. Not
// where the column stays NOT NULL, with another conflict clause.
bool leaves_key(const Draft& draft, const QualifiedName& table, const Identifier& column) {
  const schema::Table* after = draft.after.find_table(table);
  const Column* stays = after ? after->find_column(column) : nullptr;
  if (takes_null_keys(draft) || (stays && stays->not_null)) return false;
  const auto in_key = [&](const schema::Table* of) {
    if (!of || !of->primary_key) return false;
    const auto key = of->key_columns();
    return std::find(key.begin(), key.end(), column) != key.end();
  };
  return in_key(draft.old_table(table)) && !in_key(draft.after.find_table(table));
}

//   expand    in place: the table is written anew
//
// For one that is too large for that see plan/shadows.h.
void widen(Draft& draft, const diff::ChangeType& change, const std::string& what) {
  if (const Shadow* shadow = draft.shadow_of(change.table, change.column); shadow && shadow->obstacle.empty())
    return draft.found(change, Verdict::rolls, "widen-type-client",
                       what + ": a copy of the column takes its place at contract");
  std::string cost = "every row is written anew";
  if (draft.dialect.shadow_name(change.column))
    cost += fmt::format("; for a large table, [[shadow]] table = {}, column = {} copies the column in batches instead",
                        diff::toml_table(change.table), diff::toml_string(change.column.text()));
  draft.found(change, Verdict::rolls, "widen-type-client", what + ": the table is written anew");
  draft.in_expand(change, change, {hazard("table_rewrite", change, std::move(cost))});
}

void change_type(Draft& draft, const diff::ChangeType& change) {
  if (changes_row_number(draft, change.table, change.column)) {
    draft.found(change, Verdict::rolls, "drop-identity", "the column becomes the row number, or ceases to be it");
    return draft.in_contract(change, change);
  }
  const TypeRelation relation = draft.dialect.relate(change.before, change.after);
  const std::string what = fmt::format("{} becomes {}", change.before.text, change.after.text);
  if (const Shadow* shadow = draft.shadow_of(change.table, change.column); shadow && !shadow->obstacle.empty()) {
    if (!draft.options.best_effort)
      return draft.found(change, Verdict::refused, "shadow-obstacle", "there can be no copy of it: " + shadow->obstacle,
                         "take the [[shadow]] out of the map");
    draft.choices.push_back({diff::object(change), "changed without a copy: " + shadow->obstacle});
  }
  switch (relation) {
    case TypeRelation::same:
    case TypeRelation::widen_metadata:
      draft.found(change, Verdict::adds);
      return draft.in_expand(change, change);
    case TypeRelation::widen_rewrite:
      return widen(draft, change, what);
    case TypeRelation::narrow:
      draft.found(change, Verdict::rolls, "narrow-type",
                  what + ": the old release may write values that no longer fit");
      draft.require(Requirement::fits, change.table, change);
      return draft.in_contract(change, change);
    case TypeRelation::other:
      break;
  }
  const std::string why = what + ": values change, and both releases would read the same column";
  const std::string way_out = "give the new column another name and a [[map]]; or " + override_entry(change);
  if (draft.override_to_contract(change)) {
    draft.found(change, Verdict::rolls, "change-type", why);
  } else if (!draft.force(change, "change-type", why, way_out, "converted in place at contract")) {
    return;
  }
  if (draft.dialect.effect(change) == Effect::lost) draft.require(Requirement::fits, change.table, change);
  draft.in_contract(change, change,
                    {hazard("converted_in_place", change, "values are converted when the table is written anew")});
}

//   migrate   NULLs get the value of the map; those that are left are reported
//   contract  the column is bound
void set_not_null(Draft& draft, const diff::SetNotNull& change) {
  draft.found(change, Verdict::rolls, "add-not-null", "the old release may write NULL");
  draft.require(Requirement::not_null, change.table, change);
  const bool filled = std::any_of(draft.fills.begin(), draft.fills.end(), [&](const SyncGroup& fill) {
    return fill.table == change.table && fill.new_columns.front().name == change.column;
  });
  std::vector<Hazard> hazards;
  if (filled)
    hazards.push_back(hazard("null_until_contract", change,
                             "until contract the old release may write NULL again: `emcee migrate` fills it again"));
  draft.in_contract(change, change, std::move(hazards));
}

void drop_not_null(Draft& draft, const diff::DropNotNull& change) {
  const Column* column = old_column(draft, change.table, change.column);
  if (leaves_key(draft, change.table, change.column) || (column && column->identity)) {
    draft.found(change, Verdict::rolls, "drop-not-null", "the key or the identity binds the column until contract");
    return draft.in_contract(change, change);
  }
  draft.found(change, Verdict::adds, "drop-not-null", "the old release may read NULL, which it never wrote");
  draft.in_expand(
      change, change,
      {hazard("old_release_reads_null", change, "the new release may write NULL, which the old one never did")});
}

void add_default(Draft& draft, const diff::AddDefault& change) {
  const Column* column = old_column(draft, change.table, change.column);
  if (column && (column->identity || type_waits(draft, change.table, change.column))) {
    draft.found(change, Verdict::rolls, "set-default-change", "it follows what becomes of the column at contract");
    return draft.in_contract(change, change);
  }
  draft.found(change, Verdict::adds);
  draft.in_expand(change, change);
}

//   contract  until then a release that leaves the column out gets the old default
void later_default(Draft& draft, const Change& change, const std::string& rule, const std::string& why) {
  draft.found(change, Verdict::rolls, rule, why);
  draft.in_contract(change, change,
                    {hazard("default_until_contract", change,
                            "until contract a release that leaves the column out gets the old default")});
}

void other_change(Draft& draft, const Change& change, const std::string& rule, const std::string& why) {
  const std::string way_out = "give the new column another name and a [[map]]; or " + override_entry(change);
  if (draft.override_to_contract(change)) {
    draft.found(change, Verdict::rolls, rule, why);
  } else if (!draft.force(change, rule, why, way_out, "changed in place at contract")) {
    return;
  }
  draft.in_contract(change, change);
}

// What only the dialect knows: comments, storage, engines.
void change_option(Draft& draft, const Change& change) {
  switch (draft.dialect.effect(change)) {
    case Effect::unnoticed:
      draft.found(change, Verdict::adds);
      return draft.in_expand(change, change);
    case Effect::noticed:
      draft.found(change, Verdict::rolls, "option-change", "the old release may rely on it");
      return draft.in_contract(change, change);
    case Effect::lost:
      return other_change(draft, change, "option-change", "rows are converted or refused, and both releases see it");
  }
}

//   expand    a number where there was none
//   contract  otherwise
void change_identity(Draft& draft, const diff::ChangeIdentity& change) {
  const Column* column = old_column(draft, change.table, change.column);
  const bool free = column && !column->default_value && column->not_null;
  if (change.after && !change.before && !change.after->always && free) {
    draft.found(change, Verdict::adds);
    return draft.in_expand(change, change);
  }
  draft.found(change, Verdict::rolls, change.after ? "change-identity" : "drop-identity",
              "the old release leaves the column out and relies on its numbers");
  draft.in_contract(change, change);
}

}  // namespace

void plan_column_change(Draft& draft, const diff::Change& change) {
  schema::match(
      change, [&](const diff::AddColumn& c) { add_column(draft, c); },
      [&](const diff::DropColumn& c) { drop_column(draft, c); },
      [&](const diff::ChangeType& c) { change_type(draft, c); },
      [&](const diff::SetNotNull& c) { set_not_null(draft, c); },
      [&](const diff::DropNotNull& c) { drop_not_null(draft, c); },
      [&](const diff::AddDefault& c) { add_default(draft, c); },
      [&](const diff::DropDefault& c) {
        const Column* column = old_column(draft, c.table, c.column);
        const bool required = column && column->not_null;
        later_default(draft, c, required ? "drop-default" : "set-default-change",
                      required ? "inserts of the old release that leave it out fail"
                               : "the old release gets another value where it leaves the column out");
      },
      [&](const diff::ChangeDefault& c) {
        later_default(draft, c, "set-default-change", "rows of the old release get the new release's meaning");
      },
      [&](const diff::ChangeGenerated& c) {
        const bool becomes = c.after && !c.before;
        other_change(draft, c, becomes ? "column-to-generated" : "generated-expr-change",
                     becomes ? "the old release writes it" : "the old release reads other values");
      },
      [&](const diff::ChangeIdentity& c) { change_identity(draft, c); },
      [&](const diff::ChangeColumnOption& c) { change_option(draft, c); },
      [&](const diff::ChangeTableOption& c) { change_option(draft, c); },
      [&](const diff::ChangeCollation& c) {
        other_change(draft, c, "collation-change",
                     "comparisons, keys and the order of rows change for the old release");
      },
      [](const auto&) {});
}

}  // namespace emcee::plan
