// The syntax of SQLite, as the parse of one statement: what each token is, and a flat tree of the
// parts that a schema is made of.
//
//   tokens  CREATE TABLE t ( a INT NOT NULL , CHECK ( a > 0 ) )
//   marks   kw     kw    n s c nm  kw  kw   s kw    s c s l s s
//   nodes   create_table{ name t, column{ column_name a, type, not_null }, check{ expression } }
//
// The grammar itself (grammar_*.cpp) has no attributes and no actions. Marks and nodes are written
// while it parses; a path that fails is cut off the nodes, and its marks are overwritten by the
// path that succeeds, since every terminal writes its own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dialects/sqlite/tokens.h"

namespace emcee::sqlite {

// What the grammar found a token to be; see schema::Role. A qualifier is the `t` of t.c, which a
// fragment keeps within the column.
enum class Mark : std::uint8_t { symbol, keyword, literal, qualifier, column, table, name, variable };

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

// A part and the tokens [begin, end) that it covers. Nodes stand in pre-order; the nodes of its
// own parts follow it, up to `next`.
struct Node {
  Part part = Part::other;
  std::uint32_t begin = 0, end = 0;
  std::uint32_t next = 0;
};

// Where and why a parse failed: the furthest token that no path could take.
struct Failure {
  static constexpr std::size_t kMost = 6;

  std::uint32_t token = 0;
  bool too_deep = false;
  std::size_t count = 0;  // of `expected`; more than kMost: too many to be told
  std::array<const char*, kMost> expected{};
};

struct Parse {
  std::vector<Mark> marks;  // one per token of the text
  std::vector<Node> nodes;
  std::uint32_t end = 0;  // the first token behind the statement
};

// Nesting of parentheses, subqueries, CASE and NOT beyond which a text is refused. SQLite's own
// parser has a stack of 100 entries (YYSTACKDEPTH) before 3.46.
inline constexpr int kMaxNesting = 250;

// Parses the statement that begins at token `first`, up to its semicolon or the end, into `parse`
// (whose nodes are replaced).
std::optional<Failure> parse_statement(const Tokens& tokens, std::uint32_t first, Parse& parse);
// An expression that takes all tokens.
std::optional<Failure> parse_expression(const Tokens& tokens, Parse& parse);

}  // namespace emcee::sqlite
