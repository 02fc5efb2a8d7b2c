// The syntax of SQLite, as the parse of one statement: see parser/syntax.h.
#pragma once

#include <cstdint>
#include <optional>

#include "dialects/sqlite/tokens.h"
#include "parser/syntax.h"

namespace emcee::sqlite {

using parser::Failure;
using parser::kMaxNesting;
using parser::Mark;

enum class Part : std::uint8_t {
  // Statements.
  create_table,
  create_index,
  create_view,
  create_trigger,
  create_virtual_table,
  drop,
  alter_table,
  write,  // INSERT, REPLACE, UPDATE, DELETE
  other,
  // Of all statements.
  temporary,
  if_exists,  // IF EXISTS and IF NOT EXISTS
  schema_name,
  object_name,
  target,  // the table of an index, a trigger or a write: schema_name, object_name
  // Of tables.
  as_select,
  column,  // column_name, type, constraints
  column_name,
  type,
  constraint_name,
  not_null,
  default_value,      // `5`, `-5`, `CURRENT_DATE`
  default_word,       // a name, which stands for a string
  default_in_parens,  // `(1 + 1)`: the expression without its parentheses
  primary_key,
  unique,
  check,
  foreign_key,
  collation,
  generated,
  generated_kind,
  key_part,
  descending,
  conflict,  // the resolution: IGNORE, ...
  autoincrement,
  local_column,
  referenced_table,
  referenced_column,
  on_delete,
  on_update,
  deferral,
  option,
  // Of indexes, views, triggers and virtual tables.
  unique_index,
  where,
  view_column,
  query,
  trigger_time,
  trigger_event,
  update_column,
  when,
  body,
  module,
  // Of ALTER TABLE.
  add_column,
  drop_column,
  rename_column,
  rename_table,
  set_not_null,
  drop_not_null,
  add_check,
  drop_constraint,
  new_name,
  // An expression, wherever one is wanted.
  expression,
};

using Node = parser::BasicNode<Part>;
// Nesting: SQLite's own parser has a stack of 100 entries (YYSTACKDEPTH) before 3.46.
using Parse = parser::BasicParse<Part>;

// Parses the statement that begins at token `first`, up to its semicolon or the end, into `parse`
// (whose nodes are replaced).
std::optional<Failure> parse_statement(const Lexemes& tokens, std::uint32_t first, Parse& parse);
// An expression that takes all tokens.
std::optional<Failure> parse_expression(const Lexemes& tokens, Parse& parse);

}  // namespace emcee::sqlite
