// Expressions that look into other tables, evaluated by the database itself on tables of the same names that have no
// triggers and no constraints.
#pragma once

#include <memory>
#include <utility>

#include "plan/sync_model.h"

#include "rehearse/state.h"

namespace emcee::rehearse {

class World {
 public:
  // `database` has the types of both releases. REQUIRES: all outlive it. Errors: those of Connection.
  static Result<std::unique_ptr<World>> make(const Family& family, Database& database, const plan::Plan& plan,
                                             const plan::Dialect& dialect);

  // `up` or `down` of the group for a row of it, with the other tables as `state` has them.
  plan::Values up(const plan::SyncGroup& group, const Cells& row, const State& state);
  plan::Values down(const plan::SyncGroup& group, const Cells& row, const State& state);
  // What a generated row is given: its key, and what the map says, as the columns store it.
  std::optional<Cells> generated(const plan::SyncGroup& group, const Cells& owner, const plan::Value& key);
  // Whether the rows that `down` looks up are there.
  bool finds(const plan::SyncGroup& group, const Cells& row, const State& state) const;
  // Whether the server refused an expression since the last call: no release can write such a row.
  bool take_refusal() { return std::exchange(refused_, false); }
  void refuse() { refused_ = true; }

 private:
  struct Assignment {
    Identifier column;
    const schema::Fragment* value;
  };
  World(const Family& family, applier::Connection& connection, const plan::Dialect& dialect)
      : family_(family), connection_(connection), dialect_(dialect), loaded_(family.tables.size()) {}

  std::optional<plan::Values> evaluate(const plan::SyncGroup& group, const std::vector<Assignment>& set,
                                       const Cells& row, const State& state);
  std::optional<plan::Values> ask(std::size_t table, const std::vector<Assignment>& set);
  void load(std::size_t table, const KeyedRows& rows);
  std::vector<const Column*> columns(std::size_t table) const;

  const Family& family_;
  applier::Connection& connection_;
  const plan::Dialect& dialect_;
  std::vector<std::string> loaded_;  // what each table holds, as the statement that put it there
  std::map<std::string, std::optional<plan::Values>> answers_;
  std::map<std::string, std::optional<Cells>> generated_;
  bool refused_ = false;
};

// Sets columns of the only row of a table, as the server converts the values. False where it does not.
bool assign(applier::Connection& connection, const std::string& table, const std::vector<std::string>& columns,
            const std::vector<std::string>& values);
// MySQL and MariaDB do not take every function with its name in quotes, or behind a space.
std::string expression_sql(const schema::Fragment& expression, const plan::Dialect& dialect);

}  // namespace emcee::rehearse
