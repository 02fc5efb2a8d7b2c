#include "plan/held_columns.h"

#include <fmt/format.h>

#include <algorithm>

#include "diff/lookup.h"
#include "plan/draft.h"
#include "plan/index_use.h"
#include "schema/is_one_of.h"

namespace emcee::plan {

namespace {

using schema::Column;
using schema::ErrorCode;
using schema::ForeignKey;
using schema::ReferentialAction;
using schema::Result;
using schema::Schema;
using schema::Table;

std::string full(const Table& table, const Column& column) {
  return fmt::format("{}.{}", table.name.text(), column.name.text());
}

class Holder {
 public:
  Holder(SyncGroup& group, const Schema& before, const Schema& after, const Dialect& dialect)
      : group_(group),
        before_(before),
        after_(after),
        dialect_(dialect),
        key_(group.new_columns.front()),
        old_(*before.find_table(group.table)),
        new_(*after.find_table(group.table)),
        row_(*after.find_table(group.row->table)),
        row_before_(before.find_table(group.row->table)) {}

  Result<void> run() {
    EMCEE_TRY(check_tables());
    EMCEE_TRY(check_triggers());
    EMCEE_TRY(check_key());
    EMCEE_TRY(check_foreign_keys());
    for (const OldColumn& column : group_.old_columns) EMCEE_TRY(hold(column));
    EMCEE_TRY(check_other_keys());
    for (const Table* side : {row_before_, &row_})
      if (side)
        for (const Column& column : side->columns) keep(column);
    return {};
  }

 private:
  tl::unexpected<schema::Error> fail(const std::string& message, std::string hint) const {
    return schema::fail(ErrorCode::add_to_map, fmt::format("map {}: {}", group_.name, message), std::move(hint));
  }

  // Other rows with the same key are told from a row by its primary key. A partition can be written by its own name.
  Result<void> check_tables() const {
    if (old_.key_columns().empty() || new_.key_columns().empty())
      return fail(fmt::format("{} has no primary key, so its rows cannot be told apart", group_.table.text()),
                  "give the table a primary key in a release before");
    for (const Table* table : {&old_, &new_, &row_, row_before_})
      if (table)
        for (const char* option : {"partition_by", "partition_of", "inherits"})
          if (table->options.other.contains(option))
            return fail(fmt::format("{} is partitioned or inherits", table->name.text()),
                        "keep the columns while it is so");
    for (const Identifier& name : new_.key_columns())
      if (name == key_.name)
        return fail(fmt::format("{} is part of the primary key", full(new_, *new_.find_column(name))),
                    "change the primary key in another release");
    for (const Identifier& name : old_.key_columns())
      if (old_column(name))
        return fail(fmt::format("{} is part of the primary key", full(old_, *old_.find_column(name))),
                    "change the primary key in another release");
    return {};
  }
  bool old_column(const Identifier& name) const {
    return std::any_of(group_.old_columns.begin(), group_.old_columns.end(),
                       [&](const OldColumn& column) { return column.name == name; });
  }

  // A trigger in the middle of ours would write a table that the statement writes.
  Result<void> check_triggers() const {
    if (!dialect_.capabilities().statement_bars_tables) return {};
    const QualifiedName& row = group_.row->table;
    for (const auto& [name, other] : {std::pair(group_.table, row), std::pair(row, group_.table)})
      for (const Schema* schema : {&before_, &after_})
        for (const schema::Trigger* trigger : schema->triggers_of(name)) {
          const auto& tokens = trigger->body.tokens();
          if (std::any_of(tokens.begin(), tokens.end(), [&](const auto& token) {
                return schema::equal_ignoring_case(token.text, other.name.text());
              }))
            return fail(fmt::format("trigger {} of {} names {}, which triggers of Emcee write (error 1442)",
                                    trigger->name.name.text(), name.text(), other.text()),
                        "do in the application what the trigger does, in a release before");
        }
    return {};
  }

  Result<void> check_key() const {
    const Column &column = *new_.find_column(key_.name), &key = *row_.find_column(group_.row->key);
    if (column.default_value && !is_null_literal(*column.default_value))
      return fail(fmt::format("{} has a default", full(new_, column)),
                  "a row without a key of its own gets a row of its own: leave the default out");
    if (!group_.counted &&
        (dialect_.relate(column.type, key.type) != TypeRelation::same || column.collation != key.collation))
      return fail(
          fmt::format("{} is {}, and {} is {}", full(new_, column), column.type.text, full(row_, key), key.type.text),
          "give both the same type and collation");
    if (const Fragment& up = key_.up; !group_.counted && dialect_.is_deterministic(up) &&
                                      (!diff::columns_of_row(up, group_.table.name).empty() || !up.calls_function()))
      return fail(fmt::format("up.{} gives a row the same key every time, and a copy of a shared row needs another one",
                              key_.name.text()),
                  "make a key that is new with each call (a uuid), or leave it out where the server counts them");
    const auto indexed = [&](const Table& table) {
      return finds_rows_by(table, {key_.name}) ||
             std::any_of(table.foreign_keys.begin(), table.foreign_keys.end(),
                         [&](const ForeignKey& foreign) { return foreign.columns == std::vector{key_.name}; });
    };
    if (dialect_.capabilities().statement_bars_tables && !indexed(new_))
      return fail(fmt::format("no index begins with {}: triggers would lock all of {} to see who shares a row",
                              full(new_, column), group_.table.text()),
                  "declare one in the new schema");
    return {};
  }

