// CREATE VIEW, CREATE MATERIALIZED VIEW, CREATE TRIGGER.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "dialects/postgres/ddl.h"
#include "dialects/postgres/walker.h"

namespace emcee::postgres {

using schema::Fragment;
using schema::QualifiedName;
using schema::Result;

Result<void> Walker::create_view(const PgQuery__ViewStmt& stmt) {
  schema::View view;
  view.name = created(*stmt.view);
  if (!stmt.query || stmt.query->node_case != PG_QUERY__NODE__NODE_SELECT_STMT)
    return misunderstood("this kind of view");
  const Context context{&session_, nullptr};
  EMCEE_ASSIGN(Query result, query(*stmt.query->select_stmt, context, texts_of(stmt.aliases, stmt.n_aliases)));
  view.query = Fragment(std::move(result.tokens));
  // The names are in the query, unless `*` hides which column is which.
  if (result.columns.empty())
    for (const std::string& name : texts_of(stmt.aliases, stmt.n_aliases)) view.columns.push_back(identifier(name));
  view.options = storage_options(stmt.options, stmt.n_options);
  if (stmt.with_check_option == PG_QUERY__VIEW_CHECK_OPTION__LOCAL_CHECK_OPTION) view.options["check_option"] = "local";
  if (stmt.with_check_option == PG_QUERY__VIEW_CHECK_OPTION__CASCADED_CHECK_OPTION)
    view.options["check_option"] = "cascaded";
  const bool temporary = stmt.view->relpersistence && *stmt.view->relpersistence == 't';
  const QualifiedName name = view.name;
  EMCEE_TRY(replay(parser::CreateView{std::move(view), false, temporary, stmt.replace != 0}));
  if (!temporary) session_.set_view_columns(name, std::move(result.columns));
  return {};
}

Result<void> Walker::create_as(const PgQuery__CreateTableAsStmt& stmt) {
  const PgQuery__IntoClause& into = *stmt.into;
  const bool temporary = into.rel->relpersistence && *into.rel->relpersistence == 't';
  if (stmt.objtype != PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW) {
    schema::Table table;
    table.name = created(*into.rel);
    return replay(parser::CreateTable{std::move(table), stmt.if_not_exists != 0, temporary, true});
  }
  schema::View view;
  view.name = created(*into.rel);
  if (!stmt.query || stmt.query->node_case != PG_QUERY__NODE__NODE_SELECT_STMT)
    return misunderstood("this kind of materialized view");
  const Context context{&session_, nullptr};
  EMCEE_ASSIGN(Query result, query(*stmt.query->select_stmt, context, texts_of(into.col_names, into.n_col_names)));
  view.query = Fragment(std::move(result.tokens));
  if (result.columns.empty())
    for (const std::string& name : texts_of(into.col_names, into.n_col_names)) view.columns.push_back(identifier(name));
  view.options = storage_options(into.options, into.n_options);
  view.options["materialized"] = "true";
  const QualifiedName name = view.name;
  EMCEE_TRY(replay(parser::CreateView{std::move(view), stmt.if_not_exists != 0, false, false}));
  session_.set_view_columns(name, std::move(result.columns));
  return {};
}

Result<void> Walker::create_trigger(const PgQuery__CreateTrigStmt& stmt) {
  constexpr int kBefore = 1 << 1, kInsert = 1 << 2, kDelete = 1 << 3, kUpdate = 1 << 4, kTruncate = 1 << 5,
                kInsteadOf = 1 << 6;  // catalog/pg_trigger.h
  schema::Trigger trigger;
  trigger.table = relation(*stmt.relation);
  trigger.name = {identifier(trigger.table.text()), identifier(stmt.trigname)};
  trigger.time = stmt.timing & kBefore      ? schema::TriggerTime::before
                 : stmt.timing & kInsteadOf ? schema::TriggerTime::instead_of
                                            : schema::TriggerTime::after;
  if (stmt.events & kInsert) trigger.events.push_back(schema::TriggerEvent::insert);
  if (stmt.events & kUpdate) trigger.events.push_back(schema::TriggerEvent::update);
  if (stmt.events & kDelete) trigger.events.push_back(schema::TriggerEvent::remove);
  if (stmt.events & kTruncate) trigger.events.push_back(schema::TriggerEvent::truncate);
  for (const std::string& column : texts_of(stmt.columns, stmt.n_columns))
    trigger.update_of.push_back(identifier(column));
  if (stmt.when_clause) {
    Scope scope;
    scope.qualify = true;
    const auto columns = session_.columns(trigger.table);
    scope.relations = {{"new", columns}, {"old", columns}};
    EMCEE_ASSIGN(Piece when, expression(stmt.when_clause, Context{&session_, &scope}));
    trigger.when = Fragment(std::move(when.tokens));
  }
  Tokens call;
  const std::vector<std::string> names = texts_of(stmt.funcname, stmt.n_funcname);
  const bool catalogue = names.size() > 1 && names[0] == "pg_catalog";
  append_name(call,
              catalogue ? QualifiedName{{}, identifier(names.back())}
                        : session_.function(names.size() > 1 ? names[0] : "", names.back()),
              Role::name);
  call.push_back(symbol("("));
  std::vector<Tokens> arguments;
  for (const std::string& argument : texts_of(stmt.args, stmt.n_args))
    arguments.push_back({literal(string_literal(argument))});
  append_list(call, arguments);
  call.push_back(symbol(")"));
  trigger.body = Fragment(std::move(call));
  if (!stmt.row) trigger.options["for_each"] = "statement";
  if (stmt.isconstraint) trigger.options["constraint"] = "true";
  if (stmt.deferrable) trigger.options["deferral"] = stmt.initdeferred ? "DEFERRABLE INITIALLY DEFERRED" : "DEFERRABLE";
  if (stmt.constrrel) trigger.options["from"] = quoting()(relation(*stmt.constrrel));
  std::vector<std::string> transitions;
  for (std::size_t i = 0; i < stmt.n_transition_rels; ++i) {
    const PgQuery__TriggerTransition& transition = *stmt.transition_rels[i]->trigger_transition;
    transitions.push_back(fmt::format("{} {} AS {}", transition.is_new ? "NEW" : "OLD",
                                      transition.is_table ? "TABLE" : "ROW", quoting()(identifier(transition.name))));
  }
  std::sort(transitions.begin(), transitions.end());
  if (!transitions.empty()) trigger.options["referencing"] = fmt::format("{}", fmt::join(transitions, " "));
  return replay(parser::CreateTrigger{std::move(trigger), false, false, stmt.replace != 0});
}

}  // namespace emcee::postgres
