// CREATE TABLE: columns, LIKE, inheritance, partitions.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <type_traits>

#include "dialects/postgres/ddl.h"
#include "dialects/postgres/literal.h"
#include "dialects/postgres/partitions.h"
#include "dialects/postgres/sequence.h"
#include "dialects/postgres/walker.h"

namespace emcee::postgres {

using schema::Column;
using schema::Fragment;
using schema::QualifiedName;
using schema::Result;
using schema::Table;

namespace {

// A word, and since libpg_query 17 an enumeration.
template <class Strategy>
std::string strategy_word(const Strategy& strategy) {
  if constexpr (std::is_enum_v<Strategy>) {
    constexpr std::array<const char*, 4> kWords = {"", "LIST", "RANGE", "HASH"};
    return kWords.at(static_cast<std::size_t>(strategy));
  } else {
    return schema::to_upper(strategy);
  }
}

// `serial` -> the type of its numbers; empty for any other type.
// https://www.postgresql.org/docs/15/datatype-numeric.html#DATATYPE-SERIAL
std::string serial_type(const PgQuery__TypeName& type) {
  if (type.n_names != 1 || type.n_array_bounds > 0) return {};
  const std::string_view name = text_of(type.names[0]);
  if (name == "serial" || name == "serial4") return "integer";
  if (name == "bigserial" || name == "serial8") return "bigint";
  if (name == "smallserial" || name == "serial2") return "smallint";
  return {};
}

// Of two keys over the same columns in one CREATE TABLE the server makes the first, or the primary
// one (transformIndexConstraints).
void drop_repeated_keys(Table& table) {
  std::vector<schema::Unique> kept;
  for (schema::Unique& unique : table.uniques) {
    const bool primary = table.primary_key && table.primary_key->parts == unique.parts &&
                         table.primary_key->include == unique.include && table.primary_key->deferral == unique.deferral;
    if (!primary && std::find(kept.begin(), kept.end(), unique) == kept.end()) kept.push_back(std::move(unique));
  }
  table.uniques = std::move(kept);
}

std::string sql_of(const Piece& piece) { return sql(Fragment(piece.tokens)); }

}  // namespace

TypeName Walker::type_of(const PgQuery__TypeName& type) const {
  return type_name(type, [&](std::string_view schema, std::string_view name) { return session_.type(schema, name); });
}

namespace {

bool is_domain(const TypeName& type, parser::Builder& builder) {
  if (type.built_in || type.array) return false;
  bool found = false;
  builder.for_each_object([&](const schema::OpaqueObject& object) {
    found = found || (object.kind == "domain" && quoting()(object.name) == type.name);
  });
  return found;
}

}  // namespace

Scope Walker::scope_with_declared(const Table& table) const {
  Scope scope = scope_of(table);
  Columns& columns = *scope.relations.front().columns;
  columns.insert(columns.end(), declared_.begin(), declared_.end());
  return scope;
}

Result<void> Walker::add_column(Table& table, const PgQuery__ColumnDef& definition) {
  Column column;
  column.name = identifier(definition.colname);
  const Column* of_parent = table.find_column(column.name);
  if (!definition.type_name && !of_parent) return refuse(fmt::format("column {} has no type", definition.colname));
  const std::string serial = definition.type_name ? serial_type(*definition.type_name) : "";
  TypeName type;
  if (!serial.empty()) {
    type = named_type(serial);
  } else if (definition.type_name) {
    type = type_of(*definition.type_name);
  } else {  // `WITH OPTIONS` of a partition
    type = named_type(of_parent->type.name);
    type.arguments = of_parent->type.arguments;
  }
  column.type = type.type();
  if (is_set(definition.compression)) column.options["compression"] = definition.compression;
  if (is_set(definition.storage)) column.options["storage"] = schema::to_upper(definition.storage);
  if (definition.coll_clause) {
    const auto names = texts_of(definition.coll_clause->collname, definition.coll_clause->n_collname);
    if (names.back() != "default") column.collation = identifier(names.back());
  }
  // A column of a parent that is written again: both make one.
  Column* existing = table.find_column(column.name);
  const bool merged = existing && existing->options.erase("inherited") > 0;
  if (existing && !merged) return refuse(fmt::format("column {} is there twice", definition.colname));
  if (!merged) {
    table.columns.push_back(column);
    existing = &table.columns.back();
  }
  if (!serial.empty()) {
    const std::string sequence =
        choose_name(table.name.name.text(), definition.colname, "seq", [&](const std::string& name) {
          return session_.relation_exists({table.name.schema, identifier(name)}) ||
                 builder_.table_of_index({table.name.schema, identifier(name)});
        });
    const QualifiedName name{table.name.schema, identifier(sequence)};
    schema::Options options;
    if (serial != "bigint") options["as"] = serial;
    EMCEE_TRY(put_sequence(name, options, false));
    existing->not_null = true;
    Piece call;
    call.tokens = {name_token("nextval"), symbol("(")};
    append(call.tokens, typed_literal(quoting()(name), named_type("regclass")).tokens);
    call.tokens.push_back(symbol(")"));
    existing->default_value = Fragment(std::move(call.tokens));
  }
  const Scope scope = scope_with_declared(table);
  const Context context{&session_, &scope};
  const auto set_default = [&](const Node* node) -> Outcome {
    auto& value = table.find_column(column.name)->default_value;
    EMCEE_ASSIGN(value, default_value(node, type, context));
    // The NULL of a domain is stored, with a cast.
    if (!value && is_domain(type, builder_)) value = Fragment({keyword("NULL")});
    return {};
  };
  if (definition.raw_default) EMCEE_TRY(set_default(definition.raw_default));
  for (std::size_t i = 0; i < definition.n_constraints; ++i) {
    PgQuery__Constraint& constraint = *definition.constraints[i]->constraint;
    Column& target = *table.find_column(column.name);
    switch (constraint.contype) {
      case PG_QUERY__CONSTR_TYPE__CONSTR_NULL:
        break;
      case PG_QUERY__CONSTR_TYPE__CONSTR_NOTNULL:
        target.not_null = true;
        break;
      case PG_QUERY__CONSTR_TYPE__CONSTR_DEFAULT:
        EMCEE_TRY(set_default(constraint.raw_expr));
        break;
      case PG_QUERY__CONSTR_TYPE__CONSTR_IDENTITY: {
        schema::Options options = sequence_options(constraint.options, constraint.n_options, {}, column.type.name);
        options.erase("as");
        if (const auto name = options.find("name");
            name != options.end() &&
            name->second == make_object_name(table.name.name.text(), definition.colname, "seq"))
          options.erase(name);
        target.identity = schema::Identity{std::string_view(constraint.generated_when) == "a", std::move(options)};
        target.not_null = true;
        break;
      }
      case PG_QUERY__CONSTR_TYPE__CONSTR_GENERATED: {
        EMCEE_ASSIGN(Piece piece, expression(constraint.raw_expr, context));
        target.generated = schema::Generated{Fragment(std::move(piece.tokens)), true};
        break;
      }
      case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_DEFERRABLE:
      case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_NOT_DEFERRABLE:
      case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_DEFERRED:
      case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_IMMEDIATE:
        break;  // looked ahead for, below
      default: {
        // Attributes of the constraint follow it as constraints of their own.
        for (std::size_t k = i + 1; k < definition.n_constraints; ++k) {
          const auto kind = definition.constraints[k]->constraint->contype;
          if (kind < PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_DEFERRABLE) break;
          if (kind == PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_DEFERRABLE) constraint.deferrable = 1;
          if (kind == PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_DEFERRED) constraint.deferrable = constraint.initdeferred = 1;
        }
        EMCEE_TRY(add_constraint(table, constraint, definition.colname));
        break;
      }
    }
  }
  return {};
}

Result<void> Walker::like(Table& table, const PgQuery__TableLikeClause& clause) {
  constexpr unsigned kComments = 1, kCompression = 2, kConstraints = 4, kDefaults = 8, kGenerated = 16, kIdentity = 32,
                     kIndexes = 64, kStorage = 256;  // TableLikeOption of parsenodes.h
  const Table* found = builder_.find_table(relation(*clause.relation));
  if (!found) return refuse(fmt::format("there is no table named {}", relation(*clause.relation).text()));
  const Table other = *found;
  const auto wants = [&](unsigned option) { return (clause.options & option) != 0; };
  for (Column column : other.columns) {
    if (!wants(kDefaults)) column.default_value.reset();
    if (!wants(kGenerated)) column.generated.reset();
    if (!wants(kIdentity)) column.identity.reset();
    if (!wants(kComments)) column.options.erase("comment");
    if (!wants(kCompression)) column.options.erase("compression");
    if (!wants(kStorage)) column.options.erase("storage");
    column.options.erase("inherited");
    table.columns.push_back(std::move(column));
  }
  if (wants(kConstraints))
    for (schema::Check check : other.checks) {
      if (!wants(kComments)) check.options.erase("comment");
      table.checks.push_back(std::move(check));
    }
  if (wants(kIndexes)) {
    clone_keys(table, other);
    for (const schema::Index& index : other.indexes) table.indexes.push_back(cloned_index(table, index));
  }
  return {};
}

void Walker::clone_keys(Table& child, const Table& parent) {
  if (parent.primary_key && !child.primary_key) {
    child.primary_key = parent.primary_key;
    child.primary_key->options.erase("comment");
    child.primary_key->name = chosen_name(child, "", "pkey");
  }
  for (schema::Unique unique : parent.uniques) {
    if (std::find(child.uniques.begin(), child.uniques.end(), unique) != child.uniques.end()) continue;
    unique.name = chosen_name(child, index_columns(unique.parts, unique.include), "key");
    unique.options.erase("comment");
    child.uniques.push_back(std::move(unique));
  }
}

schema::Index Walker::cloned_index(const Table& child, const schema::Index& index) {
  schema::Index clone = index;
  const bool exclusion = is_exclusion(index);
  const std::vector<std::string> names = session_.expression_names(index.name);
  clone.name = {child.name.schema,
                chosen_name(child, index_columns(index.parts, index.include, names), exclusion ? "excl" : "idx")};
  session_.set_expression_names(clone.name, names);
  clone.options.erase("comment");
  clone.source.clear();
  return clone;
}

Result<void> Walker::inherit(Table& table, const QualifiedName& parent_name) {
  const Table* found = builder_.find_table(parent_name);
  if (!found) return refuse(fmt::format("there is no table named {}", parent_name.text()));
  for (Column column : found->columns) {
    column.options.erase("inherited");
    if (table.find_column(column.name)) continue;
    column.identity.reset();
    column.options.erase("comment");
    column.options["inherited"] = "true";
    table.columns.push_back(std::move(column));
  }
  for (schema::Check check : found->checks) {
    if (check.options.count("no_inherit")) continue;
    check.options.erase("comment");
    if (std::find(table.checks.begin(), table.checks.end(), check) == table.checks.end())
      table.checks.push_back(std::move(check));
  }
  return {};
}

Result<void> Walker::take_type(Table& table, const PgQuery__TypeName& type) {
  const auto names = texts_of(type.names, type.n_names);
  const QualifiedName name = session_.type(names.size() > 1 ? names[0] : "", names.back());
  const schema::OpaqueObject* found = builder_.find_object("type", name);
  const auto tree = found ? parse_tree(found->source) : parse_tree("");
  const bool is_composite =
      tree && (*tree)->n_stmts == 1 && (*tree)->stmts[0]->stmt->node_case == PG_QUERY__NODE__NODE_COMPOSITE_TYPE_STMT;
  if (!is_composite) return refuse(fmt::format("there is no composite type named {}", name.text()));
  const PgQuery__CompositeTypeStmt& columns = *(*tree)->stmts[0]->stmt->composite_type_stmt;
  for (std::size_t i = 0; i < columns.n_coldeflist; ++i) {
    EMCEE_TRY(add_column(table, *columns.coldeflist[i]->column_def));
    table.columns.back().options["inherited"] = "true";  // the statement may say more of it
  }
  table.options.other["typed_as"] = quoting()(name);
  return {};
}

Result<std::string> Walker::partition_by(const PgQuery__PartitionSpec& spec, const Table& table) {
  const Scope scope = scope_of(table);
  const Context context{&session_, &scope};
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < spec.n_part_params; ++i) {
    const PgQuery__PartitionElem& element = *spec.part_params[i]->partition_elem;
    std::string text;
    if (element.expr) {
      EMCEE_ASSIGN(const Piece piece, expression(element.expr, context));
      const bool call = element.expr->node_case == PG_QUERY__NODE__NODE_FUNC_CALL;
      text = call ? sql_of(piece) : "(" + sql_of(piece) + ")";
    } else {
      text = quoting()(identifier(element.name));
    }
    if (element.n_collation)
      text += " COLLATE " + quoting()(identifier(text_of(element.collation[element.n_collation - 1])));
    if (element.n_opclass) text += " " + std::string(text_of(element.opclass[element.n_opclass - 1]));
    parts.push_back(std::move(text));
  }
  return fmt::format("{} ({})", strategy_word(spec.strategy), fmt::join(parts, ", "));
}

