#include "dialects/sqlite/row_queries.h"

#include <algorithm>

#include "dialects/common/row_queries.h"
#include "dialects/sqlite/counted_key.h"
#include "dialects/sqlite/ddl.h"
#include "dialects/sqlite/group_sql.h"
#include "dialects/sqlite/mirror_triggers.h"
#include "dialects/sqlite/move_triggers.h"
#include "dialects/sqlite/row_key.h"
#include "dialects/sqlite/types.h"

namespace emcee::sqlite {

using plan::RenderedBackfill;
using schema::Identifier;
using schema::Table;

namespace {

class Queries : public common::RowQueries {
 protected:
  const schema::Quoting& quoting() const override { return sqlite::quoting(); }
  std::string string_literal(const std::string& text) const override { return sqlite::string_literal(text); }
  std::string expression(const schema::Fragment& fragment) const override {
    return to_canonical_sql(fragment, quoting());
  }
  std::unique_ptr<common::GroupSql> group_sql(const plan::SyncGroup& group, const Table& table) const override {
    return std::make_unique<GroupSql>(group, table);
  }
  std::unique_ptr<common::MoveSql> move_sql(const plan::SyncGroup& group, const schema::Schema& schema) const override {
    return std::make_unique<MoveSql>(group, schema);
  }
  std::string key_text(const Table& table) const override { return sqlite::key_text(table); }
  std::vector<Identifier> batch_key(const Table& table) const override {
    const auto key = row_key(table);
    return key ? key->columns : std::vector<Identifier>{};
  }
  std::optional<std::string> fits(const Table&, const diff::ChangeType& change) const override {
    return sqlite::fits(quoting()(change.column), change.before, change.after);
  }
  std::optional<plan::RowQuery> against_options(const Table& table) const override {
    std::vector<std::string> terms;
    for (const auto& column : table.columns)
      if (auto condition = fits_strict(quoting()(column.name), column.type)) terms.push_back(negate(*condition));
    return query(table.name.text() + ": values that a STRICT table refuses", "requirement", table,
                 "holds a value of another type", any_of(terms), "convert the values");
  }
  void number_rows(RenderedBackfill& result, const plan::SyncGroup& group, const Table& table) const override {
    if (const auto key = row_key(table)) result.numbering = numbering(group, table, *key);
  }
  // All triggers are off then, and one of the application may keep an index or a log.
  bool may_bypass_triggers(const schema::Schema& schema, const schema::QualifiedName& table) const override {
    const auto triggers = schema.triggers_of(table);
    return std::none_of(triggers.begin(), triggers.end(),
                        [](const auto* trigger) { return trigger->events.front() == schema::TriggerEvent::update; });
  }
};

}  // namespace

plan::RenderedBackfill render_backfill(const plan::Backfill& backfill, const schema::Schema& schema) {
  if (backfill.groups.front().mirror) return backfill_mirror(backfill.groups.front(), schema);
  plan::RenderedBackfill result = Queries().render_backfill(backfill, schema);
  result.bypass_triggers = result.bypass_triggers && !backfill.fires_triggers;
  return result;
}

std::vector<plan::RowQuery> verify_queries(const plan::SyncGroup& group, const schema::Schema& schema) {
  if (group.mirror) return verify_mirror(group, schema);
  return Queries().verify_queries(group, schema);
}

std::vector<std::string> resolve(const plan::SyncGroup& group, const schema::Schema& schema, bool old_wins) {
  if (group.mirror) return resolve_mirror(group, schema, old_wins);
  return Queries().resolve(group, schema, old_wins);
}

plan::RowQuery requirement_query(const plan::CheckRows& check, const schema::Schema& schema) {
  return Queries().requirement_query(check, schema);
}

}  // namespace emcee::sqlite
