// All that the pipeline asks of a database dialect. One of the two open interfaces of Emcee
// (the other is applier::Connection); dialects/<name>/ implements it with the same file names.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parser/ast.h"
#include "plan/capabilities.h"
#include "plan/plan.h"
#include "schema/schema.h"

namespace emcee::plan {

// How the values of one type relate to those of another.
enum class TypeRelation : std::uint8_t {
  same,            // only the spelling differs
  widen_metadata,  // every value stays, and no row is touched
  widen_rewrite,   // every value stays, and rows are written anew
  narrow,          // the other type holds fewer values; those that fit stay
  other,           // values change
};

// What a change that only the dialect understands (of an option, of an object carried verbatim)
// does to the old release.
enum class Effect : std::uint8_t {
  unnoticed,  // in place, at expand
  noticed,    // at contract
  lost,       // at contract, and what the object holds is lost: the developer has to say so
};

// What one step becomes on a server.
struct RenderedStep {
  LockTime lock_time = LockTime::instant;
  std::string lock;                 // what is locked: `the write lock of the database`
  bool transactional = true;        // run between BEGIN and COMMIT, together with the ledger
  std::vector<std::string> before;  // settings of the session, outside of the transaction
  std::vector<std::string> run;     // the statements, in order
  std::vector<std::string> after;   // settings restored, outside of the transaction
  // A query that gives one row with a number: 1 where the step is done, 0 where it is not.
  std::string probe;
  // Queries that must give no row, run inside of the transaction before COMMIT.
  std::vector<std::string> verify;

  bool has_undo = true;  // false: one-way
  std::vector<std::string> undo_before, undo, undo_after, undo_verify;
  // A query that lists what the undo would lose or what is in its way: no row where it is exact.
  // Its first column says what, the second which key.
  std::string undo_loses;

  std::vector<Hazard> hazards;  // that only the dialect can know
};

// What a program converts, in place of an UPDATE.
struct Conversion {
  std::string map;                   // name of the group
  std::vector<std::string> program;  // and its arguments; empty: the map names none
  std::vector<Identifier> key;       // tells the program's rows apart
  std::vector<Identifier> old_columns;
  std::vector<NewColumn> new_columns;
};

// An UPDATE that gives rows numbers which the server counts.
struct NumberingUpdate {
  std::vector<std::string> before;  // statements of the session, in the transaction of the batch
  std::string update;               // a condition may be added; it names columns of the table
  std::string end;                  // what follows that condition
  std::vector<std::string> after;   // whether the update failed or not
};

// A table in batches.
struct RenderedBackfill {
  QualifiedName table;
  std::vector<Identifier> key;       // columns of the key that the batches walk, in order
  std::vector<std::string> key_sql;  // the same, as SQL expressions
  std::string pending;               // WHERE condition: rows that need the backfill
  std::string assignments;           // SET list; empty: `generate` is all that there is to do, or there is `numbering`
  bool bypass_triggers = true;       // no application trigger has to see the update
  // `FOR NO KEY UPDATE`: a statement before the update locks its rows in this way, since what the update looks
  // up in other tables must not be older than the lock. Empty: none is needed.
  std::string row_lock{};
  // In place of an update of `assignments`; and what does the same without triggers, where it needs any.
  std::optional<NumberingUpdate> numbering{}, numbering_offline{};
  // `INSERT .. SELECT .. FROM table WHERE ..` that follows the update: rows of another table that its rows are
  // generated with. A further condition may be added. Empty: there are none.
  std::string generate{};
  std::string generate_end{};  // what follows that condition: `ON CONFLICT (..) DO UPDATE ..`
  std::string kept_out{};      // a query: rows that it fails for, the key as text and the reason
  // Whole statement without any key range, for the server's own client.
  std::string single_update;
  std::optional<Conversion> conversion{};  // then there is no UPDATE

  // There is an update, and `generate` follows it.
  bool updates() const { return !assignments.empty() || numbering; }
};

// A query over rows, for verify and for the checks before contract. One row per offending row:
// first column the key as text, second the reason.
struct RowQuery {
  std::string name;  // `visibility: in conflict`
  std::string kind;  // pending | conflict | requirement
  QualifiedName table;
  std::string sql;    // without LIMIT
  std::string count;  // SELECT count(*)
  std::string hint;   // what to do about such rows
};

class Dialect {
 public:
  virtual ~Dialect() = default;

  virtual std::string_view name() const = 0;
  virtual const Capabilities& capabilities() const = 0;
  virtual const schema::Quoting& quoting() const = 0;
  virtual schema::Folding folding() const = 0;

