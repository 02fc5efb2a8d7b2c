// Expressions of a map that look into other tables: whose column is whose, and how the rows of such a
// table hang together with those that read them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/fragment.h"
#include "schema/identifier.h"

namespace emcee::diff {

// A table that expressions look into. Its rows belong to those rows of `of` where every column of the
// key has the value of its counterpart.
struct Lookup {
  struct Pair {
    schema::Identifier column;  // of `table`
    schema::Identifier equals;  // of `of`
  };
  schema::QualifiedName table;
  schema::QualifiedName of;  // the table of the map, or that of a lookup before this one
  std::vector<Pair> key;
};

// The token is a column of the row that the expression belongs to, and not of a table that it looks into.
// REQUIRES: inside of a SELECT every column is written with the name of its table.
inline bool is_of_row(const schema::Token& token, const schema::Identifier& table) {
  return token.role == schema::Role::column && (token.qualifier.empty() || token.qualifier == table);
}

// The columns of the row that an expression names, in order of appearance, each once.
std::vector<schema::Identifier> columns_of_row(const schema::Fragment& expression, const schema::Identifier& table);

bool looks_up(const schema::Fragment& expression);

// What stands wrongly in a SELECT of an expression: the token, and why; none where nothing does.
// A column must say whose it is, and a table must be one of `lookups`; `key` is where the map says them.
struct Misreading {
  const schema::Token* token;
  std::string what, hint;
};
std::optional<Misreading> misreading(const schema::Fragment& expression, const schema::Identifier& table,
                                     const std::vector<Lookup>& lookups, std::string_view key);

}  // namespace emcee::diff
