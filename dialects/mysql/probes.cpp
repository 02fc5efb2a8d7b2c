#include "dialects/mysql/probes.h"

#include <fmt/format.h>

#include "dialects/common/conditions.h"
#include "dialects/mysql/ddl.h"
#include "dialects/mysql/group_sql.h"
#include "dialects/mysql/move_triggers.h"
#include "dialects/mysql/quoting.h"
#include "dialects/mysql/row_key.h"
#include "dialects/mysql/stored_value.h"
#include "dialects/mysql/sync_triggers.h"
#include "dialects/mysql/types.h"
#include "schema/match.h"

namespace emcee::mysql {

using schema::Identifier;
using schema::QualifiedName;

namespace {

using Probe = std::optional<std::string>;

std::string exists_in(const char* view, const char* schema_column, const std::string& condition) {
  return fmt::format("EXISTS (SELECT 1 FROM information_schema.{} WHERE {} = DATABASE() AND {})", view, schema_column,
                     condition);
}

// Names compare as the server keeps them: those of tables byte for byte, others without case.
std::string is(const char* column, std::string_view name) {
  return fmt::format("{} = {}", column, string_literal(name));
}

std::string of_table(const QualifiedName& table) { return is("TABLE_NAME", table.name.text()); }

std::string relation_exists(const QualifiedName& name, const char* condition) {
  return exists_in("TABLES", "TABLE_SCHEMA", of_table(name) + " AND " + condition);
}
std::string view_exists(const QualifiedName& name) { return relation_exists(name, "TABLE_TYPE = 'VIEW'"); }

std::string column_is(const QualifiedName& table, const Identifier& column, const std::string& condition) {
  return exists_in(
      "COLUMNS", "TABLE_SCHEMA",
      of_table(table) + " AND " + is("COLUMN_NAME", column.text()) + (condition.empty() ? "" : " AND " + condition));
}

std::string index_exists(const QualifiedName& table, const Identifier& name) {
  return exists_in("STATISTICS", "TABLE_SCHEMA", of_table(table) + " AND " + is("INDEX_NAME", name.text()));
}

// Each part of the index is there, in its place, and there is no other.
std::string index_is(const QualifiedName& table, const schema::Index& index) {
  std::vector<std::string> terms;
  for (std::size_t i = 0; i < index.parts.size(); ++i) {
    const auto column = index.parts[i].expression.as_column();
    std::string part = of_table(table) + " AND " + is("INDEX_NAME", index.name.name.text()) +
                       fmt::format(" AND SEQ_IN_INDEX = {} AND NON_UNIQUE = {}", i + 1, index.unique ? 0 : 1);
    if (column) part += " AND " + is("COLUMN_NAME", column->text());
    part += index.parts[i].prefix > 0 ? fmt::format(" AND SUB_PART = {}", index.parts[i].prefix)
            : index.method.empty()    ? " AND SUB_PART IS NULL"
                                      : "";
    terms.push_back(exists_in("STATISTICS", "TABLE_SCHEMA", part));
  }
  terms.push_back(common::negate(exists_in("STATISTICS", "TABLE_SCHEMA",
                                           of_table(table) + " AND " + is("INDEX_NAME", index.name.name.text()) +
                                               fmt::format(" AND SEQ_IN_INDEX = {}", index.parts.size() + 1))));
  return common::all_of(terms);
}

schema::Index as_index(const schema::PrimaryKey& key) {
  schema::Index index;
  index.name.name = Identifier("PRIMARY");
  index.unique = true;
  index.parts = key.parts;
  return index;
}

Probe constraint(const QualifiedName& table, const std::optional<Identifier>& name, bool there) {
  if (!name) return std::nullopt;
  const std::string found = exists_in("TABLE_CONSTRAINTS", "TABLE_SCHEMA",
                                      of_table(table) + " AND " + is("CONSTRAINT_NAME", name->text()) +
                                          " AND CONSTRAINT_TYPE IN ('FOREIGN KEY', 'CHECK')");
  return there ? found : common::negate(found);
}

std::string trigger_there(const schema::Trigger& trigger) { return trigger_exists(trigger.name.name.text()); }

Probe object_exists(const schema::OpaqueObject& object) {
  if (object.kind == "procedure" || object.kind == "function")
    return exists_in(
        "ROUTINES", "ROUTINE_SCHEMA",
        is("ROUTINE_NAME", object.name.name.text()) + " AND " + is("ROUTINE_TYPE", schema::to_upper(object.kind)));
  if (object.kind == "event") return exists_in("EVENTS", "EVENT_SCHEMA", is("EVENT_NAME", object.name.name.text()));
  if (object.kind == "sequence") return relation_exists(object.name, "TABLE_TYPE = 'SEQUENCE'");
  return std::nullopt;
}
Probe negated(const Probe& answer) { return answer ? Probe(common::negate(*answer)) : std::nullopt; }

std::string equal_text(const char* column, const std::optional<std::string>& text) {
  return fmt::format("BINARY {} = BINARY {}", column, string_literal(text.value_or("")));
}

Probe column_option(const diff::ChangeColumnOption& c) {
  if (c.option == "comment") return column_is(c.table, c.column, equal_text("COLUMN_COMMENT", c.after));
  if (c.option == "invisible")
    return column_is(c.table, c.column, fmt::format("EXTRA {}LIKE '%INVISIBLE%'", c.after ? "" : "NOT "));
  if (c.option == "on_update")
    return column_is(c.table, c.column, fmt::format("EXTRA {}LIKE '%on update%'", c.after ? "" : "NOT "));
  return std::nullopt;
}

Probe table_option(const diff::ChangeTableOption& c) {
  if (c.option == "comment") return relation_exists(c.table, equal_text("TABLE_COMMENT", c.after).c_str());
  if (c.option == "engine" && c.after) return relation_exists(c.table, is("ENGINE", *c.after).c_str());
  if (c.option == "collation" && c.after) return relation_exists(c.table, is("TABLE_COLLATION", *c.after).c_str());
  return std::nullopt;
}

std::string rows(const QualifiedName& table, const std::string& what, const std::string& key,
                 const std::string& condition) {
  return fmt::format("SELECT {}, {} FROM {} WHERE {}", string_literal(what), key, quoting()(table), condition);
}

Probe loses_column(const diff::AddColumn& change, const schema::Schema& after, const plan::Plan& plan,
                   const Server& server) {
  const schema::Table* table = after.find_table(change.table);
  if (!table || change.column.generated || change.column.identity) return std::nullopt;
  const std::string what = diff::object(change);
  const std::string column = quoting()(change.column.name);
  for (const plan::SyncGroup& group : plan.groups) {
    if (group.move) {
      if (const auto lost = MoveSql(group, after, server).lost_with(change.table, change.column.name))
        return rows(change.table, what, key_text(*table), *lost);
      continue;
    }
    if (!(group.table == change.table)) continue;
    const GroupSql sql(group, *table, server);
    for (std::size_t i = 0; i < group.new_columns.size(); ++i) {
      if (!(group.new_columns[i].name == change.column.name)) continue;
      const auto lost = sql.only_in_new(i);
      return lost ? Probe(rows(change.table, what + sql.left_behind(), key_text(*table), *lost)) : std::nullopt;
    }
  }
  const auto& value = change.column.default_value;
  if (!value) return rows(change.table, what, key_text(*table), column + " IS NOT NULL");
  if (!is_deterministic(*value)) return std::nullopt;  // a default that was computed belongs to nobody
  return rows(change.table, what, key_text(*table), fmt::format("NOT ({} <=> {})", column, expression_sql(*value)));
}

std::string any_rows(const std::string& what, const QualifiedName& table) {
  return fmt::format("SELECT {}, CONCAT(COUNT(*), ' rows') FROM {} HAVING COUNT(*) > 0", string_literal(what),
                     quoting()(table));
}

}  // namespace

std::string base_table_exists(const QualifiedName& table) { return relation_exists(table, "TABLE_TYPE <> 'VIEW'"); }

std::optional<std::string> is_done(const diff::Change& change) {
  return schema::match(
      change, [](const diff::CreateTable& c) -> Probe { return base_table_exists(c.table.name); },
      [](const diff::DropTable& c) -> Probe { return common::negate(base_table_exists(c.table.name)); },
      [](const diff::RenameTable& c) -> Probe { return base_table_exists(c.to); },
      [](const diff::AddColumn& c) -> Probe { return column_is(c.table, c.column.name, ""); },
      [](const diff::DropColumn& c) -> Probe { return common::negate(column_is(c.table, c.column.name, "")); },
      [](const diff::RenameColumn& c) -> Probe { return column_is(c.table, c.to, ""); },
      [](const diff::ChangeType& c) -> Probe { return column_is(c.table, c.column, is("COLUMN_TYPE", c.after.text)); },
      [](const diff::SetNotNull& c) -> Probe { return column_is(c.table, c.column, "IS_NULLABLE = 'NO'"); },
      [](const diff::DropNotNull& c) -> Probe { return column_is(c.table, c.column, "IS_NULLABLE = 'YES'"); },
      // MariaDB spells the default NULL as a text.
      [](const diff::AddDefault& c) -> Probe {
        return column_is(c.table, c.column, "COALESCE(COLUMN_DEFAULT, 'NULL') <> 'NULL'");
      },
      [](const diff::DropDefault& c) -> Probe {
        return column_is(c.table, c.column, "COALESCE(COLUMN_DEFAULT, 'NULL') = 'NULL'");
      },
      [](const diff::ChangeCollation& c) -> Probe {
        if (!c.after) return std::nullopt;
        return column_is(c.table, c.column, is("COLLATION_NAME", c.after->text()));
      },
      [](const diff::ChangeIdentity& c) -> Probe {
        return column_is(c.table, c.column, fmt::format("EXTRA {}LIKE '%auto_increment%'", c.after ? "" : "NOT "));
      },
      [](const diff::ChangeColumnOption& c) -> Probe { return column_option(c); },
      [](const diff::ChangeTableOption& c) -> Probe { return table_option(c); },
      [](const diff::AddPrimaryKey& c) -> Probe { return index_is(c.table, as_index(c.key)); },
      [](const diff::ChangePrimaryKey& c) -> Probe { return index_is(c.table, as_index(c.after)); },
      [](const diff::DropPrimaryKey& c) -> Probe {
        return common::negate(index_exists(c.table, Identifier("PRIMARY")));
      },
      [](const diff::CreateIndex& c) -> Probe { return index_exists(c.table, c.index.name.name); },
      [](const diff::DropIndex& c) -> Probe { return common::negate(index_exists(c.table, c.index.name.name)); },
      [](const diff::RenameIndex& c) -> Probe { return index_exists(c.table, c.to.name); },
      [](const diff::ReplaceIndex& c) -> Probe { return index_is(c.table, c.after); },
      [](const diff::AddForeignKey& c) -> Probe { return constraint(c.table, c.key.name, true); },
      [](const diff::DropForeignKey& c) -> Probe { return constraint(c.table, c.key.name, false); },
      [](const diff::AddCheck& c) -> Probe { return constraint(c.table, c.check.name, true); },
      [](const diff::DropCheck& c) -> Probe { return constraint(c.table, c.check.name, false); },
      [](const diff::RenameConstraint& c) -> Probe { return constraint(c.table, c.to, true); },
      [](const diff::CreateView& c) -> Probe { return view_exists(c.view.name); },
      [](const diff::DropView& c) -> Probe { return common::negate(view_exists(c.view.name)); },
      [](const diff::CreateTrigger& c) -> Probe { return trigger_there(c.trigger); },
      [](const diff::DropTrigger& c) -> Probe { return common::negate(trigger_there(c.trigger)); },
      [](const diff::CreateObject& c) -> Probe { return object_exists(c.object); },
      [](const diff::DropObject& c) -> Probe { return negated(object_exists(c.object)); },
      [](const auto&) -> Probe { return std::nullopt; });
}

std::optional<std::string> loses(const diff::Change& change, const schema::Schema& after, const plan::Plan& plan,
                                 const Server& server) {
  return schema::match(
      change,
      [&](const diff::CreateTable& c) -> Probe {
        for (const plan::SyncGroup& group : plan.groups)
          if (group.move && group.move->part == c.table.name)
            return rows(c.table.name, "table " + c.table.name.text(), key_text(*after.find_table(c.table.name)),
                        MoveSql(group, after, server).only_in_part());
        return any_rows("table " + c.table.name.text(), c.table.name);
      },
      [&](const diff::AddColumn& c) -> Probe { return loses_column(c, after, plan, server); },
      [&](const diff::DropNotNull& c) -> Probe {
        const schema::Table* table = after.find_table(c.table);
        if (!table) return std::nullopt;
        return rows(c.table, diff::object(c) + " is NULL", key_text(*table), quoting()(c.column) + " IS NULL");
      },
      [&](const diff::DropCheck& c) -> Probe {
        const schema::Table* table = after.find_table(c.table);
        if (!table) return std::nullopt;
        return rows(c.table, "a check of " + c.table.text() + " fails", key_text(*table),
                    fmt::format("NOT ({})", expression_sql(c.check.expression)));
      },
      [&](const diff::ChangeType& c) -> Probe {
        // What was widened takes values that the old type does not hold.
        const schema::Table* table = after.find_table(c.table);
        const schema::Table* old = plan.before.find_table(c.table);
        const schema::Column* narrow = old ? old->find_column(c.column) : nullptr;
        if (!table || !narrow) return std::nullopt;
        const auto fits = stored_fits(*narrow, quoting()(c.column), server);
        if (!fits) return std::nullopt;
        return rows(c.table, diff::object(c) + " does not fit " + c.before.text, key_text(*table),
                    common::negate(*fits));
      },
      [](const auto&) -> Probe { return std::nullopt; });
}

}  // namespace emcee::mysql
