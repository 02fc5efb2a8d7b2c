// ALTER TABLE ... ALTER COLUMN.
#include <fmt/format.h>

#include "dialects/postgres/sequence.h"
#include "dialects/postgres/walker.h"

namespace emcee::postgres {

using schema::Column;
using schema::QualifiedName;
using schema::Result;
using schema::Table;

namespace {

// What the server calls the type's storage; the default one is left out.
std::string default_storage(const Column& column) {
  static const char* const kPlain[] = {"integer", "bigint", "smallint", "boolean",
                                       "date",    "uuid",   "real",     "double precision"};
  for (const char* type : kPlain)
    if (column.type.name == type) return "PLAIN";
  if (column.type.name == "numeric") return "MAIN";
  return "EXTENDED";
}

}  // namespace

Result<void> Walker::alter_column(const QualifiedName& name, const PgQuery__AlterTableCmd& command) {
  Table table = *builder_.find_table(name);
  Column* column = is_set(command.name) ? table.find_column(identifier(command.name)) : nullptr;
  if (!column)
    return refuse(fmt::format("table {} has no column named {}", name.text(), command.name ? command.name : ""));
  switch (command.subtype) {
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ColumnDefault: {
      column->default_value.reset();
      if (!command.def) break;
      TypeName type = named_type(column->type.name);
      type.arguments = column->type.arguments;
      EMCEE_ASSIGN(column->default_value, default_value(command.def, type, Context{&session_, nullptr}));
      break;
    }
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropNotNull:
      column->not_null = false;
      break;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetNotNull:
      column->not_null = true;
      break;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropExpression:
      column->generated.reset();
      break;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType:
      EMCEE_TRY(alter_type(*column, command));
      break;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetStatistics: {
      const int target =
          command.def && command.def->node_case == PG_QUERY__NODE__NODE_INTEGER ? command.def->integer->ival : -1;
      column->options.erase("statistics");
      if (target >= 0) column->options["statistics"] = fmt::format("{}", target);
      break;
    }
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetOptions:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ResetOptions:
      for (const auto& [option, value] : storage_options(command.def->list->items, command.def->list->n_items))
        if (command.subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_SetOptions)
          column->options[option] = value;
        else
          column->options.erase(option);
      break;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetStorage: {
      const std::string storage = schema::to_upper(text_of(command.def));
      column->options.erase("storage");
      if (storage != "DEFAULT" && storage != default_storage(*column)) column->options["storage"] = storage;
      break;
    }
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetCompression: {
      const std::string method(text_of(command.def));
      column->options.erase("compression");
      if (method != "default") column->options["compression"] = method;
      break;
    }
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddIdentity:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetIdentity:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropIdentity:
      EMCEE_TRY(alter_identity(*column, name, command));
      break;
    default:
      return misunderstood("this form of ALTER COLUMN");
  }
  return edit_table(name, [&](Table& edited) -> Outcome {
    edited = table;
    return {};
  });
}

Result<void> Walker::alter_type(Column& column, const PgQuery__AlterTableCmd& command) {
  const PgQuery__ColumnDef& definition = *command.def->column_def;
  const TypeName type = type_of(*definition.type_name);
  column.type = type.type();
  const bool null = column.default_value && column.default_value->tokens().front().is(Role::keyword, "NULL");
  if (null && type.arguments.empty()) column.default_value.reset();  // as in default_value
  column.collation.reset();
  if (definition.coll_clause) {
    const auto names = texts_of(definition.coll_clause->collname, definition.coll_clause->n_collname);
    if (names.back() != "default") column.collation = identifier(names.back());
  }
  return {};
}

Result<void> Walker::alter_identity(Column& column, const QualifiedName& table, const PgQuery__AlterTableCmd& command) {
  if (command.subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_DropIdentity) {
    column.identity.reset();
    return {};
  }
  if (command.subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_AddIdentity) {
    const PgQuery__Constraint& constraint = *command.def->constraint;
    schema::Options options = sequence_options(constraint.options, constraint.n_options, {}, column.type.name);
    options.erase("as");
    if (const auto name = options.find("name");
        name != options.end() && name->second == make_object_name(table.name.text(), column.name.text(), "seq"))
      options.erase(name);
    column.identity = schema::Identity{std::string_view(constraint.generated_when) == "a", std::move(options)};
    return {};
  }
  if (!column.identity) return refuse(fmt::format("column {} is no identity column", column.name.text()));
  const PgQuery__List& list = *command.def->list;
  for (std::size_t i = 0; i < list.n_items; ++i) {
    const PgQuery__DefElem& element = *list.items[i]->def_elem;
    if (std::string_view(element.defname) == "generated" && element.arg)
      column.identity->always = element.arg->integer->ival == 'a';
  }
  schema::Options options = sequence_options(list.items, list.n_items, column.identity->sequence, column.type.name);
  options.erase("as");
  column.identity->sequence = std::move(options);
  return {};
}

}  // namespace emcee::postgres
