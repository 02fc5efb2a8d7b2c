#include "dialects/postgres/expression.h"

#include <fmt/format.h>

#include "dialects/postgres/expression_writer.h"
#include "dialects/postgres/literal.h"
#include "dialects/postgres/names.h"

namespace emcee::postgres {

using schema::Result;

namespace {

// A piece of one kind of brackets: `COALESCE(a, b)`.
Piece bracketed(Tokens head, const Tokens& inside, std::string type = {}) {
  Piece piece;
  piece.tokens = std::move(head);
  piece.tokens.push_back(symbol("("));
  append(piece.tokens, inside);
  piece.tokens.push_back(symbol(")"));
  piece.type = std::move(type);
  return piece;
}

// The text of a string constant; none for anything else.
std::optional<std::string_view> string_constant(const Node* node) {
  if (!node || node->node_case != PG_QUERY__NODE__NODE_A_CONST || node->a_const->isnull) return std::nullopt;
  if (node->a_const->val_case != PG_QUERY__A__CONST__VAL_SVAL) return std::nullopt;
  return std::string_view(node->a_const->sval->sval);
}

// NULL, whatever type it is cast to.
bool is_null(const Node* node) {
  while (node && node->node_case == PG_QUERY__NODE__NODE_TYPE_CAST) node = node->type_cast->arg;
  return node && node->node_case == PG_QUERY__NODE__NODE_A_CONST && node->a_const->isnull;
}

// `('a'::character varying)::text` is 'a'::text.
bool is_plain_text(const TypeName& type) {
  return type.arguments.empty() && (type.name == "text" || type.name == "character varying");
}

}  // namespace

Result<Piece> expression(const Node* node, const Context& context) { return ExpressionWriter(context).write(node); }

TypeName ExpressionWriter::type(const PgQuery__TypeName& type) const {
  if (!context_.catalogue) return type_name(type);
  return type_name(
      type, [&](std::string_view schema, std::string_view name) { return context_.catalogue->type(schema, name); });
}

Result<Piece> ExpressionWriter::write(const Node* node) {
  if (!node) return schema::fail(schema::ErrorCode::report_bug, "an expression is empty");
  switch (node->node_case) {
    case PG_QUERY__NODE__NODE_A_CONST:
      return constant(*node->a_const);
    case PG_QUERY__NODE__NODE_COLUMN_REF:
      return column(*node->column_ref);
    case PG_QUERY__NODE__NODE_TYPE_CAST:
      return cast(*node->type_cast);
    case PG_QUERY__NODE__NODE_A_EXPR:
      return operation(*node->a_expr);
    case PG_QUERY__NODE__NODE_BOOL_EXPR:
      return boolean(*node->bool_expr);
    case PG_QUERY__NODE__NODE_FUNC_CALL:
      return function(*node->func_call);
    case PG_QUERY__NODE__NODE_SUB_LINK:
      return sublink(*node->sub_link);
    case PG_QUERY__NODE__NODE_CASE_EXPR:
      return case_of(*node->case_expr);
    case PG_QUERY__NODE__NODE_COALESCE_EXPR:
      return wrapped("COALESCE", node->coalesce_expr->args, node->coalesce_expr->n_args);
    case PG_QUERY__NODE__NODE_MIN_MAX_EXPR:
      return wrapped(node->min_max_expr->op == PG_QUERY__MIN_MAX_OP__IS_LEAST ? "LEAST" : "GREATEST",
                     node->min_max_expr->args, node->min_max_expr->n_args);
    case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION:
      return value_function(*node->sqlvalue_function);
    case PG_QUERY__NODE__NODE_NULL_TEST: {
      EMCEE_ASSIGN(const Piece arg, write(node->null_test->arg));
      Tokens tokens = operand(arg);
      const bool is = node->null_test->nulltesttype == PG_QUERY__NULL_TEST_TYPE__IS_NULL;
      append(tokens,
             is ? Tokens{keyword("IS"), keyword("NULL")} : Tokens{keyword("IS"), keyword("NOT"), keyword("NULL")});
      return compound(std::move(tokens), "boolean");
    }
    case PG_QUERY__NODE__NODE_BOOLEAN_TEST: {
      EMCEE_ASSIGN(const Piece arg, write(node->boolean_test->arg));
      Tokens tokens = operand(arg);
      const auto kind = node->boolean_test->booltesttype;
      const bool negated = kind == PG_QUERY__BOOL_TEST_TYPE__IS_NOT_TRUE ||
                           kind == PG_QUERY__BOOL_TEST_TYPE__IS_NOT_FALSE ||
                           kind == PG_QUERY__BOOL_TEST_TYPE__IS_NOT_UNKNOWN;
      tokens.push_back(keyword("IS"));
      if (negated) tokens.push_back(keyword("NOT"));
      const bool truth = kind == PG_QUERY__BOOL_TEST_TYPE__IS_TRUE || kind == PG_QUERY__BOOL_TEST_TYPE__IS_NOT_TRUE;
      const bool falsity = kind == PG_QUERY__BOOL_TEST_TYPE__IS_FALSE || kind == PG_QUERY__BOOL_TEST_TYPE__IS_NOT_FALSE;
      tokens.push_back(keyword(truth ? "TRUE" : falsity ? "FALSE" : "UNKNOWN"));
      return compound(std::move(tokens), "boolean");
    }
    case PG_QUERY__NODE__NODE_A_ARRAY_EXPR:
      return array(*node->a_array_expr);
    case PG_QUERY__NODE__NODE_A_INDIRECTION:
      return indirection(*node->a_indirection);
    case PG_QUERY__NODE__NODE_COLLATE_CLAUSE:
      return collate(*node->collate_clause);
    case PG_QUERY__NODE__NODE_ROW_EXPR:
      return row(*node->row_expr);
    case PG_QUERY__NODE__NODE_PARAM_REF: {
      Piece piece;
      piece.tokens = {Token{Role::variable, fmt::format("${}", node->param_ref->number), {}, {}}};
      return piece;
    }
    case PG_QUERY__NODE__NODE_SET_TO_DEFAULT:
      return Piece{{keyword("DEFAULT")}, {}, true};
    case PG_QUERY__NODE__NODE_NAMED_ARG_EXPR: {
      EMCEE_ASSIGN(const Piece arg, write(node->named_arg_expr->arg));
      Tokens tokens = {name_token(node->named_arg_expr->name), symbol("=>")};
      append(tokens, arg.tokens);
      return Piece{std::move(tokens), arg.type, true};
    }
    case PG_QUERY__NODE__NODE_GROUPING_FUNC:
      return wrapped("GROUPING", node->grouping_func->args, node->grouping_func->n_args);
    case PG_QUERY__NODE__NODE_LIST: {
      EMCEE_ASSIGN(const Tokens items, list(node->list->items, node->list->n_items));
      return bracketed({}, items);
    }
    default:
      return schema::fail(schema::ErrorCode::fix_text, "this kind of expression is not understood",
                          "XML and other rare syntax can stand in functions, which are carried verbatim");
  }
}

Result<std::vector<Piece>> ExpressionWriter::write_all(Node* const* nodes, std::size_t count) {
  std::vector<Piece> pieces;
  for (std::size_t i = 0; i < count; ++i) {
    EMCEE_ASSIGN(Piece piece, write(nodes[i]));
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

Result<Tokens> ExpressionWriter::list(Node* const* nodes, std::size_t count) {
  EMCEE_ASSIGN(const std::vector<Piece> pieces, write_all(nodes, count));
  std::vector<Tokens> items;
  for (const Piece& piece : pieces) items.push_back(piece.tokens);
  Tokens tokens;
  append_list(tokens, items);
  return tokens;
}

Result<Piece> ExpressionWriter::constant(const PgQuery__AConst& constant) {
  Piece piece;
  if (constant.isnull) {
    piece.tokens = {keyword("NULL")};
    return piece;
  }
  const auto number = [](const std::string& text, const char* type) { return typed_literal(text, named_type(type)); };
  switch (constant.val_case) {
    case PG_QUERY__A__CONST__VAL_IVAL:
      return number(fmt::format("{}", constant.ival ? constant.ival->ival : 0), "integer");
    case PG_QUERY__A__CONST__VAL_FVAL: {
      const std::string text = constant.fval->fval;
      const bool whole = text.find_first_not_of("-0123456789") == std::string::npos;
      return number(text, whole && text.size() < 20 ? "bigint" : "numeric");
    }
    case PG_QUERY__A__CONST__VAL_BOOLVAL:
      piece.tokens = {keyword(constant.boolval && constant.boolval->boolval ? "true" : "false")};
      piece.type = "boolean";
      return piece;
    case PG_QUERY__A__CONST__VAL_BSVAL: {
      const std::string text = constant.bsval->bsval;  // `b0101` or `x1F`
      std::string bits;
      for (const char digit : std::string_view(text).substr(std::min<std::size_t>(1, text.size())))
        bits += text[0] == 'b' ? std::string(1, digit)
                               : fmt::format("{:04b}", std::stoi(std::string(1, digit), nullptr, 16));
      return typed_literal(bits, named_type("bit"));
    }
    default:
      piece.text = constant.sval ? constant.sval->sval : "";
      piece.tokens = {literal(string_literal(piece.text))};
      piece.string = true;
      return piece;
  }
}

Result<Piece> ExpressionWriter::column(const PgQuery__ColumnRef& column) {
  Piece piece;
  std::vector<std::string> names;
  bool star = false;
  for (std::size_t i = 0; i < column.n_fields; ++i) {
    if (column.fields[i]->node_case == PG_QUERY__NODE__NODE_A_STAR)
      star = true;
    else
      names.emplace_back(text_of(column.fields[i]));
  }
  if (star) {
    if (!names.empty()) piece.tokens = {table_token(names.back()), symbol(".")};
    piece.tokens.push_back(symbol("*"));
    return piece;
  }
  const std::string qualifier = names.size() > 1 ? names[names.size() - 2] : "";
  if (const auto found = find_column(context_.scope, qualifier, names.back())) {
    piece.tokens = {column_token(names.back(), found->qualifier)};
    piece.type = context_.catalogue ? context_.catalogue->base_type(found->type) : found->type;
    return piece;
  }
  // The whole row of a table in sight.
  for (const Scope* scope = names.size() == 1 ? context_.scope : nullptr; scope; scope = scope->outer)
    for (const Relation& relation : scope->relations)
      if (relation.name == names.back() && relation.columns) {
        piece.tokens = {table_token(names.back()), symbol("."), symbol("*")};
        return piece;
      }
  piece.tokens = {column_token(names.back(), qualifier)};
  return piece;
}

Result<Piece> ExpressionWriter::cast(const PgQuery__TypeCast& cast) {
  const TypeName to = type(*cast.type_name);
  Tokens suffix = {symbol("::")};
  append(suffix, to.tokens());
  if (is_null(cast.arg)) {
    Piece piece{{keyword("NULL")}, to.name, true};
    append_implied(piece.tokens, std::move(suffix));
    return piece;
  }
  // Casts of casts of a literal between texts.
  const Node* inner = cast.arg;
  while (is_plain_text(to) && inner->node_case == PG_QUERY__NODE__NODE_TYPE_CAST &&
         is_plain_text(type(*inner->type_cast->type_name)))
    inner = inner->type_cast->arg;
  if (const auto text = string_constant(inner)) {
    if (to.name == "regclass") return typed_literal(regclass_literal(*text, context_.catalogue), to);
    return typed_literal(*text, to);
  }
  EMCEE_ASSIGN(Piece piece, write(cast.arg));
  if (piece.type == to.name && to.arguments.empty() && !piece.type.empty()) return piece;  // the server drops it
  // An array of literals: the cast is theirs.
  if (cast.arg->node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR && cast.arg->a_array_expr->n_elements > 0 && to.array &&
      (piece.type.empty() || is_string(element_of(piece.type)))) {
    append_implied(piece.tokens, std::move(suffix));
    piece.type = to.name;
    return piece;
  }
  // What the server adds to columns of character varying, which have no operators of their own.
  const bool relabelled = to.name == "text" && (piece.type == "character varying" || piece.type == "name");
  Tokens tokens;
  if (relabelled || piece.atomic) {
    const bool parenthesise = !piece.atomic || piece.tokens.size() > 1;
    if (parenthesise && relabelled) append_implied(tokens, {symbol("(")});
    append(tokens, piece.tokens);
    if (parenthesise && relabelled) append_implied(tokens, {symbol(")")});
  } else {
    tokens = operand(piece);
  }
  if (relabelled)
    append_implied(tokens, std::move(suffix));
  else
    append(tokens, suffix);
  Piece result;
  result.tokens = std::move(tokens);
  result.type = relabelled ? "text" : to.name;
  result.atomic = !relabelled || piece.atomic;
  return result;
}

Result<Piece> ExpressionWriter::boolean(const PgQuery__BoolExpr& expr) {
  EMCEE_ASSIGN(const std::vector<Piece> args, write_all(expr.args, expr.n_args));
  Tokens tokens;
  if (expr.boolop == PG_QUERY__BOOL_EXPR_TYPE__NOT_EXPR) {
    tokens = {keyword("NOT")};
    append(tokens, operand(args.front()));
    return compound(std::move(tokens), "boolean");
  }
  const bool conjunction = expr.boolop == PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR;
  // The grammar takes (a OR b) OR c for one OR of three; BETWEEN is an AND, NOT BETWEEN an OR.
  const auto flattens = [&](const Node* node) {
    if (node->node_case != PG_QUERY__NODE__NODE_A_EXPR) return false;
    return node->a_expr->kind ==
           (conjunction ? PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN : PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN);
  };
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (i > 0) tokens.push_back(keyword(conjunction ? "AND" : "OR"));
    append(tokens, i == 0 && flattens(expr.args[0]) ? args[0].tokens : operand(args[i]));
  }
  return compound(std::move(tokens), "boolean");
}

Result<Piece> ExpressionWriter::sublink(const PgQuery__SubLink& link) {
  if (!link.subselect || link.subselect->node_case != PG_QUERY__NODE__NODE_SELECT_STMT)
    return schema::fail(schema::ErrorCode::fix_text, "only a SELECT can stand here");
  EMCEE_ASSIGN(const Query inner, query(*link.subselect->select_stmt, context_));
  Tokens tokens;
  std::string result;
  switch (link.sub_link_type) {
    case PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK:
      return bracketed({keyword("EXISTS")}, inner.tokens, "boolean");
    case PG_QUERY__SUB_LINK_TYPE__ARRAY_SUBLINK:
      return bracketed({keyword("ARRAY")}, inner.tokens);
    case PG_QUERY__SUB_LINK_TYPE__ANY_SUBLINK:
    case PG_QUERY__SUB_LINK_TYPE__ALL_SUBLINK: {
      EMCEE_ASSIGN(const Piece test, write(link.testexpr));
      tokens = operand(test);
      if (link.n_oper_name == 0) {
        tokens.push_back(keyword("IN"));
      } else {
        tokens.push_back(symbol(text_of(link.oper_name[link.n_oper_name - 1])));
        tokens.push_back(keyword(link.sub_link_type == PG_QUERY__SUB_LINK_TYPE__ALL_SUBLINK ? "ALL" : "ANY"));
      }
      append(tokens, bracketed({}, inner.tokens).tokens);
      return compound(std::move(tokens), "boolean");
    }
    default:
      if (inner.columns.size() == 1) result = inner.columns.front().type;
      return bracketed({}, inner.tokens, result);
  }
}

Result<Piece> ExpressionWriter::case_of(const PgQuery__CaseExpr& expr) {
  Tokens tokens = {keyword("CASE")};
  std::string result;
  Piece subject;
  if (expr.arg) {
    EMCEE_ASSIGN(subject, write(expr.arg));
    append(tokens, operand(subject));
  }
  std::vector<Piece> results;
  for (std::size_t i = 0; i < expr.n_args; ++i) {
    EMCEE_ASSIGN(Piece then, write(expr.args[i]->case_when->result));
    results.push_back(std::move(then));
  }
  const bool has_else = expr.defresult && !is_null(expr.defresult);
  if (has_else) {
    EMCEE_ASSIGN(Piece otherwise, write(expr.defresult));
    results.push_back(std::move(otherwise));
  }
  unify(results);
  for (const Piece& each : results)
    if (result.empty()) result = each.type;
  for (std::size_t i = 0; i < expr.n_args; ++i) {
    EMCEE_ASSIGN(const Piece when, write(expr.args[i]->case_when->expr));
    tokens.push_back(keyword("WHEN"));
    append(tokens, operand(when));
    tokens.push_back(keyword("THEN"));
    append(tokens, operand(results[i]));
  }
  if (has_else) {
    tokens.push_back(keyword("ELSE"));
    append(tokens, operand(results.back()));
  } else {
    append_implied(tokens, {keyword("ELSE"), keyword("NULL")});
  }
  tokens.push_back(keyword("END"));
  return Piece{std::move(tokens), result, true};
}

Result<Piece> ExpressionWriter::array(const PgQuery__AArrayExpr& array) {
  EMCEE_ASSIGN(const std::vector<Piece> items, write_all(array.elements, array.n_elements));
  Piece piece;
  piece.tokens = {keyword("ARRAY"), symbol("[")};
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) piece.tokens.push_back(symbol(","));
    append(piece.tokens, items[i].tokens);
    if (!items[i].type.empty()) piece.type = items[i].type + "[]";
  }
  piece.tokens.push_back(symbol("]"));
  return piece;
}

