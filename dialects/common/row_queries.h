// Queries over rows: which wait for the backfill, which are in conflict, which stand against a
// requirement of contract; and the backfill itself. The rules are here; a dialect tells how it
// spells things and how it finds a row.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dialects/common/group_sql.h"
#include "dialects/common/move_sql.h"
#include "plan/dialect.h"

namespace emcee::common {

class RowQueries {
 public:
  virtual ~RowQueries() = default;

  plan::RenderedBackfill render_backfill(const plan::Backfill& backfill, const schema::Schema& schema) const;
  std::vector<plan::RowQuery> verify_queries(const plan::SyncGroup& group, const schema::Schema& schema) const;
  std::vector<std::string> resolve(const plan::SyncGroup& group, const schema::Schema& schema, bool old_wins) const;
  plan::RowQuery requirement_query(const plan::CheckRows& check, const schema::Schema& schema) const;

 protected:
  virtual const schema::Quoting& quoting() const = 0;
  virtual std::string string_literal(const std::string& text) const = 0;
  virtual std::string expression(const schema::Fragment& fragment) const = 0;
  virtual std::unique_ptr<GroupSql> group_sql(const plan::SyncGroup& group, const schema::Table& table) const = 0;
  virtual std::unique_ptr<MoveSql> move_sql(const plan::SyncGroup& group, const schema::Schema& schema) const = 0;
  // The row's key for people, an expression of type text.
  virtual std::string key_text(const schema::Table& table) const = 0;
  // The columns that batches walk, in order; empty where nothing tells the rows apart.
  virtual std::vector<schema::Identifier> batch_key(const schema::Table& table) const = 0;
  // A condition: the value fits the type; none where every value does.
  virtual std::optional<std::string> fits(const schema::Table& table, const diff::ChangeType& change) const = 0;
  // The server has an equality of both.
  virtual bool are_comparable(const schema::Type&, const schema::Type&) const { return true; }
  // Rows that other options of the table refuse; none where there are no such options.
  virtual std::optional<plan::RowQuery> against_options(const schema::Table&) const { return std::nullopt; }
  // Nobody but Emcee's own triggers misses the backfill's writes.
  virtual bool may_bypass_triggers(const schema::Schema&, const schema::QualifiedName&) const { return true; }
  // For a batch that goes by other tables: see plan::RenderedBackfill::row_lock.
  virtual std::string row_lock() const { return {}; }
  // The same for rows that are written to another table; behind a SELECT it locks what is read.
  virtual std::string read_lock() const { return row_lock(); }
  // The group as an update spells it, which must not go by what others have changed since.
  virtual std::unique_ptr<GroupSql> updating_sql(const plan::SyncGroup& group, const schema::Table& table) const {
    return group_sql(group, table);
  }
  // Where the server counts the keys of generated rows and no expression can say the next one.
  virtual void number_rows(plan::RenderedBackfill&, const plan::SyncGroup&, const schema::Table&) const {}
  // The end of an INSERT that passes over rows whose key is there: ` ON CONFLICT (..) DO NOTHING`. The table has no
  // other unique key.
  virtual std::string unless_there(const schema::QualifiedName&, const schema::Identifier& key) const {
    return fmt::format(" ON CONFLICT ({}) DO NOTHING", quoting()(key));
  }
  // The statements, where they name two tables whose triggers write each other.
  virtual std::vector<std::string> quietly(std::vector<std::string> statements) const { return statements; }
  // What a SET list has to say besides: columns that would change by themselves.
  virtual std::vector<std::string> kept_as_they_are(const schema::Table&) const { return {}; }

  plan::RowQuery query(std::string name, const char* kind, const schema::Table& table, const std::string& reason,
                       const std::string& condition, std::string hint) const;

 private:
  void render_move(plan::RenderedBackfill& result, const plan::SyncGroup& group, const schema::Schema& schema) const;
  std::vector<plan::RowQuery> verify_move(const plan::SyncGroup& group, const schema::Schema& schema) const;
  std::string part_sql(const schema::KeyPart& part) const;
  plan::RowQuery duplicates(const schema::Table& table, const std::vector<schema::KeyPart>& parts,
                            const std::optional<schema::Fragment>& where) const;
  plan::RowQuery key_problems(const schema::Table& table, const schema::PrimaryKey& key) const;
  plan::RowQuery orphans(const schema::Table& table, const schema::ForeignKey& key, const schema::Schema& schema) const;
  static std::string waiting(const GroupSql& sql);
  std::string once_for_each_key(const diff::GeneratedRow& row, const schema::Schema& schema) const;
  std::string kept_out(const GroupSql& sql, const schema::Schema& schema) const;
  plan::RowQuery misfits(const schema::Table& table, const diff::ChangeType& change) const;
};

}  // namespace emcee::common
