// One spelling for objects that are carried verbatim.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "dialects/postgres/object.h"

namespace emcee::postgres {

using schema::QualifiedName;

namespace {

Node* string_node(std::string_view text) {
  Node* node = static_cast<Node*>(std::malloc(sizeof(Node)));
  pg_query__node__init(node);
  node->node_case = PG_QUERY__NODE__NODE_STRING;
  node->string = static_cast<PgQuery__String*>(std::malloc(sizeof(PgQuery__String)));
  pg_query__string__init(node->string);
  assign(node->string->sval, text);
  return node;
}

// Removes the first of two names where it says `public`, adds the schema where the path does.
void qualify(Node**& names, std::size_t& count, const std::string& schema) {
  if (count == 2 && text_of(names[0]) == "public") {
    pg_query__node__free_unpacked(names[0], nullptr);
    names[0] = names[1];
    count = 1;
  }
  if (count != 1 || schema.empty()) return;
  auto** both = static_cast<Node**>(std::malloc(2 * sizeof(Node*)));
  both[0] = string_node(schema);
  both[1] = names[0];
  std::free(names);
  names = both;
  count = 2;
}

// What a function has without saying so.
bool is_default_option(const PgQuery__DefElem& option) {
  const std::string_view name = option.defname;
  const auto flag = [&] {
    return option.arg && option.arg->node_case == PG_QUERY__NODE__NODE_BOOLEAN && option.arg->boolean->boolval;
  };
  if (name == "volatility") return text_of(option.arg) == "volatile";
  if (name == "strict" || name == "security" || name == "leakproof" || name == "window") return !flag();
  if (name == "parallel") return text_of(option.arg) == "unsafe";
  if (name == "cost")
    return option.arg && option.arg->node_case == PG_QUERY__NODE__NODE_INTEGER && option.arg->integer->ival == 100;
  if (name == "rows")
    return option.arg && option.arg->node_case == PG_QUERY__NODE__NODE_INTEGER && option.arg->integer->ival == 1000;
  return false;
}

void sort_options(Node**& options, std::size_t& count, bool drop_defaults) {
  if (drop_defaults)
    remove_nodes(options, count, [](const Node& option) {
      return option.node_case == PG_QUERY__NODE__NODE_DEF_ELEM && is_default_option(*option.def_elem);
    });
  std::stable_sort(options, options + count, [](const Node* a, const Node* b) {
    if (a->node_case != PG_QUERY__NODE__NODE_DEF_ELEM || b->node_case != PG_QUERY__NODE__NODE_DEF_ELEM) return false;
    return std::string_view(a->def_elem->defname) < b->def_elem->defname;
  });
}

void drop_modifiers(PgQuery__TypeName* type) {
  if (!type) return;
  for (std::size_t i = 0; i < type->n_typmods; ++i) pg_query__node__free_unpacked(type->typmods[i], nullptr);
  type->n_typmods = 0;
}

void normalise_function(PgQuery__CreateFunctionStmt& function, const std::string& schema) {
  function.replace = 0;
  qualify(function.funcname, function.n_funcname, schema);
  sort_options(function.options, function.n_options, true);
  drop_modifiers(function.return_type);
  for (std::size_t i = 0; i < function.n_parameters; ++i) {
    PgQuery__FunctionParameter& parameter = *function.parameters[i]->function_parameter;
    drop_modifiers(parameter.arg_type);
    if (parameter.mode == PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_IN)
      parameter.mode = PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_DEFAULT;
  }
  for (std::size_t i = 0; i < function.n_options; ++i) {
    PgQuery__DefElem& option = *function.options[i]->def_elem;
    if (std::string_view(option.defname) == "language" && option.arg &&
        option.arg->node_case == PG_QUERY__NODE__NODE_STRING)
      assign(option.arg->string->sval, schema::to_lower(std::string(text_of(option.arg))));
  }
}

// `span` makes span_multirange, `int4range` int4multirange.
void drop_implied_multirange(PgQuery__CreateRangeStmt& stmt) {
  std::string implied(text_of(stmt.type_name[stmt.n_type_name - 1]));
  if (const std::size_t at = implied.find("range"); at != std::string::npos)
    implied.insert(at, "multi");
  else
    implied += "_multirange";
  remove_nodes(stmt.params, stmt.n_params, [&](const Node& node) {
    const PgQuery__DefElem& option = *node.def_elem;
    std::string value;
    if (option.arg && option.arg->node_case == PG_QUERY__NODE__NODE_TYPE_NAME)
      value = text_of(option.arg->type_name->names[option.arg->type_name->n_names - 1]);
    return std::string_view(option.defname) == "multirange_type_name" && value == implied;
  });
}

// FUNCTION was called PROCEDURE; the operators of merge joins are no longer named.
void normalise_operator(PgQuery__DefineStmt& stmt) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < stmt.n_definition; ++i) {
    Node* node = stmt.definition[i];
    PgQuery__DefElem& option = *node->def_elem;
    const std::string_view name = option.defname;
    if (name == "sort1" || name == "sort2" || name == "ltcmp" || name == "gtcmp") {
      pg_query__node__free_unpacked(node, nullptr);
      continue;
    }
    if (name == "procedure") assign(option.defname, "function");
    if (option.arg && option.arg->node_case == PG_QUERY__NODE__NODE_LIST)
      qualify(option.arg->list->items, option.arg->list->n_items, "");
    stmt.definition[kept++] = node;
  }
  stmt.n_definition = kept;
}

