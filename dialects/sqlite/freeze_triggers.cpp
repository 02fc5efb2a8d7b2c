#include "dialects/sqlite/freeze_triggers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "dialects/sqlite/ddl.h"
#include "dialects/sqlite/group_sql.h"

namespace emcee::sqlite {

namespace {

std::string trigger_name(const plan::SyncGroup& group, const std::string& event) {
  return fmt::format("emcee_{}_{}", group.name, event);
}

}  // namespace

std::vector<std::string> create_freeze(const plan::SyncGroup& group, const schema::Table& table) {
  const GroupSql sql(group, table);
  std::vector<std::string> result;
  for (const std::string& event : common::frozen_events(group)) {
    std::string when = schema::to_upper(event);
    if (event == "update") {
      std::vector<std::string> columns;
      for (const auto& names : {sql.old_names(), sql.new_names()})
        for (const schema::Identifier& name : names) columns.push_back(quoting()(name));
      when += fmt::format(" OF {}", fmt::join(columns, ", "));
    }
    result.push_back(fmt::format("CREATE TRIGGER {} AFTER {} ON {}\nWHEN {} BEGIN\n  SELECT RAISE(ABORT, {});\nEND",
                                 quoting()(schema::Identifier(trigger_name(group, event))), when, quoting()(table.name),
                                 sql.refuses(event), string_literal(group.error)));
  }
  return result;
}

std::vector<std::string> freeze_trigger_names(const plan::SyncGroup& group) {
  std::vector<std::string> names;
  for (const std::string& event : common::frozen_events(group)) names.push_back(trigger_name(group, event));
  return names;
}

}  // namespace emcee::sqlite
