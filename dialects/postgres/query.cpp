// SELECT, as pg_get_viewdef spells it.
#include <fmt/format.h>

#include <algorithm>

#include "dialects/postgres/expression_writer.h"
#include "dialects/postgres/names.h"
#include "dialects/postgres/query_columns.h"

namespace emcee::postgres {

using schema::Result;

namespace {

struct Cte {
  std::string name;
  Columns columns;
};

// Columns of CTEs are found before those of tables.
class WithCtes : public Catalogue {
 public:
  WithCtes(const Catalogue* under, const std::vector<Cte>& ctes) : under_(under), ctes_(ctes) {}
  schema::QualifiedName relation(std::string_view schema, std::string_view name) const override {
    if (schema.empty() && find(name)) return {{}, identifier(name)};
    return under_ ? under_->relation(schema, name) : qualified(schema, name);
  }
  schema::QualifiedName type(std::string_view schema, std::string_view name) const override {
    return under_ ? under_->type(schema, name) : qualified(schema, name);
  }
  schema::QualifiedName function(std::string_view schema, std::string_view name) const override {
    return under_ ? under_->function(schema, name) : qualified(schema, name);
  }
  std::optional<Columns> columns(const schema::QualifiedName& relation) const override {
    if (const Cte* cte = relation.schema.empty() ? find(relation.name.text()) : nullptr)
      return cte->columns.empty() ? std::nullopt : std::optional(cte->columns);
    return under_ ? under_->columns(relation) : std::nullopt;
  }

 private:
  const Cte* find(std::string_view name) const {
    for (const Cte& cte : ctes_)
      if (cte.name == name) return &cte;
    return nullptr;
  }
  const Catalogue* under_;
  const std::vector<Cte>& ctes_;
};

class QueryWriter {
 public:
  explicit QueryWriter(const Context& context)
      : catalogue_(context.catalogue, ctes_), scope_{context.scope, {}, true}, context_{&catalogue_, &scope_} {}

  Result<Query> write(const PgQuery__SelectStmt& select, const std::vector<std::string>& names);

 private:
  using Outcome = Result<Tokens>;

  Result<void> with(const PgQuery__WithClause& with, Tokens& tokens);
  Result<void> body(const PgQuery__SelectStmt& select, const std::vector<std::string>& names, Query& result);
  Result<void> set_operation(const PgQuery__SelectStmt& select, const std::vector<std::string>& names, Query& result);
  Result<void> values(const PgQuery__SelectStmt& select, Query& result);
  Result<void> targets(const PgQuery__SelectStmt& select, const std::vector<std::string>& names, Query& result);
  Result<void> tail(const PgQuery__SelectStmt& select, Query& result);
  Result<void> order(const PgQuery__SelectStmt& select, const Query& result, Tokens& tokens);

  // What stands in FROM; the tables come into sight.
  Outcome from(const Node* node);
  Outcome table(const PgQuery__RangeVar& table);
  Outcome join(const PgQuery__JoinExpr& join);
  Outcome subselect(const PgQuery__RangeSubselect& sub);
  Outcome function(const PgQuery__RangeFunction& function);
  void note(const PgQuery__Alias* alias, std::string_view name, std::optional<Columns> columns);

  // The expression of the output column that a GROUP BY or ORDER BY names by number or name.
  const Node* output(const Node* node, bool by_name) const;

