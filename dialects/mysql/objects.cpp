#include "dialects/mysql/objects.h"

#include <fmt/format.h>

#include "dialects/mysql/ddl.h"
#include "dialects/mysql/quoting.h"
#include "schema/is_one_of.h"
#include "schema/match.h"

namespace emcee::mysql {

namespace {

using Statements = std::vector<std::string>;

std::string drop(std::string_view kind, const schema::QualifiedName& name) {
  return fmt::format("DROP {} IF EXISTS {}", kind, quoting()(name));
}

std::string or_replace(const std::string& create) { return "CREATE OR REPLACE" + create.substr(6); }

std::string drop(const schema::OpaqueObject& object) { return drop(schema::to_upper(object.kind), object.name); }

}  // namespace

std::vector<std::string> object_statements(const diff::Change& change, const Server& server) {
  return schema::match(
      change, [&](const diff::CreateTable& c) -> Statements { return {create_table(c.table, server)}; },
      [](const diff::DropTable& c) -> Statements { return {"DROP TABLE " + quoting()(c.table.name)}; },
      [](const diff::RenameTable& c) -> Statements {
        return {fmt::format("RENAME TABLE {} TO {}", quoting()(c.from), quoting()(c.to))};
      },
      [](const diff::CreateView& c) -> Statements { return {create_view(c.view)}; },
      [](const diff::DropView& c) -> Statements { return {drop("VIEW", c.view.name)}; },
      [](const diff::ReplaceView& c) -> Statements { return {or_replace(create_view(c.after))}; },
      [](const diff::CreateTrigger& c) -> Statements { return {create_trigger(c.trigger)}; },
      [](const diff::DropTrigger& c) -> Statements { return {drop("TRIGGER", c.trigger.name)}; },
      [](const diff::ReplaceTrigger& c) -> Statements {
        return {drop("TRIGGER", c.before.name), create_trigger(c.after)};
      },
      [](const diff::CreateObject& c) -> Statements { return {create_object(c.object)}; },
      [](const diff::DropObject& c) -> Statements { return {drop(c.object)}; },
      [](const diff::ReplaceObject& c) -> Statements {
        return {drop(c.before), create_object(c.after)};
      },
      [](const auto&) -> Statements { return {}; });
}

bool makes_program(const diff::Change& change) {
  const auto is_program = [](const schema::OpaqueObject& object) {
    return schema::is_one_of(object.kind, {"procedure", "function", "event"});
  };
  return schema::match(
      change, [](const diff::CreateTrigger&) { return true; }, [](const diff::ReplaceTrigger&) { return true; },
      [&](const diff::CreateObject& c) { return is_program(c.object); },
      [&](const diff::ReplaceObject& c) { return is_program(c.after); }, [](const auto&) { return false; });
}

std::vector<std::string> swap_renamed(const diff::RenameTable& change) {
  const std::string gone = quoting().quoted("emcee_gone_" + change.to.name.text());
  const std::string to = quoting()(change.to);
  return {fmt::format("RENAME TABLE {} TO {}, {} TO {}", to, gone, quoting()(change.from), to),
          fmt::format("DROP VIEW IF EXISTS {}", gone)};
}

namespace {

// The engine that holds a table in memory takes no TEXT and no BLOB: what only another one holds can be
// added once that one is there, and to the old release nothing else changes.
bool leaves_memory(const diff::ChangeTableOption& change) {
  return change.option == "engine" && change.before && schema::equal_ignoring_case(*change.before, "MEMORY");
}

}  // namespace

plan::Effect effect(const diff::Change& change) {
  using plan::Effect;
  return schema::match(
      change, [](const diff::ChangeType&) { return Effect::lost; },  // refused, where a value cannot be converted
      [](const diff::ChangeColumnOption& c) {
        return c.option == "comment" || c.option == "column_format" || c.option == "storage" ? Effect::unnoticed
                                                                                             : Effect::noticed;
      },
      [](const diff::ChangeTableOption& c) {
        return c.option == "comment" || c.option == "auto_increment" || leaves_memory(c) ? Effect::unnoticed
                                                                                         : Effect::noticed;
      },
      [](const diff::CreateObject&) { return Effect::unnoticed; },
      // Rows of a sequence aside there is nothing to lose: routines and events hold no data.
      [](const diff::ReplaceObject&) { return Effect::noticed; }, [](const auto&) { return Effect::noticed; });
}

}  // namespace emcee::mysql
