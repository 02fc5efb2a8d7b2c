// Columns and indexes as a statement has them, before the table that they come to is known: the
// parse gives these, CREATE TABLE and ALTER TABLE make columns and indexes of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dialects/mysql/grammar_reader.h"
#include "dialects/mysql/types.h"
#include "schema/table.h"

namespace emcee::mysql {

using schema::Fragment;
using schema::Identifier;

struct ColumnText {
  Identifier name;
  TypeText type;
  std::optional<bool> null;
  std::optional<Fragment> default_value;
  bool plain_default = false;  // no expression in parentheses
  std::string on_update;
  bool auto_increment = false;
  bool primary_key = false;
  bool unique = false;
  std::optional<schema::Generated> generated;
  schema::Options options;
  std::vector<schema::Check> checks;  // written at the column
  std::optional<schema::ForeignKey> references;
  bool first = false;
  Identifier after;  // empty: at the end, or where it is
};

enum class IndexKind : std::uint8_t { plain, unique, primary, fulltext, spatial };

struct IndexText {
  IndexKind kind = IndexKind::plain;
  Identifier name;  // empty: the server finds one
  std::string method;
  std::vector<schema::KeyPart> parts;
  schema::Options options;
  bool if_not_exists = false;
};

struct TableConstraint {
  std::optional<IndexText> index;
  std::optional<schema::Check> check;
  std::optional<schema::ForeignKey> foreign_key;
  Identifier index_name;  // of the foreign key
};

schema::Result<ColumnText> read_column(const Reader& reader, const Node& node);
// A node among primary_key, unique, index, fulltext, spatial, foreign_key, check; none for what has no
// meaning here. `name`: what stood before a check.
schema::Result<std::optional<TableConstraint>> read_constraint(const Reader& reader, const Node& node,
                                                               std::optional<Identifier> name);
IndexText read_index(const Reader& reader, const Node& node, IndexKind kind);
bool is_constraint(Part part);

// Options of a table, canonical; see docs/mysql-schema.md for their names.
struct TableTexts {
  schema::Options options;
  std::string charset, collation;
  std::string auto_increment;
  bool versioning = false;
};
void read_option(const Reader& reader, const Node& node, TableTexts& texts);  // option, charset, collation, versioning
std::string read_partitioning(const Reader& reader, const Node& node);

}  // namespace emcee::mysql