// The types of the columns that `RANGE (a, b)` is over; an expression has none that is known.
static std::vector<std::string> key_types(const Table* parent) {
  std::vector<std::string> types;
  const auto by = parent ? parent->options.other.find("partition_by") : schema::Options::const_iterator();
  if (!parent || by == parent->options.other.end()) return types;
  const std::size_t open = by->second.find('(') + 1, close = by->second.rfind(')');
  for (std::size_t at = open; at < close;) {
    const std::size_t end = std::min(by->second.find(", ", at), close);
    const std::string spelled = by->second.substr(at, end - at);
    const auto column = std::find_if(parent->columns.begin(), parent->columns.end(),
                                     [&](const Column& each) { return quoting()(each.name) == spelled; });
    types.push_back(column == parent->columns.end() ? "" : column->type.name);
    at = end + 2;
  }
  return types;
}

Result<std::string> Walker::bound(const PgQuery__PartitionBoundSpec& spec, const Table* parent) {
  if (spec.is_default) return std::string("DEFAULT");
  const Context context{&session_, nullptr};
  const std::vector<std::string> types = key_types(parent);
  const bool one_of = spec.strategy && *spec.strategy == 'l';  // values of one column
  const auto list = [&](Node* const* nodes, std::size_t count) -> Result<std::string> {
    std::vector<std::string> values;
    for (std::size_t i = 0; i < count; ++i) {
      // MINVALUE and MAXVALUE are columns to the grammar.
      if (nodes[i]->node_case == PG_QUERY__NODE__NODE_COLUMN_REF && nodes[i]->column_ref->n_fields == 1) {
        values.push_back(schema::to_upper(text_of(nodes[i]->column_ref->fields[0])));
        continue;
      }
      EMCEE_ASSIGN(Piece piece, expression(nodes[i], context));
      std::erase_if(piece.tokens, [](const Token& token) { return token.implied; });
      const std::size_t key = one_of ? 0 : i;
      const Node* value = nodes[i];
      if (key < types.size() && value->node_case == PG_QUERY__NODE__NODE_A_CONST &&
          value->a_const->val_case == PG_QUERY__A__CONST__VAL_SVAL)
        values.push_back(string_literal(canonical_literal(value->a_const->sval->sval, types[key])));
      else
        values.push_back(sql_of(piece));
    }
    return fmt::format("({})", fmt::join(values, ", "));
  };
  if (spec.strategy && *spec.strategy == 'h')
    return fmt::format("FOR VALUES WITH (modulus {}, remainder {})", spec.modulus, spec.remainder);
  if (spec.strategy && *spec.strategy == 'l') {
    EMCEE_ASSIGN(const std::string values, list(spec.listdatums, spec.n_listdatums));
    return "FOR VALUES IN " + values;
  }
  EMCEE_ASSIGN(const std::string from, list(spec.lowerdatums, spec.n_lowerdatums));
  EMCEE_ASSIGN(const std::string to, list(spec.upperdatums, spec.n_upperdatums));
  return fmt::format("FOR VALUES FROM {} TO {}", from, to);
}