Result<Piece> ExpressionWriter::indirection(const PgQuery__AIndirection& expr) {
  EMCEE_ASSIGN(const Piece arg, write(expr.arg));
  // (row).field needs its parentheses, a[1] none.
  const bool column = expr.arg->node_case == PG_QUERY__NODE__NODE_COLUMN_REF;
  const bool subscript = expr.n_indirection > 0 && expr.indirection[0]->node_case == PG_QUERY__NODE__NODE_A_INDICES;
  Tokens tokens;
  if (column && subscript)
    tokens = arg.tokens;
  else
    tokens = bracketed({}, arg.tokens).tokens;
  for (std::size_t i = 0; i < expr.n_indirection; ++i) {
    const Node* step = expr.indirection[i];
    if (step->node_case == PG_QUERY__NODE__NODE_A_INDICES) {
      tokens.push_back(symbol("["));
      if (step->a_indices->lidx) {
        EMCEE_ASSIGN(const Piece low, write(step->a_indices->lidx));
        append(tokens, low.tokens);
      }
      if (step->a_indices->is_slice) tokens.push_back(symbol(":"));
      if (step->a_indices->uidx) {
        EMCEE_ASSIGN(const Piece high, write(step->a_indices->uidx));
        append(tokens, high.tokens);
      }
      tokens.push_back(symbol("]"));
    } else if (step->node_case == PG_QUERY__NODE__NODE_A_STAR) {
      append(tokens, {symbol("."), symbol("*")});
    } else {
      append(tokens, {symbol("."), name_token(text_of(step))});
    }
  }
  return Piece{std::move(tokens), subscript && column ? element_of(arg.type) : "", true};
}

