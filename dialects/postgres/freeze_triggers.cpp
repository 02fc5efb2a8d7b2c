#include "dialects/postgres/freeze_triggers.h"

#include <fmt/format.h>

#include "dialects/postgres/group_sql.h"
#include "dialects/postgres/plpgsql.h"
#include "dialects/postgres/quoting.h"
#include "dialects/postgres/sync_tables.h"
#include "dialects/postgres/sync_triggers.h"

namespace emcee::postgres {

std::vector<std::string> freeze_events(const plan::SyncGroup& group) {
  std::vector<std::string> events = common::frozen_events(group);
  if (group.freeze->deletes) events.emplace_back("truncate");
  return events;
}

std::vector<std::string> create_freeze(const plan::SyncGroup& group, const schema::Schema& schema) {
  const GroupSql sql(group, *schema.find_table(group.table));
  const schema::QualifiedName& name = sql.table().name;
  const std::string refusal =
      raise({string_literal(group.error), kRaised, name.schema.text(), name.name.text(), std::string()});
  const TriggerFunction function{sync_function_name(group, "freeze"), {}, {}, Block().add(refusal)};
  std::vector<std::string> result{create_function(function, false)};
  for (const schema::QualifiedName& table : sync_tables(group.table, schema))
    for (const std::string& event : freeze_events(group)) {
      const bool of_rows = event != "truncate";
      std::vector<std::string> when{kNotBypassed};
      if (of_rows && event != "delete") when.insert(when.begin(), sql.refuses(event));
      result.push_back(fmt::format("CREATE TRIGGER {} BEFORE {} ON {}\nFOR EACH {} WHEN ({})\nEXECUTE FUNCTION {}()",
                                   quoting()(schema::Identifier(sync_trigger_name(group, event))),
                                   schema::to_upper(event), quoting()(table), of_rows ? "ROW" : "STATEMENT",
                                   all_of(when), function.name));
    }
  return result;
}

}  // namespace emcee::postgres
