// Schemas as PostgreSQL's DDL.
//
// Options (schema::Options) that these statements know:
//   column      comment, storage, compression, statistics, inherited (the parent's alone); any other is an attribute
//   option (n_distinct) table       comment, unlogged, partition_by = `RANGE (day)`, partition_of with bound = `FOR
//   VALUES ...` or
//               `DEFAULT`, inherits = `a, b`, tablespace, access_method, row_security, force_row_security,
//               replica_identity = `FULL` | `NOTHING` | `USING INDEX x`, cluster_on, typed_as; any other is a storage
//               parameter (fillfactor)
//   key, unique comment, nulls_not_distinct, tablespace; any other is a storage parameter
//   check, fk   comment, no_inherit, not_valid, set_columns = `(a, b)`
//   index       comment, constraint = `exclude`, deferral, only, nulls_not_distinct, tablespace; else a storage
//               parameter
//   view        comment, materialized, check_option, no_data; any other is a view option (security_barrier)
//   trigger     comment, constraint, deferral, for_each = `statement`, referencing, from, enabled
// The value of an option that is there or not is `true`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dialects/postgres/quoting.h"
#include "schema/schema.h"

namespace emcee::postgres {

// A fragment as SQL.
std::string sql(const schema::Fragment& fragment);
// `(a, b)`
std::string name_list(const std::vector<schema::Identifier>& names);
bool has_option(const schema::Options& options, std::string_view name);

// Statements without a semicolon at the end.

// The table with its keys, constraints and options, without its indexes; CREATE TABLE comes first. A
// partition stands for itself, see attach_partition.
// `foreign_keys`: with them, where the tables they point to are there.
std::vector<std::string> create_table(const schema::Table& table, bool foreign_keys = true);
// A partition comes to its parent when it has its indexes: those of the parent find theirs then, and
// are not made a second time. None where the table is no partition.
std::optional<std::string> attach_partition(const schema::Table& table);
std::vector<std::string> create_index(const schema::Index& index, const schema::QualifiedName& table,
                                      bool concurrently = false);
// With its comment.
std::vector<std::string> add_foreign_key(const schema::ForeignKey& key, const schema::QualifiedName& table);
std::string comment_on_index(const schema::QualifiedName& index, const std::string& text);
// The option of a view that holds the default of one of its columns, as SQL.
std::string view_default(const schema::Identifier& column);
std::vector<std::string> create_view(const schema::View& view, bool replace = false);
// What the table relies on its index for: CLUSTER ON, REPLICA IDENTITY USING INDEX. They go and come with it.
std::vector<std::string> rely_on(const schema::Table& table, const schema::Index& index);
std::vector<std::string> create_trigger(const schema::Trigger& trigger, bool replace = false);
std::string create_object(const schema::OpaqueObject& object);

// `name type COLLATE c DEFAULT 1 NOT NULL`: as in CREATE TABLE and ADD COLUMN.
// `DEFAULT 'x'`, for a column of that type.
std::string default_clause(const schema::Fragment& value, const schema::Type& type);
std::string column_definition(const schema::Column& column);
// `BY DEFAULT AS IDENTITY (START WITH 5)`
std::string identity_clause(const schema::Identity& identity);

// `CONSTRAINT c CHECK (a > 0)`: as in ADD and CREATE TABLE, without NOT VALID.
std::string primary_key_clause(const schema::PrimaryKey& key);
std::string unique_clause(const schema::Unique& unique);
std::string check_clause(const schema::Check& check);
std::string foreign_key_clause(const schema::ForeignKey& key);
std::string exclude_clause(const schema::Index& index);
// ` DEFERRABLE INITIALLY DEFERRED`; empty where it cannot be deferred.
std::string deferral_clause(schema::Deferral deferral);

// The attribute becomes `value`, or the server's default where there is none.
std::string set_column_option(const schema::QualifiedName& table, const schema::Identifier& column,
                              const std::string& option, const std::optional<std::string>& value);
std::string set_table_option(const schema::QualifiedName& table, const std::string& option,
                             const std::optional<std::string>& before, const std::optional<std::string>& value,
                             const schema::Options& all);
// True where the option is a storage parameter of a table: `fillfactor`.
bool is_storage_parameter(std::string_view option);

// How the table or view is called by ALTER, DROP and COMMENT: `MATERIALIZED VIEW`.
std::string view_word(const schema::View& view);
// Triggers are named within their table.
std::string drop_trigger(const schema::Trigger& trigger);
// The constraint's index is built with it: EXCLUDE.
bool is_exclusion(const schema::Index& index);

}  // namespace emcee::postgres