Result<void> Walker::create_table(const PgQuery__CreateStmt& stmt) {
  Table table;
  table.name = created(*stmt.relation);
  const bool temporary = stmt.relation->relpersistence && *stmt.relation->relpersistence == 't';
  if (temporary) {
    table.name.schema = {};
    return replay(parser::CreateTable{std::move(table), stmt.if_not_exists != 0, true, false});
  }
  if (stmt.if_not_exists && builder_.find_table(table.name)) return skip("CREATE TABLE IF NOT EXISTS (it exists)");
  if (stmt.of_typename) EMCEE_TRY(take_type(table, *stmt.of_typename));
  schema::Options& options = table.options.other;
  if (stmt.relation->relpersistence && *stmt.relation->relpersistence == 'u') options["unlogged"] = "true";
  if (is_set(stmt.tablespacename)) options["tablespace"] = stmt.tablespacename;
  const std::string method = is_set(stmt.access_method) ? stmt.access_method : session_.table_access_method();
  if (!method.empty() && method != "heap" && !stmt.partspec) options["access_method"] = method;
  for (const auto& [name, value] : storage_options(stmt.options, stmt.n_options)) options[name] = value;

  for (std::size_t i = 0; i < stmt.n_table_elts; ++i)
    if (const Node* element = stmt.table_elts[i];
        element->node_case == PG_QUERY__NODE__NODE_COLUMN_DEF && element->column_def->type_name)
      declared_.push_back({element->column_def->colname, type_of(*element->column_def->type_name).name});
  std::vector<QualifiedName> parents;
  const bool partition = stmt.partbound != nullptr;
  for (std::size_t i = 0; i < stmt.n_inh_relations; ++i) {
    parents.push_back(relation(*stmt.inh_relations[i]->range_var));
    EMCEE_TRY(inherit(table, parents.back()));
  }
  for (std::size_t i = 0; i < stmt.n_table_elts; ++i) {
    const Node* element = stmt.table_elts[i];
    if (element->node_case == PG_QUERY__NODE__NODE_COLUMN_DEF) EMCEE_TRY(add_column(table, *element->column_def));
    if (element->node_case == PG_QUERY__NODE__NODE_TABLE_LIKE_CLAUSE)
      EMCEE_TRY(like(table, *element->table_like_clause));
  }
  // A table without rows has none that stand against a constraint: NOT VALID says nothing there.
  const auto add_valid = [&](PgQuery__Constraint constraint) {
    constraint.skip_validation = 0;
    return add_constraint(table, constraint);
  };
  for (std::size_t i = 0; i < stmt.n_table_elts; ++i)
    if (stmt.table_elts[i]->node_case == PG_QUERY__NODE__NODE_CONSTRAINT)
      EMCEE_TRY(add_valid(*stmt.table_elts[i]->constraint));
  for (std::size_t i = 0; i < stmt.n_constraints; ++i) EMCEE_TRY(add_valid(*stmt.constraints[i]->constraint));
  drop_repeated_keys(table);
  if (stmt.partspec) {
    EMCEE_ASSIGN(options["partition_by"], partition_by(*stmt.partspec, table));
  }
  if (partition) {
    for (Column& column : table.columns) column.options.erase("inherited");
    options["partition_of"] = quoting()(parents.front());
    EMCEE_ASSIGN(options["bound"], bound(*stmt.partbound, builder_.find_table(parents.front())));
    const Table parent = *builder_.find_table(parents.front());
    clone_keys(table, parent);
    for (const schema::Index& index : parent.indexes) table.indexes.push_back(cloned_index(table, index));
  } else if (!parents.empty()) {
    std::vector<std::string> names;
    for (const QualifiedName& parent : parents) names.push_back(quoting()(parent));
    options["inherits"] = fmt::format("{}", fmt::join(names, ", "));
  }
  if (stmt.of_typename)
    for (Column& column : table.columns) column.options.erase("inherited");
  const QualifiedName name = table.name;
  std::vector<schema::Index> indexes = std::move(table.indexes);
  table.indexes.clear();
  EMCEE_TRY(replay(parser::CreateTable{std::move(table), stmt.if_not_exists != 0, false, false}));
  if (!indexes.empty())
    EMCEE_TRY(edit_table(name, [indexes = std::move(indexes)](Table& created) -> Outcome {
      created.indexes = indexes;
      return {};
    }));
  for (const QualifiedName& parent : parents) session_.add_child(parent, name);
  for (std::size_t i = 0; i < stmt.n_table_elts; ++i) {
    if (stmt.table_elts[i]->node_case != PG_QUERY__NODE__NODE_COLUMN_DEF) continue;
    const PgQuery__ColumnDef& column = *stmt.table_elts[i]->column_def;
    if (column.type_name && !serial_type(*column.type_name).empty()) {
      const Column* made = builder_.find_table(name)->find_column(identifier(column.colname));
      // The sequence's name is the literal of the default.
      EMCEE_TRY(own_serial(name, *made));
    }
  }
  return {};
}

