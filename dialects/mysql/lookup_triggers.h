// The triggers on tables that a group looks into: they refresh the rows that read what was written there.
//
// Whether a row follows (rule 5) can only be asked before the write, and its new value only after it. So a
// BEFORE trigger locks the rows that read what is written and notes in `emcee_<group>_lookup` which of them
// follow; an AFTER trigger derives these anew. Both run for one row after the other. A note stays, and the
// next BEFORE trigger writes over it: a row that is taken away and put back would make others wait for the
// gap (REPEATABLE READ). Seen on MariaDB 10.11 and MySQL 9.7.
#pragma once

#include <string>
#include <vector>

#include "dialects/mysql/flavour.h"
#include "plan/sync_group.h"
#include "schema/result.h"
#include "schema/schema.h"

namespace emcee::mysql {

// Statements, by the part of the step that they belong to.
struct LookupScript {
  std::vector<schema::QualifiedName> tables;  // that the triggers stand on
  std::vector<std::string> before, create;    // before the tables are locked, and under the lock
  std::vector<std::string> drop, after;       // under the lock, and when it is gone
};

// `schema` is the schema while both forms exist. Empty where the group looks into no other table. Errors:
// add_to_map where a foreign key writes such a table by itself: the server fires no trigger for it.
schema::Result<LookupScript> lookup_script(const plan::SyncGroup& group, const schema::Schema& schema,
                                           const Server& server);

// The triggers of the script, without quotes.
std::vector<std::string> lookup_trigger_names(const plan::SyncGroup& group);

}  // namespace emcee::mysql
