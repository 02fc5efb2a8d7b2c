// The parts of a table. Values only: references between objects are names.
//
// Every part carries a defaulted or hand-written ==. Equality is equality to the server: what a
// server would treat as the same definition compares equal (spelling of types, names of
// constraints where the dialect ignores them).
#pragma once

#include <map>
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

// Attributes that only some servers know (`comment`, `engine`, `fillfactor`), by name. The dialect
// makes names and values canonical; what equals the server's default is left out.
using Options = std::map<std::string, std::string, std::less<>>;

// What a violated constraint does (SQLite: https://www.sqlite.org/lang_conflict.html).
enum class Conflict : std::uint8_t { abort, rollback, fail, ignore, replace };

enum class ReferentialAction : std::uint8_t { no_action, restrict, cascade, set_null, set_default };
enum class Deferral : std::uint8_t { not_deferrable, initially_immediate, initially_deferred };

struct Generated {
  Fragment expression;
  bool stored = false;
  bool operator==(const Generated&) const = default;
};

// The server numbers the rows: PostgreSQL's GENERATED ... AS IDENTITY, MySQL's AUTO_INCREMENT.
// SQLite's AUTOINCREMENT belongs to the primary key, and a serial is a default.
struct Identity {
  bool always = false;  // a value in the statement is refused
  Options sequence;     // `start`, `increment`, ... where they are not the default
  bool operator==(const Identity&) const = default;
};

struct Column {
  Identifier name;
  Type type;
  bool not_null = false;
  Conflict not_null_conflict = Conflict::abort;
  std::optional<Fragment> default_value;
  std::optional<Generated> generated;
  std::optional<Identity> identity;
  std::optional<Identifier> collation;
  Options options{};  // `comment`, `invisible`, `on_update`, `storage`, ...

  bool operator==(const Column&) const = default;
};

// One part of a key or an index.
struct KeyPart {
  Fragment expression;  // a column, as a rule
  std::optional<Identifier> collation;
  bool descending = false;
  bool nulls_first = false;      // PostgreSQL; the dialect fills in the default of the direction
  int prefix = 0;                // MySQL: the first so many characters; 0: all
  std::string operator_class{};  // PostgreSQL: `text_pattern_ops`; empty: the default one
  std::string operator_name{};   // PostgreSQL, EXCLUDE: `&&`
  bool operator==(const KeyPart&) const = default;
};

struct PrimaryKey {
  std::optional<Identifier> name;
  std::vector<KeyPart> parts;
  Conflict conflict = Conflict::abort;
  bool autoincrement = false;
  // The key is the row number itself (SQLite's INTEGER PRIMARY KEY); set by the dialect.
  bool is_rowid = false;
  std::vector<Identifier> include{};
  Deferral deferral = Deferral::not_deferrable;
  Options options{};
  bool operator==(const PrimaryKey& o) const {
    return parts == o.parts && conflict == o.conflict && autoincrement == o.autoincrement && is_rowid == o.is_rowid &&
           include == o.include && deferral == o.deferral && options == o.options;
  }
};

struct Unique {
  std::optional<Identifier> name;
  std::vector<KeyPart> parts;
  Conflict conflict = Conflict::abort;
  std::vector<Identifier> include{};
  Deferral deferral = Deferral::not_deferrable;
  Options options{};  // `nulls_not_distinct`, ...
  bool operator==(const Unique& o) const {
    return parts == o.parts && conflict == o.conflict && include == o.include && deferral == o.deferral &&
           options == o.options;
  }
};

struct Check {
  std::optional<Identifier> name;
  Fragment expression;
  Options options{};  // `no_inherit`, `not_valid`, `not_enforced`
  bool operator==(const Check& o) const { return expression == o.expression && options == o.options; }
};

struct ForeignKey {
  std::optional<Identifier> name;
  std::vector<Identifier> columns;
  QualifiedName references;
  std::vector<Identifier> referenced;  // empty: the primary key of the other table
  ReferentialAction on_delete = ReferentialAction::no_action;
  ReferentialAction on_update = ReferentialAction::no_action;
  std::string match;  // upper case; empty where none was written
  Deferral deferral = Deferral::not_deferrable;
  Options options{};  // `not_valid`, `set_columns`
  bool operator==(const ForeignKey& o) const {
    return columns == o.columns && references == o.references && referenced == o.referenced &&
           on_delete == o.on_delete && on_update == o.on_update && match == o.match && deferral == o.deferral &&
           options == o.options;
  }
};

struct Index {
  QualifiedName name;
  bool unique = false;
  std::vector<KeyPart> parts;
  std::optional<Fragment> where;
  std::string method{};  // `gin`, `fulltext`; empty: the server's default
  std::vector<Identifier> include{};
  Options options{};   // `constraint` = `exclude`, `fillfactor`, `invisible`, ...
  std::string source;  // the statement as written; empty where Emcee made or changed it

  // Equal definitions under whatever name.
  bool same_definition(const Index& o) const {
    return unique == o.unique && parts == o.parts && where == o.where && method == o.method && include == o.include &&
           options == o.options;
  }
  bool operator==(const Index& o) const { return name == o.name && same_definition(o); }
};

struct TableOptions {
  bool strict = false;         // SQLite: STRICT
  bool without_rowid = false;  // SQLite: WITHOUT ROWID
  Options other{};             // `engine`, `comment`, `partition_by`, `inherits`, ...
  Options carried{};           // printed with the table, not compared: where its numbers begin
  bool operator==(const TableOptions& o) const {
    return strict == o.strict && without_rowid == o.without_rowid && other == o.other;
  }
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