Result<void> Walker::own_serial(const QualifiedName& table, const Column& column) {
  if (!column.default_value) return {};
  for (const Token& token : column.default_value->tokens()) {
    if (token.role != Role::literal) continue;
    const std::string text = token.text.substr(1, token.text.size() - 2);
    QualifiedName sequence{table.schema, {}};
    builder_.for_each_object([&](const schema::OpaqueObject& object) {
      if (object.kind == "sequence" && quoting()(object.name) == text) sequence = object.name;
    });
    if (sequence.name.empty()) return {};
    std::vector<std::string> owner = {table.name.text(), column.name.text()};
    if (!table.schema.empty()) owner.insert(owner.begin(), table.schema.text());
    return own_sequence(sequence, owner);
  }
  return {};
}

Result<void> Walker::attach(const QualifiedName& parent, const QualifiedName& child, const std::string& bound_text) {
  const Table* found = builder_.find_table(parent);
  if (!found) return refuse(fmt::format("there is no table named {}", parent.text()));
  const Table parent_table = *found;
  session_.add_child(parent, child);
  return edit_table(child, [this, parent_table, bound_text](Table& table) -> Outcome {
    table.options.other["partition_of"] = quoting()(parent_table.name);
    table.options.other["bound"] = bound_text;
    clone_keys(table, parent_table);
    for (const schema::Index& index : parent_table.indexes) {
      const bool there = std::any_of(table.indexes.begin(), table.indexes.end(),
                                     [&](const schema::Index& own) { return can_be_part(own, index); });
      if (!there) table.indexes.push_back(cloned_index(table, index));
    }
    return {};
  });
}

}  // namespace emcee::postgres
