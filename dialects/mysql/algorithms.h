// How the servers carry out a change of a table, and what they let others do meanwhile.
//
// The table is that of the manuals (https://dev.mysql.com/doc/refman/9.0/en/innodb-online-ddl-operations.html,
// https://mariadb.com/kb/en/innodb-online-ddl-overview/), tried on MariaDB 10.11 and MySQL 9.7 by
// tests/mysql/algorithms_test.cpp.
#pragma once

#include <cstdint>
#include <string>

#include "dialects/mysql/flavour.h"
#include "plan/dialect.h"

namespace emcee::mysql {

// From cheap to dear.
enum class Algorithm : std::uint8_t { instant, nocopy, inplace, copy };

struct Cost {
  Algorithm algorithm = Algorithm::instant;
  bool writers_wait = false;  // LOCK=SHARED is the best that the server takes
  // What decides how it goes together with others.
  bool rebuilds = false;       // the rows are written anew, in place
  bool sorts = false;          // an index is built
  bool moves_columns = false;  // rows get another number of stored columns
  bool beside_gis = false;     // and a spatial index stands beside them
  bool changes_lobs = false;   // BLOBs and TEXTs get another collation
  bool operator==(const Cost&) const = default;
};

// What the change of one table costs. `before` and `after`: the table around it. REQUIRES: a change
// that is carried out by ALTER TABLE.
Cost cost_of(const diff::Change& change, const schema::Table& before, const schema::Table& after, const Server& server);

// What it costs that the rows are sorted by another key afterwards, or by none.
Cost cost_of_clustering(const schema::Table& before, const schema::Table& after, const Server& server);

// What it costs that virtual columns come or go in one statement with anything but an index: all rows.
Cost cost_beside_virtual_columns(const std::vector<diff::Change>& changes);

// What one ALTER TABLE pays for both: the dearer of them, or more.
Cost together(Cost a, Cost b, const Server& server);

// `ALGORITHM=INPLACE, LOCK=NONE`: with these words the server refuses instead of doing worse.
std::string clauses(Cost cost, const Server& server);

plan::LockTime lock_time(Cost cost);

}  // namespace emcee::mysql
