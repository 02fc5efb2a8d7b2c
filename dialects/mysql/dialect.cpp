#include "dialects/mysql/dialect.h"

#include <fmt/format.h>

#include <charconv>

#include "dialects/mysql/ddl.h"
#include "dialects/mysql/inspect.h"
#include "dialects/mysql/limits.h"
#include "dialects/mysql/lookup_triggers.h"
#include "dialects/mysql/move_triggers.h"
#include "dialects/mysql/objects.h"
#include "dialects/mysql/parse.h"
#include "dialects/mysql/quoting.h"
#include "dialects/mysql/render.h"
#include "dialects/mysql/row_queries.h"
#include "dialects/mysql/stored_value.h"
#include "dialects/mysql/sync_triggers.h"
#include "dialects/mysql/types.h"
#include "dialects/mysql/view_columns.h"

namespace emcee::mysql {

namespace {

using plan::Fragment;
using plan::Identifier;
using plan::QualifiedName;
using schema::Result;
using schema::Schema;

plan::Capabilities capabilities_of(const Server& server) {
  plan::Capabilities can;
  can.dialect = server.is_mariadb() ? "mariadb" : "mysql";
  can.server_version =
      fmt::format("{}.{}.{}", server.version / 10000, server.version / 100 % 100, server.version % 100);
  can.merge_table_changes = true;
  can.virtual_columns_alone = true;
  can.online_indexes = true;
  can.foreign_keys_need_target = true;
  can.foreign_keys_bind_columns = true;
  can.cascades_pass_triggers = true;
  can.trigger_fills_not_null = true;
  can.rename_table_by_view = true;
  can.widths_bind = true;
  can.inserts_count_columns = true;
  can.inserts_count_generated = true;
  can.hides_columns = server.version >= (server.is_mariadb() ? 100303 : 80023);
  can.has_replace = true;
  can.statement_bars_tables = true;
  can.upserts_name_keys = false;
  can.numbers_by_inserting = true;
  return can;
}

class MysqlDialect : public plan::Dialect {
 public:
  explicit MysqlDialect(const Server& server) : server_(server), can_(capabilities_of(server)) {}

  std::string_view name() const override { return can_.dialect; }
  const plan::Capabilities& capabilities() const override { return can_; }
  const schema::Quoting& quoting() const override { return mysql::quoting(); }
  schema::Folding folding() const override { return schema::Folding::ignore_case; }

  Result<Schema> read(const std::vector<parser::Source>& sources, bool lenient,
                      parser::Coverage& coverage) const override {
    return mysql::read(sources, server_, lenient, coverage);
  }
  Result<Fragment> parse_expression(const parser::Source& source) const override {
    return mysql::parse_expression(source, server_);
  }
  std::string print(const Schema& schema) const override { return mysql::print(schema, server_); }
  std::string catalogue_query() const override { return mysql::catalogue_query(server_); }

  plan::Effect effect(const diff::Change& change) const override { return mysql::effect(change); }
  plan::LockTime lock_time(const diff::Change& change, const Schema& before) const override {
    return mysql::lock_time(change, before, server_);
  }
  bool prepares(const diff::Change&) const override { return false; }

  plan::TypeRelation relate(const schema::Type& before, const schema::Type& after) const override {
    return mysql::relate(before, after, server_);
  }
  Fragment zero(const schema::Type& type) const override { return mysql::zero(type); }
  bool is_constant(const Fragment& expression) const override { return mysql::is_constant(expression); }
  bool is_deterministic(const Fragment& expression) const override { return mysql::is_deterministic(expression); }

  std::optional<Fragment> omission_default(const schema::Column& column) const override {
    return mysql::omission_default(column, server_);
  }
  std::optional<std::string> broken_limit(const schema::Table& table) const override {
    return mysql::broken_limit(table, server_);
  }
  std::optional<Fragment> row_number(const schema::Table&) const override { return std::nullopt; }
  std::optional<std::vector<Identifier>> view_columns(const Schema& schema, const QualifiedName& view) const override {
    return mysql::view_columns(schema, view);
  }

  Result<plan::RenderedStep> render(const plan::Step& step, const Schema& before, const Schema& after,
                                    const plan::Plan& plan) const override {
    return mysql::render(step, before, after, plan, server_);
  }
  plan::RenderedBackfill render_backfill(const plan::Backfill& backfill, const Schema& schema) const override {
    return mysql::render_backfill(backfill, schema, server_);
  }
  std::vector<plan::RowQuery> verify_queries(const plan::SyncGroup& group, const Schema& schema) const override {
    return mysql::verify_queries(group, schema, server_);
  }
  std::vector<std::string> resolve(const plan::SyncGroup& group, const Schema& schema, bool old_wins) const override {
    return mysql::resolve(group, schema, server_, old_wins);
  }
  std::vector<std::string> sync_objects(const plan::SyncGroup& group, const Schema&) const override {
    if (group.move) return move_trigger_names(group);
    std::vector<std::string> names = sync_trigger_names(group);
    if (!group.freeze) names.push_back(replace_guard_name(group));
    for (std::string& name : lookup_trigger_names(group)) names.push_back(std::move(name));
    return names;
  }
  plan::RowQuery requirement_query(const plan::CheckRows& check, const Schema& schema) const override {
    return mysql::requirement_query(check, schema, server_);
  }

 private:
  Server server_;
  plan::Capabilities can_;
};

}  // namespace

std::unique_ptr<plan::Dialect> make_mysql(int version) {
  return std::make_unique<MysqlDialect>(version ? Server{Flavour::mysql, version} : kMysql);
}
std::unique_ptr<plan::Dialect> make_mariadb(int version) {
  return std::make_unique<MysqlDialect>(version ? Server{Flavour::mariadb, version} : kMariadb);
}

int parse_version(std::string_view text) {
  int parts[3] = {0, 0, 0};
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  for (int i = 0; i < 3; ++i) {
    const auto [next, error] = std::from_chars(at, end, parts[i]);
    if (error != std::errc() || parts[i] < 0 || parts[i] > 99) return 0;
    if (next == end) return i == 0 ? 0 : parts[0] * 10000 + parts[1] * 100 + parts[2];
    if (*next != '.') return 0;
    at = next + 1;
  }
  return 0;
}

}  // namespace emcee::mysql
