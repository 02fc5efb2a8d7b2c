// Schemas as SQLite's DDL. What a user wrote is printed as it was written; `source` is where.
#pragma once

#include <optional>
#include <string>

#include "schema/schema.h"

namespace emcee::sqlite {

// Names stand bare where they are [A-Za-z_][A-Za-z0-9_]* and no keyword at all, not even one that
// SQLite would take for a name.
const schema::Quoting& quoting();

// `'it''s'`
std::string string_literal(std::string_view text);

// Statements without a semicolon at the end. Where the object has its source, that is the
// statement; a table printed under another name is always printed anew.
std::string create_table(const schema::Table& table);
std::string create_table(const schema::Table& table, const schema::QualifiedName& name);
std::string create_index(const schema::Index& index, const schema::QualifiedName& table);
std::string create_view(const schema::View& view);
std::string create_trigger(const schema::Trigger& trigger);
std::string create_object(const schema::OpaqueObject& object);

// `name TYPE NOT NULL DEFAULT 1`: the column without keys, checks and foreign keys.
std::string column_definition(const schema::Column& column);
// ` DEFAULT` takes an expression in parentheses, and a literal without.
std::string default_clause(const schema::Fragment& value);

// Parts of definitions, as they stand in CREATE TABLE: `CONSTRAINT c CHECK (a > 0)`.
std::string check_clause(const schema::Check& check);
std::string foreign_key_clause(const schema::ForeignKey& key);
std::string unique_clause(const schema::Unique& unique);
std::string key_parts(const std::vector<schema::KeyPart>& parts);

// The whole schema: tables, indexes, virtual tables, views, triggers; each statement ends in ";\n".
// `read` gives an equal schema back, and SQLite the same catalogue.
std::string print(const schema::Schema& schema);

}  // namespace emcee::sqlite
