#include "dialects/sqlite/row_queries.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>

#include "dialects/sqlite/ddl.h"
#include "dialects/sqlite/group_sql.h"
#include "dialects/sqlite/row_key.h"
#include "dialects/sqlite/types.h"
#include "schema/match.h"

namespace emcee::sqlite {

using plan::RenderedBackfill;
using plan::RowQuery;
using schema::Identifier;
using schema::Table;

namespace {

RowQuery query(std::string name, const char* kind, const Table& table, const std::string& reason,
               const std::string& condition, std::string hint) {
  RowQuery result;
  result.name = std::move(name);
  result.kind = kind;
  result.table = table.name;
  const std::string t = quoting()(table.name);
  result.sql = fmt::format("SELECT {}, {} FROM {} WHERE {}", key_text(table), string_literal(reason), t, condition);
  result.count = fmt::format("SELECT count(*) FROM {} WHERE {}", t, condition);
  result.hint = std::move(hint);
  return result;
}

std::string part_sql(const schema::KeyPart& part) {
  std::string sql = to_canonical_sql(part.expression, quoting());
  if (!part.expression.as_column()) sql = "(" + sql + ")";
  if (part.collation) sql += " COLLATE " + quoting()(*part.collation);
  return sql;
}

// Rows that share their values with another row; NULLs never collide.
RowQuery duplicates(const Table& table, const std::vector<schema::KeyPart>& parts,
                    const std::optional<schema::Fragment>& where) {
  std::vector<std::string> sql, given;
  for (const auto& part : parts) {
    sql.push_back(part_sql(part));
    given.push_back(sql.back() + " IS NOT NULL");
  }
  if (where) given.push_back("(" + to_canonical_sql(*where, quoting()) + ")");
  const std::string list = fmt::format("{}", fmt::join(sql, ", "));
  const std::string rows = fmt::format("{}", fmt::join(given, " AND "));
  const std::string condition =
      fmt::format("{0} AND ({1}) IN (SELECT {1} FROM {2} WHERE {0} GROUP BY {1} HAVING count(*) > 1)", rows, list,
                  quoting()(table.name));
  return query(fmt::format("{}: equal values of {}", table.name.text(), list), "requirement", table,
               "another row has the same " + list, condition,
               "make the values different, or delete the rows that are too many");
}

// The primary key of a WITHOUT ROWID or STRICT table, or of one that declares it, takes no NULL.
RowQuery key_problems(const Table& table, const schema::PrimaryKey& key, const Table& after) {
  std::vector<std::string> nulls;
  for (const auto& part : key.parts) {
    const auto column = part.expression.as_column();
    const schema::Column* declared = column ? after.find_column(*column) : nullptr;
    if (declared && declared->not_null) nulls.push_back(quoting()(*column) + " IS NULL");
  }
  RowQuery result = duplicates(table, key.parts, std::nullopt);
  if (!nulls.empty()) {
    const std::string condition = fmt::format("{}", fmt::join(nulls, " OR "));
    const std::string t = quoting()(table.name);
    result.sql += fmt::format(" UNION ALL SELECT {}, 'a part of the key is NULL' FROM {} WHERE {}", key_text(table), t,
                              condition);
    result.count = fmt::format("SELECT ({}) + (SELECT count(*) FROM {} WHERE {})", result.count, t, condition);
  }
  return result;
}

RowQuery orphans(const Table& table, const schema::ForeignKey& key, const schema::Schema& schema) {
  const Table* parent = schema.find_table(key.references);
  std::vector<Identifier> referenced = key.referenced;
  if (referenced.empty() && parent) referenced = parent->key_columns();
  std::vector<std::string> given, same;
  for (std::size_t i = 0; i < key.columns.size(); ++i) {
    const std::string column = fmt::format("{}.{}", quoting()(table.name), quoting()(key.columns[i]));
    given.push_back(column + " IS NOT NULL");
    if (i < referenced.size()) same.push_back(fmt::format("p.{} = {}", quoting()(referenced[i]), column));
  }
  const std::string condition =
      parent && same.size() == key.columns.size()
          ? fmt::format("{} AND NOT EXISTS (SELECT 1 FROM {} AS p WHERE {})", fmt::join(given, " AND "),
                        quoting()(key.references), fmt::join(same, " AND "))
          : "0";  // SQLite takes a foreign key to nowhere; there is nothing to compare with
  return query(fmt::format("{}: rows that point to no row of {}", table.name.text(), key.references.text()),
               "requirement", table, "points to no row of " + key.references.text(), condition,
               "add the missing rows, or clear the reference");
}

RowQuery misfits(const Table& table, const diff::ChangeType& change) {
  const auto condition = fits(quoting()(change.column), change.before, change.after);
  return query(
      fmt::format("{}.{}: values that do not fit {}", table.name.text(), change.column.text(), change.after.text),
      "requirement", table, "does not fit " + change.after.text, condition ? fmt::format("NOT ({})", *condition) : "0",
      "shorten or change the values");
}

RowQuery not_strict(const Table& table) {
  std::vector<std::string> terms;
  for (const auto& column : table.columns)
    if (auto condition = fits_strict(quoting()(column.name), column.type)) terms.push_back("NOT (" + *condition + ")");
  return query(table.name.text() + ": values that a STRICT table refuses", "requirement", table,
               "holds a value of another type", any_of(terms), "convert the values");
}

bool fires_on_update(const schema::Schema& schema, const schema::QualifiedName& table) {
  const auto triggers = schema.triggers_of(table);
  return std::any_of(triggers.begin(), triggers.end(),
                     [](const auto* trigger) { return trigger->event == schema::TriggerEvent::update; });
}

}  // namespace

RenderedBackfill render_backfill(const plan::Backfill& backfill, const schema::Schema& schema) {
  const Table& table = *schema.find_table(backfill.table);
  RenderedBackfill result;
  result.table = backfill.table;
  if (auto key = row_key(table)) {
    result.key = key->columns;
    result.key_sql = key->sql();
  }
  std::vector<std::string> pending, assignments;
  for (const plan::SyncGroup& group : backfill.groups) {
    const GroupSql sql(group, table);
    pending.push_back(sql.pending());
    if (backfill.groups.size() == 1) {
      assignments.push_back(sql.fill_up());
      continue;
    }
    for (std::size_t i = 0; i < group.new_columns.size(); ++i)
      assignments.push_back(fmt::format("{0} = CASE WHEN {0} IS NULL AND ({1}) THEN {2} ELSE {0} END",
                                        quoting()(group.new_columns[i].name), sql.pending(), sql.up(i)));
  }
  result.pending = any_of(pending);
  result.assignments = fmt::format("{}", fmt::join(assignments, ", "));
  // A trigger of the application may keep an index or a log; then it has to see the new values.
  result.bypass_triggers = !fires_on_update(schema, backfill.table);
  result.single_update =
      fmt::format("UPDATE {} SET {} WHERE {}", quoting()(backfill.table), result.assignments, result.pending);
  return result;
}

std::vector<RowQuery> verify_queries(const plan::SyncGroup& group, const schema::Schema& schema) {
  const Table& table = *schema.find_table(group.table);
  const GroupSql sql(group, table);
  std::vector<std::string> names;
  for (const auto& c : group.new_columns) names.push_back(c.name.text());
  const std::string columns = fmt::format("{}", fmt::join(names, ", "));
  std::vector<RowQuery> result;
  result.push_back(query(group.name + ": pending", "pending", table, columns + " not derived yet", sql.pending(),
                         "run `emcee migrate`; rows that stay have no value in the map"));
  if (group.has_down() && group.deterministic)
    result.push_back(query(group.name + ": in conflict", "conflict", table,
                           columns + " and the old columns say different things", sql.conflict(),
                           "run `emcee verify --resolve old` or `--resolve new`"));
  return result;
}

std::vector<std::string> resolve(const plan::SyncGroup& group, const schema::Schema& schema, bool old_wins) {
  if (!group.has_down() || !group.deterministic) return {};
  const GroupSql sql(group, *schema.find_table(group.table));
  return {fmt::format("UPDATE {} SET {} WHERE {}", quoting()(group.table), old_wins ? sql.set_up() : sql.set_down(),
                      sql.conflict())};
}

RowQuery requirement_query(const plan::CheckRows& check, const schema::Schema& schema) {
  const Table& table = *schema.find_table(check.table);
  const auto nothing = [&] { return query(table.name.text(), "requirement", table, "", "0", ""); };
  return schema::match(
      check.change,
      [&](const diff::SetNotNull& c) {
        return query(fmt::format("{}.{}: NULL", table.name.text(), c.column.text()), "requirement", table,
                     c.column.text() + " is NULL", quoting()(c.column) + " IS NULL", "give the rows a value");
      },
      [&](const diff::AddUnique& c) { return duplicates(table, c.unique.parts, std::nullopt); },
      [&](const diff::CreateIndex& c) { return duplicates(table, c.index.parts, c.index.where); },
      [&](const diff::ReplaceIndex& c) { return duplicates(table, c.after.parts, c.after.where); },
      [&](const diff::AddPrimaryKey& c) { return key_problems(table, c.key, table); },
      [&](const diff::ChangePrimaryKey& c) { return key_problems(table, c.after, table); },
      [&](const diff::AddForeignKey& c) { return orphans(table, c.key, schema); },
      [&](const diff::AddCheck& c) {
        return query(table.name.text() + ": a new check", "requirement", table,
                     "the check (" + to_canonical_sql(c.check.expression, quoting()) + ") fails",
                     fmt::format("NOT ({})", to_canonical_sql(c.check.expression, quoting())), "change the values");
      },
      [&](const diff::ChangeType& c) { return misfits(table, c); },
      [&](const diff::ChangeOptions&) { return not_strict(table); }, [&](const auto&) { return nothing(); });
}

}  // namespace emcee::sqlite
