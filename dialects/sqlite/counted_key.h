// Keys of generated rows that number themselves (INTEGER PRIMARY KEY). One connection writes at a time, so the next
// one can be computed: it is behind every key that is there, that AUTOINCREMENT remembers, and that rows of the group
// were ever given.
#pragma once

#include "dialects/sqlite/group_sql.h"
#include "dialects/sqlite/row_key.h"
#include "plan/dialect.h"

namespace emcee::sqlite {

// A table of one row, `last`: the highest key that the triggers have seen. So a key whose row has gone is not given
// again, and no trigger looks through the rows of the group for it.
std::string last_key_table(const plan::SyncGroup& group);

// The table and its row. REQUIRES: group.counted.
std::vector<std::string> create_last_key(const plan::SyncGroup& group);
// Statements of a trigger: the next key goes into the table; a key that a release has given is noted there.
std::string count_key(const plan::SyncGroup& group, const std::string& condition);
std::string note_key(const plan::SyncGroup& group);
// A condition: the server's numbers have come to their end.
std::string no_key_left(const plan::SyncGroup& group);

// The batch's UPDATE; with triggers and without.
plan::NumberingUpdate numbering(const plan::SyncGroup& group, const schema::Table& table, const RowKey& key);

}  // namespace emcee::sqlite
