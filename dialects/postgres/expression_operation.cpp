// Operators, functions and what else has arguments.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "dialects/postgres/expression_writer.h"
#include "dialects/postgres/names.h"

namespace emcee::postgres {

using schema::Result;

namespace {

bool is_comparison(std::string_view op) {
  for (const std::string_view known : {"=", "<>", "<", ">", "<=", ">="})
    if (op == known) return true;
  return false;
}

bool is_arithmetic(std::string_view op) {
  return op.size() == 1 && std::string_view("+-*/%").find(op.front()) != std::string_view::npos;
}

// A string literal beside a value of a known type is of that type.
void type_literal(Piece& piece, const std::string& type) {
  if (!piece.string || type.empty() || is_string(type)) return;
  piece = typed_literal(piece.text, named_type(type));
}

std::string operator_name(Node* const* nodes, std::size_t count) {
  return count ? std::string(text_of(nodes[count - 1])) : std::string();
}

// An operator of a schema of its own has to be named with it.
void append_operator(Tokens& tokens, Node* const* nodes, std::size_t count) {
  const std::string schema = count > 1 ? std::string(text_of(nodes[0])) : "";
  if (schema.empty() || schema == "pg_catalog" || schema == "public") {
    tokens.push_back(symbol(operator_name(nodes, count)));
    return;
  }
  append(tokens, {keyword("OPERATOR"), symbol("("), name_token(schema), symbol("."),
                  symbol(operator_name(nodes, count)), symbol(")")});
}

}  // namespace

Result<Piece> ExpressionWriter::operation(const PgQuery__AExpr& expr) {
  switch (expr.kind) {
    case PG_QUERY__A__EXPR__KIND__AEXPR_IN:
      return membership(expr);
    case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN:
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN:
    case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN_SYM:
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM:
      return between(expr);
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ANY:
      return quantified(expr, "ANY");
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ALL:
      return quantified(expr, "ALL");
    case PG_QUERY__A__EXPR__KIND__AEXPR_NULLIF: {
      EMCEE_ASSIGN(const Piece left, write(expr.lexpr));
      EMCEE_ASSIGN(const Piece right, write(expr.rexpr));
      Tokens tokens = {keyword("NULLIF"), symbol("(")};
      append(tokens, left.tokens);
      tokens.push_back(symbol(","));
      append(tokens, right.tokens);
      tokens.push_back(symbol(")"));
      return Piece{std::move(tokens), left.type, true};
    }
    case PG_QUERY__A__EXPR__KIND__AEXPR_DISTINCT:
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_DISTINCT: {
      EMCEE_ASSIGN(Piece left, write(expr.lexpr));
      EMCEE_ASSIGN(Piece right, write(expr.rexpr));
      type_literal(right, left.type);
      Tokens tokens = operand(left);
      append(tokens, {keyword("IS"), keyword("DISTINCT"), keyword("FROM")});
      append(tokens, operand(right));
      if (expr.kind == PG_QUERY__A__EXPR__KIND__AEXPR_DISTINCT) return compound(std::move(tokens), "boolean");
      Tokens negated = {keyword("NOT")};
      append(negated, operand(compound(std::move(tokens))));
      return compound(std::move(negated), "boolean");
    }
    default:
      break;
  }
  Tokens op;
  append_operator(op, expr.name, expr.n_name);
  const std::string name = operator_name(expr.name, expr.n_name);
  const auto is_row = [](const Node* node) { return node && node->node_case == PG_QUERY__NODE__NODE_ROW_EXPR; };
  if (is_row(expr.lexpr) && is_row(expr.rexpr) && (name == "=" || name == "<>")) return row_equality(expr, name);
  if (!expr.lexpr) {
    EMCEE_ASSIGN(const Piece right, write(expr.rexpr));
    Tokens tokens = std::move(op);
    append(tokens, operand(right));
    return compound(std::move(tokens), right.type);
  }
  EMCEE_ASSIGN(Piece left, write(expr.lexpr));
  EMCEE_ASSIGN(Piece right, write(expr.rexpr));
  return binary(operator_name(expr.name, expr.n_name), std::move(left), std::move(right), op);
}

// The server compares field by field.
Result<Piece> ExpressionWriter::row_equality(const PgQuery__AExpr& expr, const std::string& op) {
  EMCEE_ASSIGN(const std::vector<Piece> left, write_all(expr.lexpr->row_expr->args, expr.lexpr->row_expr->n_args));
  EMCEE_ASSIGN(const std::vector<Piece> right, write_all(expr.rexpr->row_expr->args, expr.rexpr->row_expr->n_args));
  if (left.size() != right.size() || left.empty())
    return schema::fail(schema::ErrorCode::fix_text, "the two rows have different numbers of fields");
  Tokens tokens;
  for (std::size_t i = 0; i < left.size(); ++i) {
    EMCEE_ASSIGN(const Piece field, binary(op, left[i], right[i], {}));
    if (left.size() == 1) return field;
    if (i > 0) tokens.push_back(keyword(op == "=" ? "AND" : "OR"));
    append(tokens, operand(field));
  }
  return compound(std::move(tokens), "boolean");
}

Result<Piece> ExpressionWriter::binary(const std::string& op, Piece left, Piece right, const Tokens& spelled) {
  if (is_comparison(op)) {
    type_literal(left, right.type);
    type_literal(right, left.type);
  }
  if (is_comparison(op) || is_arithmetic(op)) {
    const std::string wider = wider_number(left.type, right.type);
    if (!wider.empty()) {
      widen(left, wider);
      widen(right, wider);
    }
  }
  Tokens tokens = operand(left);
  append(tokens, spelled.empty() ? Tokens{symbol(op)} : spelled);
  append(tokens, operand(right));
  return compound(std::move(tokens), operator_type(op, left, right));
}

Result<Piece> ExpressionWriter::in_list(const char* word, Piece left, std::vector<Piece> items) {
  const bool negated = std::string_view(word) == "NOT";
  std::vector<Tokens> texts;
  for (Piece& item : items) type_literal(item, left.type);
  if (items.size() == 1) return binary(negated ? "<>" : "=", std::move(left), std::move(items.front()), {});
  for (const Piece& item : items) texts.push_back(item.tokens);
  Tokens tokens = operand(left);
  if (negated) tokens.push_back(keyword("NOT"));
  append(tokens, {keyword("IN"), symbol("(")});
  append_list(tokens, texts);
  tokens.push_back(symbol(")"));
  return compound(std::move(tokens), "boolean");
}

Result<Piece> ExpressionWriter::membership(const PgQuery__AExpr& expr) {
  EMCEE_ASSIGN(Piece left, write(expr.lexpr));
  const bool negated = operator_name(expr.name, expr.n_name) == "<>";
  if (expr.rexpr->node_case != PG_QUERY__NODE__NODE_LIST)
    return schema::fail(schema::ErrorCode::fix_text, "IN needs a list");
  EMCEE_ASSIGN(std::vector<Piece> items, write_all(expr.rexpr->list->items, expr.rexpr->list->n_items));
  return in_list(negated ? "NOT" : "", std::move(left), std::move(items));
}

// `= ANY (ARRAY[a, b])` is how the server stores IN, `<> ALL (...)` NOT IN.
Result<Piece> ExpressionWriter::quantified(const PgQuery__AExpr& expr, const char* word) {
  EMCEE_ASSIGN(Piece left, write(expr.lexpr));
  const std::string op = operator_name(expr.name, expr.n_name);
  const Node* array = expr.rexpr;
  if (array->node_case == PG_QUERY__NODE__NODE_TYPE_CAST &&
      array->type_cast->arg->node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR)
    array = array->type_cast->arg;
  const bool any = std::string_view(word) == "ANY";
  const bool list = (op == "=" && any) || (op == "<>" && !any);
  if (list && array->node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR && array->a_array_expr->n_elements > 1) {
    EMCEE_ASSIGN(std::vector<Piece> items, write_all(array->a_array_expr->elements, array->a_array_expr->n_elements));
    return in_list(any ? "" : "NOT", std::move(left), std::move(items));
  }
  EMCEE_ASSIGN(const Piece right, write(expr.rexpr));
  Tokens tokens = operand(left);
  append_operator(tokens, expr.name, expr.n_name);
  append(tokens, {keyword(word), symbol("(")});
  append(tokens, right.tokens);
  tokens.push_back(symbol(")"));
  return compound(std::move(tokens), "boolean");
}

// The server stores the comparisons.
Result<Piece> ExpressionWriter::between(const PgQuery__AExpr& expr) {
  const bool negated = expr.kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN ||
                       expr.kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM;
  const bool symmetric = expr.kind == PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN_SYM ||
                         expr.kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM;
  EMCEE_ASSIGN(const Piece value, write(expr.lexpr));
  EMCEE_ASSIGN(const std::vector<Piece> ends, write_all(expr.rexpr->list->items, expr.rexpr->list->n_items));
  const auto range = [&](const Piece& low, const Piece& high) -> Outcome {
    EMCEE_ASSIGN(const Piece first, binary(negated ? "<" : ">=", value, low, {}));
    EMCEE_ASSIGN(const Piece second, binary(negated ? ">" : "<=", value, high, {}));
    Tokens tokens = operand(first);
    tokens.push_back(keyword(negated ? "OR" : "AND"));
    append(tokens, operand(second));
    return compound(std::move(tokens), "boolean");
  };
  EMCEE_ASSIGN(Piece piece, range(ends[0], ends[1]));
  if (!symmetric) return piece;
  EMCEE_ASSIGN(const Piece reversed, range(ends[1], ends[0]));
  Tokens tokens = operand(piece);
  tokens.push_back(keyword(negated ? "AND" : "OR"));
  append(tokens, operand(reversed));
  return compound(std::move(tokens), "boolean");
}

Result<Piece> ExpressionWriter::function(const PgQuery__FuncCall& call) {
  const std::vector<std::string> names = texts_of(call.funcname, call.n_funcname);
  const std::string name = names.back();
  if (call.funcformat == PG_QUERY__COERCION_FORM__COERCE_SQL_SYNTAX) {
    EMCEE_ASSIGN(std::optional<Piece> special, sql_syntax(call, name));
    if (special) return *std::move(special);
  }
  const std::string schema = names.size() > 1 ? names[names.size() - 2] : "";
  const schema::QualifiedName qualified_name = schema == "pg_catalog" ? schema::QualifiedName{{}, identifier(name)}
                                               : context_.catalogue   ? context_.catalogue->function(schema, name)
                                                                      : qualified(schema, name);
  EMCEE_ASSIGN(std::vector<Piece> args, write_all(call.args, call.n_args));
  const bool of_relation = name == "nextval" || name == "currval" || name == "setval";
  if (of_relation && !args.empty() && args[0].string)
    args[0] = typed_literal(regclass_literal(args[0].text, context_.catalogue), named_type("regclass"));
  else if (of_relation && !args.empty() && args[0].type == "text")  // looked up when it runs
    append(args[0].tokens, {symbol("::"), name_token("regclass")});
  Piece piece;
  append_name(piece.tokens, qualified_name, Role::name);
  piece.tokens.push_back(symbol("("));
  if (call.agg_distinct) piece.tokens.push_back(keyword("DISTINCT"));
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (i > 0) piece.tokens.push_back(symbol(","));
    if (call.func_variadic && i + 1 == args.size()) piece.tokens.push_back(keyword("VARIADIC"));
    append(piece.tokens, args[i].tokens);
  }
  if (call.agg_star) piece.tokens.push_back(symbol("*"));
  if (call.n_agg_order > 0) {
    EMCEE_ASSIGN(const Tokens order, sort(call.agg_order, call.n_agg_order));
    if (call.agg_within_group) append(piece.tokens, {symbol(")"), keyword("WITHIN"), keyword("GROUP"), symbol("(")});
    append(piece.tokens, {keyword("ORDER"), keyword("BY")});
    append(piece.tokens, order);
  }
  piece.tokens.push_back(symbol(")"));
  if (call.agg_filter) {
    EMCEE_ASSIGN(const Piece filter, write(call.agg_filter));
    append(piece.tokens, {keyword("FILTER"), symbol("("), keyword("WHERE")});
    append(piece.tokens, operand(filter));
    piece.tokens.push_back(symbol(")"));
  }
  if (call.over) {
    piece.tokens.push_back(keyword("OVER"));
    if (is_set(call.over->name)) {
      piece.tokens.push_back(name_token(call.over->name));
    } else {
      EMCEE_ASSIGN(const Tokens over, window(*call.over));
      append(piece.tokens, over);
    }
  }
  piece.type = function_type(name, args);
  return piece;
}

