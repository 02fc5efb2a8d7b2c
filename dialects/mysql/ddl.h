// Schemas as DDL of MySQL and MariaDB.
#pragma once

#include <string>

#include "dialects/mysql/flavour.h"
#include "schema/schema.h"

namespace emcee::mysql {

// Statements without a semicolon at the end.
std::string create_table(const schema::Table& table, const Server& server);
// Without its foreign keys: they come when all tables are there.
std::string create_table_alone(const schema::Table& table, const Server& server);
std::string create_view(const schema::View& view);
std::string create_trigger(const schema::Trigger& trigger);
std::string create_object(const schema::OpaqueObject& object);

// Parts of definitions, as they stand in CREATE TABLE and ALTER TABLE.
// `name` type NOT NULL DEFAULT 1: `table` tells the collation that goes without saying, and the
// checks that stand at the column (MariaDB).
std::string column_definition(const schema::Column& column, const schema::Table& table, const Server& server);
// MariaDB: the column is JSON, a text with the check that it is valid.
bool is_json_text(const schema::Table& table, const schema::Column& column);
std::string default_clause(const schema::Column& column, const Server& server);  // DEFAULT 1
std::string primary_key_clause(const schema::PrimaryKey& key);
std::string index_clause(const schema::Index& index);  // UNIQUE KEY `i` (`a`)
std::string foreign_key_clause(const schema::ForeignKey& key, const Server& server);
std::string check_clause(const schema::Check& check);
std::string key_parts(const std::vector<schema::KeyPart>& parts);
// ` ENGINE=InnoDB ...`: all options of the table, each with a blank before it, without partitions.
std::string table_options(const schema::Table& table);

// The statement as the server's client takes it: a program, with semicolons of its own, between DELIMITER lines.
std::string terminated(const std::string& statement);

// The whole schema, for the client: tables, then what names them. `read` gives an equal schema back, and the server the
// same SHOW CREATE.
std::string print(const schema::Schema& schema, const Server& server);

}  // namespace emcee::mysql
