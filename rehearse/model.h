// The reference model of sync with the expressions of a plan, evaluated by the database itself.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "plan/sync_model.h"
#include "rehearse/state.h"

namespace emcee::rehearse {

// Evaluates `up` and `down` of one group on a table of its own, in a database that has been expanded:
// there are the types of both releases. Remembers what it was asked before.
class Evaluator {
 public:
  // `own_table` is the name of its table. Errors: those of Connection.
  static Result<std::unique_ptr<Evaluator>> make(std::string own_table, const Table& table,
                                                 const plan::SyncGroup& group, Database& database,
                                                 const plan::Plan& plan, const plan::Dialect& dialect);

  plan::Values up(const plan::GroupRow& row) { return evaluate(row, true); }
  plan::Values down(const plan::GroupRow& row) { return evaluate(row, false); }
  // Whether the server refused an expression since the last call: no release can write such a row.
  bool take_refusal() { return std::exchange(refused_, false); }

 private:
  Evaluator(applier::Connection& connection, const plan::SyncGroup& group, const plan::Dialect& dialect)
      : connection_(connection), group_(group), dialect_(dialect) {}
  plan::Values evaluate(const plan::GroupRow& row, bool up);
  std::optional<plan::Values> ask(const std::string& values, bool up);

  applier::Connection& connection_;
  const plan::SyncGroup& group_;
  const plan::Dialect& dialect_;
  std::string name_;
  std::vector<std::string> columns_;                            // O, N, S, quoted
  std::map<std::string, std::optional<plan::Values>> answers_;  // nothing where the server refused
  bool refused_ = false;
};

// All groups of one table, in both releases' eyes.
class TableModel {
 public:
  // `number` tells the tables of one database apart. REQUIRES: `plan`, `dialect` and `database` outlive
  // it. Errors: those of Connection.
  static Result<TableModel> make(const Table& table, int number, Database& database, const plan::Plan& plan,
                                 const plan::Dialect& dialect);

  // The row after an INSERT that gave these columns; `replaced` is what a REPLACE took away. Nothing
  // where it is refused, by the rules of sync or by the server that cannot evaluate an expression.
  std::optional<Cells> inserted(Cells given, const Cells* replaced = nullptr);
  // The row after an UPDATE that set these columns.
  std::optional<Cells> updated(const Cells& before, const Cells& given);
  Cells after_backfill(Cells cells);
  // False where the map has no value for a new column that will be NOT NULL: such a row stays pending.
  bool has_image(const Cells& cells);
  // Some columns are frozen: what the old release writes there is refused, and yet has an image.
  bool is_frozen() const;
  // No row may be deleted.
  bool keeps_rows() const;
  // The row while a backfill is under way: each group may have been filled, or not yet.
  std::vector<Cells> during_backfill(const Cells& cells);

 private:
  struct Group {
    std::unique_ptr<Evaluator> evaluator;  // none where the group is frozen
    plan::SyncModel model;
  };
  // Asks about one group after the other.
  template <class Ask>
  std::optional<Cells> settled(Cells cells, const Ask& ask);

  std::vector<Group> groups_;
};

}  // namespace emcee::rehearse
