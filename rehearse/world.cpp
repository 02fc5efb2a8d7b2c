#include "rehearse/world.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "dialects/mysql/group_sql.h"

namespace emcee::rehearse {

using plan::SyncGroup;
using plan::Values;

std::string expression_sql(const schema::Fragment& expression, const plan::Dialect& dialect) {
  return is_mysql(dialect) ? mysql::expression_sql(expression) : schema::to_sql(expression, dialect.quoting());
}

bool assign(applier::Connection& connection, const std::string& table, const std::vector<std::string>& columns,
            const std::vector<std::string>& values) {
  const auto done = [&](const std::vector<std::string>& types) {
    std::vector<std::string> list;
    for (std::size_t i = 0; i < columns.size(); ++i)
      list.push_back(types.empty() ? fmt::format("{} = ({})", columns[i], values[i])
                                   : fmt::format("{} = CAST(({}) AS {})", columns[i], values[i], types[i]));
    return connection.execute(fmt::format("UPDATE {} SET {}", table, fmt::join(list, ", "))).has_value();
  };
  if (done({})) return true;
  if (connection.dialect() != "postgres") return false;
  // A text is none of the values of an enum yet; the name of the type has no length that would cut one.
  std::vector<std::string> types;
  for (const std::string& column : columns) {
    const auto rows = connection.query(fmt::format("SELECT CAST(pg_typeof({}) AS text) FROM {}", column, table));
    const auto* type = rows && rows->size() == 1 ? std::get_if<std::string>(&rows->front().front()) : nullptr;
    if (type == nullptr) return false;
    types.push_back(*type);
  }
  return done(types);
}

Result<std::unique_ptr<World>> World::make(const Family& family, Database& database, const plan::Plan& plan,
                                           const plan::Dialect& dialect) {
  std::unique_ptr<World> world(new World(family, *database.application, dialect));
  applier::Connection& connection = world->connection_;
  // Elsewhere it is a database of its own; here its types are those of the database.
  if (dialect.name() == "postgres")
    for (const char* sql : {"CREATE SCHEMA emcee_rehearsal", "SET search_path = emcee_rehearsal, public"})
      EMCEE_TRY(connection.execute(sql));
  if (dialect.name() == "sqlite") EMCEE_TRY(connection.execute("PRAGMA synchronous = OFF"));
  for (const Table& table : family.tables) {
    std::vector<const schema::Column*> columns;
    for (const Column& column : table.columns) {
      const schema::Column* declared = table.before ? table.before->find_column(column.name) : nullptr;
      columns.push_back(declared ? declared : table.after->find_column(column.name));
    }
    const schema::Table& model = table.before ? *table.before : *table.after;
    EMCEE_TRY(connection.execute(
        relaxed_table(model.name.name.text(), columns, model, dialect, plan.before.constraint_names())));
  }
  return world;
}

std::vector<const Column*> World::columns(std::size_t table) const {
  std::vector<const Column*> result;
  for (const Column& column : family_.tables[table].columns) result.push_back(&column);
  return result;
}

void World::load(std::size_t table, const KeyedRows& rows) {
  const Table& place = family_.tables[table];
  std::vector<std::string> names, values;
  for (const Column& column : place.columns) names.push_back(column.sql);
  for (const auto& [key, cells] : rows) values.push_back(row_literal(cells, columns(table), connection_));
  const std::string sql =
      fmt::format("INSERT INTO {} ({}) VALUES {}", place.sql, fmt::join(names, ", "), fmt::join(values, ", "));
  if (loaded_[table] == sql) return;
  loaded_[table].clear();
  if (!connection_.execute("DELETE FROM " + place.sql) || (!rows.empty() && !connection_.execute(sql))) return;
  loaded_[table] = sql;
}

std::optional<Values> World::evaluate(const SyncGroup& group, const std::vector<Assignment>& set, const Cells& row,
                                      const State& state) {
  const std::size_t table = *family_.find(group.table);
  std::string question = group.name;
  for (const Assignment& assignment : set) question += " " + assignment.column.text();
  question += row_literal(row, columns(table), connection_);
  for (const auto& name : group.lookup_tables()) {
    const std::size_t other = *family_.find(name);
    question += name.text();
    for (const auto& [key, cells] : state[other]) question += row_literal(cells, columns(other), connection_);
  }
  const auto [found, first] = answers_.try_emplace(question);
  if (first) {
    for (const auto& name : group.lookup_tables()) {
      const std::size_t other = *family_.find(name);
      load(other, state[other]);
    }
    load(table, {{key_of(family_.tables[table], row), row}});
    found->second = ask(table, set);
    loaded_[table].clear();
  }
  return found->second;
}

std::optional<Values> World::ask(std::size_t table, const std::vector<Assignment>& set) {
  std::vector<std::string> asked, values;
  for (const Assignment& assignment : set) {
    asked.push_back(dialect_.quoting()(assignment.column));
    values.push_back(expression_sql(*assignment.value, dialect_));
  }
  const std::string& name = family_.tables[table].sql;
  if (!assign(connection_, name, asked, values)) return std::nullopt;
  auto rows = connection_.query(fmt::format("SELECT {} FROM {}", fmt::join(asked, ", "), name));
  if (!rows || rows->size() != 1) return std::nullopt;
  return std::move(rows->front());
}

Values World::up(const SyncGroup& group, const Cells& row, const State& state) {
  std::vector<Assignment> set;
  for (const auto& column : group.new_columns) set.push_back({column.name, &column.up});
  auto values = evaluate(group, set, row, state);
  refused_ = refused_ || !values;
  return values ? std::move(*values) : Values(set.size());
}

Values World::down(const SyncGroup& group, const Cells& row, const State& state) {
  std::vector<Assignment> set;
  for (const auto& column : group.old_columns) set.push_back({column.name, &*column.down});
  auto values = evaluate(group, set, row, state);
  refused_ = refused_ || !values;
  return values ? std::move(*values) : Values(set.size());
}

std::optional<Cells> World::generated(const SyncGroup& group, const Cells& owner, const plan::Value& key) {
  const std::size_t table = *family_.find(group.table), other = *family_.find(group.row->table);
  const auto [found, first] = generated_.try_emplace(
      fmt::format("{} {} {}", group.name, literal(key, connection_), row_literal(owner, columns(table), connection_)));
  if (!first) return found->second;
  load(table, {{key_of(family_.tables[table], owner), owner}});
  loaded_[other].clear();
  const std::string &from = family_.tables[table].sql, &into = family_.tables[other].sql;
  const std::string key_column = dialect_.quoting()(group.row->key);
  std::vector<Identifier> names = {group.row->key};
  std::vector<std::string> asked = {key_column}, values = {literal(key, connection_)};
  for (const auto& value : group.row->values) {
    if (!family_.tables[other].find(value.column)) continue;
    names.push_back(value.column);
    asked.push_back(dialect_.quoting()(value.column));
    values.push_back(fmt::format("SELECT {} FROM {}", expression_sql(value.expression, dialect_), from));
  }
  if (!connection_.execute("DELETE FROM " + into) ||
      !connection_.execute(fmt::format("INSERT INTO {} ({}) VALUES ({})", into, key_column, values.front())) ||
      !assign(connection_, into, asked, values))
    return std::nullopt;
  const auto rows = connection_.query(fmt::format("SELECT {} FROM {}", fmt::join(asked, ", "), into));
  if (!rows || rows->size() != 1) return std::nullopt;
  Cells cells;
  for (std::size_t i = 0; i < names.size(); ++i) cells[names[i]] = rows->front()[i];
  found->second = std::move(cells);
  return found->second;
}

bool World::finds(const SyncGroup& group, const Cells& row, const State& state) const {
  std::map<QualifiedName, std::vector<Cells>> found = {{group.table, {row}}};
  for (const plan::Lookup& lookup : group.lookups) {
    if (!lookup.down) continue;
    std::vector<Cells>& rows = found[lookup.table];
    for (const auto& [key, cells] : state[*family_.find(lookup.table)])
      for (const Cells& of : found[lookup.of])
        if (std::all_of(lookup.key.begin(), lookup.key.end(), [&](const auto& pair) {
              return !plan::is_null(cell(cells, pair.column)) && cell(cells, pair.column) == cell(of, pair.equals);
            }))
          rows.push_back(cells);
    if (rows.empty()) return false;
  }
  return true;
}

}  // namespace emcee::rehearse
