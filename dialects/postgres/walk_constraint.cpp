// Constraints, at a column or of a table, and the names that the server gives them.
// https://www.postgresql.org/docs/15/sql-createtable.html
#include <fmt/format.h>

#include <algorithm>

#include "dialects/postgres/ddl.h"
#include "dialects/postgres/walker.h"

namespace emcee::postgres {

using schema::Fragment;
using schema::Identifier;
using schema::QualifiedName;
using schema::Result;
using schema::Table;

namespace {

schema::Deferral deferral_of(const PgQuery__Constraint& constraint) {
  if (constraint.initdeferred) return schema::Deferral::initially_deferred;
  return constraint.deferrable ? schema::Deferral::initially_immediate : schema::Deferral::not_deferrable;
}

std::vector<Identifier> identifiers(Node* const* nodes, std::size_t count) {
  std::vector<Identifier> result;
  for (const std::string& text : texts_of(nodes, count)) result.push_back(identifier(text));
  return result;
}

std::vector<schema::KeyPart> parts_of(const std::vector<Identifier>& columns) {
  std::vector<schema::KeyPart> parts;
  for (const Identifier& column : columns) parts.push_back({Fragment::column(column), {}});
  return parts;
}

std::string joined(const std::vector<Identifier>& columns) {
  std::string text;
  for (const Identifier& column : columns) text += (text.empty() ? "" : "_") + column.text();
  return text;
}

schema::ReferentialAction action_of(const char* code) {
  switch (code && *code ? *code : 'a') {
    case 'r':
      return schema::ReferentialAction::restrict;
    case 'c':
      return schema::ReferentialAction::cascade;
    case 'n':
      return schema::ReferentialAction::set_null;
    case 'd':
      return schema::ReferentialAction::set_default;
    default:
      return schema::ReferentialAction::no_action;
  }
}

bool has_constraint(const Table& table, const Identifier& name) {
  const auto same = [&](const auto& constraint) { return constraint.name && *constraint.name == name; };
  return (table.primary_key && same(*table.primary_key)) ||
         std::any_of(table.uniques.begin(), table.uniques.end(), same) ||
         std::any_of(table.checks.begin(), table.checks.end(), same) ||
         std::any_of(table.foreign_keys.begin(), table.foreign_keys.end(), same) ||
         std::any_of(table.indexes.begin(), table.indexes.end(),
                     [&](const schema::Index& index) { return index.name.name == name; });
}

}  // namespace

Identifier Walker::chosen_name(const Table& table, const std::string& columns, const char* suffix) {
  return identifier(choose_name(table.name.name.text(), columns, suffix, [&](const std::string& name) {
    const Identifier id = identifier(name);
    return has_constraint(table, id) || session_.name_taken({table.name.schema, id});
  }));
}

Result<void> Walker::add_constraint(Table& table, const PgQuery__Constraint& constraint, const std::string& column) {
  switch (constraint.contype) {
    case PG_QUERY__CONSTR_TYPE__CONSTR_CHECK:
      return add_check(table, constraint);
    case PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY:
    case PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE:
      return add_key(table, constraint, column);
    case PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN:
      return add_foreign_key(table, constraint, column);
    case PG_QUERY__CONSTR_TYPE__CONSTR_EXCLUSION:
      return add_exclusion(table, constraint);
    default:
      return misunderstood("this kind of constraint");
  }
}

Result<void> Walker::add_key(Table& table, const PgQuery__Constraint& constraint, const std::string& column) {
  const bool primary = constraint.contype == PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY;
  std::optional<Identifier> name;
  if (is_set(constraint.conname)) name = identifier(constraint.conname);
  schema::Options options = storage_options(constraint.options, constraint.n_options);
  if (is_set(constraint.indexspace)) options["tablespace"] = constraint.indexspace;
  if (constraint.nulls_not_distinct) options["nulls_not_distinct"] = "true";
  std::vector<Identifier> include = identifiers(constraint.including, constraint.n_including);
  std::vector<schema::KeyPart> parts;
  if (is_set(constraint.indexname)) {  // the index becomes the constraint's
    const auto index = std::find_if(table.indexes.begin(), table.indexes.end(), [&](const schema::Index& i) {
      return i.name.name == identifier(constraint.indexname);
    });
    if (index == table.indexes.end()) return refuse(fmt::format("there is no index named {}", constraint.indexname));
    parts = index->parts;
    include = index->include;
    if (!name) name = index->name.name;
    table.indexes.erase(index);
  } else {
    const std::vector<Identifier> columns =
        column.empty() ? identifiers(constraint.keys, constraint.n_keys) : std::vector<Identifier>{identifier(column)};
    parts = parts_of(columns);
    std::vector<Identifier> named = columns;
    named.insert(named.end(), include.begin(), include.end());
    if (!name) name = chosen_name(table, primary ? "" : joined(named), primary ? "pkey" : "key");
  }
  if (primary && table.primary_key) return refuse(fmt::format("table {} has a primary key already", table.name.text()));
  if (primary) {
    schema::PrimaryKey key;
    key.name = name;
    key.parts = std::move(parts);
    key.include = std::move(include);
    key.deferral = deferral_of(constraint);
    key.options = std::move(options);
    table.primary_key = std::move(key);
  } else {
    schema::Unique unique;
    unique.name = name;
    unique.parts = std::move(parts);
    unique.include = std::move(include);
    unique.deferral = deferral_of(constraint);
    unique.options = std::move(options);
    table.uniques.push_back(std::move(unique));
  }
  return {};
}

Result<void> Walker::add_foreign_key(Table& table, const PgQuery__Constraint& constraint, const std::string& column) {
  schema::ForeignKey key;
  key.columns = column.empty() ? identifiers(constraint.fk_attrs, constraint.n_fk_attrs)
                               : std::vector<Identifier>{identifier(column)};
  // The table itself is there by then, in the schema in which it is made.
  const bool itself = !is_set(constraint.pktable->schemaname) && constraint.pktable->relname == table.name.name.text();
  key.references = itself && !builder_.find_table(table.name) ? table.name : relation(*constraint.pktable);
  key.referenced = identifiers(constraint.pk_attrs, constraint.n_pk_attrs);
  if (key.referenced.empty()) {
    // The server writes the key's columns out.
    const Table* other = key.references == table.name ? &table : builder_.find_table(key.references);
    if (other) key.referenced = other->key_columns();
  }
  if (constraint.fk_matchtype && *constraint.fk_matchtype == 'f') key.match = "FULL";
  key.on_update = action_of(constraint.fk_upd_action);
  key.on_delete = action_of(constraint.fk_del_action);
  key.deferral = deferral_of(constraint);
  if (constraint.skip_validation) key.options["not_valid"] = "true";
  if (constraint.n_fk_del_set_cols > 0)
    key.options["set_columns"] = name_list(identifiers(constraint.fk_del_set_cols, constraint.n_fk_del_set_cols));
  key.name =
      is_set(constraint.conname) ? identifier(constraint.conname) : chosen_name(table, joined(key.columns), "fkey");
  table.foreign_keys.push_back(std::move(key));
  return {};
}

Result<void> Walker::add_check(Table& table, const PgQuery__Constraint& constraint) {
  const Scope scope = scope_with_declared(table);
  EMCEE_ASSIGN(Piece piece, expression(constraint.raw_expr, Context{&session_, &scope}));
  schema::Check check;
  check.expression = Fragment(std::move(piece.tokens));
  if (constraint.is_no_inherit) check.options["no_inherit"] = "true";
  if (constraint.skip_validation) check.options["not_valid"] = "true";
  const std::vector<Identifier> columns = check.expression.columns();
  check.name = is_set(constraint.conname) ? identifier(constraint.conname)
                                          : chosen_name(table, columns.size() == 1 ? columns[0].text() : "", "check");
  // A partition repeats the checks of its parent.
  const auto same = std::find_if(table.checks.begin(), table.checks.end(),
                                 [&](const schema::Check& o) { return o.name == check.name && o == check; });
  if (same == table.checks.end()) table.checks.push_back(std::move(check));
  return {};
}

Result<void> Walker::add_exclusion(Table& table, const PgQuery__Constraint& constraint) {
  const Scope scope = scope_with_declared(table);
  const Context context{&session_, &scope};
  schema::Index index;
  index.options = storage_options(constraint.options, constraint.n_options);
  index.options["constraint"] = "exclude";
  if (is_set(constraint.access_method) && std::string_view(constraint.access_method) != "btree")
    index.method = constraint.access_method;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < constraint.n_exclusions; ++i) {
    const PgQuery__List& pair = *constraint.exclusions[i]->list;
    const PgQuery__IndexElem& element = *pair.items[0]->index_elem;
    EMCEE_ASSIGN(schema::KeyPart part, key_part(element, context, &table, index.method));
    names.push_back(expression_name(element));
    const PgQuery__List& operators = *pair.items[1]->list;
    part.operator_name = text_of(operators.items[operators.n_items - 1]);
    index.parts.push_back(std::move(part));
  }
  index.include = identifiers(constraint.including, constraint.n_including);
  if (constraint.where_clause) {
    EMCEE_ASSIGN(Piece where, expression(constraint.where_clause, context));
    index.where = Fragment(std::move(where.tokens));
  }
  if (constraint.deferrable)
    index.options["deferral"] = constraint.initdeferred ? "DEFERRABLE INITIALLY DEFERRED" : "DEFERRABLE";
  index.name = {table.name.schema, is_set(constraint.conname)
                                       ? identifier(constraint.conname)
                                       : chosen_name(table, index_columns(index.parts, index.include, names), "excl")};
  session_.set_expression_names(index.name, std::move(names));
  table.indexes.push_back(std::move(index));
  return {};
}

}  // namespace emcee::postgres
