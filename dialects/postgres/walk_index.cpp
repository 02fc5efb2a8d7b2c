// CREATE INDEX.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "dialects/postgres/partitions.h"
#include "dialects/postgres/query_columns.h"
#include "dialects/postgres/walker.h"

namespace emcee::postgres {

using schema::Result;

namespace {

// The operator class that a column has without one being named, `text_ops` for varchar; empty where
// it is not known. https://www.postgresql.org/docs/15/indexes-opclass.html
std::string default_class(const std::string& type, const std::string& method) {
  const std::string element = element_of(type);
  if (method == "gist" || method == "spgist" || method == "brin") return {};
  if (method == "gin") {
    if (type != element) return "array_ops";
    return type == "jsonb" || type == "tsvector" ? type + "_ops" : "";
  }
  static const std::pair<const char*, const char*> kClasses[] = {{"integer", "int4_ops"},
                                                                 {"bigint", "int8_ops"},
                                                                 {"smallint", "int2_ops"},
                                                                 {"character varying", "text_ops"},
                                                                 {"boolean", "bool_ops"},
                                                                 {"character", "bpchar_ops"},
                                                                 {"real", "float4_ops"},
                                                                 {"double precision", "float8_ops"},
                                                                 {"timestamp without time zone", "timestamp_ops"},
                                                                 {"timestamp with time zone", "timestamptz_ops"}};
  if (type != element) return "array_ops";
  for (const auto& [name, operators] : kClasses)
    if (type == name) return operators;
  return type + "_ops";
}

std::string value_text(const Node* node) {
  if (!node) return "true";
  switch (node->node_case) {
    case PG_QUERY__NODE__NODE_INTEGER:
      return fmt::format("{}", node->integer->ival);
    case PG_QUERY__NODE__NODE_FLOAT:
      return node->float_->fval;
    case PG_QUERY__NODE__NODE_BOOLEAN:
      return node->boolean->boolval ? "true" : "false";
    case PG_QUERY__NODE__NODE_STRING:
      return node->string->sval;
    case PG_QUERY__NODE__NODE_TYPE_NAME:  // a bare word
      return std::string(text_of(node->type_name->names[node->type_name->n_names - 1]));
    default:
      return {};
  }
}

}  // namespace

schema::Options Walker::storage_options(Node* const* nodes, std::size_t count) const {
  schema::Options options;
  for (std::size_t i = 0; i < count; ++i) {
    const PgQuery__DefElem& element = *nodes[i]->def_elem;
    if (std::string_view(element.defname) == "oids") continue;  // gone since 12
    options[is_set(element.defnamespace) ? fmt::format("{}.{}", element.defnamespace, element.defname)
                                         : std::string(element.defname)] = value_text(element.arg);
  }
  return options;
}

std::string Walker::expression_name(const PgQuery__IndexElem& element) {
  return is_set(element.name) ? std::string() : natural_name(element.expr, "expr");
}

Result<schema::KeyPart> Walker::key_part(const PgQuery__IndexElem& element, const Context& context,
                                         const schema::Table* table, const std::string& method) {
  schema::KeyPart part;
  std::string type;
  Node* const* collation_names = element.collation;
  std::size_t collation_count = element.n_collation;
  const schema::Column* column = nullptr;
  if (is_set(element.name)) {
    part.expression = schema::Fragment::column(identifier(element.name));
  } else {
    Node* node = element.expr;
    // The server takes it for the collation of the part.
    while (node->node_case == PG_QUERY__NODE__NODE_COLLATE_CLAUSE) {
      if (collation_count == 0) {
        collation_names = node->collate_clause->collname;
        collation_count = node->collate_clause->n_collname;
      }
      node = node->collate_clause->arg;
    }
    EMCEE_ASSIGN(Piece piece, expression(node, context));
    type = piece.type;
    part.expression = schema::Fragment(std::move(piece.tokens));
  }
  if (const auto name = part.expression.as_column(); name && table) column = table->find_column(*name);
  if (column) type = column->type.name;
  if (collation_count > 0) {
    const schema::Identifier collation = identifier(text_of(collation_names[collation_count - 1]));
    const bool implied = column && column->collation ? *column->collation == collation : collation.text() == "default";
    if (!implied) part.collation = collation;
  }
  if (element.n_opclass > 0) {
    const std::vector<std::string> names = texts_of(element.opclass, element.n_opclass);
    const std::string& name = names.back();
    const bool standard = element.n_opclassopts == 0 && name == default_class(type, method);
    if (!standard) {
      const bool bare = names.size() == 1 || names[0] == "public" || names[0] == "pg_catalog";
      part.operator_class = bare ? quoting()(identifier(name)) : quoting()(qualified(names[0], name));
      std::vector<std::string> options;
      for (std::size_t i = 0; i < element.n_opclassopts; ++i) {
        const PgQuery__DefElem& option = *element.opclassopts[i]->def_elem;
        options.push_back(fmt::format("{}={}", option.defname, string_literal(value_text(option.arg))));
      }
      if (!options.empty()) part.operator_class += fmt::format(" ({})", fmt::join(options, ", "));
    }
  }
  part.descending = element.ordering == PG_QUERY__SORT_BY_DIR__SORTBY_DESC;
  part.nulls_first = element.nulls_ordering == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_FIRST ||
                     (part.descending && element.nulls_ordering != PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_LAST);
  return part;
}

Result<void> Walker::create_index(const PgQuery__IndexStmt& stmt) {
  const schema::QualifiedName name = relation(*stmt.relation);
  const schema::Table* table = builder_.find_table(name);
  Scope scope;
  if (table) {
    scope = scope_of(*table);
  } else {
    scope.relations.push_back({name.name.text(), session_.columns(name)});
  }
  const Context context{&session_, &scope};
  schema::Index index;
  index.unique = stmt.unique;
  if (is_set(stmt.access_method) && std::string_view(stmt.access_method) != "btree") index.method = stmt.access_method;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < stmt.n_index_params; ++i) {
    const PgQuery__IndexElem& element = *stmt.index_params[i]->index_elem;
    EMCEE_ASSIGN(schema::KeyPart part, key_part(element, context, table, index.method));
    index.parts.push_back(std::move(part));
    names.push_back(expression_name(element));
  }
  for (std::size_t i = 0; i < stmt.n_index_including_params; ++i)
    index.include.push_back(identifier(stmt.index_including_params[i]->index_elem->name));
  if (stmt.where_clause) {
    EMCEE_ASSIGN(Piece where, expression(stmt.where_clause, context));
    index.where = schema::Fragment(std::move(where.tokens));
  }
  index.options = storage_options(stmt.options, stmt.n_options);
  if (is_set(stmt.table_space)) index.options["tablespace"] = stmt.table_space;
  if (stmt.nulls_not_distinct) index.options["nulls_not_distinct"] = "true";
  schema::Table no_table;
  no_table.name = name;
  index.name = {name.schema,
                is_set(stmt.idxname)
                    ? identifier(stmt.idxname)
                    : chosen_name(table ? *table : no_table, index_columns(index.parts, index.include, names), "idx")};
  session_.set_expression_names(index.name, std::move(names));
  const schema::View* view = table ? nullptr : builder_.find_view(name);
  if (view && view->options.count("materialized")) return create_view_index(index, name, stmt.if_not_exists != 0);
  // Partitions have one each.
  const bool recurse = table && stmt.relation->inh && table->options.other.count("partition_by");
  const bool there = builder_.table_of_index(index.name) != nullptr;
  EMCEE_TRY(replay(parser::CreateIndex{index, name, stmt.if_not_exists != 0}));
  if (!recurse || there) return {};
  return clone_index(name, index);
}

Result<void> Walker::clone_index(const schema::QualifiedName& parent, const schema::Index& index) {
  for (const schema::QualifiedName& child : session_.children(parent)) {
    const schema::Table& table = *builder_.find_table(child);
    bool there = false;
    for (const schema::Index& own : table.indexes) there = there || can_be_part(own, index);
    if (!there) EMCEE_TRY(replay(parser::CreateIndex{cloned_index(table, index), child, false}));
    EMCEE_TRY(clone_index(child, index));
  }
  return {};
}

}  // namespace emcee::postgres
