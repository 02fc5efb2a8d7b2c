// The triggers of columns that become a row of another table (docs/sync.md, rule 13).
//
// On the table: BEFORE triggers settle the key and the old columns; AFTER triggers write the other table, by the row as
// it is stored. On the other table: what the row says goes to the old columns of those that point to it, and it does
// not go while they do. All go by values, so a write that comes back finds nothing to do.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "dialects/postgres/sync_parts.h"
#include "schema/result.h"
#include "schema/schema.h"

namespace emcee::postgres {

// REQUIRES: group.holds_old().
class HeldTriggers : public SyncParts {
 public:
  HeldTriggers(const plan::SyncGroup& group, const schema::Schema& schema)
      : SyncParts(group, *schema.find_table(group.table)), row_(*schema.find_table(group.row->table)) {}

  // Functions and triggers of the table itself, and of the other one.
  std::vector<std::string> create() const;
  std::vector<std::string> create_on_row() const;

 private:
  std::string n(const char* row = "NEW.") const { return row + quoting()(g_.new_columns.front().name); }
  std::string key(const std::string& row) const { return row + quoting()(g_.row->key); }
  std::string of_new() const;
  Block make_key() const;
  Block down() const;
  Block inserted() const;
  Block updated() const;
  Block key_changed() const;
  Block old_changed() const;
  Block write_row(bool update) const;
  Block gone() const;
  std::string held_changed() const;
  std::string key_changed_in_row() const;
  std::string create_trigger(const char* what, const schema::QualifiedName& table, const std::string& time,
                             const std::string& each, const std::string& condition, const char* function) const;

  const schema::Table& row_;
};

// In place of those of lookups. Errors: add_to_map where the tables have partitions or children.
schema::Result<std::vector<std::string>> create_held(const plan::SyncGroup& group, const schema::Schema& schema);
std::vector<std::string> drop_held(const plan::SyncGroup& group);

// The triggers of the other table, without quotes.
std::vector<std::string> held_trigger_names(const plan::SyncGroup& group);

}  // namespace emcee::postgres
