#include "dialects/sqlite/dialect.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <charconv>

#include "dialects/sqlite/ddl.h"
#include "dialects/sqlite/lookup_triggers.h"
#include "dialects/sqlite/mirror_triggers.h"
#include "dialects/sqlite/move_triggers.h"
#include "dialects/sqlite/parse.h"
#include "dialects/sqlite/render.h"
#include "dialects/sqlite/row_key.h"
#include "dialects/sqlite/row_queries.h"
#include "dialects/sqlite/sync_triggers.h"
#include "dialects/sqlite/types.h"

namespace emcee::sqlite {

namespace {

using plan::Fragment;
using plan::Identifier;
using plan::QualifiedName;
using schema::Result;
using schema::Schema;

// The columns of a view as the linked library sees them, on an empty database of that schema.
std::optional<std::vector<Identifier>> ask_library(const std::string& ddl, const std::string& view) {
  sqlite3* db = nullptr;
  std::optional<std::vector<Identifier>> result;
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_open(":memory:", &db) == SQLITE_OK &&
      sqlite3_exec(db, ddl.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK &&
      sqlite3_prepare_v2(db, "SELECT name FROM pragma_table_xinfo(?1)", -1, &statement, nullptr) == SQLITE_OK) {
    sqlite3_bind_text(statement, 1, view.c_str(), -1, SQLITE_STATIC);
    std::vector<Identifier> columns;
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW)
      columns.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(statement, 0)),
                           schema::Folding::ignore_case);
    if (code == SQLITE_DONE && !columns.empty()) result = std::move(columns);
  }
  sqlite3_finalize(statement);
  sqlite3_close(db);
  return result;
}

plan::Capabilities capabilities_of(int library) {
  plan::Capabilities can;
  can.dialect = "sqlite";
  can.server_version = fmt::format("{}.{}.{}", library / 1000000, library / 1000 % 1000, library % 1000);
  can.transactional_ddl = true;
  can.merge_table_changes = true;
  can.unique_needs_rewrite = true;
  can.returning_before_triggers = true;
  can.inserts_count_columns = true;
  can.has_replace = true;
  can.one_writer = true;
  can.one_namespace = true;
  can.rename_table_by_copy = true;
  return can;
}

class SqliteDialect : public plan::Dialect {
 public:
  explicit SqliteDialect(int library) : library_(library), can_(capabilities_of(library)) {}

  std::string_view name() const override { return "sqlite"; }
  const plan::Capabilities& capabilities() const override { return can_; }
  const schema::Quoting& quoting() const override { return sqlite::quoting(); }
  schema::Folding folding() const override { return schema::Folding::ignore_case; }

  Result<Schema> read(const std::vector<parser::Source>& sources, bool lenient,
                      parser::Coverage& coverage) const override {
    return sqlite::read(sources, lenient, coverage);
  }
  Result<Fragment> parse_expression(const parser::Source& source) const override {
    return sqlite::parse_expression(source);
  }
  std::string print(const Schema& schema) const override { return sqlite::print(schema); }

  std::string catalogue_query() const override {
    return "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'emcee\\_%' ESCAPE '\\' AND name NOT "
           "LIKE "
           "'sqlite\\_%' ESCAPE '\\' ORDER BY CASE type WHEN 'table' THEN 1 WHEN 'index' THEN 2 WHEN 'view' THEN 3 "
           "ELSE 4 "
           "END, rowid";
  }

  // Virtual tables can only be made anew; a column or table has no options here.
  plan::Effect effect(const diff::Change& change) const override {
    if (std::holds_alternative<diff::CreateObject>(change)) return plan::Effect::unnoticed;
    return std::holds_alternative<diff::ReplaceObject>(change) ? plan::Effect::lost : plan::Effect::noticed;
  }
  // One lock for all, so that all changes of a table belong together.
  plan::LockTime lock_time(const diff::Change&, const Schema&) const override { return plan::LockTime::rewrite; }
  bool prepares(const diff::Change&) const override { return false; }

  plan::TypeRelation relate(const schema::Type& before, const schema::Type& after) const override {
    return sqlite::relate(before, after);
  }
  Fragment zero(const schema::Type& type) const override { return sqlite::zero(type); }
  bool is_constant(const Fragment& expression) const override { return sqlite::is_constant(expression); }
  bool is_deterministic(const Fragment& expression) const override { return sqlite::is_deterministic(expression); }

  std::optional<std::string> copy_obstacle(const Schema& schema, const schema::Table& table) const override {
    return sqlite::copy_obstacle(schema, table);
  }

  std::optional<Fragment> row_number(const schema::Table& table) const override {
    const auto name = rowid_name(table);
    return name ? std::optional(Fragment::column(*name)) : std::nullopt;
  }
  std::optional<std::vector<Identifier>> view_columns(const Schema& schema, const QualifiedName& view) const override {
    return ask_library(sqlite::print(schema), view.name.text());
  }

  Result<plan::RenderedStep> render(const plan::Step& step, const Schema& before, const Schema& after,
                                    const plan::Plan& plan) const override {
    return sqlite::render(step, before, after, plan, library_);
  }
  plan::RenderedBackfill render_backfill(const plan::Backfill& backfill, const Schema& schema) const override {
    return sqlite::render_backfill(backfill, schema);
  }
  std::vector<plan::RowQuery> verify_queries(const plan::SyncGroup& group, const Schema& schema) const override {
    return sqlite::verify_queries(group, schema);
  }
  std::vector<std::string> resolve(const plan::SyncGroup& group, const Schema& schema, bool old_wins) const override {
    return sqlite::resolve(group, schema, old_wins);
  }
  std::vector<std::string> sync_objects(const plan::SyncGroup& group, const Schema& schema) const override {
    const schema::Table* table = schema.find_table(group.table);
    if (!table) return {};
    if (group.move) return move_trigger_names(group);
    if (group.mirror) return mirror_trigger_names(group);
    std::vector<std::string> names = sync_trigger_names(group, *table);
    for (std::string& name : lookup_trigger_names(group)) names.push_back(std::move(name));
    return names;
  }
  plan::RowQuery requirement_query(const plan::CheckRows& check, const Schema& schema) const override {
    return sqlite::requirement_query(check, schema);
  }

 private:
  int library_;
  plan::Capabilities can_;
};

}  // namespace

std::unique_ptr<plan::Dialect> make_dialect(int library) {
  return std::make_unique<SqliteDialect>(library ? library : sqlite3_libversion_number());
}

int parse_version(std::string_view text) {
  int parts[3] = {0, 0, 0};
  const char* at = text.data();
  const char* end = text.data() + text.size();
  for (int i = 0; i < 3; ++i) {
    const auto [next, error] = std::from_chars(at, end, parts[i]);
    if (error != std::errc() || parts[i] < 0 || parts[i] > 999) return 0;
    if (next == end) return i == 0 ? 0 : parts[0] * 1000000 + parts[1] * 1000 + parts[2];
    if (*next != '.') return 0;
    at = next + 1;
  }
  return 0;
}

}  // namespace emcee::sqlite
