// From one definition of a table to another, by the cheapest way that SQLite has for it:
//
//   ALTER TABLE ADD COLUMN   new columns that need no row to be written
//   schema edit              constraints, foreign keys, NOT NULL, names of types: the text in
//                            sqlite_schema changes, no row does
//   rebuild                  everything else: a new table takes the rows, the indexes, the
//                            triggers and the name of the old one
//
// https://www.sqlite.org/lang_altertable.html#making_other_kinds_of_table_schema_changes
#pragma once

#include <string>
#include <vector>

#include "plan/dialect.h"
#include "schema/schema.h"

namespace emcee::sqlite {

struct TableAlteration {
  plan::LockTime lock_time = plan::LockTime::instant;
  std::vector<std::string> before, run, after;  // as in plan::RenderedStep
  std::vector<std::string> verify;
  bool rebuilds = false;
};

// `schema` is the schema that `to` belongs to: its triggers on the table come back after a rebuild,
// and its foreign keys are checked. `library` as sqlite3_libversion_number: 3040001.
TableAlteration alter_table(const schema::Table& from, const schema::Table& to, const schema::Schema& schema,
                            int library);

}  // namespace emcee::sqlite
