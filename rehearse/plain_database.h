// What a statement does where no trigger of Emcee fires: a database of the schema of one release, or of both, that
// holds the rows of the rehearsal.
#pragma once

#include <memory>

#include "rehearse/state.h"

namespace emcee::rehearse {

struct Plain {
  struct Row {
    Cells cells;                // without what the server numbers, where the statement made the row
    std::optional<Key> origin;  // of the row that was changed, or left alone; none: the statement made it
  };
  std::vector<std::map<Key, Row>> tables;  // of the family

  State state() const;
};

class PlainDatabase {
 public:
  enum class Eyes : std::uint8_t { old_release, both, new_release };
  // `database` has the schema. Errors: those of Connection.
  static Result<std::unique_ptr<PlainDatabase>> make(const Family& family, Database database, Eyes eyes,
                                                     const plan::Dialect& dialect);

  // The rows after the statement; it is undone then. Errors: look_at_server, where the server refuses it or the rows.
  Result<Plain> run(const State& before, const std::string& sql, bool foreign_keys);
  // Whether its constraints would let the rows become these.
  bool stores(const State& before, const State& after, bool foreign_keys);
  // Rows that it does not take beside those before them; foreign keys are not looked at.
  std::vector<std::pair<std::size_t, Key>> misfits(const State& rows);

 private:
  PlainDatabase(const Family& family, Database database, Eyes eyes, const plan::Dialect& dialect)
      : family_(family), database_(std::move(database)), app_(*database_.application), eyes_(eyes), dialect_(dialect) {}

  bool has(const Table& table) const;
  bool has(const Column& column) const;
  std::vector<const Column*> columns(const Table& table) const;
  Result<void> drop_triggers();
  Result<void> load(const State& state);
  bool tried(const std::string& sql);
  std::vector<std::string> changes(const State& before, const State& after) const;
  Result<void> check_foreign_keys(bool on);
  Result<Plain> read(const State& before);
  // MySQL, MariaDB: what stands for an old column that a statement leaves out, and no application writes.
  void learn_omissions(const Table& table);

  const Family& family_;
  Database database_;
  applier::Connection& app_;
  Eyes eyes_;
  const plan::Dialect& dialect_;
  std::vector<std::vector<std::string>> loaded_;  // per table, the statements that put its rows there
  std::map<const Column*, Value> omissions_;
  std::optional<bool> foreign_keys_;
};

}  // namespace emcee::rehearse