  // Parses the sources in their order and builds the schema.
  virtual schema::Result<schema::Schema> read(const std::vector<parser::Source>& sources, bool lenient,
                                              parser::Coverage& coverage) const = 0;
  // One scalar expression; the whole source must be it.
  virtual schema::Result<Fragment> parse_expression(const parser::Source& source) const = 0;
  // The schema as DDL that `read` gives back, and that the server runs.
  virtual std::string print(const schema::Schema& schema) const = 0;

  // A query on a live database: one statement of DDL per row, in an order in which `read` takes
  // them, without semicolons. What Emcee itself put there is left out. Rows of three columns ask on:
  // a query, the number (from 1) of the column of its one row that holds the statement, and a
  // setting that the statement is to be read under.
  virtual std::string catalogue_query() const = 0;

  virtual Effect effect(const diff::Change& change) const = 0;
  // How long the change keeps writers out when it runs as part of a step. Changes of one table that
  // keep them out for equally long are done together.
  virtual LockTime lock_time(const diff::Change& change, const schema::Schema& before) const = 0;
  // True where the change is made cheap by a step before it (plan::Prepare).
  virtual bool prepares(const diff::Change& change) const = 0;

  virtual TypeRelation relate(const schema::Type& before, const schema::Type& after) const = 0;
  // The value that --best-effort gives a NOT NULL column without any: the zero of its type.
  virtual Fragment zero(const schema::Type& type) const = 0;
  // A default for a NOT NULL column that has none, outside of what the application writes: triggers
  // tell by it that a statement left the column out. None where the server needs no such thing, or
  // every value may be the application's.
  virtual std::optional<Fragment> omission_default(const schema::Column&) const { return std::nullopt; }
  // The name of a column that stands beside this one until it takes its place at contract (`[[shadow]]`); none where
  // the server cannot let one column take another's place without touching the rows.
  virtual std::optional<Identifier> shadow_name(const Identifier&) const { return std::nullopt; }
  // Why the column, of both releases' table, cannot be left to a shadow: what hangs on it and could not be carried
  // over. None where all can.
  virtual std::optional<std::string> shadow_obstacle(const schema::Schema&, const QualifiedName&,
                                                     const Identifier&) const {
    return std::nullopt;
  }
  // Why triggers cannot keep the table and a copy of it equal; none where they can.
  virtual std::optional<std::string> copy_obstacle(const schema::Schema&, const schema::Table&) const {
    return "this server has no triggers that could keep a copy of it equal";
  }
  // True where the default can be added to rows that exist without writing them.
  virtual bool is_constant(const Fragment& expression) const = 0;
  virtual bool is_deterministic(const Fragment& expression) const = 0;

  // The limit of the server that the table breaks: `the key k would take 4000 bytes of at most 3072`.
  // Half way between two schemas a table can be what neither of them asks for. None: the server can
  // have it.
  virtual std::optional<std::string> broken_limit(const schema::Table&) const { return std::nullopt; }

  // The number that the server gives every row, as an expression: unique, and stable while the
  // row lives. None where the server has no such thing for this table.
  virtual std::optional<Fragment> row_number(const schema::Table& table) const = 0;
  // The names of the columns of a view, as the server sees them; none where it refuses the view.
  virtual std::optional<std::vector<Identifier>> view_columns(const schema::Schema& schema,
                                                              const QualifiedName& view) const = 0;

  // `before` and `after` are the schemas around the step.
  virtual schema::Result<RenderedStep> render(const Step& step, const schema::Schema& before,
                                              const schema::Schema& after, const Plan& plan) const = 0;
  virtual RenderedBackfill render_backfill(const Backfill& backfill, const schema::Schema& schema) const = 0;
  // Rows pending and rows in conflict of a group.
  virtual std::vector<RowQuery> verify_queries(const SyncGroup& group, const schema::Schema& schema) const = 0;
  // Statements that settle the rows in conflict: the old form wins, or the new one.
  virtual std::vector<std::string> resolve(const SyncGroup& group, const schema::Schema& schema,
                                           bool old_wins) const = 0;
  // Names of the triggers and tables that keep a group in sync.
  virtual std::vector<std::string> sync_objects(const SyncGroup& group, const schema::Schema& schema) const = 0;
  // Rows that stand against a requirement.
  virtual RowQuery requirement_query(const CheckRows& check, const schema::Schema& schema) const = 0;
};

}  // namespace emcee::plan
