// What is rehearsed of one table: its columns as the two releases see them, and values that they may
// hold. The server itself decides which those are.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "applier/connection.h"
#include "plan/dialect.h"

namespace emcee::rehearse {

using applier::Value;
using schema::Identifier;
using schema::Result;

// A database of the rehearsal's own: one session of Emcee, one of an application.
struct Database {
  std::shared_ptr<void> keep;                                          // the database goes away with it
  std::function<Result<std::unique_ptr<applier::Connection>>()> open;  // one more session
  std::unique_ptr<applier::Connection> emcee, application;
};

// A value as a statement writes it, and as the column stores it.
struct Candidate {
  std::string sql;
  Value stored;
};

struct Column {
  Identifier name;
  std::string sql;  // the name, quoted
  bool in_old = false, in_new = false;
  bool required_old = false, required_new = false;  // an INSERT of that release has to give it
  bool not_null_old = false, not_null_new = false;
  // The value written is the value read: of one type in both releases, and no trigger of the
  // application is near.
  bool exact = true;
  bool shared = false;             // an expression of a group reads it
  bool numbered = false;           // the server gives a value that nobody can foresee
  std::size_t domain = 0;          // of a table that is related to others: columns that speak of the same things
  bool filled = false;             // may be NULL in the old release only: migrate puts a value there
  std::vector<Candidate> values;   // that whoever knows the column may write
  Value default_old, default_new;  // what a release gets that leaves it out; NULL where it cannot
  bool known_to(bool as_new) const { return as_new ? in_new : in_old; }
  bool required_by(bool as_new) const { return as_new ? required_new : required_old; }
  bool not_null_in(bool as_new) const { return as_new ? not_null_new : not_null_old; }
};

struct Table {
  const schema::Table* before = nullptr;  // none where only the new release has it
  const schema::Table* after = nullptr;
  std::string sql;                      // the name, quoted
  std::vector<std::string> key;         // names of its columns, quoted
  std::vector<std::string> key_shapes;  // per column: `'{}'`, with the number of a row
  std::vector<Column> columns;          // those outside of the key
  std::vector<const plan::SyncGroup*> groups;
  bool other_key = false;     // a row can be found by another unique key, too
  bool own_triggers = false;  // the application has some
  bool related = false;       // what it holds hangs together with the rows of other tables (family.h)

  const schema::QualifiedName& name() const { return (before ? before : after)->name; }
  // The columns by which both releases know a row; none where there are no such.
  std::vector<Identifier> key_names() const;
  bool is_key(const Identifier& name) const;
  std::vector<std::string> key_values(int row) const;
  std::string key_condition(int row) const;
  const Column* find(const Identifier& name) const;
  // What a frozen new column holds once it is converted; null where no value is known.
  const Value* frozen_value(const Identifier& name) const;
};

// The tables that the plan has something to do with, as far as they can be rehearsed; `skipped` gets
// a line for each that cannot; the `related` ones belong together. Both databases hold the schema of one release and
// nothing else, and are not used for anything else afterwards.
Result<std::vector<Table>> find_tables(const plan::Plan& plan, const plan::Dialect& dialect, Database& old_database,
                                       Database& new_database, const std::set<schema::QualifiedName>& related,
                                       std::vector<std::string>& skipped);

// Learns the columns of one table, and values for them. Says why where it cannot be rehearsed.
// REQUIRES: prepare_application for both databases.
std::optional<std::string> examine_table(Table& table, const plan::Plan& plan, const plan::Dialect& dialect,
                                         Database& old_database, Database& new_database);

// Of MySQL's kind: MariaDB is, too.
inline bool is_mysql(const plan::Dialect& dialect) { return dialect.name() == "mysql" || dialect.name() == "mariadb"; }

// A table of these columns that takes whatever their types can hold: no constraint, no default.
std::string relaxed_table(const std::string& name, const std::vector<const schema::Column*>& columns,
                          const schema::Table& model, const plan::Dialect& dialect, bool constraint_names);

// The application's session checks no foreign keys any more, since rows are made up table by table, but for those of
// the related ones; and nothing of a scratch database has to outlive a crash.
void prepare_application(Database& database, const schema::Schema& schema, const plan::Dialect& dialect,
                         const std::set<schema::QualifiedName>& related = {});

std::string literal(const Value& value, const applier::Connection& connection);

}  // namespace emcee::rehearse
