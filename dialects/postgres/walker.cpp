#include "dialects/postgres/walker.h"

#include <fmt/format.h>

#include "dialects/postgres/object.h"

namespace emcee::postgres {

using schema::Result;

tl::unexpected<schema::Error> Walker::refuse(std::string message, std::string hint) const {
  return schema::fail(source_.error(span_.begin, std::move(message), std::move(hint), schema::ErrorCode::fix_schema));
}

tl::unexpected<schema::Error> Walker::misunderstood(std::string_view what) const {
  return schema::fail(source_.error(span_.begin, fmt::format("{} is not understood", what),
                                    "with --lenient it is left out, and reported"));
}

Result<void> Walker::replay(decltype(parser::Statement::kind) kind) {
  return builder_.replay(source_, parser::Statement{std::move(kind), span_, span_.begin});
}

Result<void> Walker::edit_table(const schema::QualifiedName& table, std::function<Outcome(schema::Table&)> edit) {
  return replay(parser::AlterTable{table, {parser::EditTable{std::move(edit)}}});
}

namespace {

// Statements that change no schema, by the words that they are counted under.
const char* without_meaning(const Node& node) {
  switch (node.node_case) {
    case PG_QUERY__NODE__NODE_INSERT_STMT:
      return "INSERT";
    case PG_QUERY__NODE__NODE_UPDATE_STMT:
      return "UPDATE";
    case PG_QUERY__NODE__NODE_DELETE_STMT:
      return "DELETE";
    case PG_QUERY__NODE__NODE_MERGE_STMT:
      return "MERGE";
    case PG_QUERY__NODE__NODE_TRANSACTION_STMT:
      return "transaction";
    case PG_QUERY__NODE__NODE_COPY_STMT:
      return "COPY";
    case PG_QUERY__NODE__NODE_VACUUM_STMT:
      return "VACUUM or ANALYZE";
    case PG_QUERY__NODE__NODE_LOCK_STMT:
      return "LOCK";
    case PG_QUERY__NODE__NODE_TRUNCATE_STMT:
      return "TRUNCATE";
    case PG_QUERY__NODE__NODE_DO_STMT:
      return "DO";
    case PG_QUERY__NODE__NODE_CALL_STMT:
      return "CALL";
    case PG_QUERY__NODE__NODE_EXPLAIN_STMT:
      return "EXPLAIN";
    case PG_QUERY__NODE__NODE_VARIABLE_SHOW_STMT:
      return "SHOW";
    case PG_QUERY__NODE__NODE_CREATE_ROLE_STMT:
      return "CREATE ROLE";
    case PG_QUERY__NODE__NODE_ALTER_ROLE_STMT:
    case PG_QUERY__NODE__NODE_ALTER_ROLE_SET_STMT:
      return "ALTER ROLE";
    case PG_QUERY__NODE__NODE_DROP_ROLE_STMT:
      return "DROP ROLE";
    case PG_QUERY__NODE__NODE_GRANT_ROLE_STMT:
      return "GRANT of a role";
    case PG_QUERY__NODE__NODE_CREATEDB_STMT:
      return "CREATE DATABASE";
    case PG_QUERY__NODE__NODE_DROPDB_STMT:
      return "DROP DATABASE";
    case PG_QUERY__NODE__NODE_ALTER_DATABASE_STMT:
    case PG_QUERY__NODE__NODE_ALTER_DATABASE_SET_STMT:
      return "ALTER DATABASE";
    case PG_QUERY__NODE__NODE_CREATE_TABLE_SPACE_STMT:
    case PG_QUERY__NODE__NODE_DROP_TABLE_SPACE_STMT:
      return "TABLESPACE";
    case PG_QUERY__NODE__NODE_REFRESH_MAT_VIEW_STMT:
      return "REFRESH MATERIALIZED VIEW";
    case PG_QUERY__NODE__NODE_REINDEX_STMT:
      return "REINDEX";
    case PG_QUERY__NODE__NODE_CLUSTER_STMT:
      return "CLUSTER";
    case PG_QUERY__NODE__NODE_CONSTRAINTS_SET_STMT:
      return "SET CONSTRAINTS";
    case PG_QUERY__NODE__NODE_DISCARD_STMT:
      return "DISCARD";
    case PG_QUERY__NODE__NODE_NOTIFY_STMT:
    case PG_QUERY__NODE__NODE_LISTEN_STMT:
      return "NOTIFY or LISTEN";
    case PG_QUERY__NODE__NODE_PREPARE_STMT:
    case PG_QUERY__NODE__NODE_EXECUTE_STMT:
    case PG_QUERY__NODE__NODE_DEALLOCATE_STMT:
      return "PREPARE or EXECUTE";
    case PG_QUERY__NODE__NODE_LOAD_STMT:
      return "LOAD";
    case PG_QUERY__NODE__NODE_CHECK_POINT_STMT:
      return "CHECKPOINT";
    case PG_QUERY__NODE__NODE_ALTER_SYSTEM_STMT:
      return "ALTER SYSTEM";
    case PG_QUERY__NODE__NODE_REASSIGN_OWNED_STMT:
      return "REASSIGN OWNED";
    case PG_QUERY__NODE__NODE_ALTER_EXTENSION_STMT:
      return "ALTER EXTENSION UPDATE";
    default:
      return nullptr;
  }
}

}  // namespace

Result<void> Walker::walk(PgQuery__ParseResult& tree) {
  const Node& node = *tree.stmts[0]->stmt;
  // Comments before a statement are no part of its place.
  const std::string_view whole = source_.text(span_);
  if (const std::size_t first = whole.find_first_not_of(" \t\r\n"); first != std::string_view::npos)
    span_.begin += first;
  if (const char* what = without_meaning(node)) return skip(what);
  auto outcome = walk_kind(tree, node);
  if (outcome || outcome.error().position) return outcome;
  schema::Error error = std::move(outcome).error();
  error.position = source_.at(span_.begin);
  return schema::fail(std::move(error));
}

Result<void> Walker::walk_kind(PgQuery__ParseResult& tree, const Node& node) {
  switch (node.node_case) {
    case PG_QUERY__NODE__NODE_CREATE_STMT:
      return create_table(*node.create_stmt);
    case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT:
      return alter_table(*node.alter_table_stmt);
    case PG_QUERY__NODE__NODE_INDEX_STMT:
      return create_index(*node.index_stmt);
    case PG_QUERY__NODE__NODE_VIEW_STMT:
      return create_view(*node.view_stmt);
    case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT:
      return create_as(*node.create_table_as_stmt);
    case PG_QUERY__NODE__NODE_CREATE_TRIG_STMT:
      return create_trigger(*node.create_trig_stmt);
    case PG_QUERY__NODE__NODE_CREATE_SEQ_STMT:
      return create_sequence(*node.create_seq_stmt);
    case PG_QUERY__NODE__NODE_ALTER_SEQ_STMT:
      return alter_sequence(*node.alter_seq_stmt);
    case PG_QUERY__NODE__NODE_CREATE_ENUM_STMT:
    case PG_QUERY__NODE__NODE_COMPOSITE_TYPE_STMT:
    case PG_QUERY__NODE__NODE_CREATE_DOMAIN_STMT:
      return create_type(node);
    case PG_QUERY__NODE__NODE_ALTER_ENUM_STMT:
      return alter_enum(*node.alter_enum_stmt);
    case PG_QUERY__NODE__NODE_ALTER_DOMAIN_STMT:
      return alter_domain(*node.alter_domain_stmt);
    case PG_QUERY__NODE__NODE_CREATE_POLICY_STMT:
      return create_policy(*node.create_policy_stmt);
    case PG_QUERY__NODE__NODE_CREATE_EXTENSION_STMT:
      return create_extension(*node.create_extension_stmt);
    case PG_QUERY__NODE__NODE_CREATE_SCHEMA_STMT:
      return create_schema(*node.create_schema_stmt);
    case PG_QUERY__NODE__NODE_DROP_STMT:
      return drop(*node.drop_stmt);
    case PG_QUERY__NODE__NODE_RENAME_STMT:
      return rename(*node.rename_stmt);
    case PG_QUERY__NODE__NODE_ALTER_OBJECT_SCHEMA_STMT:
      return set_schema(*node.alter_object_schema_stmt);
    case PG_QUERY__NODE__NODE_COMMENT_STMT:
      return comment(*node.comment_stmt);
    case PG_QUERY__NODE__NODE_ALTER_OWNER_STMT:
      return alter_owner(*node.alter_owner_stmt);
    case PG_QUERY__NODE__NODE_GRANT_STMT:
      return grant(*node.grant_stmt);
    case PG_QUERY__NODE__NODE_ALTER_DEFAULT_PRIVILEGES_STMT:
      return default_privileges(*node.alter_default_privileges_stmt);
    case PG_QUERY__NODE__NODE_ALTER_PUBLICATION_STMT:
      return alter_publication(tree);
    case PG_QUERY__NODE__NODE_CREATE_OP_CLASS_STMT:
      return create_operator_class(*node.create_op_class_stmt);
    case PG_QUERY__NODE__NODE_ALTER_OP_FAMILY_STMT:
      return alter_operator_family(*node.alter_op_family_stmt);
    case PG_QUERY__NODE__NODE_DEFINE_STMT:
      if (node.define_stmt->kind == PG_QUERY__OBJECT_TYPE__OBJECT_TSCONFIGURATION)
        return create_text_search_configuration(*node.define_stmt);
      return object(tree);
    case PG_QUERY__NODE__NODE_ALTER_TSCONFIGURATION_STMT:
      return alter_text_search(*node.alter_tsconfiguration_stmt);
    case PG_QUERY__NODE__NODE_ALTER_EVENT_TRIG_STMT:
      return alter_event_trigger(*node.alter_event_trig_stmt);
    case PG_QUERY__NODE__NODE_ALTER_STATS_STMT:
      return alter_statistics(*node.alter_stats_stmt);
    case PG_QUERY__NODE__NODE_VARIABLE_SET_STMT:
      return set_variable(*node.variable_set_stmt);
    case PG_QUERY__NODE__NODE_SELECT_STMT:
      return select(*node.select_stmt);
    default:
      return object(tree);
  }
}

}  // namespace emcee::postgres