// A name of pg_catalog is found without its schema.
void drop_catalogue_schema(PgQuery__TypeName& name) {
  if (name.n_names == 2 && text_of(name.names[0]) == "pg_catalog") assign(name.names[0]->string->sval, "public");
  qualify(name.names, name.n_names, "");
}

// Without a provider it is libc; without a word about it, deterministic.
void normalise_collation(PgQuery__DefineStmt& stmt) {
  remove_nodes(stmt.definition, stmt.n_definition, [](const Node& node) {
    const PgQuery__DefElem& option = *node.def_elem;
    std::string_view value = text_of(option.arg);
    if (option.arg && option.arg->node_case == PG_QUERY__NODE__NODE_TYPE_NAME)
      value = text_of(option.arg->type_name->names[0]);
    const std::string_view name = option.defname;
    return (name == "provider" && value == "libc") || (name == "deterministic" && value == "true");
  });
}

// `TEMPLATE = pg_catalog.simple, stopwords = english`: what is no template is a text.
void normalise_dictionary(PgQuery__DefineStmt& stmt) {
  for (std::size_t i = 0; i < stmt.n_definition; ++i) {
    PgQuery__DefElem& option = *stmt.definition[i]->def_elem;
    if (!option.arg || option.arg->node_case != PG_QUERY__NODE__NODE_TYPE_NAME) continue;
    drop_catalogue_schema(*option.arg->type_name);
    if (std::string_view(option.defname) == "template" || option.arg->type_name->n_names != 1) continue;
    PgQuery__TypeName* name = option.arg->type_name;
    option.arg->node_case = PG_QUERY__NODE__NODE_STRING;
    option.arg->string = name->names[0]->string;
    name->names[0]->node_case = PG_QUERY__NODE__NODE__NOT_SET;
    pg_query__type_name__free_unpacked(name, nullptr);
  }
}

// CREATE STATISTICS without kinds has all of them.
void normalise_statistics(PgQuery__CreateStatsStmt& statistics) {
  constexpr std::size_t kKinds = 3;
  if (statistics.n_stat_types == kKinds)
    remove_nodes(statistics.stat_types, statistics.n_stat_types, [](const Node&) { return true; });
  std::stable_sort(statistics.stat_types, statistics.stat_types + statistics.n_stat_types,
                   [](const Node* a, const Node* b) { return text_of(a) < text_of(b); });
}

// Options of foreign data have no order; pg_dump sorts them.
bool sort_foreign_options(ProtobufCMessage* message) {
  const auto sort = [](auto* statement) {
    if (statement) sort_options(statement->options, statement->n_options, false);
    return statement != nullptr;
  };
  if (auto* column = as<PgQuery__ColumnDef>(message, pg_query__column_def__descriptor)) {
    sort_options(column->fdwoptions, column->n_fdwoptions, false);
    return false;
  }
  return sort(as<PgQuery__CreateFdwStmt>(message, pg_query__create_fdw_stmt__descriptor)) ||
         sort(as<PgQuery__CreateForeignServerStmt>(message, pg_query__create_foreign_server_stmt__descriptor)) ||
         sort(as<PgQuery__CreateForeignTableStmt>(message, pg_query__create_foreign_table_stmt__descriptor)) ||
         sort(as<PgQuery__CreateUserMappingStmt>(message, pg_query__create_user_mapping_stmt__descriptor));
}

