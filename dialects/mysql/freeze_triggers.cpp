#include "dialects/mysql/freeze_triggers.h"

#include "dialects/mysql/group_sql.h"
#include "dialects/mysql/quoting.h"
#include "dialects/mysql/sync_triggers.h"

namespace emcee::mysql {

std::vector<std::string> create_freeze(const plan::SyncGroup& group, const schema::Table& table, const Server& server) {
  const GroupSql sql(group, table, server);
  std::vector<std::string> result;
  for (const std::string& event : common::frozen_events(group)) {
    TriggerBody refusal, body;
    refusal.refuse(group.error);
    body.when(all_of({kNotBypassed, sql.refuses(event)}), refusal);
    const std::string name = sync_object_name(group, event);
    make_trigger(result, server, name,
                 create_trigger(server, name, "BEFORE " + schema::to_upper(event), quoting()(table.name), body));
  }
  return result;
}

std::vector<std::string> freeze_trigger_names(const plan::SyncGroup& group) {
  std::vector<std::string> names;
  for (const std::string& event : common::frozen_events(group)) names.push_back(sync_object_name(group, event));
  return names;
}

}  // namespace emcee::mysql
