// The parts of a table. Values only: references between objects are names.
//
// Every part carries a defaulted or hand-written ==. Equality is equality to the server: what a
// server would treat as the same definition compares equal (spelling of types, names of
// constraints where the dialect ignores them).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "schema/fragment.h"
#include "schema/identifier.h"

namespace emcee::schema {

// A column type. `text` is the spelling of the source, shown and printed; equality goes by
// `name` and `arguments`, which the dialect makes canonical (SQLite: upper case, single blanks).
struct Type {
  std::string text;                    // `varchar( 36 )`; empty where the column has no type
  std::string name;                    // `VARCHAR`
  std::vector<std::string> arguments;  // `36`

  bool operator==(const Type& o) const { return name == o.name && arguments == o.arguments; }
};

// What a violated constraint does (SQLite: https://www.sqlite.org/lang_conflict.html).
enum class Conflict : std::uint8_t { abort, rollback, fail, ignore, replace };

struct Generated {
  Fragment expression;
  bool stored = false;
  bool operator==(const Generated&) const = default;
};

struct Column {
  Identifier name;
  Type type;
  bool not_null = false;
  Conflict not_null_conflict = Conflict::abort;
  std::optional<Fragment> default_value;
  std::optional<Generated> generated;
  std::optional<Identifier> collation;

  bool operator==(const Column&) const = default;
};

// One part of a key or an index.
struct KeyPart {
  Fragment expression;  // a column, as a rule
  std::optional<Identifier> collation;
  bool descending = false;
  bool operator==(const KeyPart&) const = default;
};

struct PrimaryKey {
  std::optional<Identifier> name;
  std::vector<KeyPart> parts;
  Conflict conflict = Conflict::abort;
  bool autoincrement = false;
  // The key is the row number itself (SQLite's INTEGER PRIMARY KEY); set by the dialect.
  bool is_rowid = false;
  bool operator==(const PrimaryKey& o) const {
    return parts == o.parts && conflict == o.conflict && autoincrement == o.autoincrement && is_rowid == o.is_rowid;
  }
};

struct Unique {
  std::optional<Identifier> name;
  std::vector<KeyPart> parts;
  Conflict conflict = Conflict::abort;
  bool operator==(const Unique& o) const { return parts == o.parts && conflict == o.conflict; }
};

struct Check {
  std::optional<Identifier> name;
  Fragment expression;
  bool operator==(const Check& o) const { return expression == o.expression; }
};

enum class ReferentialAction : std::uint8_t { no_action, restrict, cascade, set_null, set_default };
enum class Deferral : std::uint8_t { not_deferrable, initially_immediate, initially_deferred };

struct ForeignKey {
  std::optional<Identifier> name;
  std::vector<Identifier> columns;
  QualifiedName references;
  std::vector<Identifier> referenced;  // empty: the primary key of the other table
  ReferentialAction on_delete = ReferentialAction::no_action;
  ReferentialAction on_update = ReferentialAction::no_action;
  std::string match;  // upper case; empty where none was written
  Deferral deferral = Deferral::not_deferrable;
  bool operator==(const ForeignKey& o) const {
    return columns == o.columns && references == o.references && referenced == o.referenced &&
           on_delete == o.on_delete && on_update == o.on_update && match == o.match && deferral == o.deferral;
  }
};

struct Index {
  QualifiedName name;
  bool unique = false;
  std::vector<KeyPart> parts;
  std::optional<Fragment> where;
  std::string source;  // the statement as written; empty where Emcee made or changed it

  // Equal definitions under whatever name.
  bool same_definition(const Index& o) const { return unique == o.unique && parts == o.parts && where == o.where; }
  bool operator==(const Index& o) const { return name == o.name && same_definition(o); }
};

struct TableOptions {
  bool strict = false;         // SQLite: STRICT
  bool without_rowid = false;  // SQLite: WITHOUT ROWID
  bool operator==(const TableOptions&) const = default;
};

struct Table {
  QualifiedName name;
  std::vector<Column> columns;
  std::optional<PrimaryKey> primary_key;
  std::vector<Unique> uniques;
  std::vector<ForeignKey> foreign_keys;
  std::vector<Check> checks;
  std::vector<Index> indexes;
  TableOptions options;
  std::string source;  // CREATE TABLE as written, where nothing changed it since; not compared

  const Column* find_column(const Identifier& id) const;
  Column* find_column(const Identifier& id);
  // Columns of the primary key, in key order; empty where there is none.
  std::vector<Identifier> key_columns() const;

  // Columns are compared by name, not by order; constraints and indexes as sets.
  bool operator==(const Table& other) const;
};

}  // namespace emcee::schema
