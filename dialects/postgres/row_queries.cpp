#include "dialects/postgres/row_queries.h"

#include <fmt/format.h>

#include <algorithm>

#include "dialects/common/row_queries.h"
#include "dialects/postgres/alter_table.h"
#include "dialects/postgres/group_sql.h"
#include "dialects/postgres/move_triggers.h"
#include "dialects/postgres/piece.h"
#include "dialects/postgres/quoting.h"
#include "dialects/postgres/row_key.h"
#include "dialects/postgres/value_fits.h"

namespace emcee::postgres {

namespace {

class Queries : public common::RowQueries {
 protected:
  const schema::Quoting& quoting() const override { return postgres::quoting(); }
  std::string string_literal(const std::string& text) const override { return postgres::string_literal(text); }
  std::string expression(const schema::Fragment& fragment) const override {
    return to_canonical_sql(fragment, postgres::quoting());
  }
  std::unique_ptr<common::GroupSql> group_sql(const plan::SyncGroup& group, const schema::Table& table) const override {
    return std::make_unique<GroupSql>(group, table);
  }
  std::unique_ptr<common::MoveSql> move_sql(const plan::SyncGroup& group, const schema::Schema& schema) const override {
    return std::make_unique<MoveSql>(group, schema);
  }
  std::string key_text(const schema::Table& table) const override { return postgres::key_text(table); }
  std::vector<schema::Identifier> batch_key(const schema::Table& table) const override {
    return postgres::batch_key(table);
  }
  std::optional<std::string> fits(const schema::Table& table, const diff::ChangeType& change) const override {
    const std::string name = postgres::quoting()(change.column);
    const auto condition = value_fits(name, change.before, change.after);
    const schema::Column* column = table.find_column(change.column);
    if (!column || !column->not_null || !empty_becomes_null(change.before, change.after)) return condition;
    const std::string filled = name + "::pg_catalog.text <> ''";
    return condition ? fmt::format("({}) AND {}", *condition, filled) : filled;
  }
  bool are_comparable(const schema::Type& a, const schema::Type& b) const override {
    return a.name == b.name || (is_number(a.name) && is_number(b.name)) || (is_string(a.name) && is_string(b.name));
  }
  // The bypass silences the triggers of sync alone. A BEFORE trigger of the application may change a
  // column of the group while a batch runs; then they have to see it.
  bool may_bypass_triggers(const schema::Schema& schema, const schema::QualifiedName& table) const override {
    const auto triggers = schema.triggers_of(table);
    return std::none_of(triggers.begin(), triggers.end(),
                        [](const schema::Trigger* trigger) { return trigger->time == schema::TriggerTime::before; });
  }
  // A statement reads by the snapshot that it began with, and may wait for a row after that (READ COMMITTED).
  std::string row_lock() const override { return "FOR NO KEY UPDATE"; }
};

}  // namespace

plan::RenderedBackfill render_backfill(const plan::Backfill& backfill, const schema::Schema& schema) {
  return Queries().render_backfill(backfill, schema);
}

std::vector<plan::RowQuery> verify_queries(const plan::SyncGroup& group, const schema::Schema& schema) {
  return Queries().verify_queries(group, schema);
}

std::vector<std::string> resolve(const plan::SyncGroup& group, const schema::Schema& schema, bool old_wins) {
  return Queries().resolve(group, schema, old_wins);
}

plan::RowQuery requirement_query(const plan::CheckRows& check, const schema::Schema& schema) {
  return Queries().requirement_query(check, schema);
}

}  // namespace emcee::postgres
