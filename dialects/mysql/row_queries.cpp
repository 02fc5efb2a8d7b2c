#include "dialects/mysql/row_queries.h"

#include <fmt/format.h>

#include "dialects/common/row_queries.h"
#include "dialects/mysql/counted_key.h"
#include "dialects/mysql/group_sql.h"
#include "dialects/mysql/move_triggers.h"
#include "dialects/mysql/quoting.h"
#include "dialects/mysql/row_key.h"
#include "dialects/mysql/stored_value.h"

namespace emcee::mysql {

using schema::Identifier;
using schema::Table;

namespace {

class Queries : public common::RowQueries {
 public:
  explicit Queries(const Server& server) : server_(server) {}

 protected:
  const schema::Quoting& quoting() const override { return mysql::quoting(); }
  std::string string_literal(const std::string& text) const override { return mysql::string_literal(text); }
  std::string expression(const schema::Fragment& fragment) const override { return expression_sql(fragment); }
  std::unique_ptr<common::GroupSql> group_sql(const plan::SyncGroup& group, const Table& table) const override {
    return std::make_unique<GroupSql>(group, table, server_);
  }
  // READ COMMITTED, in which batches run, would read other tables as they were before the row was locked.
  std::unique_ptr<common::GroupSql> updating_sql(const plan::SyncGroup& group, const Table& table) const override {
    return std::make_unique<GroupSql>(group, table, server_, GroupSql::Reads::locked);
  }
  std::unique_ptr<common::MoveSql> move_sql(const plan::SyncGroup& group, const schema::Schema& schema) const override {
    return std::make_unique<MoveSql>(group, schema, server_);
  }
  std::string read_lock() const override { return "FOR UPDATE"; }
  std::string key_text(const Table& table) const override { return mysql::key_text(table); }
  std::vector<Identifier> batch_key(const Table& table) const override {
    const auto key = row_key(table);
    return key ? key->columns : std::vector<Identifier>{};
  }
  std::optional<std::string> fits(const Table& table, const diff::ChangeType& change) const override {
    const schema::Column* column = table.find_column(change.column);
    if (!column) return std::nullopt;
    schema::Column target = *column;
    target.type = change.after;
    return stored_converts(*column, target, quoting()(change.column), server_);
  }
  // A batch is no change that the application made (ON UPDATE CURRENT_TIMESTAMP).
  void number_rows(plan::RenderedBackfill& result, const plan::SyncGroup& group, const Table& table) const override {
    const GroupSql sql(group, table, server_);
    result.numbering = numbering(sql, kept_as_they_are(table));
    result.numbering_offline = numbering_offline(sql, kept_as_they_are(table));
  }
  // Error 1442 otherwise.
  std::string unless_there(const schema::QualifiedName& table, const Identifier& key) const override {
    return fmt::format(" ON DUPLICATE KEY UPDATE {0}.{1} = {0}.{1}", quoting()(table.name), quoting()(key));
  }
  std::vector<std::string> quietly(std::vector<std::string> statements) const override {
    statements.insert(statements.begin(), "SET @emcee_bypass = CONNECTION_ID()");
    statements.emplace_back("SET @emcee_bypass = NULL");
    return statements;
  }
  std::vector<std::string> kept_as_they_are(const Table& table) const override {
    std::vector<std::string> result;
    for (const auto& column : table.columns)
      if (column.options.contains("on_update")) result.push_back(fmt::format("{0} = {0}", quoting()(column.name)));
    return result;
  }

 private:
  Server server_;
};

}  // namespace

plan::RenderedBackfill render_backfill(const plan::Backfill& backfill, const schema::Schema& schema,
                                       const Server& server) {
  return Queries(server).render_backfill(backfill, schema);
}

std::vector<plan::RowQuery> verify_queries(const plan::SyncGroup& group, const schema::Schema& schema,
                                           const Server& server) {
  return Queries(server).verify_queries(group, schema);
}

std::vector<std::string> resolve(const plan::SyncGroup& group, const schema::Schema& schema, const Server& server,
                                 bool old_wins) {
  return Queries(server).resolve(group, schema, old_wins);
}

plan::RowQuery requirement_query(const plan::CheckRows& check, const schema::Schema& schema, const Server& server) {
  return Queries(server).requirement_query(check, schema);
}

}  // namespace emcee::mysql
