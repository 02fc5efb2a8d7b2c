#include "dialects/postgres/capabilities.h"

#include <fmt/format.h>
#include <algorithm>

#include "dialects/postgres/objects.h"
#include "dialects/postgres/types.h"
#include "dialects/postgres/value_fits.h"
#include "schema/is_one_of.h"
#include "schema/match.h"

namespace emcee::postgres {

using plan::Effect;
using plan::LockTime;

namespace {

// https://www.postgresql.org/docs/15/sql-altertable.html: what the rows of the table are written for.
LockTime of_new_column(const schema::Column& column) {
  const bool computed = column.identity || (column.generated && column.generated->stored) ||
                        (column.default_value && !is_constant(*column.default_value));
  return computed ? LockTime::rewrite : LockTime::instant;
}

Effect of_table_option(const diff::ChangeTableOption& change) {
  if (schema::is_one_of(change.option, {"unlogged", "tablespace", "access_method", "partition_by"}))
    return Effect::noticed;
  // Rows become invisible, or can no longer be written there.
  if (schema::is_one_of(change.option, {"row_security", "force_row_security", "partition_of", "bound", "inherits",
                                        "typed_as", "owner", "replica_identity"}))
    return Effect::noticed;
  return Effect::unnoticed;  // comments, storage parameters, the index to cluster on
}

LockTime of_table_option(const std::string& option) {
  if (schema::is_one_of(option, {"unlogged", "tablespace", "access_method"})) return LockTime::rewrite;
  if (schema::is_one_of(option, {"partition_of", "bound", "inherits"})) return LockTime::scan;
  return LockTime::instant;
}

}  // namespace

plan::Capabilities capabilities_of(int version) {
  plan::Capabilities can;
  can.dialect = "postgres";
  can.server_version = fmt::format("{}.{}", version / 10000, version % 10000);
  can.transactional_ddl = true;
  can.merge_table_changes = true;
  can.online_indexes = true;
  can.foreign_keys_need_target = true;
  can.trigger_fills_not_null = true;
  can.defaults_number = true;
  can.numbers_before_triggers = true;
  can.rename_table_by_view = true;
  can.widths_bind = true;
  can.triggers_keep_snapshot = true;
  can.triggers_clear_the_way = true;
  return can;
}

Effect effect(const diff::Change& change) {
  return schema::match(
      change, [](const diff::ChangeColumnOption&) { return Effect::unnoticed; },
      [](const diff::ChangeTableOption& c) { return of_table_option(c); },
      [](const diff::CreateObject& c) { return object_effect(c); },
      [](const diff::DropObject& c) { return object_effect(c); },
      [](const diff::ReplaceObject& c) { return object_effect(c); },
      [](const diff::ChangeType& c) { return value_fits("c", c.before, c.after) ? Effect::lost : Effect::noticed; },
      [](const auto&) { return Effect::noticed; });
}

LockTime lock_time(const diff::Change& change, const schema::Schema&) {
  return schema::match(
      change, [](const diff::AddColumn& c) { return of_new_column(c.column); },
      [](const diff::ChangeType& c) {
        const plan::TypeRelation relation = relate(c.before, c.after);
        const bool in_place = relation == plan::TypeRelation::same || relation == plan::TypeRelation::widen_metadata;
        return in_place ? LockTime::instant : LockTime::rewrite;
      },
      [](const diff::ChangeCollation&) { return LockTime::scan; },
      [](const diff::ChangeGenerated& c) { return c.after ? LockTime::rewrite : LockTime::instant; },
      [](const diff::ChangeIdentity& c) { return c.after && !c.before ? LockTime::scan : LockTime::instant; },
      [](const diff::ChangeTableOption& c) { return of_table_option(c.option); },
      [](const diff::CreateIndex&) { return LockTime::scan; }, [](const diff::ReplaceIndex&) { return LockTime::scan; },
      [](const auto&) { return LockTime::instant; });
}

}  // namespace emcee::postgres
