// The kind and name of what a statement makes.
#include <fmt/format.h>

#include "dialects/postgres/object.h"

namespace emcee::postgres {

using schema::QualifiedName;

namespace {

QualifiedName named(const char* name) { return {{}, identifier(name)}; }

QualifiedName created(Node* const* names, std::size_t count, const Session& session) {
  const std::vector<std::string> texts = texts_of(names, count);
  return session.created(texts.size() > 1 ? texts[texts.size() - 2] : "", texts.back());
}

QualifiedName on_table(const PgQuery__RangeVar& table, const char* name, const Session& session) {
  return {identifier(session.relation(table.schemaname, table.relname).text()), identifier(name)};
}

}  // namespace

ObjectName name_of(const PgQuery__Node& node, const Session& session) {
  switch (node.node_case) {
    case PG_QUERY__NODE__NODE_CREATE_FUNCTION_STMT: {
      const PgQuery__CreateFunctionStmt& stmt = *node.create_function_stmt;
      QualifiedName name = created(stmt.funcname, stmt.n_funcname, session);
      name.name = identifier(name.name.text() + argument_list(stmt.parameters, stmt.n_parameters, session));
      return {stmt.is_procedure ? "procedure" : "function", name, stmt.replace != 0};
    }
    case PG_QUERY__NODE__NODE_DEFINE_STMT: {
      const PgQuery__DefineStmt& stmt = *node.define_stmt;
      QualifiedName name = created(stmt.defnames, stmt.n_defnames, session);
      if (stmt.kind == PG_QUERY__OBJECT_TYPE__OBJECT_AGGREGATE && stmt.n_args > 0 &&
          stmt.args[0]->node_case == PG_QUERY__NODE__NODE_LIST)
        name.name = identifier(name.name.text() +
                               argument_list(stmt.args[0]->list->items, stmt.args[0]->list->n_items, session));
      if (stmt.kind == PG_QUERY__OBJECT_TYPE__OBJECT_OPERATOR) {
        std::string sides;
        for (std::size_t i = 0; i < stmt.n_definition; ++i) {
          const PgQuery__DefElem& option = *stmt.definition[i]->def_elem;
          const std::string_view word = option.defname;
          if ((word == "leftarg" || word == "rightarg") && option.arg->node_case == PG_QUERY__NODE__NODE_TYPE_NAME)
            sides += (sides.empty() ? "" : ", ") + type_name(*option.arg->type_name).name;
        }
        name.name = identifier(fmt::format("{}({})", name.name.text(), sides));
      }
      return {object_kind(stmt.kind), name, stmt.replace != 0, stmt.if_not_exists != 0};
    }
    case PG_QUERY__NODE__NODE_CREATE_RANGE_STMT:
      return {"range", created(node.create_range_stmt->type_name, node.create_range_stmt->n_type_name, session)};
    case PG_QUERY__NODE__NODE_RULE_STMT:
      return {"rule", on_table(*node.rule_stmt->relation, node.rule_stmt->rulename, session),
              node.rule_stmt->replace != 0};
    case PG_QUERY__NODE__NODE_CREATE_EVENT_TRIG_STMT:
      return {"event trigger", named(node.create_event_trig_stmt->trigname)};
    case PG_QUERY__NODE__NODE_CREATE_PUBLICATION_STMT:
      return {"publication", named(node.create_publication_stmt->pubname)};
    case PG_QUERY__NODE__NODE_CREATE_SUBSCRIPTION_STMT:
      return {"subscription", named(node.create_subscription_stmt->subname)};
    case PG_QUERY__NODE__NODE_CREATE_STATS_STMT: {
      const PgQuery__CreateStatsStmt& stmt = *node.create_stats_stmt;
      return {"statistics", created(stmt.defnames, stmt.n_defnames, session), false, stmt.if_not_exists != 0};
    }
    case PG_QUERY__NODE__NODE_CREATE_CAST_STMT: {
      const PgQuery__CreateCastStmt& stmt = *node.create_cast_stmt;
      return {
          "cast",
          {{},
           identifier(fmt::format("({} AS {})", type_name(*stmt.sourcetype).name, type_name(*stmt.targettype).name))}};
    }
    case PG_QUERY__NODE__NODE_CREATE_OP_CLASS_STMT: {
      const PgQuery__CreateOpClassStmt& stmt = *node.create_op_class_stmt;
      return {"operator class", created(stmt.opclassname, stmt.n_opclassname, session)};
    }
    case PG_QUERY__NODE__NODE_CREATE_OP_FAMILY_STMT: {
      const PgQuery__CreateOpFamilyStmt& stmt = *node.create_op_family_stmt;
      return {"operator family", created(stmt.opfamilyname, stmt.n_opfamilyname, session)};
    }
    case PG_QUERY__NODE__NODE_CREATE_PLANG_STMT:
      return {"language", named(node.create_plang_stmt->plname), node.create_plang_stmt->replace != 0};
    case PG_QUERY__NODE__NODE_CREATE_FDW_STMT:
      return {"foreign data wrapper", named(node.create_fdw_stmt->fdwname)};
    case PG_QUERY__NODE__NODE_CREATE_FOREIGN_SERVER_STMT: {
      const PgQuery__CreateForeignServerStmt& stmt = *node.create_foreign_server_stmt;
      return {"server", named(stmt.servername), false, stmt.if_not_exists != 0};
    }
    case PG_QUERY__NODE__NODE_CREATE_USER_MAPPING_STMT: {
      const PgQuery__CreateUserMappingStmt& stmt = *node.create_user_mapping_stmt;
      return {"user mapping",
              {identifier(stmt.servername),
               identifier(stmt.user && is_set(stmt.user->rolename) ? stmt.user->rolename : "public")}};
    }
    case PG_QUERY__NODE__NODE_CREATE_FOREIGN_TABLE_STMT: {
      const PgQuery__RangeVar& table = *node.create_foreign_table_stmt->base_stmt->relation;
      return {"foreign table", session.created(table.schemaname, table.relname)};
    }
    case PG_QUERY__NODE__NODE_CREATE_CONVERSION_STMT: {
      const PgQuery__CreateConversionStmt& stmt = *node.create_conversion_stmt;
      return {"conversion", created(stmt.conversion_name, stmt.n_conversion_name, session)};
    }
    case PG_QUERY__NODE__NODE_CREATE_TRANSFORM_STMT: {
      const PgQuery__CreateTransformStmt& stmt = *node.create_transform_stmt;
      return {"transform",
              {{}, identifier(fmt::format("for {} language {}", type_name(*stmt.type_name).name, stmt.lang))},
              stmt.replace != 0};
    }
    case PG_QUERY__NODE__NODE_CREATE_AM_STMT:
      return {"access method", named(node.create_am_stmt->amname)};
    default:
      return {};
  }
}

}  // namespace emcee::postgres
