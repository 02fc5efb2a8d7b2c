// The walk over the nodes of an expression; expression.h is the way in.
#pragma once

#include "dialects/postgres/piece.h"

namespace emcee::postgres {

class ExpressionWriter {
 public:
  explicit ExpressionWriter(const Context& context) : context_(context) {}

  schema::Result<Piece> write(const Node* node);

  // `a, b`: each written on its own.
  schema::Result<std::vector<Piece>> write_all(Node* const* nodes, std::size_t count);
  schema::Result<Tokens> list(Node* const* nodes, std::size_t count);
  // `ORDER BY` items.
  schema::Result<Tokens> sort(Node* const* nodes, std::size_t count);
  schema::Result<Tokens> window(const PgQuery__WindowDef& window);

 private:
  using Outcome = schema::Result<Piece>;

  Outcome constant(const PgQuery__AConst& constant);
  Outcome column(const PgQuery__ColumnRef& column);
  Outcome cast(const PgQuery__TypeCast& cast);
  Outcome operation(const PgQuery__AExpr& expr);
  // `spelled`: the operator as tokens where that is more than its name.
  Outcome binary(const std::string& op, Piece left, Piece right, const Tokens& spelled);
  Outcome row_equality(const PgQuery__AExpr& expr, const std::string& op);
  Outcome membership(const PgQuery__AExpr& expr);
  Outcome between(const PgQuery__AExpr& expr);
  Outcome quantified(const PgQuery__AExpr& expr, const char* word);
  Outcome in_list(const char* word, Piece left, std::vector<Piece> items);
  Outcome boolean(const PgQuery__BoolExpr& expr);
  Outcome function(const PgQuery__FuncCall& call);
  schema::Result<std::optional<Piece>> sql_syntax(const PgQuery__FuncCall& call, const std::string& name);
  Outcome sublink(const PgQuery__SubLink& link);
  Outcome case_of(const PgQuery__CaseExpr& expr);
  Outcome array(const PgQuery__AArrayExpr& array);
  Outcome indirection(const PgQuery__AIndirection& expr);
  Outcome value_function(const PgQuery__SQLValueFunction& function);
  Outcome wrapped(const char* word, Node* const* nodes, std::size_t count);
  Outcome row(const PgQuery__RowExpr& row);
  Outcome collate(const PgQuery__CollateClause& clause);

  TypeName type(const PgQuery__TypeName& type) const;

  const Context& context_;
};

// The scope in which a column is found; see Scope. The qualifier that it is printed with, and its type.
struct Found {
  std::string qualifier;
  std::string type;
};
std::optional<Found> find_column(const Scope* scope, std::string_view qualifier, std::string_view name);

// What a function of the server returns for arguments of these types; empty where it is not known.
std::string function_type(const std::string& name, const std::vector<Piece>& arguments);
std::string operator_type(const std::string& op, const Piece& left, const Piece& right);

// A name as a literal of regclass: as short as the default search path allows.
std::string regclass_literal(std::string_view text, const Catalogue* catalogue);

}  // namespace emcee::postgres
