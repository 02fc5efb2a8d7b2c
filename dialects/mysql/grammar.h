// The syntax of MySQL and MariaDB, as the parse of one statement: see parser/syntax.h.
#pragma once

#include <cstdint>
#include <optional>

#include "dialects/mysql/flavour.h"
#include "dialects/mysql/tokens.h"
#include "parser/syntax.h"

namespace emcee::mysql {

using parser::Failure;
using parser::kMaxNesting;
using parser::Mark;

enum class Part : std::uint8_t {
  // Statements.
  create_table,
  create_index,
  create_view,
  create_trigger,
  create_object,  // routines, events, sequences, ...
  create_database,
  alter_database,
  drop,
  alter_table,
  alter_object,
  rename_tables,
  other,
  // Of all statements.
  or_replace,
  temporary,
  if_exists,  // IF EXISTS and IF NOT EXISTS
  definer,
  target,  // schema_name, object_name
  schema_name,
  object_name,
  new_target,
  kind,  // of an object: PROCEDURE, SEQUENCE
  // Of tables.
  like_table,
  as_select,
  column,  // column_name, type, attributes
  column_name,
  type,       // type_name, type_argument, type_attribute
  type_name,  // `double precision`
  type_argument,
  type_attribute,
  charset,
  collation,
  constraint_name,
  null,
  not_null,
  default_value,
  on_update,
  auto_increment,
  serial_default,
  column_key,  // KEY or PRIMARY KEY at the column
  column_unique,
  comment,
  column_option,  // option_name, option_value
  visibility,     // VISIBLE, INVISIBLE, IGNORED, NOT IGNORED
  check,          // expression, enforcement
  enforcement,
  references,  // target, referenced_column, match, on_delete, on_update_action
  generated,   // expression, generated_kind
  generated_kind,
  row_period,  // GENERATED ALWAYS AS ROW START
  versioning,  // WITH SYSTEM VERSIONING
  position,    // FIRST, AFTER c
  after,
  primary_key,
  unique,
  index,
  fulltext,
  spatial,
  foreign_key,
  period,
  index_name,
  index_method,
  index_option,  // option_name, option_value
  key_part,      // column_name or expression, prefix, descending
  prefix,
  descending,
  referenced_column,
  match,
  on_delete,
  on_update_action,
  local_column,
  option,  // option_name, option_value
  option_name,
  option_value,
  partitioning,
  partition_engine,   // ENGINE = x in a partition
  partition_default,  // what the server leaves out
  // Of views, triggers and programs.
  view_column,
  view_option,  // ALGORITHM, SQL SECURITY
  query,
  check_option,
  trigger_time,
  trigger_event,
  trigger_order,
  body,
  definition,  // of a program: parameters, returns, characteristic, body
  parameters,
  returns,         // type, charset, collation
  characteristic,  // of a routine
  schedule,        // of an event
  starts,
  completion,
  // Of ALTER TABLE.
  add_column,
  add_constraint,
  drop_column,
  modify_column,
  change_column,
  set_default,
  drop_default,
  set_visibility,
  rename_table,
  rename_column,
  rename_index,
  drop_primary_key,
  drop_index,
  drop_foreign_key,
  drop_constraint,
  drop_check,
  alter_index,
  alter_check,
  convert,
  remove_partitioning,
  alter_partitions,
  add_versioning,
  drop_versioning,
  no_effect,  // ALGORITHM, LOCK, ENABLE KEYS, ORDER BY
  new_name,
  // An expression, wherever one is wanted.
  expression,
  // Of queries, for their canonical form (canonical_query.cpp).
  select_item,
  alias,
};

using Node = parser::BasicNode<Part>;
using Parse = parser::BasicParse<Part>;

// Parses the statement that the tokens begin with, up to a semicolon or the end, into `parse` (whose
// nodes are replaced).
std::optional<Failure> parse_statement(const Lexemes& tokens, const Server& server, Parse& parse);
// An expression that takes all tokens.
std::optional<Failure> parse_expression(const Lexemes& tokens, const Server& server, Parse& parse);

}  // namespace emcee::mysql