  // Until contract triggers stand for the foreign key of the new release.
  Result<void> check_foreign_keys() {
    for (const ForeignKey& foreign : new_.foreign_keys) {
      if (!schema::is_one_of(key_.name, foreign.columns)) continue;
      const auto is = [](ReferentialAction action, auto... of) { return ((action == of) || ...); };
      group_.clears_key = group_.clears_key || is(foreign.on_delete, ReferentialAction::set_null);
      if (is(foreign.on_delete, ReferentialAction::cascade, ReferentialAction::set_default) ||
          is(foreign.on_update, ReferentialAction::cascade, ReferentialAction::set_null,
             ReferentialAction::set_default))
        return fail(fmt::format("the foreign key of {} writes or deletes its rows, which triggers do not do for it "
                                "until contract",
                                full(new_, *new_.find_column(key_.name))),
                    "declare it without ON UPDATE, and ON DELETE at most with SET NULL; the rest in the next release");
    }
    return {};
  }

  Result<void> check_writable(const Table& table, const Column& column) const {
    const char* why = column.generated                       ? "is a generated column"
                      : column.identity                      ? "gets its value from the server"
                      : column.options.contains("on_update") ? "changes by itself with its row"
                                                             : nullptr;
    if (!why) return {};
    return fail(fmt::format("{} {}", full(table, column), why), "only what the releases write can be kept equal");
  }

  Result<void> hold(const OldColumn& held) {
    const Identifier name = *group_.row->holds(held.name);
    const Column& old = *old_.find_column(held.name);
    const Column* in_row = row_.find_column(name);
    if (!in_row || (row_before_ && !row_before_->find_column(name)))
      return fail(fmt::format("{}.{} comes or goes with this release", row_.name.text(), name.text()),
                  "rows that the old release writes there would have no value: let it come in a release before");
    EMCEE_TRY(check_writable(old_, old));
    EMCEE_TRY(check_writable(row_, *in_row));
    if (dialect_.relate(old.type, in_row->type) != TypeRelation::same || old.collation != in_row->collation)
      return fail(
          fmt::format("{} is {}, and {} is {}", full(old_, old), old.type.text, full(row_, *in_row), in_row->type.text),
          "keep the type and collation, and change these in a release before or behind");
    const bool lone = group_.old_columns.size() == 1 && group_.row_may_lack();  // no row stands for NULL
    if (in_row->not_null && !old.not_null && !lone)
      return fail(fmt::format("{} may be NULL, {} not", full(old_, old), full(row_, *in_row)),
                  "let both be NULL, or none");
    group_.holding.push_back(name);
    return {};
  }

  // The old release may write a value twice, and a copy of a row has all that it holds.
  Result<void> check_other_keys() const {
    for (const Table* side : {row_before_, &row_}) {
      if (!side) continue;
      const auto other = [&](const std::vector<schema::KeyPart>& parts) {
        return !are_columns(parts, {group_.row->key});
      };
      const bool found =
          (side->primary_key && other(side->primary_key->parts)) ||
          std::any_of(side->uniques.begin(), side->uniques.end(), [&](const auto& u) { return other(u.parts); }) ||
          std::any_of(side->indexes.begin(), side->indexes.end(),
                      [&](const auto& index) { return index.unique && other(index.parts); });
      if (found)
        return fail(fmt::format("{} has a key besides {}", side->name.text(), group_.row->key.text()),
                    "two rows may have the same values, and a row that two share becomes two: add the key in the next "
                    "release");
    }
    return {};
  }

  void keep(const Column& column) {
    if (column.generated || column.identity || column.name == group_.row->key ||
        schema::is_one_of(column.name, group_.holding) || schema::is_one_of(column.name, group_.kept))
      return;
    group_.kept.push_back(column.name);
  }

  SyncGroup& group_;
  const Schema &before_, &after_;
  const Dialect& dialect_;
  const NewColumn& key_;
  const Table &old_, &new_, &row_;
  const Table* row_before_;
};

}  // namespace

Result<void> hold_columns(SyncGroup& group, const Schema& before, const Schema& after, const Dialect& dialect) {
  return Holder(group, before, after, dialect).run();
}

Result<void> check_holds_alone(const SyncGroup& group, const std::vector<SyncGroup>& others) {
  if (!group.holds_old()) return {};
  const QualifiedName& row = group.row->table;
  for (const SyncGroup& other : others) {
    if (other.name == group.name) continue;
    if (other.table == row || (other.row && other.row->table == row) ||
        std::any_of(other.lookups.begin(), other.lookups.end(), [&](const Lookup& l) { return l.table == row; }))
      return schema::fail(ErrorCode::add_to_map,
                          fmt::format("map {}: {} is a table of {} as well", group.name, row.text(), other.name),
                          "do one of the two in the next release");
  }
  return {};
}

}  // namespace emcee::plan
