#include "dialects/postgres/object.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>

namespace emcee::postgres {

using schema::Fragment;
using schema::QualifiedName;

std::string object_kind(PgQuery__ObjectType type) {
  switch (type) {
    case PG_QUERY__OBJECT_TYPE__OBJECT_AGGREGATE:
      return "aggregate";
    case PG_QUERY__OBJECT_TYPE__OBJECT_CAST:
      return "cast";
    case PG_QUERY__OBJECT_TYPE__OBJECT_COLLATION:
      return "collation";
    case PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN:
      return "column";
    case PG_QUERY__OBJECT_TYPE__OBJECT_CONVERSION:
      return "conversion";
    case PG_QUERY__OBJECT_TYPE__OBJECT_DATABASE:
      return "database";
    case PG_QUERY__OBJECT_TYPE__OBJECT_DOMAIN:
      return "domain";
    case PG_QUERY__OBJECT_TYPE__OBJECT_EVENT_TRIGGER:
      return "event trigger";
    case PG_QUERY__OBJECT_TYPE__OBJECT_EXTENSION:
      return "extension";
    case PG_QUERY__OBJECT_TYPE__OBJECT_FDW:
      return "foreign data wrapper";
    case PG_QUERY__OBJECT_TYPE__OBJECT_FOREIGN_SERVER:
      return "server";
    case PG_QUERY__OBJECT_TYPE__OBJECT_FOREIGN_TABLE:
      return "foreign table";
    case PG_QUERY__OBJECT_TYPE__OBJECT_FUNCTION:
      return "function";
    case PG_QUERY__OBJECT_TYPE__OBJECT_INDEX:
      return "index";
    case PG_QUERY__OBJECT_TYPE__OBJECT_LANGUAGE:
      return "language";
    case PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW:
      return "materialized view";
    case PG_QUERY__OBJECT_TYPE__OBJECT_OPCLASS:
      return "operator class";
    case PG_QUERY__OBJECT_TYPE__OBJECT_OPERATOR:
      return "operator";
    case PG_QUERY__OBJECT_TYPE__OBJECT_OPFAMILY:
      return "operator family";
    case PG_QUERY__OBJECT_TYPE__OBJECT_POLICY:
      return "policy";
    case PG_QUERY__OBJECT_TYPE__OBJECT_PROCEDURE:
      return "procedure";
    case PG_QUERY__OBJECT_TYPE__OBJECT_PUBLICATION:
      return "publication";
    case PG_QUERY__OBJECT_TYPE__OBJECT_ROUTINE:
      return "routine";
    case PG_QUERY__OBJECT_TYPE__OBJECT_RULE:
      return "rule";
    case PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA:
      return "schema";
    case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE:
      return "sequence";
    case PG_QUERY__OBJECT_TYPE__OBJECT_SUBSCRIPTION:
      return "subscription";
    case PG_QUERY__OBJECT_TYPE__OBJECT_STATISTIC_EXT:
      return "statistics";
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT:
      return "constraint";
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE:
      return "table";
    case PG_QUERY__OBJECT_TYPE__OBJECT_TRIGGER:
      return "trigger";
    case PG_QUERY__OBJECT_TYPE__OBJECT_TSCONFIGURATION:
      return "text search configuration";
    case PG_QUERY__OBJECT_TYPE__OBJECT_TSDICTIONARY:
      return "text search dictionary";
    case PG_QUERY__OBJECT_TYPE__OBJECT_TSPARSER:
      return "text search parser";
    case PG_QUERY__OBJECT_TYPE__OBJECT_TSTEMPLATE:
      return "text search template";
    case PG_QUERY__OBJECT_TYPE__OBJECT_TYPE:
      return "type";
    case PG_QUERY__OBJECT_TYPE__OBJECT_VIEW:
      return "view";
    default:
      return "object";
  }
}

std::string argument_list(Node* const* types, std::size_t count, const Session& session) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) {
    const PgQuery__TypeName* type = nullptr;
    if (types[i]->node_case == PG_QUERY__NODE__NODE_TYPE_NAME) type = types[i]->type_name;
    if (types[i]->node_case == PG_QUERY__NODE__NODE_FUNCTION_PARAMETER) {
      const auto mode = types[i]->function_parameter->mode;
      const bool out = mode == PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_OUT ||
                       mode == PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_TABLE;
      if (!out) type = types[i]->function_parameter->arg_type;
    }
    if (!type) continue;
    std::string name = type_name(*type, [&](std::string_view schema, std::string_view text) {
                         return session.type(schema, text);
                       }).name;
    names.push_back(std::move(name));
  }
  return fmt::format("({})", fmt::join(names, ", "));
}

