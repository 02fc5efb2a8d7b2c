// What SQLite makes of a definition: the parts that a text leaves open, and the parts that mean
// nothing, so that equal tables have equal schemas.
#pragma once

#include "parser/builder.h"

namespace emcee::sqlite {

// Completes a table as PRAGMA table_xinfo and index_list show it:
//   - the key is the rowid where it is one INTEGER column of a table that has rowids;
//   - columns of other keys are NOT NULL in tables that are STRICT or WITHOUT ROWID;
//   - a word in double quotes that names no column is a string;
//   - a collation that the column has anyway is not repeated in keys and indexes;
//   - a UNIQUE that another key implies makes no index of its own;
//   - a foreign key is either deferred or not.
void normalise(schema::Table& table);

// True for sqlite_sequence and its kin, and for the tables in which virtual tables keep their data
// (fts3, fts4, fts5, rtree, geopoly): they come and go with their owners.
bool is_internal(const schema::QualifiedName& name, const std::vector<schema::OpaqueObject>& objects);

parser::BuildRules build_rules();

}  // namespace emcee::sqlite
