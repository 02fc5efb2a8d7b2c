#include "dialects/postgres/query_columns.h"

#include "dialects/postgres/names.h"

namespace emcee::postgres {

namespace {

// The name of a column reference without a qualifier; empty for anything else.
std::string_view plain_name(const Node* node) {
  if (!node || node->node_case != PG_QUERY__NODE__NODE_COLUMN_REF || node->column_ref->n_fields != 1) return {};
  return text_of(node->column_ref->fields[0]);
}

std::optional<int> integer_of(const Node* node) {
  if (!node || node->node_case != PG_QUERY__NODE__NODE_A_CONST || node->a_const->isnull) return std::nullopt;
  if (node->a_const->val_case != PG_QUERY__A__CONST__VAL_IVAL || !node->a_const->ival) return std::nullopt;
  return node->a_const->ival->ival;
}

// Weak names give way to any other.
std::string figure(const Node* node, bool& weak) {
  weak = false;
  if (!node) return {};
  switch (node->node_case) {
    case PG_QUERY__NODE__NODE_COLUMN_REF: {
      for (std::size_t i = node->column_ref->n_fields; i-- > 0;)
        if (const std::string_view name = text_of(node->column_ref->fields[i]); !name.empty()) return std::string(name);
      return {};
    }
    case PG_QUERY__NODE__NODE_A_INDIRECTION: {
      for (std::size_t i = node->a_indirection->n_indirection; i-- > 0;)
        if (const std::string_view name = text_of(node->a_indirection->indirection[i]); !name.empty())
          return std::string(name);
      return figure(node->a_indirection->arg, weak);
    }
    case PG_QUERY__NODE__NODE_FUNC_CALL:
      return std::string(text_of(node->func_call->funcname[node->func_call->n_funcname - 1]));
    case PG_QUERY__NODE__NODE_A_EXPR:
      return node->a_expr->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NULLIF ? "nullif" : "";
    case PG_QUERY__NODE__NODE_TYPE_CAST: {
      std::string name = figure(node->type_cast->arg, weak);
      if (!name.empty() && !weak) return name;
      weak = true;
      const PgQuery__TypeName& type = *node->type_cast->type_name;
      return std::string(text_of(type.names[type.n_names - 1]));
    }
    case PG_QUERY__NODE__NODE_COLLATE_CLAUSE:
      return figure(node->collate_clause->arg, weak);
    case PG_QUERY__NODE__NODE_GROUPING_FUNC:
      return "grouping";
    case PG_QUERY__NODE__NODE_SUB_LINK:
      switch (node->sub_link->sub_link_type) {
        case PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK:
          return "exists";
        case PG_QUERY__SUB_LINK_TYPE__ARRAY_SUBLINK:
          return "array";
        case PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK: {
          const PgQuery__SelectStmt* select = node->sub_link->subselect->select_stmt;
          if (select->n_target_list == 0) return {};
          const PgQuery__ResTarget& target = *select->target_list[0]->res_target;
          return is_set(target.name) ? target.name : figure(target.val, weak);
        }
        default:
          return {};
      }
    case PG_QUERY__NODE__NODE_CASE_EXPR: {
      std::string name = figure(node->case_expr->defresult, weak);
      if (!name.empty() && !weak) return name;
      weak = true;
      return "case";
    }
    case PG_QUERY__NODE__NODE_A_ARRAY_EXPR:
      return "array";
    case PG_QUERY__NODE__NODE_ROW_EXPR:
      return "row";
    case PG_QUERY__NODE__NODE_COALESCE_EXPR:
      return "coalesce";
    case PG_QUERY__NODE__NODE_XML_EXPR: {
      static constexpr const char* kNames[] = {"",         "xmlconcat", "xmlelement", "xmlforest",
                                               "xmlparse", "xmlpi",     "xmlroot",    ""};
      const auto op = static_cast<std::size_t>(node->xml_expr->op);
      return op < std::size(kNames) ? kNames[op] : "";
    }
    case PG_QUERY__NODE__NODE_XML_SERIALIZE:
      return "xmlserialize";
    case PG_QUERY__NODE__NODE_MIN_MAX_EXPR:
      return node->min_max_expr->op == PG_QUERY__MIN_MAX_OP__IS_LEAST ? "least" : "greatest";
    case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION: {
      static constexpr const char* kNames[] = {
          "",          "current_date", "current_time",    "current_time",   "current_timestamp", "current_timestamp",
          "localtime", "localtime",    "localtimestamp",  "localtimestamp", "current_role",      "current_user",
          "user",      "session_user", "current_catalog", "current_schema"};
      return kNames[node->sqlvalue_function->op];
    }
    default:
      return {};
  }
}

}  // namespace

std::string natural_name(const Node* node, const char* unknown) {
  bool weak = false;
  const std::string name = figure(node, weak);
  return name.empty() ? unknown : name;
}

std::optional<std::string> star_of(const Node* node) {
  if (!node || node->node_case != PG_QUERY__NODE__NODE_COLUMN_REF) return std::nullopt;
  const PgQuery__ColumnRef& column = *node->column_ref;
  if (column.fields[column.n_fields - 1]->node_case != PG_QUERY__NODE__NODE_A_STAR) return std::nullopt;
  return column.n_fields > 1 ? std::string(text_of(column.fields[column.n_fields - 2])) : std::string();
}

std::optional<std::vector<std::pair<std::string, ColumnInfo>>> star_columns(const Scope& scope,
                                                                            const std::string& relation) {
  std::vector<std::pair<std::string, ColumnInfo>> result;
  for (const Relation& table : scope.relations) {
    if (!relation.empty() && table.name != relation) continue;
    if (!table.columns) return std::nullopt;
    for (const ColumnInfo& column : *table.columns) result.emplace_back(table.name, column);
  }
  if (result.empty()) return std::nullopt;
  return result;
}

std::vector<std::string> shared_columns(const Scope& scope, std::size_t middle) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < middle; ++i) {
    if (!scope.relations[i].columns) continue;
    for (const ColumnInfo& column : *scope.relations[i].columns)
      for (std::size_t j = middle; j < scope.relations.size(); ++j) {
        if (!scope.relations[j].columns) continue;
        for (const ColumnInfo& other : *scope.relations[j].columns)
          if (other.name == column.name) result.push_back(column.name);
      }
  }
  return result;
}