namespace {

// Removes the first of two names where it says `public`, adds the schema where the path does.
void qualify(Node**& names, std::size_t& count, const std::string& schema) {
  if (count == 2 && text_of(names[0]) == "public") {
    pg_query__node__free_unpacked(names[0], nullptr);
    names[0] = names[1];
    count = 1;
  }
  if (count != 1 || schema.empty()) return;
  Node* node = static_cast<Node*>(std::malloc(sizeof(Node)));
  pg_query__node__init(node);
  node->node_case = PG_QUERY__NODE__NODE_STRING;
  node->string = static_cast<PgQuery__String*>(std::malloc(sizeof(PgQuery__String)));
  pg_query__string__init(node->string);
  assign(node->string->sval, schema);
  auto** both = static_cast<Node**>(std::malloc(2 * sizeof(Node*)));
  both[0] = node;
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
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (drop_defaults && options[i]->node_case == PG_QUERY__NODE__NODE_DEF_ELEM &&
        is_default_option(*options[i]->def_elem))
      pg_query__node__free_unpacked(options[i], nullptr);
    else
      options[kept++] = options[i];
  }
  count = kept;
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
  std::size_t kept = 0;
  for (std::size_t i = 0; i < stmt.n_params; ++i) {
    const PgQuery__DefElem& option = *stmt.params[i]->def_elem;
    std::string value;
    if (option.arg && option.arg->node_case == PG_QUERY__NODE__NODE_TYPE_NAME)
      value = text_of(option.arg->type_name->names[option.arg->type_name->n_names - 1]);
    if (std::string_view(option.defname) == "multirange_type_name" && value == implied)
      pg_query__node__free_unpacked(stmt.params[i], nullptr);
    else
      stmt.params[kept++] = stmt.params[i];
  }
  stmt.n_params = kept;
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

}  // namespace

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
      sort_options(define->definition, define->n_definition, false);
    } else if (auto* rule = as<PgQuery__RuleStmt>(message, pg_query__rule_stmt__descriptor)) {
      rule->replace = 0;
    } else if (auto* range_type = as<PgQuery__CreateRangeStmt>(message, pg_query__create_range_stmt__descriptor)) {
      qualify(range_type->type_name, range_type->n_type_name, schema);
      drop_implied_multirange(*range_type);
      sort_options(range_type->params, range_type->n_params, false);
    } else if (auto* statistics = as<PgQuery__CreateStatsStmt>(message, pg_query__create_stats_stmt__descriptor)) {
      qualify(statistics->defnames, statistics->n_defnames, schema);
    } else if (auto* object = as<PgQuery__ObjectWithArgs>(message, pg_query__object_with_args__descriptor)) {
      qualify(object->objname, object->n_objname, "");
    }
  });
}

