// The triggers on tables that a group looks into: they refresh the rows that read what was written there.
//
// Whether a row follows (rule 5) can only be asked before the write, and its new value only after it. So a
// BEFORE trigger notes the rows that follow in `emcee_<group>_lookup`, and an AFTER trigger derives them anew.
// Both run for one row after the other, and no other connection writes meanwhile.
#pragma once

#include <string>
#include <vector>

#include "plan/sync_group.h"
#include "schema/schema.h"

namespace emcee::sqlite {

// `schema` is the schema while both forms exist. Nothing where the group looks into no other table.
std::vector<std::string> create_lookups(const plan::SyncGroup& group, const schema::Schema& schema);
std::vector<std::string> drop_lookups(const plan::SyncGroup& group);

// The triggers that create_lookups makes, without quotes.
std::vector<std::string> lookup_trigger_names(const plan::SyncGroup& group);

}  // namespace emcee::sqlite