Result<Piece> ExpressionWriter::collate(const PgQuery__CollateClause& clause) {
  EMCEE_ASSIGN(const Piece arg, write(clause.arg));
  Tokens tokens = operand(arg);
  tokens.push_back(keyword("COLLATE"));
  tokens.push_back(name_token(clause.n_collname ? text_of(clause.collname[clause.n_collname - 1]) : ""));
  return compound(std::move(tokens), arg.type);
}

Result<Piece> ExpressionWriter::row(const PgQuery__RowExpr& row) {
  EMCEE_ASSIGN(const Tokens items, list(row.args, row.n_args));
  return bracketed({keyword("ROW")}, items);
}

Result<Piece> ExpressionWriter::wrapped(const char* word, Node* const* nodes, std::size_t count) {
  EMCEE_ASSIGN(std::vector<Piece> args, write_all(nodes, count));
  if (std::string_view(word) != "GROUPING") unify(args);
  Tokens inside;
  std::string result;
  std::vector<Tokens> items;
  for (const Piece& arg : args) {
    items.push_back(arg.tokens);
    if (!arg.type.empty() && result.empty()) result = arg.type;
  }
  append_list(inside, items);
  return bracketed({keyword(word)}, inside, result);
}

Result<std::optional<schema::Fragment>> default_value(const Node* node, const TypeName& type, const Context& context) {
  if (is_null(node) && type.arguments.empty()) return std::nullopt;
  Piece piece;
  if (const auto text = string_constant(node)) {
    piece = typed_literal(*text, type);
  } else {
    EMCEE_ASSIGN(piece, expression(node, context));
    // A typed literal for a column of another type: `'0'::smallint` and '0' are the same there.
    if (node->node_case == PG_QUERY__NODE__NODE_TYPE_CAST)
      if (const auto inner = string_constant(node->type_cast->arg);
          inner && is_number(type.name) && is_number(piece.type))
        piece = typed_literal(*inner, type);
  }
  return schema::Fragment(std::move(piece.tokens));
}

}  // namespace emcee::postgres
