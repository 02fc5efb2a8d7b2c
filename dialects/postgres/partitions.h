// Tables that inherit from others, partitions among them: most changes of the parent reach them by
// themselves.
#pragma once

#include <string>
#include <vector>

#include "diff/change.h"

namespace emcee::postgres {

// True where the parent of the table gets the same change, so that the server has done it, or will
// do it, for this one. `first` and `last` are the schemas around all the changes.
bool follows_parent(const diff::Change& change, const schema::Schema& first, const schema::Schema& last);

// A new partition as it can be attached while its parent is as in `now`: with the columns, NOT NULLs and checks of
// the old release, without what its parent is only going to have in `last`, and then gives to the partition.
schema::Table joining(const schema::Table& partition, const schema::Schema& now, const schema::Schema& last);

// The index of a partition can be part of this one of the whole table, whatever its storage parameters and its
// tablespace are (CompareIndexInfo): the server makes no other for it.
bool can_be_part(const schema::Index& part, const schema::Index& whole);

// True where another table inherits from it, or is a partition of it.
bool has_children(const schema::Table& table, const schema::Schema& schema);

// The tables that inherit from it, at whatever remove, and declare the column themselves: it is theirs as well.
std::vector<const schema::Table*> heirs_with_own(const schema::Table& table, const schema::Identifier& column,
                                                 const schema::Schema& schema);

// The partitions of a table, directly below it.
std::vector<const schema::Table*> partitions_of(const schema::Table& table, const schema::Schema& schema);

}  // namespace emcee::postgres
