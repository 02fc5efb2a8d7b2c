// Expressions and queries of a parse tree as fragments: canonical tokens with their roles.
//
// Canonical is what the server's own dump gives back (pg_get_expr, pg_get_viewdef), as far as a text
// and the tables it names allow: parentheses by structure, BETWEEN as two comparisons, LIKE as ~~,
// columns of queries with their table, `*` spelled out. Casts that the server adds to literals and
// to varchar columns are implied tokens: printed, never compared. `= ANY (ARRAY[...])` is IN.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dialects/postgres/tree.h"
#include "dialects/postgres/type_name.h"
#include "schema/schema.h"

namespace emcee::postgres {

// A column that an expression can name; `type` as TypeName::name, empty where it is not known.
struct ColumnInfo {
  std::string name;
  std::string type;
};
using Columns = std::vector<ColumnInfo>;

// What a statement can refer to.
class Catalogue {
 public:
  virtual ~Catalogue() = default;
  // The table, view or sequence that a name means; `schema` is empty where none was written.
  virtual schema::QualifiedName relation(std::string_view schema, std::string_view name) const = 0;
  virtual schema::QualifiedName type(std::string_view schema, std::string_view name) const = 0;
  virtual schema::QualifiedName function(std::string_view schema, std::string_view name) const = 0;
  // None where they are not known.
  virtual std::optional<Columns> columns(const schema::QualifiedName& relation) const = 0;
  // Of a domain the type below it, which operators and functions work on; any other type is its own.
  virtual std::string base_type(const std::string& type) const { return type; }
};

// A table in sight of an expression. Without columns: they are not known.
struct Relation {
  std::string name;  // or alias
  std::optional<Columns> columns;
};

// The tables in sight, and those of the query around.
struct Scope {
  const Scope* outer = nullptr;
  std::vector<Relation> relations;
  // Columns are printed with their table, as in a view.
  bool qualify = false;
};

// Where an expression stands.
struct Context {
  const Catalogue* catalogue = nullptr;
  const Scope* scope = nullptr;
};

// Part of an expression.
struct Piece {
  std::vector<schema::Token> tokens;
  std::string type;     // as TypeName::name; empty where it is not known
  bool atomic = true;   // needs no parentheses as an operand
  bool string = false;  // a string literal without a type
  std::string text{};   // its value
};

// Errors: fix_text, for syntax that is not modelled in expressions.
schema::Result<Piece> expression(const Node* node, const Context& context);

// A query: SELECT, VALUES, UNION ...; `names` are those of its columns where the statement gives them
// (CREATE VIEW v (a, b)).
struct Query {
  std::vector<schema::Token> tokens;
  Columns columns;  // empty where they are not known
};
schema::Result<Query> query(const PgQuery__SelectStmt& select, const Context& context,
                            const std::vector<std::string>& names = {});

// The default of a column: a literal without a type has that of the column. None for DEFAULT NULL
// where the server stores nothing.
schema::Result<std::optional<schema::Fragment>> default_value(const Node* node, const TypeName& type,
                                                              const Context& context);

}  // namespace emcee::postgres