// Functions that the standard spells with words between their arguments.
Result<std::optional<Piece>> ExpressionWriter::sql_syntax(const PgQuery__FuncCall& call, const std::string& name) {
  EMCEE_ASSIGN(const std::vector<Piece> args, write_all(call.args, call.n_args));
  const auto between_words = [&](const char* function,
                                 std::initializer_list<const char*> words) -> std::optional<Piece> {
    Tokens tokens = {keyword(function), symbol("(")};
    auto word = words.begin();
    for (std::size_t i = 0; i < args.size(); ++i) {
      if (i > 0) tokens.push_back(word != words.end() ? keyword(*word++) : symbol(","));
      append(tokens, operand(args[i]));
    }
    tokens.push_back(symbol(")"));
    return Piece{std::move(tokens), function_type(name, args), true};
  };
  if (name == "timezone" && args.size() == 2) {
    Tokens tokens = operand(args[1]);
    append(tokens, {keyword("AT"), keyword("TIME"), keyword("ZONE")});
    append(tokens, operand(args[0]));
    std::string result;
    if (args[1].type == "timestamp with time zone") result = "timestamp without time zone";
    if (args[1].type == "timestamp without time zone") result = "timestamp with time zone";
    return compound(std::move(tokens), result);
  }
  if (name == "extract" && args.size() == 2) {
    const std::string& field = args[0].string ? args[0].text : args[0].tokens.front().text;
    Tokens tokens = {keyword("EXTRACT"), symbol("("), keyword(field), keyword("FROM")};
    append(tokens, operand(args[1]));
    tokens.push_back(symbol(")"));
    return Piece{std::move(tokens), "numeric", true};
  }
  if (name == "substring" && args.size() == 2 && is_integer(args[1].type)) return between_words("SUBSTRING", {"FROM"});
  // With a pattern it is a function like any other.
  if (name == "substring" && args.size() == 2 && (args[1].string || is_string(args[1].type)))
    return std::optional<Piece>();
  if (name == "substring") return between_words("SUBSTRING", {"FROM", "FOR"});
  if (name == "overlay") return between_words("OVERLAY", {"PLACING", "FROM", "FOR"});
  if (name == "position" && args.size() == 2) {
    Tokens tokens = {keyword("POSITION"), symbol("(")};
    append(tokens, operand(args[1]));
    tokens.push_back(keyword("IN"));
    append(tokens, operand(args[0]));
    tokens.push_back(symbol(")"));
    return Piece{std::move(tokens), "integer", true};
  }
  const char* side = name == "btrim" ? "BOTH" : name == "ltrim" ? "LEADING" : name == "rtrim" ? "TRAILING" : nullptr;
  if (side && !args.empty()) {
    Tokens tokens = {keyword("TRIM"), symbol("("), keyword(side)};
    if (args.size() > 1) append(tokens, operand(args[1]));
    tokens.push_back(keyword("FROM"));
    append(tokens, operand(args[0]));
    tokens.push_back(symbol(")"));
    return Piece{std::move(tokens), "text", true};
  }
  if (name == "overlaps" && args.size() == 4) {
    Tokens tokens = {symbol("(")};
    append_list(tokens, {args[0].tokens, args[1].tokens});
    append(tokens, {symbol(")"), keyword("OVERLAPS"), symbol("(")});
    append_list(tokens, {args[2].tokens, args[3].tokens});
    tokens.push_back(symbol(")"));
    return compound(std::move(tokens), "boolean");
  }
  if (name == "normalize" && args.size() == 2) {
    Tokens tokens = {keyword("NORMALIZE"), symbol("(")};
    append(tokens, args[0].tokens);
    append(tokens, {symbol(","), keyword(args[1].text), symbol(")")});
    return Piece{std::move(tokens), "text", true};
  }
  if (name == "pg_collation_for") return between_words("COLLATION FOR", {});
  return std::optional<Piece>();
}

