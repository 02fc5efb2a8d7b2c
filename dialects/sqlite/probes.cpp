#include "dialects/sqlite/probes.h"

#include <fmt/format.h>

#include "dialects/sqlite/ddl.h"
#include "dialects/sqlite/group_sql.h"
#include "dialects/sqlite/row_key.h"
#include "dialects/sqlite/types.h"
#include "schema/match.h"

namespace emcee::sqlite {

using schema::Identifier;
using schema::QualifiedName;

namespace {

std::string exists(const char* type, const QualifiedName& name) {
  return fmt::format("EXISTS (SELECT 1 FROM sqlite_schema WHERE type = '{}' AND lower(name) = lower({}))", type,
                     string_literal(name.name.text()));
}

// pragma_table_xinfo also lists generated columns.
std::string column_is(const QualifiedName& table, const Identifier& column, const std::string& condition) {
  return fmt::format("EXISTS (SELECT 1 FROM pragma_table_xinfo({}) WHERE lower(name) = lower({}){})",
                     string_literal(table.name.text()), string_literal(column.text()),
                     condition.empty() ? "" : " AND " + condition);
}

std::string negated(const std::string& condition) { return "NOT " + condition; }

std::string rows(const QualifiedName& table, const std::string& what, const std::string& key,
                 const std::string& condition) {
  return fmt::format("SELECT {}, {} FROM {} WHERE {}", string_literal(what), key, quoting()(table), condition);
}

std::optional<std::string> loses_column(const diff::AddColumn& change, const schema::Schema& after,
                                        const plan::Plan& plan) {
  const schema::Table* table = after.find_table(change.table);
  if (!table || change.column.generated) return std::nullopt;
  const std::string what = diff::object(change);
  const std::string key = key_text(*table);
  const std::string column = quoting()(change.column.name);
  for (const plan::SyncGroup& group : plan.groups) {
    if (!(group.table == change.table)) continue;
    const GroupSql sql(group, *table);
    for (std::size_t i = 0; i < group.new_columns.size(); ++i) {
      if (!(group.new_columns[i].name == change.column.name)) continue;
      if (!group.deterministic) return rows(change.table, what, key, column + " IS NOT NULL");
      // What the old columns do not say as well.
      return rows(change.table, what, key,
                  fmt::format("{} IS NOT NULL AND NOT ({})", column, sql.equals("", change.column.name, sql.up(i))));
    }
  }
  const auto& value = change.column.default_value;
  if (!value) return rows(change.table, what, key, column + " IS NOT NULL");
  if (!is_constant(*value)) return std::nullopt;  // a default that was computed belongs to nobody
  return rows(change.table, what, key, fmt::format("{} IS NOT {}", column, to_canonical_sql(*value, quoting())));
}

}  // namespace

std::string trigger_exists(const std::string& name) {
  return fmt::format("EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'trigger' AND name = {})", string_literal(name));
}

std::optional<std::string> is_done(const diff::Change& change) {
  using Answer = std::optional<std::string>;
  return schema::match(
      change, [](const diff::CreateTable& c) -> Answer { return exists("table", c.table.name); },
      [](const diff::DropTable& c) -> Answer { return negated(exists("table", c.table.name)); },
      [](const diff::RenameTable& c) -> Answer { return exists("table", c.to); },
      [](const diff::AddColumn& c) -> Answer { return column_is(c.table, c.column.name, ""); },
      [](const diff::DropColumn& c) -> Answer { return negated(column_is(c.table, c.column.name, "")); },
      [](const diff::RenameColumn& c) -> Answer { return column_is(c.table, c.to, ""); },
      [](const diff::ChangeType& c) -> Answer {
        return column_is(c.table, c.column, fmt::format("upper(type) = upper({})", string_literal(c.after.text)));
      },
      [](const diff::SetNotNull& c) -> Answer { return column_is(c.table, c.column, "\"notnull\" = 1"); },
      [](const diff::DropNotNull& c) -> Answer { return column_is(c.table, c.column, "\"notnull\" = 0"); },
      [](const diff::AddDefault& c) -> Answer { return column_is(c.table, c.column, "dflt_value IS NOT NULL"); },
      [](const diff::DropDefault& c) -> Answer { return column_is(c.table, c.column, "dflt_value IS NULL"); },
      [](const diff::CreateIndex& c) -> Answer { return exists("index", c.index.name); },
      [](const diff::DropIndex& c) -> Answer { return negated(exists("index", c.index.name)); },
      [](const diff::RenameIndex& c) -> Answer { return exists("index", c.to); },
      [](const diff::CreateView& c) -> Answer { return exists("view", c.view.name); },
      [](const diff::DropView& c) -> Answer { return negated(exists("view", c.view.name)); },
      [](const diff::CreateTrigger& c) -> Answer { return exists("trigger", c.trigger.name); },
      [](const diff::DropTrigger& c) -> Answer { return negated(exists("trigger", c.trigger.name)); },
      [](const diff::CreateObject& c) -> Answer { return exists("table", c.object.name); },
      [](const diff::DropObject& c) -> Answer { return negated(exists("table", c.object.name)); },
      [](const auto&) -> Answer { return std::nullopt; });
}

std::optional<std::string> loses(const diff::Change& change, const schema::Schema& after, const plan::Plan& plan) {
  using Answer = std::optional<std::string>;
  return schema::match(
      change,
      [](const diff::CreateTable& c) -> Answer {
        return fmt::format("SELECT {}, count(*) || ' rows' FROM {} HAVING count(*) > 0",
                           string_literal("table " + c.table.name.text()), quoting()(c.table.name));
      },
      [](const diff::CreateObject& c) -> Answer {
        return fmt::format("SELECT {}, count(*) || ' rows' FROM {} HAVING count(*) > 0",
                           string_literal(c.object.kind + " " + c.object.name.text()), quoting()(c.object.name));
      },
      [&](const diff::AddColumn& c) -> Answer { return loses_column(c, after, plan); },
      [&](const diff::DropNotNull& c) -> Answer {
        const schema::Table* table = after.find_table(c.table);
        if (!table) return std::nullopt;
        return rows(c.table, diff::object(c) + " is NULL", key_text(*table), quoting()(c.column) + " IS NULL");
      },
      [&](const diff::DropCheck& c) -> Answer {
        const schema::Table* table = after.find_table(c.table);
        if (!table) return std::nullopt;
        return rows(c.table, "a check of " + c.table.text() + " fails", key_text(*table),
                    fmt::format("NOT ({})", to_canonical_sql(c.check.expression, quoting())));
      },
      [](const auto&) -> Answer { return std::nullopt; });
}

}  // namespace emcee::sqlite
