// What makes a constraint cheap, built while others read and write (plan::Prepare): the change
// itself is then a matter of the catalogue.
//
//   primary key, UNIQUE   a unique index, built CONCURRENTLY, which the constraint takes over
//   CHECK, foreign key    added NOT VALID, then validated under a lock that lets writers pass
//   NOT NULL              a CHECK (c IS NOT NULL), which SET NOT NULL trusts and then goes
//   another index         built CONCURRENTLY under another name
//   a column's new name   what the server knows of its values, before queries rely on it
//
// https://www.postgresql.org/docs/15/sql-altertable.html
#pragma once

#include <optional>
#include <string>

#include "dialects/postgres/statements.h"
#include "schema/schema.h"

namespace emcee::postgres {

// True for the kinds of change above.
bool prepares(const diff::Change& change);

// True where the server can prepare it on that table: not on a partitioned one, of which an index
// cannot be built CONCURRENTLY, and not for a foreign key whose target is partitioned.
bool can_prepare(const diff::Change& change, const schema::Schema& schema);

// True where a step of the plan prepares the change.
bool is_prepared(const diff::Change& change, const plan::Plan& plan);

// Not in a transaction. Can run any number of times. Here and below `schema` is that before the upgrade.
Script prepare(const diff::Change& change, const schema::Schema& schema);
std::vector<std::string> undo_prepare(const diff::Change& change, const schema::Schema& schema);
// An expression, true where the preparation or the change itself is there; none where nothing is
// prepared.
std::optional<std::string> prepare_probe(const diff::Change& change, const schema::Schema& schema);

// The name of a foreign key or CHECK until the change itself: its own, where no other one has it.
schema::Identifier prepared_constraint(const diff::Change& change, const schema::Schema& schema);
// The index that the key or UNIQUE takes over; the check that SET NOT NULL trusts.
schema::QualifiedName prepared_index(const diff::Change& change);
schema::Identifier prepared_check(const diff::SetNotNull& change);

// Drops the index of that name on that table if a build failed and left it INVALID.
std::string drop_invalid_index(const schema::QualifiedName& index, const schema::QualifiedName& table);

}  // namespace emcee::postgres