  std::vector<Cte> ctes_;
  WithCtes catalogue_;
  Scope scope_;
  Context context_;
  const PgQuery__SelectStmt* select_ = nullptr;
};

void append_alias(Tokens& tokens, const PgQuery__Alias* alias) {
  if (!alias) return;
  tokens.push_back(table_token(alias->aliasname));
  if (alias->n_colnames == 0) return;
  tokens.push_back(symbol("("));
  std::vector<Tokens> names;
  for (const std::string& name : texts_of(alias->colnames, alias->n_colnames)) names.push_back({column_token(name)});
  append_list(tokens, names);
  tokens.push_back(symbol(")"));
}

Columns renamed(Columns columns, Node* const* names, std::size_t count) {
  for (std::size_t i = 0; i < count && i < columns.size(); ++i) columns[i].name = text_of(names[i]);
  return columns;
}

Result<Query> QueryWriter::write(const PgQuery__SelectStmt& select, const std::vector<std::string>& names) {
  Query result;
  if (select.into_clause) return schema::fail(schema::ErrorCode::fix_text, "INTO cannot stand here");
  if (select.with_clause) EMCEE_TRY(with(*select.with_clause, result.tokens));
  select_ = &select;
  EMCEE_TRY(body(select, names, result));
  EMCEE_TRY(tail(select, result));
  return result;
}

Result<void> QueryWriter::with(const PgQuery__WithClause& with, Tokens& tokens) {
  tokens.push_back(keyword("WITH"));
  if (with.recursive) tokens.push_back(keyword("RECURSIVE"));
  for (std::size_t i = 0; i < with.n_ctes; ++i) {
    const PgQuery__CommonTableExpr& cte = *with.ctes[i]->common_table_expr;
    if (!cte.ctequery || cte.ctequery->node_case != PG_QUERY__NODE__NODE_SELECT_STMT)
      return schema::fail(schema::ErrorCode::fix_text, "a view can only read");
    const PgQuery__SelectStmt& select = *cte.ctequery->select_stmt;
    // A recursive query reads itself: its columns are those of its first part.
    if (with.recursive) {
      ctes_.push_back({cte.ctename, {}});
      const PgQuery__SelectStmt& first = select.larg ? *select.larg : select;
      EMCEE_ASSIGN(const Query start, query(first, context_));
      ctes_.back().columns = renamed(start.columns, cte.aliascolnames, cte.n_aliascolnames);
    }
    EMCEE_ASSIGN(const Query inner, query(select, context_));
    if (!with.recursive) ctes_.push_back({cte.ctename, renamed(inner.columns, cte.aliascolnames, cte.n_aliascolnames)});
    if (i > 0) tokens.push_back(symbol(","));
    tokens.push_back(table_token(cte.ctename));
    if (cte.n_aliascolnames > 0) {
      tokens.push_back(symbol("("));
      std::vector<Tokens> names;
      for (const std::string& name : texts_of(cte.aliascolnames, cte.n_aliascolnames))
        names.push_back({column_token(name)});
      append_list(tokens, names);
      tokens.push_back(symbol(")"));
    }
    tokens.push_back(keyword("AS"));
    if (cte.ctematerialized == PG_QUERY__CTEMATERIALIZE__CTEMaterializeAlways)
      tokens.push_back(keyword("MATERIALIZED"));
    if (cte.ctematerialized == PG_QUERY__CTEMATERIALIZE__CTEMaterializeNever)
      append(tokens, {keyword("NOT"), keyword("MATERIALIZED")});
    tokens.push_back(symbol("("));
    append(tokens, inner.tokens);
    tokens.push_back(symbol(")"));
  }
  return {};
}

Result<void> QueryWriter::set_operation(const PgQuery__SelectStmt& select, const std::vector<std::string>& names,
                                        Query& result) {
  // A part of another kind, or with clauses of its own, stands in parentheses.
  const auto part = [&](const PgQuery__SelectStmt& side, bool left) -> Result<void> {
    EMCEE_ASSIGN(Query inner, query(side, context_, left ? names : std::vector<std::string>{}));
    const bool nested =
        side.op != PG_QUERY__SET_OPERATION__SETOP_NONE && side.op != PG_QUERY__SET_OPERATION__SET_OPERATION_UNDEFINED;
    const bool parentheses = side.n_sort_clause > 0 || side.limit_count || side.limit_offset || side.with_clause ||
                             side.n_locking_clause > 0 ||
                             (nested && (!left || side.op != select.op || side.all != select.all));
    if (parentheses) result.tokens.push_back(symbol("("));
    append(result.tokens, inner.tokens);
    if (parentheses) result.tokens.push_back(symbol(")"));
    if (left) {
      result.columns = std::move(inner.columns);
    } else {
      for (std::size_t i = 0; i < result.columns.size() && i < inner.columns.size(); ++i)
        if (result.columns[i].type != inner.columns[i].type) result.columns[i].type.clear();
    }
    return {};
  };
  EMCEE_TRY(part(*select.larg, true));
  const char* const word = select.op == PG_QUERY__SET_OPERATION__SETOP_UNION       ? "UNION"
                           : select.op == PG_QUERY__SET_OPERATION__SETOP_INTERSECT ? "INTERSECT"
                                                                                   : "EXCEPT";
  result.tokens.push_back(keyword(word));
  if (select.all) result.tokens.push_back(keyword("ALL"));
  return part(*select.rarg, false);
}

Result<void> QueryWriter::values(const PgQuery__SelectStmt& select, Query& result) {
  result.tokens.push_back(keyword("VALUES"));
  for (std::size_t i = 0; i < select.n_values_lists; ++i) {
    EMCEE_ASSIGN(const Tokens items, ExpressionWriter(context_).list(select.values_lists[i]->list->items,
                                                                     select.values_lists[i]->list->n_items));
    if (i > 0) result.tokens.push_back(symbol(","));
    result.tokens.push_back(symbol("("));
    append(result.tokens, items);
    result.tokens.push_back(symbol(")"));
  }
  for (std::size_t i = 0; select.n_values_lists > 0 && i < select.values_lists[0]->list->n_items; ++i)
    result.columns.push_back({fmt::format("column{}", i + 1), {}});
  return {};
}

Result<void> QueryWriter::body(const PgQuery__SelectStmt& select, const std::vector<std::string>& names,
                               Query& result) {
  if (select.larg && select.rarg) return set_operation(select, names, result);
  if (select.n_values_lists > 0) return values(select, result);
  Tokens sources;
  for (std::size_t i = 0; i < select.n_from_clause; ++i) {
    EMCEE_ASSIGN(const Tokens source, from(select.from_clause[i]));
    if (i > 0) sources.push_back(symbol(","));
    append(sources, source);
  }
  result.tokens.push_back(keyword("SELECT"));
  ExpressionWriter writer(context_);
  if (select.n_distinct_clause > 0) {
    result.tokens.push_back(keyword("DISTINCT"));
    if (select.distinct_clause[0]->node_case != PG_QUERY__NODE__NODE__NOT_SET) {
      std::vector<Tokens> items;
      for (std::size_t i = 0; i < select.n_distinct_clause; ++i) {
        EMCEE_ASSIGN(const Piece item, writer.write(output(select.distinct_clause[i], true)));
        items.push_back(operand(item));
      }
      append(result.tokens, {keyword("ON"), symbol("(")});
      append_list(result.tokens, items);
      result.tokens.push_back(symbol(")"));
    }
  }
  EMCEE_TRY(targets(select, names, result));
  if (!sources.empty()) {
    result.tokens.push_back(keyword("FROM"));
    append(result.tokens, sources);
  }
  if (select.where_clause) {
    EMCEE_ASSIGN(const Piece where, writer.write(select.where_clause));
    result.tokens.push_back(keyword("WHERE"));
    append(result.tokens, where.tokens);
  }
  if (select.n_group_clause > 0) {
    append(result.tokens, {keyword("GROUP"), keyword("BY")});
    if (select.group_distinct) result.tokens.push_back(keyword("DISTINCT"));
    std::vector<Tokens> items;
    for (std::size_t i = 0; i < select.n_group_clause; ++i) {
      const Node* node = select.group_clause[i];
      if (node->node_case == PG_QUERY__NODE__NODE_GROUPING_SET) {
        EMCEE_ASSIGN(Tokens set, grouping_set(*node->grouping_set, writer));
        items.push_back(std::move(set));
        continue;
      }
      EMCEE_ASSIGN(const Piece item, writer.write(output(node, !find_column_ref(scope_, node))));
      if (std::find(items.begin(), items.end(), operand(item)) == items.end()) items.push_back(operand(item));
    }
    append_list(result.tokens, items);
  }
  if (select.having_clause) {
    EMCEE_ASSIGN(const Piece having, writer.write(select.having_clause));
    result.tokens.push_back(keyword("HAVING"));
    append(result.tokens, having.tokens);
  }
  if (select.n_window_clause > 0) {
    result.tokens.push_back(keyword("WINDOW"));
    for (std::size_t i = 0; i < select.n_window_clause; ++i) {
      if (i > 0) result.tokens.push_back(symbol(","));
      const PgQuery__WindowDef& window = *select.window_clause[i]->window_def;
      EMCEE_ASSIGN(const Tokens definition, writer.window(window));
      append(result.tokens, {name_token(window.name), keyword("AS")});
      append(result.tokens, definition);
    }
  }
  return {};
}

Result<void> QueryWriter::targets(const PgQuery__SelectStmt& select, const std::vector<std::string>& names,
                                  Query& result) {
  ExpressionWriter writer(context_);
  std::vector<Tokens> items;
  bool known = true;
  const auto add = [&](Tokens tokens, std::string name, std::string type, std::string_view natural) {
    if (result.columns.size() < names.size()) name = names[result.columns.size()];
    if (name != natural) append(tokens, {keyword("AS"), column_token(name)});
    items.push_back(std::move(tokens));
    result.columns.push_back({std::move(name), std::move(type)});
  };
  for (std::size_t i = 0; i < select.n_target_list; ++i) {
    const PgQuery__ResTarget& target = *select.target_list[i]->res_target;
    if (const auto star = star_of(target.val)) {
      const auto columns = star_columns(scope_, *star);
      if (!columns) {
        EMCEE_ASSIGN(const Piece piece, writer.write(target.val));
        items.push_back(piece.tokens);
        known = false;
        continue;
      }
      for (const auto& [relation, column] : *columns)
        add({column_token(column.name, relation)}, column.name, column.type, column.name);
      continue;
    }
    EMCEE_ASSIGN(Piece piece, writer.write(target.val));
    if (piece.string) piece.type = "text";
    const std::string natural = natural_name(target.val);
    const bool plain = target.val->node_case == PG_QUERY__NODE__NODE_COLUMN_REF;
    const std::string name = is_set(target.name) ? target.name : natural;
    // The server leaves the name out for a column only, and where there is none.
    const std::string shown = plain ? natural : "?column?";
    add(std::move(piece.tokens), name, piece.type, shown);
  }
  append_list(result.tokens, items);
  if (!known) result.columns.clear();
  return {};
}

Result<void> QueryWriter::order(const PgQuery__SelectStmt& select, const Query& result, Tokens& tokens) {
  const bool combined = select.larg != nullptr;
  std::vector<Tokens> items;
  ExpressionWriter writer(context_);
  for (std::size_t i = 0; i < select.n_sort_clause; ++i) {
    const PgQuery__SortBy& by = *select.sort_clause[i]->sort_by;
    Node replaced = *select.sort_clause[i];
    PgQuery__SortBy sort = by;
    if (combined) {  // the server sorts a combination by number
      if (const auto number = output_number(by.node, result.columns)) {
        PgQuery__Integer value = PG_QUERY__INTEGER__INIT;
        value.ival = *number;
        PgQuery__AConst constant = PG_QUERY__A__CONST__INIT;
        constant.val_case = PG_QUERY__A__CONST__VAL_IVAL;
        constant.ival = &value;
        Node node = PG_QUERY__NODE__INIT;
        node.node_case = PG_QUERY__NODE__NODE_A_CONST;
        node.a_const = &constant;
        sort.node = &node;
        replaced.sort_by = &sort;
        Node* one = &replaced;
        EMCEE_ASSIGN(Tokens item, writer.sort(&one, 1));
        items.push_back(std::move(item));
        continue;
      }
    } else {
      sort.node = const_cast<Node*>(output(by.node, true));
    }
    replaced.sort_by = &sort;
    Node* one = &replaced;
    EMCEE_ASSIGN(Tokens item, writer.sort(&one, 1));
    items.push_back(std::move(item));
  }
  append(tokens, {keyword("ORDER"), keyword("BY")});
  append_list(tokens, items);
  return {};
}

Result<void> QueryWriter::tail(const PgQuery__SelectStmt& select, Query& result) {
  ExpressionWriter writer(context_);
  if (select.n_sort_clause > 0) EMCEE_TRY(order(select, result, result.tokens));
  if (select.limit_offset) {
    EMCEE_ASSIGN(const Piece offset, writer.write(select.limit_offset));
    result.tokens.push_back(keyword("OFFSET"));
    append(result.tokens, operand(offset));
  }
  if (select.limit_count && select.limit_option == PG_QUERY__LIMIT_OPTION__LIMIT_OPTION_WITH_TIES) {
    EMCEE_ASSIGN(const Piece count, writer.write(select.limit_count));
    append(result.tokens, {keyword("FETCH"), keyword("FIRST")});
    append(result.tokens, operand(count));
    append(result.tokens, {keyword("ROWS"), keyword("WITH"), keyword("TIES")});
  } else if (select.limit_count) {
    const bool all =
        select.limit_count->node_case == PG_QUERY__NODE__NODE_A_CONST && select.limit_count->a_const->isnull;
    if (!all) {
      EMCEE_ASSIGN(const Piece count, writer.write(select.limit_count));
      result.tokens.push_back(keyword("LIMIT"));
      append(result.tokens, operand(count));
    }
  }
  for (std::size_t i = 0; i < select.n_locking_clause; ++i) {
    const PgQuery__LockingClause& lock = *select.locking_clause[i]->locking_clause;
    static constexpr const char* kStrengths[] = {"", "", "KEY SHARE", "SHARE", "NO KEY UPDATE", "UPDATE"};
    append(result.tokens, {keyword("FOR"), keyword(kStrengths[lock.strength])});
  }
  return {};
}

void QueryWriter::note(const PgQuery__Alias* alias, std::string_view name, std::optional<Columns> columns) {
  if (columns && alias) columns = renamed(*std::move(columns), alias->colnames, alias->n_colnames);
  scope_.relations.push_back({alias ? alias->aliasname : std::string(name), std::move(columns)});
}

Result<Tokens> QueryWriter::from(const Node* node) {
  switch (node->node_case) {
    case PG_QUERY__NODE__NODE_RANGE_VAR:
      return table(*node->range_var);
    case PG_QUERY__NODE__NODE_JOIN_EXPR:
      return join(*node->join_expr);
    case PG_QUERY__NODE__NODE_RANGE_SUBSELECT:
      return subselect(*node->range_subselect);
    case PG_QUERY__NODE__NODE_RANGE_FUNCTION:
      return function(*node->range_function);
    default:
      return schema::fail(schema::ErrorCode::fix_text, "this kind of table expression is not understood");
  }
}

Result<Tokens> QueryWriter::table(const PgQuery__RangeVar& table) {
  const schema::QualifiedName name = catalogue_.relation(table.schemaname, table.relname);
  Tokens tokens;
  if (!table.inh) tokens.push_back(keyword("ONLY"));
  append_name(tokens, name, Role::table);
  const bool renames =
      table.alias && (table.alias->aliasname != std::string_view(table.relname) || table.alias->n_colnames);
  if (renames) append_alias(tokens, table.alias);
  note(table.alias, table.relname, catalogue_.columns(name));
  return tokens;
}

Result<Tokens> QueryWriter::join(const PgQuery__JoinExpr& join) {
  EMCEE_ASSIGN(const Tokens left, from(join.larg));
  const std::size_t middle = scope_.relations.size();
  EMCEE_ASSIGN(const Tokens right, from(join.rarg));
  Tokens tokens = {symbol("(")};
  append(tokens, left);
  switch (join.jointype) {
    case PG_QUERY__JOIN_TYPE__JOIN_LEFT:
      tokens.push_back(keyword("LEFT"));
      break;
    case PG_QUERY__JOIN_TYPE__JOIN_RIGHT:
      tokens.push_back(keyword("RIGHT"));
      break;
    case PG_QUERY__JOIN_TYPE__JOIN_FULL:
      tokens.push_back(keyword("FULL"));
      break;
    default:
      if (!join.quals && join.n_using_clause == 0 && !join.is_natural) tokens.push_back(keyword("CROSS"));
      break;
  }
  tokens.push_back(keyword("JOIN"));
  append(tokens, right);
  std::vector<std::string> shared = texts_of(join.using_clause, join.n_using_clause);
  if (join.is_natural) shared = shared_columns(scope_, middle);
  if (!shared.empty()) {
    append(tokens, {keyword("USING"), symbol("(")});
    std::vector<Tokens> names;
    for (const std::string& name : shared) names.push_back({column_token(name)});
    append_list(tokens, names);
    tokens.push_back(symbol(")"));
  } else if (join.quals) {
    EMCEE_ASSIGN(const Piece on, ExpressionWriter(context_).write(join.quals));
    tokens.push_back(keyword("ON"));
    append(tokens, operand(on));
  }
  tokens.push_back(symbol(")"));
  if (join.alias) append_alias(tokens, join.alias);
  return tokens;
}

Result<Tokens> QueryWriter::subselect(const PgQuery__RangeSubselect& sub) {
  const Context inner{&catalogue_, sub.lateral ? &scope_ : scope_.outer};
  EMCEE_ASSIGN(const Query result, query(*sub.subquery->select_stmt, inner));
  Tokens tokens;
  if (sub.lateral) tokens.push_back(keyword("LATERAL"));
  tokens.push_back(symbol("("));
  append(tokens, result.tokens);
  tokens.push_back(symbol(")"));
  append_alias(tokens, sub.alias);
  note(sub.alias, "", result.columns.empty() ? std::nullopt : std::optional(result.columns));
  return tokens;
}

Result<Tokens> QueryWriter::function(const PgQuery__RangeFunction& function) {
  Tokens tokens;
  if (function.lateral) tokens.push_back(keyword("LATERAL"));
  std::vector<Tokens> calls;
  std::string name;
  for (std::size_t i = 0; i < function.n_functions; ++i) {
    const Node* call = function.functions[i]->list->items[0];
    EMCEE_ASSIGN(Piece piece, ExpressionWriter(context_).write(call));
    if (name.empty()) name = natural_name(call);
    calls.push_back(std::move(piece.tokens));
  }
  if (function.is_rowsfrom) append(tokens, {keyword("ROWS"), keyword("FROM"), symbol("(")});
  append_list(tokens, calls);
  if (function.is_rowsfrom) tokens.push_back(symbol(")"));
  if (function.ordinality) append(tokens, {keyword("WITH"), keyword("ORDINALITY")});
  // The server writes the name out, with those of the columns where it is one value.
  const std::string alias = function.alias ? function.alias->aliasname : name;
  tokens.push_back(table_token(alias));
  std::vector<Tokens> columns;
  Columns known;
  for (std::size_t i = 0; i < function.n_coldeflist; ++i) {
    const PgQuery__ColumnDef& column = *function.coldeflist[i]->column_def;
    const TypeName type = type_name(*column.type_name);
    Tokens definition = {column_token(column.colname)};
    append(definition, type.tokens());
    columns.push_back(std::move(definition));
    known.push_back({column.colname, type.name});
  }
  if (function.alias)
    for (const std::string& column : texts_of(function.alias->colnames, function.alias->n_colnames)) {
      columns.push_back({column_token(column)});
      known.push_back({column, ""});
    }
  if (!columns.empty()) {
    tokens.push_back(symbol("("));
    append_list(tokens, columns);
    tokens.push_back(symbol(")"));
  } else {
    append_implied(tokens, {symbol("("), column_token(alias), symbol(")")});
  }
  scope_.relations.push_back({alias, known.empty() ? std::nullopt : std::optional(known)});
  return tokens;
}

const Node* QueryWriter::output(const Node* node, bool by_name) const {
  return output_expression(*select_, node, by_name);
}

}  // namespace

Result<Query> query(const PgQuery__SelectStmt& select, const Context& context, const std::vector<std::string>& names) {
  return QueryWriter(context).write(select, names);
}

}  // namespace emcee::postgres