// Each table with its children, whatever was said: the server keeps a list of what they were.
void normalise_publication_entry(PgQuery__PublicationTable& table) { table.relation->inh = 1; }

// Tables in the order of their names; without `publish` where everything is published.
void normalise_publication(PgQuery__CreatePublicationStmt& publication) {
  const auto name = [](const Node* node) {
    const PgQuery__PublicationObjSpec& entry = *node->publication_obj_spec;
    if (!entry.pubtable) return std::pair(std::string_view("~"), std::string_view(entry.name));
    const std::string_view schema = entry.pubtable->relation->schemaname;
    return std::pair(schema == "public" ? "" : schema, std::string_view(entry.pubtable->relation->relname));
  };
  std::stable_sort(publication.pubobjects, publication.pubobjects + publication.n_pubobjects,
                   [&](const Node* a, const Node* b) { return name(a) < name(b); });
  for (std::size_t i = 0; i < publication.n_options; ++i) {
    PgQuery__DefElem& option = *publication.options[i]->def_elem;
    if (!option.arg) option.arg = string_node("true");
  }
  const auto says = [](const PgQuery__DefElem& option, std::string_view word, std::string_view value) {
    if (std::string_view(option.defname) != word || !option.arg) return false;
    std::string text(text_of(option.arg));
    std::erase(text, ' ');
    return schema::equal_ignoring_case(text, value);
  };
  remove_nodes(publication.options, publication.n_options, [&](const Node& node) {
    return says(*node.def_elem, "publish", "insert,update,delete,truncate") ||
           says(*node.def_elem, "publish_via_partition_root", "false");
  });
  sort_options(publication.options, publication.n_options, false);
}

}  // namespace

bool redact(Node& statement) {
  if (statement.node_case == PG_QUERY__NODE__NODE_CREATE_USER_MAPPING_STMT) {
    PgQuery__CreateUserMappingStmt& mapping = *statement.create_user_mapping_stmt;
    remove_nodes(mapping.options, mapping.n_options,
                 [](const Node& option) { return std::string_view(option.def_elem->defname) == "password"; });
    return true;
  }
  if (statement.node_case != PG_QUERY__NODE__NODE_CREATE_SUBSCRIPTION_STMT) return false;
  PgQuery__CreateSubscriptionStmt& subscription = *statement.create_subscription_stmt;
  assign(subscription.conninfo, "");
  constexpr std::array<std::string_view, 4> kCompared = {"slot_name", "binary", "streaming", "synchronous_commit"};
  for (std::size_t i = 0; i < subscription.n_options; ++i) {
    Node* value = subscription.options[i]->def_elem->arg;
    if (text_of(value) == "true" && std::string_view(subscription.options[i]->def_elem->defname) == "streaming")
      assign(value->string->sval, "on");
  }
  remove_nodes(subscription.options, subscription.n_options, [&](const Node& node) {
    const PgQuery__DefElem& option = *node.def_elem;
    const bool compared = std::find(kCompared.begin(), kCompared.end(), option.defname) != kCompared.end();
    return !compared ||
           (std::string_view(option.defname) == "slot_name" && text_of(option.arg) == subscription.subname);
  });
  sort_options(subscription.options, subscription.n_options, false);
  return true;
}

