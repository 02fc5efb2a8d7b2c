#include "plan/draft.h"

#include <fmt/format.h>
#include <algorithm>

#include "diff/parents.h"
#include "diff/toml_entry.h"
#include "schema/is_one_of.h"
#include "schema/match.h"

namespace emcee::plan {

namespace {

template <class Columns>
bool holds(const Columns& columns, const Identifier& name) {
  return std::any_of(columns.begin(), columns.end(), [&](const auto& c) { return c.name == name; });
}

}  // namespace

const SyncGroup* Draft::group_of_old(const QualifiedName& table, const Identifier& column) const {
  for (const SyncGroup& group : groups)
    if (is_part_of(table, group.table) && holds(group.old_columns, column)) return &group;
  return nullptr;
}

const SyncGroup* Draft::group_of_new(const QualifiedName& table, const Identifier& column) const {
  for (const SyncGroup& group : groups)
    if (is_part_of(table, group.table) && holds(group.new_columns, column)) return &group;
  return nullptr;
}

bool Draft::is_part_of(const QualifiedName& table, const QualifiedName& whole) const {
  if (table == whole) return true;
  const schema::Table* part = after.find_table(table);
  if (!part) return false;
  const std::vector<std::string> wholes = diff::parents_of(*part);
  const auto among = [&](const QualifiedName& name) { return schema::is_one_of(dialect.quoting()(name), wholes); };
  return among(whole) || (!wholes.empty() &&
                          std::any_of(after.tables().begin(), after.tables().end(), [&](const schema::Table& between) {
                            return among(between.name) && is_part_of(between.name, whole);
                          }));
}

bool Draft::is_renamed(const QualifiedName& table) const {
  return std::any_of(map.table_renames.begin(), map.table_renames.end(),
                     [&](const diff::TableRename& rename) { return rename.to == table; });
}

const Mirror* Draft::mirror_of(const QualifiedName& table) const {
  const auto it =
      std::find_if(mirrors.begin(), mirrors.end(), [&](const Mirror& mirror) { return mirror.rename.to == table; });
  return it == mirrors.end() ? nullptr : &*it;
}

const schema::Table* Draft::old_table(const QualifiedName& table) const {
  for (const diff::TableRename& rename : map.table_renames)
    if (rename.to == table) return before.find_table(rename.from);
  return before.find_table(table);
}

bool Draft::hides(const QualifiedName& table) const {
  return can().hides_columns &&
         std::any_of(map.hides.begin(), map.hides.end(), [&](const diff::Hide& hide) { return hide.table == table; });
}

const diff::Override* Draft::override_of(const diff::Change& change) const {
  for (const diff::Override& candidate : map.overrides)
    if (candidate.operation == diff::operation(change) &&
        schema::equal_ignoring_case(candidate.object, diff::object(change)))
      return &candidate;
  return nullptr;
}

bool Draft::override_to_expand(const diff::Change& change) const {
  const auto* decision = override_of(change);
  return decision && decision->phase == "expand";
}

bool Draft::override_to_contract(const diff::Change& change) const {
  const auto* decision = override_of(change);
  return decision && decision->phase == "contract";
}

bool Draft::is_new_column(const QualifiedName& table, const Identifier& column) const {
  const auto* old = old_table(table);
  const auto* now = after.find_table(table);
  return now && now->find_column(column) && (!old || !old->find_column(column));
}

bool Draft::is_dropped_column(const QualifiedName& table, const Identifier& column) const {
  const auto* old = old_table(table);
  const auto* now = after.find_table(table);
  return old && old->find_column(column) && (!now || !now->find_column(column));
}

bool Draft::only_new_writes(const QualifiedName& table, const Identifier& column) const {
  const bool moved = std::any_of(groups.begin(), groups.end(), [&](const SyncGroup& group) {
    if (!group.move || !((group.move->splits ? group.move->part : group.move->whole) == table)) return false;
    return std::any_of(group.move->columns.begin(), group.move->columns.end(),
                       [&](const auto& moving) { return (group.move->splits ? moving.part : moving.whole) == column; });
  });
  return is_new_column(table, column) && !moved && !group_of_new(table, column);
}

void Draft::found(const diff::Change& change, Verdict verdict, std::string rule, std::string why, std::string way_out) {
  findings.push_back({change, verdict, std::move(rule), std::move(why), std::move(way_out)});
}

bool Draft::force(const diff::Change& change, const std::string& rule, const std::string& why,
                  const std::string& way_out, const std::string& choice) {
  if (!options.best_effort) {
    found(change, Verdict::refused, rule, why, way_out);
    return false;
  }
  found(change, Verdict::rolls, rule, why, way_out);
  choices.push_back({diff::object(change), choice});
  return true;
}

void Draft::in_expand(const diff::Change& change, const diff::Change& reason, std::vector<Hazard> of) {
  expand.push_back({change, diff::describe(reason), std::move(of)});
}

void Draft::in_contract(const diff::Change& change, const diff::Change& reason, std::vector<Hazard> of) {
  contract_tables.push_back({change, diff::describe(reason), std::move(of)});
}

void Draft::require(Requirement requirement, const QualifiedName& table, const diff::Change& change) {
  checks.push_back({requirement, table, change});
}

std::vector<Identifier> columns_of(const diff::Change& change) {
  std::vector<Identifier> result;
  const auto add_parts = [&](const std::vector<schema::KeyPart>& parts) {
    for (const auto& part : parts)
      for (Identifier& column : part.expression.columns()) result.push_back(std::move(column));
  };
  const auto add_index = [&](const schema::Index& index) {
    add_parts(index.parts);
    if (index.where)
      for (Identifier& column : index.where->columns()) result.push_back(std::move(column));
  };
  schema::match(
      change, [&](const diff::CreateIndex& c) { add_index(c.index); },
      [&](const diff::ReplaceIndex& c) { add_index(c.after); },
      [&](const diff::AddUnique& c) { add_parts(c.unique.parts); },
      [&](const diff::AddPrimaryKey& c) { add_parts(c.key.parts); },
      [&](const diff::ChangePrimaryKey& c) { add_parts(c.after.parts); },
      [&](const diff::AddCheck& c) { result = c.check.expression.columns(); },
      [&](const diff::AddForeignKey& c) { result = c.key.columns; },
      [&](const diff::SetNotNull& c) { result = {c.column}; }, [](const auto&) {});
  return result;
}

diff::Change with_table(diff::Change change, const QualifiedName& name) {
  std::visit(
      [&](auto& c) {
        if constexpr (requires { c.table = name; }) c.table = name;
        if constexpr (requires { c.index.source; }) c.index.source.clear();  // it names the table
      },
      change);
  return change;
}

std::string safe_name(const std::string& text) {
  std::string result;
  for (char c : schema::to_lower(text)) result += (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '_';
  return result;
}

std::string override_entry(const diff::Change& change) {
  return fmt::format("add to the map: [[override]] change = {}, object = {}, phase = \"contract\", reason = \"...\"",
                     diff::toml_string(diff::operation(change)), diff::toml_string(diff::object(change)));
}

Hazard hazard(std::string code, const diff::Change& change, std::string message) {
  return {std::move(code), diff::object(change), std::move(message), true};
}

Hazard no_upsert_before_contract(const Draft& draft, const diff::Change& change) {
  return hazard("no_upsert_before_contract", change,
                draft.can().upserts_name_keys
                    ? "ON CONFLICT on these columns fails for the new release until contract"
                    : "until contract nothing is a duplicate here: ON DUPLICATE KEY UPDATE and REPLACE of the new "
                      "release insert a second row");
}

Hazard hazard_to_accept(std::string code, const diff::Change& change, std::string message) {
  return {std::move(code), diff::object(change), std::move(message), false};
}

}  // namespace emcee::plan
