// What two schemas cannot show, and a developer says in release.toml (docs/release-map.md).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "diff/lookup.h"
#include "parser/source.h"
#include "schema/schema.h"

namespace emcee::diff {

// Both the old and the new form were given in one write.
enum class BothGiven { error_if_inconsistent, new_wins, old_wins, error };
// An INSERT gave neither.
enum class NoneGiven { use_default, allow, error };
// The new release writes NULL into a nullable new column.
enum class ExplicitNull { propagate, error };

struct Assignment {
  schema::Identifier column;
  schema::Fragment expression;
};

// Writes that are refused while both releases run, since no expression could carry them over: those that change the
// old form or leave the new one incomplete, and besides those that are named here.
struct Freeze {
  std::string message;
  bool new_insert = false;  // rows that come with the new form
  bool new_update = false;  // changes of a new form that is there
  bool deletes = false;
  bool operator==(const Freeze&) const = default;
};

// A row of another table that comes with each row which has no value: its key is the value.
struct GeneratedRow {
  schema::QualifiedName table;
  schema::Identifier key;
  std::vector<Assignment> values;  // its other columns, over the row that it is generated for
  std::string freeze;              // an INSERT that would need one is refused with this text; empty: it gets one
  bool counted = false;            // the server counts the keys, and the entry has no expression for them

  // The column of the row that is just this one of the other row; null where none is.
  const schema::Identifier* holds(const schema::Identifier& column) const {
    for (const Assignment& value : values)
      if (value.expression.as_column() == column) return &value.column;
    return nullptr;
  }
};

// A group of columns of one table that are kept equal: old columns, new columns, and expressions
// in both directions. Every other column that an expression names is a shared column.
struct ColumnMap {
  std::string name;  // unique in the release; names triggers and scripts
  schema::QualifiedName table;
  std::vector<schema::Identifier> old_columns;
  std::vector<schema::Identifier> new_columns;
  std::vector<Assignment> up;    // one per new column, over shared and old columns
  std::vector<Assignment> down;  // one per old column, over shared and new columns; empty: lossy
  BothGiven both_given = BothGiven::error_if_inconsistent;
  NoneGiven none_given = NoneGiven::use_default;
  ExplicitNull explicit_null = ExplicitNull::propagate;
  std::string error;                  // the text of a refused write; empty: Emcee's own
  bool lossy = false;                 // declared: there is no way back
  bool one_to_one = false;            // up is injective: a UNIQUE on the new columns can be built at expand
  std::vector<Lookup> lookups;        // the other tables that `up` looks into
  std::vector<Lookup> down_lookups;   // and those that `down` looks into
  std::optional<Freeze> freeze;       // instead of expressions: only code outside of the database can convert
  std::vector<std::string> migrator;  // that code: a program and its arguments
  // The new column is the key of this row, which holds the old columns; `up` makes keys, and there is no `down`.
  std::optional<GeneratedRow> row{};
};

struct TableRename {
  schema::QualifiedName from, to;
};
struct ColumnRename {
  schema::QualifiedName table;  // its name in the new schema
  schema::Identifier from, to;
};
// The value of a new NOT NULL column in rows that the old release writes.
struct Fill {
  schema::QualifiedName table;
  schema::Identifier column;
  schema::Fragment value;  // empty where the key of the row is counted
  std::vector<Lookup> lookups;
  std::optional<GeneratedRow> row{};
};
// A release that does not know the columns deletes the row of the other table which holds them as well.
enum class OnPartDelete : std::uint8_t { clear, refuse };
// Columns that go from one table to another: rows that are equal in the key belong together, one to one.
struct Move {
  std::string name;                // unique in the release; names triggers and scripts
  schema::QualifiedName from, to;  // in the old schema; in the new one
  std::vector<Lookup::Pair> key;   // a column of `to` for each of `from`
  std::vector<Lookup::Pair> columns;
  std::optional<OnPartDelete> on_part_delete{};  // said where both releases have both tables
  bool one = false;  // `from` goes, and the key is none there yet: from expand on a second row is refused
};
// Two objects that look like a rename, and are not.
struct Separate {
  std::string removed, added;  // `table` or `table.column`
};
// Columns that come to the table stay invisible until contract, where the server has that: an INSERT without a
// list of columns and SELECT * do not meet them.
struct Hide {
  schema::QualifiedName table;
};
// A column whose type becomes wider, of a table that is too large to be written anew at once: a copy of it stands
// beside it until contract, and then takes its place.
struct Shadow {
  schema::QualifiedName table;  // its name in the new schema
  schema::Identifier column;
};
// A developer's decision against the phase table or the strict rules.
struct Override {
  std::string operation;  // `change_type`
  std::string object;     // `users.age`
  std::string phase;      // expand | contract
  std::string reason;
};
struct AcceptedHazard {
  std::string code;    // `lossy_map`
  std::string object;  // empty: everywhere
  std::string reason;
};

struct ReleaseMap {
  std::string name;                    // of the release: [a-z0-9_]+
  std::string from;                    // of the release before
  std::string component;               // of the database in a project; `main` by default
  std::string dialect;                 // empty where the command line tells it
  std::string old_schema, new_schema;  // paths relative to the map; may be empty
  std::vector<TableRename> table_renames;
  std::vector<ColumnRename> column_renames;
  std::vector<ColumnMap> maps;
  std::vector<Fill> fills;
  std::vector<Move> moves;
  std::vector<Separate> separates;
  std::vector<Hide> hides;
  std::vector<Shadow> shadows;
  std::vector<Override> overrides;
  std::vector<AcceptedHazard> accepted;

  // Where the values stand in the text, for errors that show later: `map[0].old[1]`,
  // `map[0].up.visibility`, `rename[2].from`; the entry itself is `map[0]`. Indexes are those of the
  // vectors above.
  std::map<std::string, schema::Position> places;
};

// Parses an expression of the map in the dialect's own grammar; errors have positions in `source`.
using ExpressionParser = std::function<schema::Result<schema::Fragment>(const parser::Source& source)>;

// Reads the TOML text. Errors: fix_text with the place in the file for syntax, unknown keys and
// wrong values; a text of an expression that does not parse; groups of columns that make no sense.
// `dialect` picks from tables of per-dialect texts (`up.c = { sqlite = "...", postgres = "..." }`).
schema::Result<ReleaseMap> read_release_map(const parser::Source& toml, const std::string& dialect,
                                            schema::Folding folding, const ExpressionParser& parse);

// Checks every name of the map against both schemas. Errors: fix_schema at the place of the name,
// with near names as the hint.
schema::Result<void> resolve(const ReleaseMap& map, const schema::Schema& before, const schema::Schema& after);

}  // namespace emcee::diff