Result<Piece> ExpressionWriter::value_function(const PgQuery__SQLValueFunction& function) {
  static constexpr std::array<const char*, 16> kWords = {
      "",          "CURRENT_DATE", "CURRENT_TIME",    "CURRENT_TIME",   "CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP",
      "LOCALTIME", "LOCALTIME",    "LOCALTIMESTAMP",  "LOCALTIMESTAMP", "CURRENT_ROLE",      "CURRENT_USER",
      "USER",      "SESSION_USER", "CURRENT_CATALOG", "CURRENT_SCHEMA"};
  static constexpr std::array<const char*, 16> kTypes = {"",
                                                         "date",
                                                         "time with time zone",
                                                         "time with time zone",
                                                         "timestamp with time zone",
                                                         "timestamp with time zone",
                                                         "time without time zone",
                                                         "time without time zone",
                                                         "timestamp without time zone",
                                                         "timestamp without time zone",
                                                         "name",
                                                         "name",
                                                         "name",
                                                         "name",
                                                         "name",
                                                         "name"};
  const auto op = static_cast<std::size_t>(function.op);
  if (op == 0 || op >= kWords.size()) return schema::fail(schema::ErrorCode::fix_text, "this function is not known");
  Piece piece;
  piece.tokens = {keyword(kWords[op])};
  const bool precise = op == 3 || op == 5 || op == 7 || op == 9;
  if (precise) append(piece.tokens, {symbol("("), literal(fmt::format("{}", function.typmod)), symbol(")")});
  piece.type = kTypes[op];
  return piece;
}

