// Indexes: create_index, drop_index, rename_index, replace_index.
#include <fmt/format.h>
#include <algorithm>

#include "plan/draft.h"
#include "plan/index_use.h"
#include "plan/unique_mapping.h"
#include "schema/match.h"

namespace emcee::plan {

namespace {

// An expression, a condition or an operator class can be one of the new type.
bool needs_new_type(const Draft& draft, const diff::CreateIndex& change) {
  const schema::Index& index = change.index;
  std::vector<Identifier> columns;
  for (const schema::KeyPart& part : index.parts)
    for (Identifier& column : part.expression.columns()) columns.push_back(std::move(column));
  if (index.where)
    for (Identifier& column : index.where->columns()) columns.push_back(std::move(column));
  return std::any_of(columns.begin(), columns.end(),
                     [&](const Identifier& column) { return type_waits(draft, change.table, column); });
}

//   expand    build online
//   contract  a unique one, on what the old release writes; one on columns that change their type
void create_index(Draft& draft, const diff::CreateIndex& change) {
  if (change.index.unique && !unique_at_expand(draft, change.table, change.index.parts)) {
    draft.found(change, Verdict::rolls, "add-unique", "the old release may write equal values");
    draft.require(Requirement::unique, change.table, change);
    return draft.in_contract(change, change, {no_upsert_before_contract(draft, change)});
  }
  if (needs_new_type(draft, change)) {
    draft.found(change, Verdict::rolls, "add-index", "its columns get the type that it is made for at contract");
    return draft.in_contract(change, change);
  }
  const schema::Table* table = draft.after.find_table(change.table);
  const std::string other = table ? served_by(*table, change.index) : std::string();
  if (other.empty())
    draft.found(change, Verdict::adds);
  else
    draft.found(change, Verdict::adds, "redundant-index", fmt::format("{} finds the same rows", other));
  draft.expand_indexes.push_back({change, diff::describe(change), {}});
}

//   contract  drop: the old release may name it (INDEXED BY), or upsert on it
void drop_index(Draft& draft, const diff::DropIndex& change) {
  draft.found(change, Verdict::rolls, change.index.unique ? "drop-unique-upsert" : "drop-index-used-by-hint",
              change.index.unique ? "upserts of the old release rely on it"
                                  : "the old release may name it in a query, and needs it to be fast");
  draft.in_contract(change, change);
}

// The index of a partition that is part of one of the whole table, before and after: it can neither be dropped by
// itself, nor is a second one made for it.
bool is_of_whole(const Draft& draft, const QualifiedName& name, const schema::Index& index) {
  const schema::Table* part = draft.after.find_table(name);
  if (!part || part->options.other.count("partition_of") == 0) return false;
  const auto has_same = [&](const schema::Table* table) {
    return table && std::any_of(table->indexes.begin(), table->indexes.end(), [&](schema::Index each) {
             each.options = index.options;  // how they are stored is their own matter
             return each.same_definition(index);
           });
  };
  return std::any_of(draft.after.tables().begin(), draft.after.tables().end(), [&](const schema::Table& whole) {
    return !(whole.name == name) && has_same(&whole) && has_same(draft.old_table(whole.name)) &&
           draft.is_part_of(name, whole.name);
  });
}

//   expand    build it under the new name as well
//   contract  drop the old name; that of a partition is renamed
void rename_index(Draft& draft, const diff::RenameIndex& change) {
  draft.found(change, Verdict::rolls, "drop-index-used-by-hint", "the old release may name it in a query");
  const schema::Table* table = draft.after.find_table(change.table);
  const schema::Table* old_table = draft.old_table(change.table);
  if (!table || !old_table) return draft.in_contract(change, change);
  const schema::Index *to = nullptr, *from = nullptr;
  for (const auto& index : table->indexes)
    if (index.name == change.to) to = &index;
  for (const auto& index : old_table->indexes)
    if (index.name == change.from) from = &index;
  if (!to || !from || is_of_whole(draft, change.table, *to)) return draft.in_contract(change, change);
  draft.expand_indexes.push_back({diff::CreateIndex{change.table, *to}, diff::describe(change), {}});
  draft.in_contract(diff::DropIndex{change.table, *from}, change);
}

//   contract  swap: no server of this kind can build the new one under the same name before
void replace_index(Draft& draft, const diff::ReplaceIndex& change) {
  draft.found(change, Verdict::rolls,
              change.after.unique && !change.before.unique ? "add-unique" : "drop-index-used-by-hint",
              "one name cannot have both definitions");
  if (change.after.unique) draft.require(Requirement::unique, change.table, change);
  draft.in_contract(change, change,
                    {hazard("index_built_at_contract", change, "the index is built while writers wait")});
}

}  // namespace

void plan_index_change(Draft& draft, const diff::Change& change) {
  schema::match(
      change, [&](const diff::CreateIndex& c) { create_index(draft, c); },
      [&](const diff::DropIndex& c) { drop_index(draft, c); },
      [&](const diff::RenameIndex& c) { rename_index(draft, c); },
      [&](const diff::ReplaceIndex& c) { replace_index(draft, c); }, [](const auto&) {});
}

}  // namespace emcee::plan
