#include "dialects/common/row_queries.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>

#include "schema/match.h"

namespace emcee::common {

using plan::RenderedBackfill;
using plan::RowQuery;
using schema::Identifier;
using schema::Table;

RowQuery RowQueries::query(std::string name, const char* kind, const Table& table, const std::string& reason,
                           const std::string& condition, std::string hint) const {
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

std::string RowQueries::part_sql(const schema::KeyPart& part) const {
  std::string sql = expression(part.expression);
  if (!part.expression.as_column()) sql = "(" + sql + ")";
  if (part.collation) sql += " COLLATE " + quoting()(*part.collation);
  return sql;
}

// Rows that share their values with another row; NULLs never collide.
RowQuery RowQueries::duplicates(const Table& table, const std::vector<schema::KeyPart>& parts,
                                const std::optional<schema::Fragment>& where) const {
  std::vector<std::string> sql, given;
  for (const auto& part : parts) {
    sql.push_back(part_sql(part));
    given.push_back(sql.back() + " IS NOT NULL");
  }
  if (where) given.push_back("(" + expression(*where) + ")");
  const std::string list = fmt::format("{}", fmt::join(sql, ", "));
  const std::string rows = fmt::format("{}", fmt::join(given, " AND "));
  const std::string condition =
      fmt::format("{0} AND ({1}) IN (SELECT {1} FROM {2} WHERE {0} GROUP BY {1} HAVING count(*) > 1)", rows, list,
                  quoting()(table.name));
  return query(fmt::format("{}: equal values of {}", table.name.text(), list), "requirement", table,
               "another row has the same " + list, condition,
               "make the values different, or delete the rows that are too many");
}

// A key whose columns are declared NOT NULL takes no NULL.
RowQuery RowQueries::key_problems(const Table& table, const schema::PrimaryKey& key) const {
  std::vector<std::string> nulls;
  for (const auto& part : key.parts) {
    const auto name = part.expression.as_column();
    const schema::Column* declared = name ? table.find_column(*name) : nullptr;
    if (declared && declared->not_null) nulls.push_back(quoting()(*name) + " IS NULL");
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

RowQuery RowQueries::orphans(const Table& table, const schema::ForeignKey& key, const schema::Schema& schema) const {
  const Table* parent = schema.find_table(key.references);
  std::vector<Identifier> referenced = key.referenced;
  if (referenced.empty() && parent) referenced = parent->key_columns();
  std::vector<std::string> given, same;
  for (std::size_t i = 0; i < key.columns.size(); ++i) {
    const std::string column = fmt::format("{}.{}", quoting()(table.name), quoting()(key.columns[i]));
    given.push_back(column + " IS NOT NULL");
    if (!parent || i >= referenced.size()) break;
    const schema::Column *child = table.find_column(key.columns[i]), *of_parent = parent->find_column(referenced[i]);
    // They get one type at contract, and the key itself looks at them then.
    if (!child || !of_parent || !are_comparable(child->type, of_parent->type)) break;
    same.push_back(fmt::format("p.{} = {}", quoting()(referenced[i]), column));
  }
  const std::string condition =
      parent && same.size() == key.columns.size()
          ? fmt::format("{} AND NOT EXISTS (SELECT 1 FROM {} AS p WHERE {})", fmt::join(given, " AND "),
                        quoting()(key.references), fmt::join(same, " AND "))
          : kFalse;  // SQLite takes a foreign key to nowhere; there is nothing to compare with
  return query(fmt::format("{}: rows that point to no row of {}", table.name.text(), key.references.text()),
               "requirement", table, "points to no row of " + key.references.text(), condition,
               "add the missing rows, or clear the reference");
}

RowQuery RowQueries::misfits(const Table& table, const diff::ChangeType& change) const {
  const auto condition = fits(table, change);
  return query(
      fmt::format("{}.{}: values that do not fit {}", table.name.text(), change.column.text(), change.after.text),
      "requirement", table, "does not fit " + change.after.text, condition ? negate(*condition) : kFalse,
      "shorten or change the values");
}

// Rows that a batch has something to do for.
std::string RowQueries::waiting(const GroupSql& sql) {
  if (!sql.group().row) return sql.pending();
  return any_of({sql.pending(), sql.has_no_row(sql.itself())});
}

// Rows that share a key, whose row has gone, wait for one row: the first of them makes it. What another key of the
// table keeps out is an error that names it.
std::string RowQueries::once_for_each_key(const diff::GeneratedRow& row, const schema::Schema& schema) const {
  const Table& target = *schema.find_table(row.table);
  const bool is_key = target.primary_key && target.primary_key->deferral == schema::Deferral::not_deferrable &&
                      target.key_columns() == std::vector{row.key};
  const bool has_other = !target.uniques.empty() || std::any_of(target.indexes.begin(), target.indexes.end(),
                                                                [](const auto& index) { return index.unique; });
  return is_key && !has_other ? unless_there(row.table, row.key) : "";
}

// Rows whose generated row another one would keep out, by a key that the values of the map fill.
std::string RowQueries::kept_out(const GroupSql& sql, const schema::Schema& schema) const {
  const diff::GeneratedRow& row = *sql.group().row;
  const std::vector<std::string> values = sql.generated_values(sql.itself());
  std::vector<std::string> taken;
  const auto add = [&](const std::vector<schema::KeyPart>& parts) {
    std::vector<std::string> equal;
    for (const auto& part : parts)
      for (std::size_t i = 0; i < values.size(); ++i)
        if (part.expression.as_column() == row.values[i].column)
          equal.push_back(fmt::format("emcee_r.{} = ({})", quoting()(row.values[i].column), values[i]));
    if (equal.size() == parts.size())
      taken.push_back(fmt::format("EXISTS (SELECT 1 FROM {} AS emcee_r WHERE {})", quoting()(row.table),
                                  fmt::join(equal, " AND ")));
  };
  const Table& target = *schema.find_table(row.table);
  for (const auto& unique : target.uniques) add(unique.parts);
  for (const auto& index : target.indexes)
    if (index.unique && !index.where) add(index.parts);
  return query("", "", sql.table(), fmt::format("{} has a row with the same values", row.table.text()),
               all_of({waiting(sql), any_of(taken)}), "")
      .sql;
}

// A SET list is evaluated from left to right on MySQL, each expression on what stands to its left:
// so a column that is NULL only in pending rows asks for nothing else, and such columns come last.
RenderedBackfill RowQueries::render_backfill(const plan::Backfill& backfill, const schema::Schema& schema) const {
  const Table& table = *schema.find_table(backfill.table);
  RenderedBackfill result;
  result.table = backfill.table;
  result.key = batch_key(table);
  for (const Identifier& column : result.key) result.key_sql.push_back(quoting()(column));
  std::vector<std::string> pending, assignments;
  result.bypass_triggers = may_bypass_triggers(schema, backfill.table);
  if (const plan::SyncGroup& group = backfill.groups.front(); group.move) {
    render_move(result, group, schema);
    return result;
  } else if (group.freeze) {
    const auto sql = group_sql(group, table);
    result.pending = sql->pending();
    result.conversion = {group.name, group.migrator, table.key_columns(), sql->old_names(), group.new_columns};
    return result;
  }
  for (const plan::SyncGroup& group : backfill.groups) {
    const auto sql = updating_sql(group, table);
    pending.push_back(waiting(*group_sql(group, table)));
    if (!group.lookups.empty()) result.row_lock = row_lock();
    if (group.row) {
      result.bypass_triggers = false;  // those of the other table have to see its new rows
      const RowSource row = sql->itself();
      result.generate =
          fmt::format("{} FROM {} WHERE {}", sql->insert_generated(row), quoting()(table.name), sql->has_no_row(row));
      result.generate_end = once_for_each_key(*group.row, schema);
      result.kept_out = kept_out(*sql, schema);
      if (group.holds_old()) result.row_lock = read_lock();
      if (group.counted) number_rows(result, group, table);
    }
    if (backfill.groups.size() == 1 && !group.row) {
      assignments.push_back(sql->fill_up());
      continue;
    }
    for (const bool not_null : {false, true})
      for (std::size_t i = 0; i < group.new_columns.size(); ++i) {
        if (group.new_columns[i].not_null != not_null) continue;
        const std::string c = quoting()(group.new_columns[i].name);
        const std::string row_waits = not_null ? "" : fmt::format(" AND ({})", pending.back());
        assignments.push_back(fmt::format("{0} = CASE WHEN {1}{2} THEN {3} ELSE {0} END", c,
                                          sql->is_null(group.new_columns[i].name, c), row_waits, sql->up(i)));
      }
  }
  for (const std::string& kept : kept_as_they_are(table)) assignments.push_back(kept);
  result.pending = any_of(pending);
  if (result.numbering) {
    result.single_update = result.numbering->update + result.numbering->end;
    return result;
  }
  result.assignments = fmt::format("{}", fmt::join(assignments, ", "));
  result.single_update =
      fmt::format("UPDATE {} SET {} WHERE {}", quoting()(backfill.table), result.assignments, result.pending);
  return result;
}

// Rows of the whole are locked first: who writes one of the two tables locks the row there as well, so what is read of
// the other table then stays as it is.
void RowQueries::render_move(RenderedBackfill& result, const plan::SyncGroup& group,
                             const schema::Schema& schema) const {
  const auto sql = move_sql(group, schema);
  const Table& whole = sql->whole_table();
  result.bypass_triggers =
      may_bypass_triggers(schema, whole.name) && schema.triggers_of(sql->part_table().name).empty();
  result.pending = sql->pending();
  result.row_lock = read_lock();
  if (sql->moved().splits) {
    result.generate = fmt::format("{} SELECT {} FROM {} WHERE {}", sql->insert_part(),
                                  sql->part_values(sql->whole_itself()), sql->whole(), result.pending);
    if (sql->moved().part_waits()) result.generate_end = " " + sql->or_fill_part();
    result.single_update =
        result.generate + (result.row_lock.empty() ? "" : " " + result.row_lock) + result.generate_end;
    return;
  }
  std::vector<std::string> assignments;
  for (const auto& pair : sql->moved().columns)
    assignments.push_back(fmt::format("{} = (SELECT {}{} FROM {} WHERE {})", quoting()(pair.whole), sql->kPart,
                                      quoting()(pair.part), sql->part_as(),
                                      sql->same_key(sql->whole_itself(), sql->kPart)));
  for (const std::string& kept : kept_as_they_are(whole)) assignments.push_back(kept);
  result.assignments = fmt::format("{}", fmt::join(assignments, ", "));
  result.single_update = fmt::format("UPDATE {} SET {} WHERE {}", sql->whole(), result.assignments, result.pending);
}

std::vector<RowQuery> RowQueries::verify_move(const plan::SyncGroup& group, const schema::Schema& schema) const {
  const auto sql = move_sql(group, schema);
  const std::string whole = sql->moved().whole.text(), part = sql->moved().part.text();
  return {query(group.name + ": pending", "pending", sql->whole_table(),
                sql->moved().part_waits() ? "is not told by a row of " + part + " yet"
                : sql->moved().splits     ? "has no row of " + part + " yet"
                                          : "has not yet what its row of " + part + " says",
                sql->pending(), "run `emcee migrate`"),
          query(group.name + ": in conflict", "conflict", sql->whole_table(),
                fmt::format("{} and {} say different things", whole, part), sql->conflict(),
                "run `emcee verify --resolve old` or `--resolve new`"),
          query(group.name + ": without a row of " + whole, "conflict", sql->part_table(),
                "belongs to no row of " + whole, sql->orphan(), "add the row of " + whole + ", or delete this one")};
}

std::vector<RowQuery> RowQueries::verify_queries(const plan::SyncGroup& group, const schema::Schema& schema) const {
  if (group.move) return verify_move(group, schema);
  const Table& table = *schema.find_table(group.table);
  const auto sql = group_sql(group, table);
  std::vector<std::string> names;
  for (const auto& c : group.new_columns) names.push_back(c.name.text());
  const std::string columns = fmt::format("{}", fmt::join(names, ", "));
  std::vector<RowQuery> result;
  result.push_back(query(group.name + ": pending", "pending", table,
                         group.row ? fmt::format("{} has no row of {} yet", columns, group.row->table.text())
                                   : columns + " not derived yet",
                         waiting(*sql),
                         group.freeze ? "run `emcee migrate`, which asks the migrator of the map for the values"
                                      : "run `emcee migrate`; rows that stay have no value in the map"));
  if (group.compares())
    result.push_back(query(group.name + ": in conflict", "conflict", table,
                           columns + " and the old columns say different things", sql->conflict(),
                           "run `emcee verify --resolve old` or `--resolve new`"));
  return result;
}

std::vector<std::string> RowQueries::resolve(const plan::SyncGroup& group, const schema::Schema& schema,
                                             bool old_wins) const {
  if (group.move) return move_sql(group, schema)->resolve(old_wins == group.move->splits);
  if (!group.compares()) return {};
  const auto sql = updating_sql(group, *schema.find_table(group.table));
  std::vector<std::string> result{group.holds_old() && old_wins
                                      ? sql->resolve_held()
                                      : fmt::format("UPDATE {} SET {} WHERE {}", quoting()(group.table),
                                                    old_wins ? sql->set_up() : sql->set_down(), sql->conflict())};
  return group.holds_old() ? quietly(std::move(result)) : result;
}

RowQuery RowQueries::requirement_query(const plan::CheckRows& check, const schema::Schema& schema) const {
  const Table& table = *schema.find_table(check.table);
  const auto nothing = [&] { return query(table.name.text(), "requirement", table, "", kFalse, ""); };
  return schema::match(
      check.change,
      [&](const diff::SetNotNull& c) {
        return query(fmt::format("{}.{}: NULL", table.name.text(), c.column.text()), "requirement", table,
                     c.column.text() + " is NULL", quoting()(c.column) + " IS NULL", "give the rows a value");
      },
      [&](const diff::AddUnique& c) { return duplicates(table, c.unique.parts, std::nullopt); },
      [&](const diff::CreateIndex& c) { return duplicates(table, c.index.parts, c.index.where); },
      [&](const diff::ReplaceIndex& c) { return duplicates(table, c.after.parts, c.after.where); },
      [&](const diff::AddPrimaryKey& c) { return key_problems(table, c.key); },
      [&](const diff::ChangePrimaryKey& c) { return key_problems(table, c.after); },
      [&](const diff::AddForeignKey& c) { return orphans(table, c.key, schema); },
      [&](const diff::AddCheck& c) {
        const std::string sql = expression(c.check.expression);
        return query(table.name.text() + ": a new check", "requirement", table, "the check (" + sql + ") fails",
                     negate(sql), "change the values");
      },
      [&](const diff::ChangeType& c) { return misfits(table, c); },
      [&](const diff::ChangeOptions&) { return against_options(table).value_or(nothing()); },
      [&](const auto&) { return nothing(); });
}

}  // namespace emcee::common
