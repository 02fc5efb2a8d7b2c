#include "plan/counted_keys.h"

#include <fmt/format.h>
#include <algorithm>

namespace emcee::plan {

using schema::Column;
using schema::ErrorCode;
using schema::Result;
using schema::Schema;
using schema::Table;

namespace {

std::string full(const QualifiedName& table, const Identifier& column) { return table.text() + "." + column.text(); }

// Where the group comes from: columns that become a row are a map, other rows a fill.
std::string origin(const SyncGroup& group) {
  return fmt::format("{} {}", group.holds_old() ? "map" : "fill", group.name);
}

std::string make_keys(const SyncGroup& group) {
  return "or make the keys beforehand: " +
         (group.holds_old() ? fmt::format("up.{} = \"..\"", group.new_columns.front().name.text()) : "value = \"..\"");
}

bool is_counted(const Table& table, const Column& column, const Capabilities& can) {
  if (column.identity) return true;
  if (can.defaults_number && column.default_value)
    return column.default_value->calls_function();  // a constant counts nothing
  return table.primary_key && table.primary_key->is_rowid && table.key_columns() == std::vector{column.name};
}

bool holds_all(const Dialect& dialect, const schema::Type& key, const schema::Type& column) {
  const TypeRelation relation = dialect.relate(key, column);
  return relation == TypeRelation::same || relation == TypeRelation::widen_metadata ||
         relation == TypeRelation::widen_rewrite;
}

// A trigger of the application that would take the trial for a row, or give it another number.
const schema::Trigger* in_the_way(const QualifiedName& table, const Schema& schema) {
  for (const schema::Trigger* trigger : schema.triggers_of(table))
    for (const schema::TriggerEvent event : trigger->events)
      if (event == schema::TriggerEvent::insert || event == schema::TriggerEvent::remove) return trigger;
  return nullptr;
}

}  // namespace

Result<CountedKey> counted_key(const SyncGroup& group, const Schema& before, const Schema& after,
                               const Dialect& dialect) {
  const diff::GeneratedRow& row = *group.row;
  const std::string key = full(row.table, row.key);
  const Table* while_both_run = nullptr;
  for (const Schema* side : {&before, &after}) {
    const Table* table = side->find_table(row.table);
    const Column* column = table ? table->find_column(row.key) : nullptr;
    if (!column) continue;
    if (!while_both_run) while_both_run = table;
    if (!is_counted(*table, *column, dialect.capabilities()))
      return schema::fail(
          ErrorCode::add_to_map,
          fmt::format("{}: the server does not count {} in the {} schema, and nothing else makes the key",
                      origin(group), key, side == &before ? "old" : "new"),
          fmt::format("let the server number the key ({}), {}",
                      dialect.capabilities().defaults_number        ? "IDENTITY, or nextval as its default"
                      : dialect.capabilities().numbers_by_inserting ? "AUTO_INCREMENT"
                                                                    : "INTEGER PRIMARY KEY",
                      make_keys(group)));
    const Identifier& name = group.new_columns.front().name;
    const Table* of_group = after.find_table(group.table);
    const Column* filled = of_group ? of_group->find_column(name) : nullptr;
    if (filled && !holds_all(dialect, column->type, filled->type))
      return schema::fail(ErrorCode::add_to_map,
                          fmt::format("{}: {} ({}) cannot hold every key of {} ({})", origin(group),
                                      full(group.table, name), filled->type.text, key, column->type.text),
                          fmt::format("give it the type of {}", key));
    if (const schema::Trigger* trigger = in_the_way(row.table, *side);
        trigger && dialect.capabilities().numbers_by_inserting)
      return schema::fail(
          ErrorCode::add_to_map,
          fmt::format("{}: a number for {} is had by a row that is inserted and deleted again, which the trigger {} "
                      "would take for one of the application",
                      origin(group), key, trigger->name.text()),
          fmt::format("let the trigger come or go in another release, {}", make_keys(group)));
  }
  const Column& column = *while_both_run->find_column(row.key);
  CountedKey counted;
  if (column.identity)
    counted.always = column.identity->always;
  else
    counted.default_value = column.default_value;
  counted.first_looked_up = dialect.capabilities().numbers_by_inserting;
  counted.keeps_count = while_both_run->primary_key && while_both_run->primary_key->autoincrement;
  return counted;
}

Result<void> check_counted(const SyncGroup& group, const std::vector<SyncGroup>& others, const Dialect& dialect) {
  if (!group.counted || !dialect.capabilities().numbers_by_inserting) return {};
  for (const SyncGroup& other : others)
    if (other.table == group.row->table && (other.row || (other.freeze && other.freeze->deletes)))
      return schema::fail(
          ErrorCode::add_to_map,
          fmt::format("{}: a number for {} is had by a row that is inserted and deleted again, which {} {}",
                      origin(group), full(group.row->table, group.row->key), other.name,
                      other.row ? "generates a row for" : "keeps from being deleted"),
          fmt::format("map them in two releases, {}", make_keys(group)));
  return {};
}

}  // namespace emcee::plan