void normalise_names(PgQuery__ParseResult& tree, const Session& session) {
  const std::string schema = session.created("", "x").schema.text();
  for_each_message(&tree.base, [&](ProtobufCMessage* message) {
    if (auto* range = as<PgQuery__RangeVar>(message, pg_query__range_var__descriptor)) {
      const QualifiedName name = session.relation(range->schemaname, range->relname);
      assign(range->schemaname, name.schema.text());
    } else if (auto* type = as<PgQuery__TypeName>(message, pg_query__type_name__descriptor)) {
      if (type->n_names == 2 && text_of(type->names[0]) == "public") qualify(type->names, type->n_names, "");
      if (type->n_names == 1 && is_alias(text_of(type->names[0]))) qualify(type->names, type->n_names, "pg_catalog");
      if (type->n_names == 1)
        qualify(type->names, type->n_names, session.type("", text_of(type->names[0])).schema.text());
    } else if (auto* call = as<PgQuery__FuncCall>(message, pg_query__func_call__descriptor)) {
      qualify(call->funcname, call->n_funcname, "");
      if (call->n_funcname == 1)
        qualify(call->funcname, call->n_funcname, session.function("", text_of(call->funcname[0])).schema.text());
    } else if (auto* function = as<PgQuery__CreateFunctionStmt>(message, pg_query__create_function_stmt__descriptor)) {
      normalise_function(*function, schema);
    } else if (auto* define = as<PgQuery__DefineStmt>(message, pg_query__define_stmt__descriptor)) {
      define->replace = 0;
      qualify(define->defnames, define->n_defnames, schema);
      if (define->kind == PG_QUERY__OBJECT_TYPE__OBJECT_OPERATOR) normalise_operator(*define);
      for (std::size_t i = 0; i < define->n_definition; ++i) {
        Node* value = define->definition[i]->def_elem->arg;  // `SORTOP = OPERATOR(pg_catalog.>)`
        if (!value || value->node_case != PG_QUERY__NODE__NODE_LIST) continue;
        if (text_of(value->list->items[0]) == "pg_catalog") assign(value->list->items[0]->string->sval, "public");
        qualify(value->list->items, value->list->n_items, "");
      }
      if (define->kind == PG_QUERY__OBJECT_TYPE__OBJECT_COLLATION) normalise_collation(*define);
      if (define->kind == PG_QUERY__OBJECT_TYPE__OBJECT_TSDICTIONARY) normalise_dictionary(*define);
      sort_options(define->definition, define->n_definition, false);
    } else if (auto* entry = as<PgQuery__PublicationTable>(message, pg_query__publication_table__descriptor)) {
      normalise_publication_entry(*entry);
    } else if (auto* publication =
                   as<PgQuery__CreatePublicationStmt>(message, pg_query__create_publication_stmt__descriptor)) {
      normalise_publication(*publication);
    } else if (auto* rule = as<PgQuery__RuleStmt>(message, pg_query__rule_stmt__descriptor)) {
      rule->replace = 0;
    } else if (auto* range_type = as<PgQuery__CreateRangeStmt>(message, pg_query__create_range_stmt__descriptor)) {
      qualify(range_type->type_name, range_type->n_type_name, schema);
      drop_implied_multirange(*range_type);
      for (std::size_t i = 0; i < range_type->n_params; ++i) {
        const PgQuery__DefElem& option = *range_type->params[i]->def_elem;
        if (std::string_view(option.defname) != "subtype" && option.arg->node_case == PG_QUERY__NODE__NODE_TYPE_NAME)
          drop_catalogue_schema(*option.arg->type_name);
      }
      sort_options(range_type->params, range_type->n_params, false);
    } else if (auto* statistics = as<PgQuery__CreateStatsStmt>(message, pg_query__create_stats_stmt__descriptor)) {
      qualify(statistics->defnames, statistics->n_defnames, schema);
      normalise_statistics(*statistics);
    } else if (auto* conversion =
                   as<PgQuery__CreateConversionStmt>(message, pg_query__create_conversion_stmt__descriptor)) {
      qualify(conversion->conversion_name, conversion->n_conversion_name, schema);
    } else if (auto* family = as<PgQuery__CreateOpFamilyStmt>(message, pg_query__create_op_family_stmt__descriptor)) {
      qualify(family->opfamilyname, family->n_opfamilyname, schema);
    } else if (auto* trigger =
                   as<PgQuery__CreateEventTrigStmt>(message, pg_query__create_event_trig_stmt__descriptor)) {
      qualify(trigger->funcname, trigger->n_funcname, "");
    } else if (sort_foreign_options(message)) {
    } else if (auto* object = as<PgQuery__ObjectWithArgs>(message, pg_query__object_with_args__descriptor)) {
      qualify(object->objname, object->n_objname, "");
    }
  });
}

}  // namespace emcee::postgres