Fragment statement_tokens(const std::string& text) {
  // Where tables are named.
  std::set<std::size_t> tables;
  if (const auto tree = parse_tree(text))
    for_each_message(&(*tree)->base, [&](ProtobufCMessage* message) {
      if (auto* range = as<PgQuery__RangeVar>(message, pg_query__range_var__descriptor))
        if (range->location >= 0) tables.insert(static_cast<std::size_t>(range->location));
    });
  Tokens tokens;
  const std::vector<ScannedToken> scanned = scan(text);
  bool table = false;
  for (std::size_t i = 0; i < scanned.size(); ++i) {
    const ScannedToken& token = scanned[i];
    if (token.kind == PG_QUERY__TOKEN__SQL_COMMENT || token.kind == PG_QUERY__TOKEN__C_COMMENT) continue;
    std::string word = text.substr(token.begin, token.end - token.begin);
    if (tables.count(token.begin)) table = true;
    const bool dotted = i + 1 < scanned.size() && text[scanned[i + 1].begin] == '.';
    const bool name = token.kind == PG_QUERY__TOKEN__IDENT || table;
    if (name && word != ".") {
      word = unquoted(word);
      tokens.push_back(table && !dotted ? table_token(word) : name_token(word));
      if (!dotted) table = false;
    } else if (token.keyword != PG_QUERY__KEYWORD_KIND__NO_KEYWORD) {
      tokens.push_back(keyword(word));
    } else if (token.kind == PG_QUERY__TOKEN__SCONST || token.kind == PG_QUERY__TOKEN__ICONST ||
               token.kind == PG_QUERY__TOKEN__FCONST || token.kind == PG_QUERY__TOKEN__BCONST ||
               token.kind == PG_QUERY__TOKEN__XCONST) {
      tokens.push_back(literal(word));
    } else {
      tokens.push_back(symbol(word));
    }
  }
  // `'x'::app.type[]` and `'x'::character varying`
  for (std::size_t i = 1; i < tokens.size(); ++i) {
    if (tokens[i].text != "::" || tokens[i - 1].role != Role::literal) continue;
    tokens[i].implied = true;
    std::size_t k = i + 1;
    for (; k < tokens.size(); ++k) {
      const bool word = tokens[k].role == Role::name || tokens[k].role == Role::keyword;
      const bool part = word || tokens[k].text == "." || tokens[k].text == "[" || tokens[k].text == "]";
      if (!part || (word && k > i + 1 && tokens[k - 1].text != "." && tokens[k].text != "varying" &&
                    tokens[k].text != "precision"))
        break;
      tokens[k].implied = true;
    }
  }
  return Fragment(std::move(tokens));
}

namespace {

constexpr std::array<std::string_view, 6> kAbout = {"comment", "owner", "grant", "policy", "rule", "statistics"};

// The first table that is named: the place of its token, and whether its schema is that of the name.
std::optional<std::size_t> table_place(const schema::OpaqueObject& object, const QualifiedName& relation) {
  const Tokens& tokens = object.definition.tokens();
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].role != Role::table) continue;
    const bool dotted = i >= 2 && tokens[i - 1].text == ".";
    const std::string schema = dotted ? tokens[i - 2].text : "";
    if (tokens[i].text == relation.name.text() && schema == relation.schema.text()) return i;
    return std::nullopt;
  }
  return std::nullopt;
}

std::string replaced_name(const std::string& text, const std::string& from, const std::string& to, bool once) {
  std::string result;
  std::size_t copied = 0;
  for (const ScannedToken& token : scan(text)) {
    if (unquoted(std::string_view(text).substr(token.begin, token.end - token.begin)) != from) continue;
    result += text.substr(copied, token.begin - copied) + quoting()(identifier(to));
    copied = token.end;
    if (once) break;
  }
  return result + text.substr(copied);
}

}  // namespace

bool is_about(const schema::OpaqueObject& object, const QualifiedName& relation) {
  if (std::find(kAbout.begin(), kAbout.end(), object.kind) == kAbout.end()) return false;
  return table_place(object, relation).has_value();
}

void rename_table_in(schema::OpaqueObject& object, const QualifiedName& from, const QualifiedName& to) {
  object.definition = object.definition.with_table_renamed(from.name, to.name);
  object.source = replaced_name(object.source, from.name.text(), to.name.text(), false);
  if (object.name.schema.text() == from.text()) object.name.schema = identifier(to.text());
  const std::string& text = object.name.name.text();
  const std::string before = quoting()(from);
  if (const std::size_t at = text.find(" " + before);
      at != std::string::npos && (at + 1 + before.size() == text.size() || text[at + 1 + before.size()] == ' '))
    object.name.name = identifier(text.substr(0, at + 1) + quoting()(to) + text.substr(at + 1 + before.size()));
}

std::string renamed_source(const std::string& source, const QualifiedName& from, const QualifiedName& to) {
  const auto bare = [](const QualifiedName& name) { return name.name.text().substr(0, name.name.text().find('(')); };
  std::string result = replaced_name(source, bare(from), bare(to), true);
  if (from.schema == to.schema) return result;
  // Another schema: the name stands behind the old one, or alone.
  const std::string name = quoting()(identifier(bare(to)));
  const std::string old_full = from.schema.empty() ? name : quoting()(from.schema) + "." + name;
  const std::string new_full = to.schema.empty() ? name : quoting()(to.schema) + "." + name;
  if (const std::size_t at = result.find(old_full); at != std::string::npos)
    result.replace(at, old_full.size(), new_full);
  return result;
}

}  // namespace emcee::postgres