Result<Tokens> ExpressionWriter::sort(Node* const* nodes, std::size_t count) {
  std::vector<Tokens> items;
  for (std::size_t i = 0; i < count; ++i) {
    const PgQuery__SortBy& by = *nodes[i]->sort_by;
    EMCEE_ASSIGN(const Piece value, write(by.node));
    Tokens tokens = operand(value);
    const bool descending = by.sortby_dir == PG_QUERY__SORT_BY_DIR__SORTBY_DESC;
    if (by.sortby_dir == PG_QUERY__SORT_BY_DIR__SORTBY_USING)
      append(tokens, {keyword("USING"), symbol(operator_name(by.use_op, by.n_use_op))});
    else if (descending)
      tokens.push_back(keyword("DESC"));
    // NULLs come last, unless the order is descending.
    const bool first = by.sortby_nulls == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_FIRST;
    const bool last = by.sortby_nulls == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_LAST;
    if ((first && !descending) || (last && descending))
      append(tokens, {keyword("NULLS"), keyword(first ? "FIRST" : "LAST")});
    items.push_back(std::move(tokens));
  }
  Tokens tokens;
  append_list(tokens, items);
  return tokens;
}

Result<Tokens> ExpressionWriter::window(const PgQuery__WindowDef& window) {
  // https://www.postgresql.org/docs/15/sql-expressions.html#SYNTAX-WINDOW-FUNCTIONS; bits of parsenodes.h
  constexpr int kNonDefault = 0x1, kRange = 0x2, kRows = 0x4, kGroups = 0x8, kBetween = 0x10;
  Tokens tokens = {symbol("(")};
  if (is_set(window.refname)) tokens.push_back(name_token(window.refname));
  if (window.n_partition_clause > 0) {
    EMCEE_ASSIGN(const Tokens by, list(window.partition_clause, window.n_partition_clause));
    append(tokens, {keyword("PARTITION"), keyword("BY")});
    append(tokens, by);
  }
  if (window.n_order_clause > 0) {
    EMCEE_ASSIGN(const Tokens by, sort(window.order_clause, window.n_order_clause));
    append(tokens, {keyword("ORDER"), keyword("BY")});
    append(tokens, by);
  }
  const int options = window.frame_options;
  if (options & kNonDefault) {
    tokens.push_back(keyword(options & kRange    ? "RANGE"
                             : options & kRows   ? "ROWS"
                             : options & kGroups ? "GROUPS"
                                                 : ""));
    const auto bound = [&](bool start, Node* offset) -> Result<void> {
      const int shift = start ? 0 : 1;  // each bound has a bit for the start and the next one for the end
      if (options & (0x20 << shift)) append(tokens, {keyword("UNBOUNDED"), keyword("PRECEDING")});
      if (options & (0x80 << shift)) append(tokens, {keyword("UNBOUNDED"), keyword("FOLLOWING")});
      if (options & (0x200 << shift)) append(tokens, {keyword("CURRENT"), keyword("ROW")});
      const bool preceding = options & (0x800 << shift), following = options & (0x2000 << shift);
      if (preceding || following) {
        EMCEE_ASSIGN(const Piece value, write(offset));
        append(tokens, operand(value));
        tokens.push_back(keyword(preceding ? "PRECEDING" : "FOLLOWING"));
      }
      return {};
    };
    if (options & kBetween) tokens.push_back(keyword("BETWEEN"));
    EMCEE_TRY(bound(true, window.start_offset));
    if (options & kBetween) {
      tokens.push_back(keyword("AND"));
      EMCEE_TRY(bound(false, window.end_offset));
    }
    if (options & 0x8000) append(tokens, {keyword("EXCLUDE"), keyword("CURRENT"), keyword("ROW")});
    if (options & 0x10000) append(tokens, {keyword("EXCLUDE"), keyword("GROUP")});
    if (options & 0x20000) append(tokens, {keyword("EXCLUDE"), keyword("TIES")});
  }
  tokens.push_back(symbol(")"));
  return tokens;
}

}  // namespace emcee::postgres
