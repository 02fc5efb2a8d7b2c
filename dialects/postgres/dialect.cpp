#include "dialects/postgres/dialect.h"

#include <fmt/format.h>

#include <charconv>

#include "dialects/postgres/capabilities.h"
#include "dialects/postgres/catalogue_query.h"
#include "dialects/postgres/ddl.h"
#include "dialects/postgres/held_triggers.h"
#include "dialects/postgres/lookup_triggers.h"
#include "dialects/postgres/names.h"
#include "dialects/postgres/parse.h"
#include "dialects/postgres/prepare.h"
#include "dialects/postgres/print.h"
#include "dialects/postgres/render.h"
#include "dialects/postgres/row_queries.h"
#include "dialects/postgres/shadow.h"
#include "dialects/postgres/sync_triggers.h"
#include "dialects/postgres/types.h"

namespace emcee::postgres {

namespace {

using plan::Fragment;
using plan::Identifier;
using plan::QualifiedName;
using schema::Result;
using schema::Schema;

class PostgresDialect : public plan::Dialect {
 public:
  explicit PostgresDialect(int version) : version_(version), can_(capabilities_of(version)) {}

  std::string_view name() const override { return "postgres"; }
  const plan::Capabilities& capabilities() const override { return can_; }
  const schema::Quoting& quoting() const override { return postgres::quoting(); }
  schema::Folding folding() const override { return schema::Folding::exact; }

  Result<Schema> read(const std::vector<parser::Source>& sources, bool lenient,
                      parser::Coverage& coverage) const override {
    return postgres::read(sources, lenient, coverage, version_);
  }
  Result<Fragment> parse_expression(const parser::Source& source) const override {
    return postgres::parse_expression(source);
  }
  std::string print(const Schema& schema) const override { return postgres::print(schema); }
  std::string catalogue_query() const override { return postgres::catalogue_query(); }

  plan::Effect effect(const diff::Change& change) const override { return postgres::effect(change); }
  plan::LockTime lock_time(const diff::Change& change, const Schema& before) const override {
    return postgres::lock_time(change, before);
  }
  bool prepares(const diff::Change& change) const override { return postgres::prepares(change); }

  plan::TypeRelation relate(const schema::Type& before, const schema::Type& after) const override {
    return postgres::relate(before, after);
  }
  Fragment zero(const schema::Type& type) const override { return postgres::zero(type); }
  bool is_constant(const Fragment& expression) const override { return postgres::is_constant(expression); }
  bool is_deterministic(const Fragment& expression) const override { return postgres::is_deterministic(expression); }

  std::optional<Identifier> shadow_name(const Identifier& column) const override {
    return stand_in(QualifiedName{{}, column}).name;
  }
  std::optional<std::string> shadow_obstacle(const Schema& schema, const QualifiedName& table,
                                             const Identifier& column) const override {
    return postgres::shadow_obstacle(schema, table, column);
  }

  // ctid changes with every update.
  std::optional<Fragment> row_number(const schema::Table&) const override { return std::nullopt; }
  std::optional<std::vector<Identifier>> view_columns(const Schema& schema, const QualifiedName& view) const override {
    return postgres::view_columns(schema, view);
  }

  Result<plan::RenderedStep> render(const plan::Step& step, const Schema& before, const Schema& after,
                                    const plan::Plan& plan) const override {
    return postgres::render(step, before, after, plan);
  }
  plan::RenderedBackfill render_backfill(const plan::Backfill& backfill, const Schema& schema) const override {
    return postgres::render_backfill(backfill, schema);
  }
  std::vector<plan::RowQuery> verify_queries(const plan::SyncGroup& group, const Schema& schema) const override {
    return postgres::verify_queries(group, schema);
  }
  std::vector<std::string> resolve(const plan::SyncGroup& group, const Schema& schema, bool old_wins) const override {
    return postgres::resolve(group, schema, old_wins);
  }
  std::vector<std::string> sync_objects(const plan::SyncGroup& group, const Schema&) const override {
    std::vector<std::string> names = sync_trigger_names(group);
    if (group.holds_old())
      for (std::string& name : held_trigger_names(group)) names.push_back(std::move(name));
    for (std::size_t i = 0; i < group.lookup_tables().size(); ++i)
      for (std::string& name : lookup_trigger_names(group, i)) names.push_back(std::move(name));
    return names;
  }
  plan::RowQuery requirement_query(const plan::CheckRows& check, const Schema& schema) const override {
    return postgres::requirement_query(check, schema);
  }

 private:
  int version_;
  plan::Capabilities can_;
};

}  // namespace

std::unique_ptr<plan::Dialect> make_dialect(int version) {
  return std::make_unique<PostgresDialect>(version ? version : kAssumedVersion);
}

int parse_version(std::string_view text) {
  int parts[2] = {0, 0};
  const char* at = text.data();
  const char* end = text.data() + text.size();
  for (int i = 0; i < 2; ++i) {
    const auto [next, error] = std::from_chars(at, end, parts[i]);
    if (error != std::errc() || parts[i] < 0 || parts[i] > 999) return 0;
    if (next == end) return parts[0] >= 10 ? parts[0] * 10000 + parts[1] : 0;
    if (*next != '.') return 0;
    at = next + 1;
  }
  return 0;
}

}  // namespace emcee::postgres
