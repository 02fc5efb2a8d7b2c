// Tries on one release's own schema which values a column takes, and how it stores them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rehearse/table.h"

namespace emcee::rehearse {

// Tried on every column; the server says which it takes. The first tells how a column stores numbers.
extern const std::vector<std::string> kTexts;

bool takes(applier::Connection& connection, const std::string& sql);
// The first value of a query; nothing where there is none.
std::optional<Value> first_value(applier::Connection& connection, const std::string& sql);
// Values that the schema and the map speak of: where a mapping or a check tells cases apart, those count.
std::vector<std::string> spoken_of(const plan::Plan& plan, const schema::Table& table);
bool is_required(const schema::Column& column);
// A unique key or index holds the column.
bool in_unique(const schema::Table& table, const Identifier& name);

class Probe {
 public:
  Probe(Database& database, const schema::Schema& schema, const schema::Table& table, const plan::Dialect& dialect)
      : db_(*database.application), dialect_(dialect), schema_(schema), table_(table) {}

  // What the type of the column can hold, of these texts; no two are stored alike.
  std::vector<Candidate> typed(const schema::Column& column, const std::vector<std::string>& texts);
  // How to write the number of a row into a column, so that no two are alike; empty where it cannot. `counted`: the
  // server numbers rows there, too, and does not look who has a number (PostgreSQL).
  std::string shape(const schema::Column& column, bool counted = false);
  applier::Connection& db() { return db_; }

 private:
  applier::Connection& db_;
  const plan::Dialect& dialect_;
  const schema::Schema& schema_;
  const schema::Table& table_;
};

}  // namespace emcee::rehearse
