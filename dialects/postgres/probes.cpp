#include "dialects/postgres/probes.h"

#include <fmt/format.h>
#include <algorithm>

#include "dialects/postgres/ddl.h"
#include "dialects/postgres/group_sql.h"
#include "dialects/postgres/move_triggers.h"
#include "dialects/postgres/object_sql.h"
#include "dialects/postgres/row_key.h"
#include "dialects/postgres/types.h"
#include "dialects/postgres/value_fits.h"
#include "schema/match.h"

namespace emcee::postgres {

using schema::Identifier;
using schema::QualifiedName;

namespace {

using Answer = std::optional<std::string>;

std::string exists_in(const char* catalogue, const std::string& condition) {
  return fmt::format("EXISTS (SELECT FROM pg_catalog.{} WHERE {})", catalogue, condition);
}

// relkind as in pg_class: https://www.postgresql.org/docs/15/catalog-pg-class.html
std::string relation_exists(const QualifiedName& name, const char* kinds) {
  return exists_in("pg_class", fmt::format("oid = {} AND relkind IN ({})", regclass(name), kinds));
}
constexpr const char* kTables = "'r', 'p'";
constexpr const char* kViews = "'v', 'm'";

std::string column_is(const QualifiedName& table, const Identifier& column, const std::string& condition) {
  return exists_in("pg_attribute",
                   fmt::format("attrelid = {} AND attname = {} AND attnum > 0 AND NOT attisdropped{}", regclass(table),
                               string_literal(column.text()), condition.empty() ? "" : " AND " + condition));
}

std::string has_constraint(const QualifiedName& table, const std::string& condition) {
  return exists_in("pg_constraint", fmt::format("conrelid = {} AND {}", regclass(table), condition));
}

std::string named(const Identifier& name) { return "conname = " + string_literal(name.text()); }

template <class Constraint>
Answer constraint(const QualifiedName& table, const Constraint& value, bool there) {
  if (!value.name) return std::nullopt;
  const std::string condition = has_constraint(table, named(*value.name));
  return there ? condition : common::negate(condition);
}

std::string has_key(const QualifiedName& table) { return has_constraint(table, "contype = 'p'"); }

std::string trigger_there(const schema::Trigger& trigger) {
  return exists_in("pg_trigger", fmt::format("tgrelid = {} AND tgname = {}", regclass(trigger.table),
                                             string_literal(trigger.name.name.text())));
}

std::string index_there(const schema::Index& index, const QualifiedName& table) {
  return is_exclusion(index) ? has_constraint(table, named(index.name.name)) : index_is_valid(index.name);
}

std::string comment_there(const QualifiedName& table, const std::string& place,
                          const std::optional<std::string>& text) {
  const std::string found = fmt::format(
      "(SELECT description FROM pg_catalog.pg_description WHERE classoid = "
      "'pg_catalog.pg_class'::regclass AND objoid = {} AND objsubid = {})",
      regclass(table), place);
  return text ? fmt::format("coalesce({} = {}, FALSE)", found, string_literal(*text)) : found + " IS NULL";
}

std::string rows(const schema::Table& table, const std::string& what, const std::string& condition) {
  return fmt::format("SELECT {}, {} FROM {} WHERE {}", string_literal(what), key_text(table), quoting()(table.name),
                     condition);
}

Answer loses_column(const diff::AddColumn& change, const schema::Schema& after, const plan::Plan& plan) {
  if (change.column.generated || change.column.identity) return std::nullopt;
  const schema::Table& table = *after.find_table(change.table);
  const std::string what = diff::object(change);
  const std::string column = quoting()(change.column.name);
  for (const plan::SyncGroup& group : plan.groups) {
    if (group.move) {
      if (const auto lost = MoveSql(group, after).lost_with(change.table, change.column.name))
        return rows(table, what, *lost);
      continue;
    }
    if (!(group.table == change.table)) continue;
    const GroupSql sql(group, table);
    for (std::size_t i = 0; i < group.new_columns.size(); ++i) {
      if (!(group.new_columns[i].name == change.column.name)) continue;
      const auto lost = sql.only_in_new(i);
      return lost ? Answer(rows(table, what + sql.left_behind(), *lost)) : std::nullopt;
    }
  }
  const auto& value = change.column.default_value;
  if (!value) return rows(table, what, column + " IS NOT NULL");
  if (!is_deterministic(*value)) return std::nullopt;  // a default that was computed belongs to nobody
  return rows(table, what,
              fmt::format("({})::text IS DISTINCT FROM ({})::{}::text", column, sql(*value), change.column.type.text));
}

}  // namespace

std::string regclass(const QualifiedName& relation) {
  return fmt::format("pg_catalog.to_regclass({})", string_literal(quoting()(relation)));
}

std::string constraint_exists(const QualifiedName& table, const Identifier& name) {
  return has_constraint(table, named(name) + " AND convalidated");
}

std::string index_is_valid(const QualifiedName& index) {
  return exists_in("pg_index", fmt::format("indexrelid = {} AND indisvalid", regclass(index)));
}

std::optional<std::string> is_done(const diff::Change& change) {
  return schema::match(
      change, [](const diff::CreateTable& c) -> Answer { return relation_exists(c.table.name, kTables); },
      [](const diff::DropTable& c) -> Answer { return common::negate(relation_exists(c.table.name, kTables)); },
      [](const diff::RenameTable& c) -> Answer { return relation_exists(c.to, kTables); },
      [](const diff::AddColumn& c) -> Answer { return column_is(c.table, c.column.name, ""); },
      [](const diff::DropColumn& c) -> Answer { return common::negate(column_is(c.table, c.column.name, "")); },
      [](const diff::RenameColumn& c) -> Answer {
        return fmt::format("({} AND {})", column_is(c.table, c.to, ""), common::negate(column_is(c.table, c.from, "")));
      },
      [](const diff::ChangeType& c) -> Answer {
        return column_is(c.table, c.column,
                         fmt::format("pg_catalog.format_type(atttypid, atttypmod) = {}", string_literal(c.after.text)));
      },
      [](const diff::SetNotNull& c) -> Answer { return column_is(c.table, c.column, "attnotnull"); },
      [](const diff::DropNotNull& c) -> Answer { return column_is(c.table, c.column, "NOT attnotnull"); },
      [](const diff::AddDefault& c) -> Answer { return column_is(c.table, c.column, "atthasdef"); },
      [](const diff::DropDefault& c) -> Answer { return column_is(c.table, c.column, "NOT atthasdef"); },
      [](const diff::ChangeGenerated& c) -> Answer {
        if (c.before && c.after) return std::nullopt;
        return column_is(c.table, c.column, c.after ? "attgenerated <> ''" : "attgenerated = ''");
      },
      [](const diff::ChangeIdentity& c) -> Answer {
        return column_is(c.table, c.column,
                         !c.after          ? "attidentity = ''"
                         : c.after->always ? "attidentity = 'a'"
                                           : "attidentity = 'd'");
      },
      [](const diff::ChangeColumnOption& c) -> Answer {
        if (c.option != "comment") return std::nullopt;
        const std::string place =
            fmt::format("(SELECT attnum FROM pg_catalog.pg_attribute WHERE attrelid = {} AND attname = {})",
                        regclass(c.table), string_literal(c.column.text()));
        return comment_there(c.table, place, c.after);
      },
      [](const diff::ChangeTableOption& c) -> Answer {
        if (c.option == "comment") return comment_there(c.table, "0", c.after);
        if (c.option == "row_security" || c.option == "force_row_security")
          return exists_in("pg_class",
                           fmt::format("oid = {} AND {}{}", regclass(c.table), c.after ? "" : "NOT ",
                                       c.option == "row_security" ? "relrowsecurity" : "relforcerowsecurity"));
        return std::nullopt;
      },
      [](const diff::RenameConstraint& c) -> Answer { return has_constraint(c.table, named(c.to)); },
      [](const diff::AddPrimaryKey& c) -> Answer { return has_key(c.table); },
      [](const diff::DropPrimaryKey& c) -> Answer { return common::negate(has_key(c.table)); },
      [](const diff::AddUnique& c) { return constraint(c.table, c.unique, true); },
      [](const diff::DropUnique& c) { return constraint(c.table, c.unique, false); },
      [](const diff::AddForeignKey& c) { return constraint(c.table, c.key, true); },
      [](const diff::DropForeignKey& c) { return constraint(c.table, c.key, false); },
      [](const diff::AddCheck& c) { return constraint(c.table, c.check, true); },
      [](const diff::DropCheck& c) { return constraint(c.table, c.check, false); },
      [](const diff::CreateIndex& c) -> Answer { return index_there(c.index, c.table); },
      [](const diff::DropIndex& c) -> Answer { return common::negate(index_there(c.index, c.table)); },
      [](const diff::RenameIndex& c) -> Answer { return index_is_valid(c.to); },
      [](const diff::CreateView& c) -> Answer { return relation_exists(c.view.name, kViews); },
      [](const diff::DropView& c) -> Answer { return common::negate(relation_exists(c.view.name, kViews)); },
      [](const diff::CreateTrigger& c) -> Answer { return trigger_there(c.trigger); },
      [](const diff::DropTrigger& c) -> Answer { return common::negate(trigger_there(c.trigger)); },
      [](const diff::CreateObject& c) -> Answer { return object_exists(c.object); },
      [](const diff::DropObject& c) -> Answer {
        const Answer there = object_exists(c.object);
        return there ? Answer(common::negate(*there)) : std::nullopt;
      },
      [](const auto&) -> Answer { return std::nullopt; });
}

std::optional<std::string> loses(const diff::Change& change, const schema::Schema& after, const plan::Plan& plan) {
  const schema::Table* table = after.find_table(diff::subject(change));
  if (!table) return std::nullopt;
  return schema::match(
      change,
      [&](const diff::CreateTable& c) -> Answer {
        for (const plan::SyncGroup& group : plan.groups)
          if (group.move && group.move->part == c.table.name)
            return rows(*table, "table " + c.table.name.text(), MoveSql(group, after).only_in_part());
        return fmt::format("SELECT {}, count(*) || ' rows' FROM {} HAVING count(*) > 0",
                           string_literal("table " + c.table.name.text()), quoting()(c.table.name));
      },
      [&](const diff::AddColumn& c) -> Answer { return loses_column(c, after, plan); },
      [&](const diff::ChangeType& c) -> Answer {
        const auto fits = value_fits(quoting()(c.column), c.after, c.before);
        if (!fits) return std::nullopt;
        return rows(*table, fmt::format("{} does not fit {}", diff::object(c), c.before.text),
                    fmt::format("NOT ({})", *fits));
      },
      [&](const diff::DropNotNull& c) -> Answer {
        return rows(*table, diff::object(c) + " is NULL", quoting()(c.column) + " IS NULL");
      },
      [&](const diff::DropCheck& c) -> Answer {
        return rows(*table, "a check of " + c.table.text() + " fails",
                    fmt::format("NOT ({})", sql(c.check.expression)));
      },
      [](const auto&) -> Answer { return std::nullopt; });
}

}  // namespace emcee::postgres
