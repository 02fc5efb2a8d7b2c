// Types as format_type() of the server spells them.
// https://www.postgresql.org/docs/15/datatype.html
#pragma once

#include <string>
#include <vector>

#include "dialects/postgres/tree.h"
#include "schema/table.h"

namespace emcee::postgres {

// How a name without a schema is found; see Session.
using FindType = std::function<schema::QualifiedName(std::string_view schema, std::string_view name)>;

struct TypeName {
  std::string name;                    // `timestamp without time zone`, `integer[]`, `app.mood`; quoted where needed
  std::vector<std::string> arguments;  // `(3)`; implied ones are there: `numeric(10)` has 10 and 0
  bool array = false;
  bool built_in = false;  // one of the server's names that are keywords or many words
  bool set_of = false;

  bool has_arguments() const { return !arguments.empty(); }
  // `timestamp(3) without time zone[]`
  std::string text() const;
  schema::Type type() const { return {text(), name, arguments}; }
  // The same, as tokens of an expression.
  std::vector<schema::Token> tokens() const;
};

TypeName type_name(const PgQuery__TypeName& type, const FindType& find = {});

// The type that is called so, as TypeName::name has it.
TypeName named_type(std::string_view name);

// `int8`, `varchar`: names of pg_catalog that have another spelling.
bool is_alias(std::string_view name);

// The name without `[]`.
std::string element_of(const std::string& array);

}  // namespace emcee::postgres
