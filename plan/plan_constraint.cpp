// Keys and constraints: add and drop of primary keys, UNIQUE, foreign keys and checks.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <set>
#include <string_view>

#include "plan/draft.h"
#include "plan/index_use.h"
#include "plan/unique_mapping.h"
#include "schema/match.h"

namespace emcee::plan {

namespace {

using diff::Change;

//   migrate   report rows that would not fit
//   contract  add: until then the old release must not be bound by it
void bind_at_contract(Draft& draft, const Change& change, Requirement requirement, const std::string& rule,
                      const std::string& why, std::vector<Hazard> hazards = {}) {
  draft.found(change, Verdict::rolls, rule, why);
  draft.require(requirement, diff::subject(change), change);
  draft.in_contract(change, change, std::move(hazards));
}

// The old release relies on it: upserts on a key, cascades of a foreign key.
//
//   contract  drop; the map may move it to expand, where the new release must be rid of it
void drop_constraint(Draft& draft, const Change& change, const std::string& rule, const std::string& why) {
  draft.found(change, Verdict::rolls, rule, why);
  if (draft.override_to_expand(change))
    draft.in_expand(change, change, {hazard("dropped_early", change, why + ", and loses it at expand")});
  else
    draft.in_contract(change, change);
}

std::string temporary_name(const QualifiedName& table, const std::vector<schema::KeyPart>& parts) {
  std::vector<std::string> names{"emcee", table.name.text()};
  for (const auto& part : parts)
    for (const Identifier& column : part.expression.columns()) names.push_back(column.text());
  names.emplace_back("key");
  return fmt::format("{}", fmt::join(names, "_"));
}

// What the primary key keeps unique already, compared in the same way.
bool is_old_key(const schema::Table& before, const std::vector<schema::KeyPart>& parts) {
  if (!before.primary_key || before.primary_key->is_rowid) return false;
  const auto& key = before.primary_key->parts;
  return parts.size() == key.size() && std::all_of(parts.begin(), parts.end(), [&](schema::KeyPart part) {
           return std::any_of(key.begin(), key.end(), [&](const schema::KeyPart& other) {
             part.descending = other.descending;
             part.nulls_first = other.nulls_first;
             return part == other;
           });
         });
}

void add_unique(Draft& draft, const diff::AddUnique& change) {
  const std::string why = "the old release may write equal values";
  const schema::Table* before = draft.old_table(change.table);
  if (becomes_numbered_at_expand(draft, change.table) && is_old_key(*before, change.unique.parts)) {
    draft.found(change, Verdict::rolls, "add-unique", "it takes the place of the primary key");
    return draft.in_expand(change, change);
  }
  const bool name_is_taken =
      before && change.unique.name &&
      std::any_of(before->uniques.begin(), before->uniques.end(),
                  [&](const schema::Unique& unique) { return unique.name == change.unique.name; });
  if (name_is_taken || !unique_at_expand(draft, change.table, change.unique.parts))
    return bind_at_contract(draft, change, Requirement::unique, "add-unique", why,
                            {no_upsert_before_contract(draft, change)});
  draft.found(change, Verdict::rolls, "add-unique", "a unique index stands in until contract");
  if (!draft.can().unique_needs_rewrite) return draft.in_expand(change, change);
  schema::Index index;
  index.name.name = change.table.name.derived(temporary_name(change.table, change.unique.parts));
  index.unique = true;
  index.parts = change.unique.parts;
  draft.expand_indexes.push_back({diff::CreateIndex{change.table, index}, diff::describe(change), {}});
  draft.in_contract(diff::DropIndex{change.table, index}, change);
  draft.in_contract(change, change);
}

// The type or the collation of one of the columns changes, and with it what is equal.
bool changes_column(const schema::Table& before, const schema::Table& after,
                    const std::vector<schema::KeyPart>& parts) {
  return std::any_of(parts.begin(), parts.end(), [&](const schema::KeyPart& part) {
    const auto name = part.expression.as_column();
    const schema::Column *was = name ? before.find_column(*name) : nullptr,
                         *is = name ? after.find_column(*name) : nullptr;
    return !was || !is || !(was->type == is->type) || was->collation != is->collation;
  });
}

bool only_new_columns(const Draft& draft, const QualifiedName& table, const std::vector<Identifier>& columns) {
  return !columns.empty() && std::all_of(columns.begin(), columns.end(), [&](const Identifier& column) {
    return draft.only_new_writes(table, column);
  });
}

// A NULL may fail the condition: `c IS NOT NULL`, `coalesce(c, 0) > 0`. Any other one is then neither
// true nor false, and a CHECK takes that.
bool may_refuse_null(const Fragment& condition) {
  static constexpr std::string_view kWords[] = {"CASE",      "COALESCE",     "IFNULL",   "NVL", "IF",
                                                "NUM_NULLS", "NUM_NONNULLS", "DISTINCT", "<=>"};
  bool null = false, negated = false;
  for (const schema::Token& token : condition.tokens()) {
    if (token.role == schema::Role::literal || token.role == schema::Role::column) continue;
    const auto is = [&](std::string_view word) { return schema::equal_ignoring_case(token.text, word); };
    if (std::any_of(std::begin(kWords), std::end(kWords), is)) return true;
    null = null || is("NULL") || is("NOTNULL");
    negated = negated || is("NOT") || is("NOTNULL");
  }
  return null && negated;
}

// The rows of the old release have NULL in one of the columns, and the condition may refuse that.
bool refuses_old_rows(const Draft& draft, const diff::AddCheck& change) {
  const schema::Table* table = draft.after.find_table(change.table);
  const auto columns = change.check.expression.columns();
  return may_refuse_null(change.check.expression) &&
         std::any_of(columns.begin(), columns.end(), [&](const Identifier& name) {
           const schema::Column* column = table ? table->find_column(name) : nullptr;
           return column && !column->default_value && !column->generated;
         });
}

void add_check(Draft& draft, const diff::AddCheck& change) {
  if (only_new_columns(draft, change.table, change.check.expression.columns()) && !refuses_old_rows(draft, change)) {
    draft.found(change, Verdict::adds, {}, "only the new release writes its columns");
    return draft.in_expand(change, change);
  }
  bind_at_contract(draft, change, Requirement::check, "add-check", "the old release may write values that it refuses");
}

void drop_check(Draft& draft, const diff::DropCheck& change) {
  const auto columns = change.check.expression.columns();
  const bool of_dropped = std::any_of(columns.begin(), columns.end(), [&](const Identifier& column) {
    return draft.is_dropped_column(change.table, column);
  });
  draft.found(change, Verdict::rolls, "drop-check", "the old release may read values that it never wrote");
  if (of_dropped) return draft.in_contract(change, change);
  draft.in_expand(
      change, change,
      {hazard("unexpected_values", change, "the new release may write values that the old one does not expect")});
}

void add_primary_key(Draft& draft, const Change& change) {
  if (becomes_numbered_at_expand(draft, diff::subject(change))) {
    draft.found(change, Verdict::rolls, "add-pk", "the old key stays, as a UNIQUE");
    return draft.in_expand(change, change);
  }
  bind_at_contract(draft, change, Requirement::unique, "add-pk",
                   "the old release may write keys that are NULL or equal", {no_upsert_before_contract(draft, change)});
}

// The foreign key between the same columns in the other schema; nullptr where there is none.
const schema::ForeignKey* same_link(const schema::Schema& schema, const QualifiedName& table,
                                    const schema::ForeignKey& key) {
  const schema::Table* found = schema.find_table(table);
  if (!found) return nullptr;
  for (const schema::ForeignKey& other : found->foreign_keys)
    if (other.columns == key.columns && other.references == key.references && other.referenced == key.referenced)
      return &other;
  return nullptr;
}

struct Rule {
  std::string id, why;
};

// A foreign key that both releases have, and that acts in another way; otherwise what is given.
Rule foreign_key_rule(const schema::ForeignKey& key, const schema::ForeignKey* other, Rule otherwise) {
  if (!other) return otherwise;
  if (key.on_delete != other->on_delete || key.on_update != other->on_update)
    return {"fk-action-change", "the old release relies on what happens to the children of a row"};
  if (key.deferral != other->deferral)
    return {"fk-deferrable-change", "the old release relies on when the key is checked"};
  return otherwise;
}

const schema::ForeignKey* find_key(const schema::Table* table, const Identifier& name) {
  if (!table) return nullptr;
  for (const schema::ForeignKey& key : table->foreign_keys)
    if (key.name == name) return &key;
  return nullptr;
}

// Another foreign key of the old schema has the name: keys swap their names.
bool is_taken(const Draft& draft, const Identifier& name) {
  return std::any_of(draft.before.tables().begin(), draft.before.tables().end(),
                     [&](const schema::Table& table) { return find_key(&table, name); });
}

// The old name of a column that is renamed, and no more than that.
std::optional<Identifier> renamed_from(const Draft& draft, const QualifiedName& table, const Identifier& column) {
  const SyncGroup* group = draft.group_of_new(table, column);
  if (!group || group->old_columns.size() != 1 || group->new_columns.size() != 1) return std::nullopt;
  const auto from = group->new_columns.front().up.as_column();
  const auto& down = group->old_columns.front().down;
  return from == group->old_columns.front().name && down && down->as_column() == column ? from : std::nullopt;
}

// The same key over the columns by their old names.
bool follows_rename(const Draft& draft, const diff::AddForeignKey& change) {
  schema::ForeignKey old = change.key;
  bool renamed = false;
  for (Identifier& column : old.columns)
    if (const auto from = renamed_from(draft, change.table, column)) {
      column = *from;
      renamed = true;
    }
  const schema::ForeignKey* link = renamed ? same_link(draft.before, change.table, old) : nullptr;
  return link && link->on_delete == old.on_delete && link->on_update == old.on_update;
}

bool writes_children(const schema::ForeignKey& key) {
  using enum schema::ReferentialAction;
  return key.on_delete == set_null || key.on_delete == set_default || key.on_update == cascade ||
         key.on_update == set_null || key.on_update == set_default;
}

// Both names of a column hold the same values, so the old release is bound already. Only what the key
// does to the old name by itself would not reach the new one: it gets the same key.
//
//   expand    add, under another name where that is taken
//   contract  the declared name
void add_beside_renamed(Draft& draft, const diff::AddForeignKey& change) {
  draft.found(change, Verdict::rolls, "add-fk", "what it writes by itself has to reach both names of the column");
  if (!change.key.name || !is_taken(draft, *change.key.name)) return draft.in_expand(change, change);
  diff::AddForeignKey interim = change;
  interim.key.name = change.table.name.derived(
      fmt::format("emcee_{}_{}_fkey", change.table.name.text(), change.key.columns.front().text()));
  draft.in_expand(interim, change);
  draft.in_contract(diff::DropForeignKey{interim.table, interim.key}, change);
  draft.in_contract(change, change);
}

void add_foreign_key(Draft& draft, const diff::AddForeignKey& change) {
  if (draft.can().cascades_pass_triggers && writes_children(change.key) && follows_rename(draft, change))
    return add_beside_renamed(draft, change);
  Rule rule = foreign_key_rule(change.key, same_link(draft.before, change.table, change.key),
                               {"add-fk", "the old release may write children first, and delete parents"});
  const schema::Table* table = draft.after.find_table(change.table);
  if (rule.id == "add-fk" && table && !finds_rows_by(*table, change.key.columns))
    rule.why += "; " + without_index(change.key);
  bind_at_contract(draft, change, Requirement::foreign_key, rule.id, rule.why);
}

void drop_foreign_key(Draft& draft, const diff::DropForeignKey& change) {
  const Rule rule = foreign_key_rule(change.key, same_link(draft.after, change.table, change.key),
                                     {"drop-fk", "the old release relies on its cascades and refusals"});
  drop_constraint(draft, change, rule.id, rule.why);
}

//   contract  rename; a foreign key that is fixed, and whose new name is not free yet, goes and comes again
void rename_constraint(Draft& draft, const diff::RenameConstraint& change) {
  draft.found(change, Verdict::rolls, "rename-constraint", "the old release may name it in ON CONFLICT");
  const auto* from = find_key(draft.old_table(change.table), change.from);
  const auto* to = find_key(draft.after.find_table(change.table), change.to);
  if (!draft.can().foreign_keys_bind_columns || !from || !to || !is_taken(draft, change.to))
    return draft.in_contract(change, change);
  const diff::DropForeignKey drop{change.table, *from};
  draft.in_contract(drop, change, {foreign_key_rebuilt(drop, "another key has its new name")});
  draft.in_contract(diff::AddForeignKey{change.table, *to}, change);
}

}  // namespace

bool unique_at_expand(const Draft& draft, const QualifiedName& table, const std::vector<schema::KeyPart>& parts) {
  const schema::Table* before = draft.old_table(table);
  const schema::Table* after = draft.after.find_table(table);
  if (!before || !after) return false;
  if (is_old_key(*before, parts) && !changes_column(*before, *after, parts)) return true;
  std::set<Identifier> old_columns;
  bool mapped = false;
  for (const auto& part : parts) {
    const auto column = part.expression.as_column();
    if (!column) return false;
    if (draft.only_new_writes(table, *column)) {
      // Rows of the old release have NULL there, and NULLs never collide.
      const schema::Column* declared = after->find_column(*column);
      if (!declared->not_null && !declared->default_value && !declared->generated) return true;
      return false;
    }
    if (const SyncGroup* group = draft.group_of_new(table, *column)) {
      if (!group->one_to_one) return false;
      mapped = true;
      for (const OldColumn& old : group->old_columns) old_columns.insert(old.name);
    } else {
      old_columns.insert(*column);
    }
  }
  if (!mapped) return false;
  const auto same = [&](const std::vector<schema::KeyPart>& candidate) {
    std::set<Identifier> columns;
    for (const auto& part : candidate) {
      const auto column = part.expression.as_column();
      if (!column) return false;
      columns.insert(*column);
    }
    return columns == old_columns;
  };
  if (before->primary_key && same(before->primary_key->parts)) return true;
  return std::any_of(before->uniques.begin(), before->uniques.end(), [&](const auto& u) { return same(u.parts); }) ||
         std::any_of(before->indexes.begin(), before->indexes.end(),
                     [&](const auto& i) { return i.unique && !i.where && same(i.parts); });
}

bool becomes_numbered_at_expand(const Draft& draft, const QualifiedName& table) {
  const schema::Table* before = draft.old_table(table);
  const schema::Table* after = draft.after.find_table(table);
  if (!before || !after || !after->primary_key || !after->primary_key->is_rowid || !before->primary_key) return false;
  if (draft.is_renamed(table) || !(before->options == after->options)) return false;
  if (!draft.only_new_writes(table, after->key_columns().front())) return false;
  const auto takes_its_place = [&](const schema::Unique& unique) {
    return is_old_key(*before, unique.parts) && unique.conflict == before->primary_key->conflict;
  };
  if (std::none_of(after->uniques.begin(), after->uniques.end(), takes_its_place)) return false;
  // A foreign key that names no columns points to the primary key, whichever that is.
  const auto& tables = draft.before.tables();
  return std::none_of(tables.begin(), tables.end(), [&](const schema::Table& child) {
    return std::any_of(child.foreign_keys.begin(), child.foreign_keys.end(), [&](const schema::ForeignKey& key) {
      return key.references == before->name && key.referenced.empty();
    });
  });
}

void plan_constraint_change(Draft& draft, const diff::Change& change) {
  schema::match(
      change, [&](const diff::AddPrimaryKey& c) { add_primary_key(draft, c); },
      [&](const diff::ChangePrimaryKey& c) { add_primary_key(draft, c); },
      [&](const diff::DropPrimaryKey& c) {
        drop_constraint(draft, c, "drop-pk", "upserts of the old release rely on the key");
      },
      [&](const diff::AddUnique& c) { add_unique(draft, c); },
      [&](const diff::DropUnique& c) {
        drop_constraint(draft, c, "drop-unique-upsert", "upserts of the old release rely on it");
      },
      [&](const diff::AddForeignKey& c) { add_foreign_key(draft, c); },
      [&](const diff::DropForeignKey& c) { drop_foreign_key(draft, c); },
      [&](const diff::RenameConstraint& c) { rename_constraint(draft, c); },
      [&](const diff::AddCheck& c) { add_check(draft, c); }, [&](const diff::DropCheck& c) { drop_check(draft, c); },
      [](const auto&) {});
}

}  // namespace emcee::plan
