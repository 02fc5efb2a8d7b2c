// A column that the server numbers: it becomes one, ceases to be one, or counts in another way.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "diff/change.h"
#include "schema/schema.h"

namespace emcee::postgres {

// A new identity goes on behind the greatest number that is there, and behind `last`, an expression.
std::vector<std::string> change_identity(const diff::ChangeIdentity& change, const std::string& last = "0");

// The sequence behind an identity column, which the server names after the column.
schema::QualifiedName identity_sequence(const schema::QualifiedName& table, const schema::Identifier& column,
                                        const schema::Identity& identity);
bool is_identity_sequence(const schema::QualifiedName& sequence, const schema::Schema& schema);

// For a default `nextval(...)` that is new to a column of numbers: the sequence goes on behind the
// greatest that is there, and behind `last`, an expression. None for other defaults.
std::optional<std::string> advance_sequence(const schema::Fragment& value, const schema::QualifiedName& table,
                                            const schema::Identifier& column, const std::string& last);

// The last number that a column was given, as an expression, where one column alone of `before` is numbered and not
// in `after`: another one takes its place, and numbers of rows that are deleted must not come again. Else 0.
std::string last_number(const schema::Table& before, const schema::Table& after);

}  // namespace emcee::postgres