const Node* output_expression(const PgQuery__SelectStmt& select, const Node* node, bool by_name) {
  if (const auto number = integer_of(node)) {
    const auto place = static_cast<std::size_t>(*number);
    if (place < 1 || place > select.n_target_list) return node;
    const Node* value = select.target_list[place - 1]->res_target->val;
    return star_of(value) ? node : value;
  }
  const std::string_view name = plain_name(node);
  if (name.empty() || !by_name) return node;
  for (std::size_t i = 0; i < select.n_target_list; ++i) {
    const PgQuery__ResTarget& target = *select.target_list[i]->res_target;
    const bool named = is_set(target.name) ? target.name == name : natural_name(target.val) == name;
    if (named && !star_of(target.val)) return target.val;
  }
  return node;
}

std::optional<int> output_number(const Node* node, const Columns& columns) {
  if (const auto number = integer_of(node)) return number;
  const std::string_view name = plain_name(node);
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (columns[i].name == name) return static_cast<int>(i) + 1;
  return std::nullopt;
}

bool find_column_ref(const Scope& scope, const Node* node) {
  const std::string_view name = plain_name(node);
  if (name.empty()) return false;
  for (const Relation& relation : scope.relations)
    if (relation.columns)
      for (const ColumnInfo& column : *relation.columns)
        if (column.name == name) return true;
  return false;
}

schema::Result<Tokens> grouping_set(const PgQuery__GroupingSet& set, ExpressionWriter& writer) {
  static constexpr const char* kWords[] = {"", "", "", "ROLLUP", "CUBE", "GROUPING SETS"};
  Tokens tokens = {keyword(kWords[set.kind]), symbol("(")};
  for (std::size_t i = 0; i < set.n_content; ++i) {
    if (i > 0) tokens.push_back(symbol(","));
    if (set.content[i]->node_case == PG_QUERY__NODE__NODE_GROUPING_SET) {
      EMCEE_ASSIGN(const Tokens inner, grouping_set(*set.content[i]->grouping_set, writer));
      append(tokens, inner);
    } else {
      EMCEE_ASSIGN(const Piece piece, writer.write(set.content[i]));
      append(tokens, operand(piece));
    }
  }
  tokens.push_back(symbol(")"));
  return tokens;
}

}  // namespace emcee::postgres
