// The triggers of columns that become a row of another table (docs/sync.md, rule 13).
//
// On the table: BEFORE triggers settle the key and the old columns, AFTER triggers write the other table, so that what
// IGNORE or an upsert leaves undone leaves nothing there. On the other table: what the row says goes to the old columns
// of those that point to it, and it does not go while they do. A trigger of one table may not write the other one in
// the middle of the other's statement (error 1442): `@emcee_<group>_quiet` holds the time of the statement in which
// triggers of the one write the other, so that nothing of it outlives the statement.
#pragma once

#include <string>
#include <vector>

#include "dialects/mysql/lookup_triggers.h"
#include "dialects/mysql/sync_parts.h"

namespace emcee::mysql {

// REQUIRES: group.holds_old().
class HeldTriggers : public SyncParts {
 public:
  HeldTriggers(const plan::SyncGroup& group, const schema::Table& table, const Server& server, bool fence)
      : SyncParts(group, table, server, GroupSql::Reads::locked), fence_(fence) {}

  std::string insert_trigger(const std::string& trigger_name) const;
  std::string update_trigger(const std::string& trigger_name) const;
  std::string row_trigger(const std::string& trigger_name) const;    // behind an INSERT
  std::string write_trigger(const std::string& trigger_name) const;  // behind an UPDATE

  // On the other table, which is `row`.
  std::string told_trigger(const std::string& trigger_name, const schema::Table& row) const;  // its values change
  std::string key_trigger(const std::string& trigger_name, const schema::Table& row) const;   // its key changes
  std::string gone_trigger(const std::string& trigger_name, const schema::Table& row) const;  // it goes

 private:
  std::string n(const char* row = "NEW.") const { return row + name(g_.new_columns.front().name); }
  std::string variable(const char* what) const;
  std::string is_quiet() const;
  TriggerBody quietly(const std::string& statement) const;
  TriggerBody lock_row(const std::string& key) const;
  TriggerBody make_key(const std::string& copied_from) const;
  TriggerBody own_row_if_shared(const std::string& key, const RowSource& itself) const;
  TriggerBody down() const;
  TriggerBody inserted_by_new() const;
  TriggerBody inserted_by_old() const;
  TriggerBody replaced() const;
  TriggerBody key_changed() const;
  TriggerBody old_changed() const;
  std::string is_stored() const;
  TriggerBody insert_row() const;
  TriggerBody write_through() const;
  TriggerBody refuse_pointed_to(const schema::Table& row) const;

  bool fence_;
};

// The triggers on the other table, in place of those of lookups.
schema::Result<LookupScript> held_script(const plan::SyncGroup& group, const schema::Schema& schema,
                                         const Server& server);
std::vector<std::string> held_trigger_names(const plan::SyncGroup& group);

std::string write_trigger_name(const plan::SyncGroup& group);

}  // namespace emcee::mysql
