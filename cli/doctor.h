// What a database says about itself before an upgrade, one examination per dialect.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "applier/connection.h"
#include "schema/schema.h"

namespace emcee::cli {

enum class Severity : std::uint8_t {
  good,     // looked at, nothing to say
  note,     // good to know
  problem,  // an upgrade would fail, or the application has a defect that it would meet
  missing,  // a privilege or a setting is missing
};

struct Symptom {
  Severity severity = Severity::note;
  std::string what;
  std::string remedy;   // empty where nothing has to be done
  bool blocks = false;  // a phase that changes the schema must not begin
};

// What is looked at.
struct Examination {
  const schema::Schema* schema = nullptr;        // of the live database; null: leave out what needs it
  std::vector<schema::QualifiedName> tables;     // that a plan changes
  std::vector<schema::QualifiedName> generated;  // that triggers of the plan insert rows into
  std::vector<schema::QualifiedName> counted;    // those of them whose keys the server counts
  std::vector<schema::QualifiedName> moved;      // that triggers of the plan keep equal, and so write
  bool all_tables = true;                        // no plan: every table counts, and nothing blocks for its sake
  bool triggers = true;                          // some will be made; where not, old ones may have to go
  // An expression of the plan is not the same twice: replicas have to get its rows, not its statements.
  bool replicates_rows = false;
  bool looks_up = false;  // values of the plan come from rows of other tables, which no foreign key holds
  std::chrono::milliseconds long_transaction{30'000};
};

// Examinations only read, but for MySQL's experiment with a trigger on a table of its own. Errors:
// look_at_server.
schema::Result<std::vector<Symptom>> examine_sqlite(applier::Connection& connection, const Examination& examination);
schema::Result<std::vector<Symptom>> examine_postgres(applier::Connection& connection, const Examination& examination);
schema::Result<std::vector<Symptom>> examine_mysql(applier::Connection& connection, const Examination& examination);

}  // namespace emcee::cli
