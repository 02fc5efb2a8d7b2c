// The triggers of columns that become a row of another table (docs/sync.md, rule 13).
//
// All are AFTER triggers of the table that write the other one first, and the key last: so what they write of a row
// fires triggers that find both equal. On the other table: what the row says goes to the old columns of those that
// point to it, and it does not go while they do.
#pragma once

#include <string>
#include <vector>

#include "dialects/sqlite/sync_parts.h"
#include "schema/schema.h"

namespace emcee::sqlite {

// REQUIRES: group.holds_old().
class HeldTriggers : public SyncParts {
 public:
  HeldTriggers(const plan::SyncGroup& group, const schema::Table& table, RowKey key)
      : SyncParts(group, table, std::move(key)) {}

  std::vector<std::string> create() const;
  std::vector<std::string> trigger_names() const;
  std::vector<std::string> create_on_row() const;

 private:
  std::string n(const char* row = "NEW.") const { return row + name(g_.new_columns.front().name); }
  std::string row_table() const { return quoting()(g_.row->table); }
  std::string row_key(const std::string& row) const { return row + name(g_.row->key); }
  std::string itself_key() const { return key_.matches(sql_.itself().prefix, "NEW."); }
  std::string in_notes(const char* column) const;
  std::string row_message() const;
  Body body() const { return Body(t_, itself_key()); }
  std::string set_down() const;
  void make_row(Body& body, const std::string& condition, const std::string& copied_from) const;
  void refuse_unequal(Body& body, std::vector<std::string> conditions) const;
  Body inserted_by_new() const;
  Body inserted_by_old() const;
  Body updated() const;
  void settle_key(Body& body) const;
  void settle_old(Body& body) const;
  std::string on_row(const char* what, const std::string& event, const std::string& when,
                     const std::vector<std::string>& statements) const;
  std::vector<std::string> tell(const std::string& condition) const;
  std::string refuse_pointed_to() const;
};

// In place of those of lookups.
std::vector<std::string> create_held(const plan::SyncGroup& group, const schema::Schema& schema);
std::vector<std::string> drop_held(const plan::SyncGroup& group);
std::vector<std::string> held_trigger_names(const plan::SyncGroup& group);

}  // namespace emcee::sqlite
