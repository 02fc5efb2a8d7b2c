// Which tables the triggers of a group stand on, and whether triggers can keep it at all.
#pragma once

#include <string>
#include <vector>

#include "plan/sync_group.h"
#include "schema/result.h"
#include "schema/schema.h"

namespace emcee::postgres {

// The table, and every table that inherits from it: a trigger of the parent does not fire for the
// rows of its children (seen on 15). Partitions are not listed: they get clones by themselves.
std::vector<schema::QualifiedName> sync_tables(const schema::QualifiedName& table, const schema::Schema& schema);

// The columns that decide in which partition a row lies, those of partitions of partitions included.
// An update of one of them may arrive as an UPDATE, a DELETE and an INSERT.
std::vector<schema::Identifier> partition_columns(const schema::Table& table, const schema::Schema& schema);

// Errors: see create_sync.
schema::Result<void> check_sync(const plan::SyncGroup& group, const schema::Schema& schema,
                                const std::vector<std::string>& triggers);

}  // namespace emcee::postgres
