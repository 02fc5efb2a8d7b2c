// What the servers make of a definition: the parts that a text leaves open, so that equal tables have
// equal schemas.
#pragma once

#include "dialects/mysql/table_text.h"
#include "parser/builder.h"

namespace emcee::mysql {

// A table in the making: columns and constraints come to it in the order of the statement, and
// `complete` adds what the server adds.
class TableMaker {
 public:
  // `fresh`: CREATE TABLE, whose constraints are numbered from 1; ALTER TABLE goes on from the highest.
  TableMaker(schema::Table& table, const Session& session, bool fresh);

  // The options of CREATE TABLE, or those that ALTER TABLE names. Columns that come later take the
  // table's collation.
  void options(const TableTexts& texts);
  // `replaces`: MODIFY and CHANGE put the column into the place of that one. Errors: fix_schema.
  schema::Result<void> column(ColumnText text, const Identifier& replaces = {});
  schema::Result<void> constraint(TableConstraint constraint);
  schema::Result<void> index(IndexText index);
  schema::Result<void> drop_column(const Identifier& name, bool if_exists);
  // ALTER TABLE ... CONVERT TO CHARACTER SET.
  void convert(const std::string& charset, const std::string& collation);
  // Keys of foreign keys, NOT NULL of primary keys, names of constraints and indexes.
  schema::Result<void> complete();

 private:
  const std::string& collation() const { return table_.options.other.at("collation"); }
  schema::Result<schema::Column> make_column(const ColumnText& text);
  Identifier free_index_name(const Identifier& wanted) const;
  void index_for(const schema::ForeignKey& key, const Identifier& wanted);
  void name_checks();
  schema::Result<void> check_index(schema::Index& index);

  schema::Table& table_;
  const Session& session_;
  bool fresh_;
  bool timestamp_seen_ = false;
};

// An index that a foreign key brought along: the server drops it for one that does the same.
bool is_implied(const schema::Index& index);
void set_implied(schema::Index& index);

parser::BuildRules build_rules();

}  // namespace emcee::mysql
