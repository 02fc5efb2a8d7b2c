#include "rehearse/plain_database.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "plan/sync_model.h"

namespace emcee::rehearse {

namespace {
constexpr const char* kRow = "emcee_row";  // tells which row a row was
}

State Plain::state() const {
  State result(tables.size());
  for (std::size_t t = 0; t < tables.size(); ++t)
    for (const auto& [key, row] : tables[t]) result[t][key] = row.cells;
  return result;
}

bool PlainDatabase::has(const Table& table) const {
  return eyes_ == Eyes::both || (eyes_ == Eyes::old_release ? table.before : table.after) != nullptr;
}
bool PlainDatabase::has(const Column& column) const {
  return eyes_ == Eyes::both || column.known_to(eyes_ == Eyes::new_release);
}
std::vector<const Column*> PlainDatabase::columns(const Table& table) const {
  std::vector<const Column*> result;
  for (const Column& column : table.columns)
    if (has(column)) result.push_back(&column);
  return result;
}

Result<std::unique_ptr<PlainDatabase>> PlainDatabase::make(const Family& family, Database database, Eyes eyes,
                                                           const plan::Dialect& dialect) {
  std::unique_ptr<PlainDatabase> result(new PlainDatabase(family, std::move(database), eyes, dialect));
  if (eyes == Eyes::both) EMCEE_TRY(result->drop_triggers());
  for (const Table& table : family.tables)
    if (result->has(table))
      EMCEE_TRY(result->app_.execute(fmt::format("ALTER TABLE {} ADD COLUMN {} INTEGER", table.sql, kRow)));
  if (dialect.name() == "sqlite") EMCEE_TRY(result->app_.execute("PRAGMA synchronous = OFF"));
  // Elsewhere expand has done so; here the triggers fill the column before the server looks at it.
  if (dialect.name() == "postgres" && eyes == Eyes::both)
    for (const Table& table : family.tables)
      for (const plan::SyncGroup* group : table.groups)
        for (const auto& column : group->old_columns)
          if (!table.is_key(column.name))
            EMCEE_TRY(result->app_.execute(fmt::format("ALTER TABLE {} ALTER COLUMN {} DROP NOT NULL", table.sql,
                                                       dialect.quoting()(column.name))));
  result->loaded_.resize(family.tables.size());
  return result;
}

// Those on tables that are looked up fire whatever the session says.
Result<void> PlainDatabase::drop_triggers() {
  if (dialect_.name() == "sqlite") return app_.fire_triggers(false);
  EMCEE_ASSIGN(const auto rows,
               app_.query(dialect_.name() == "postgres"
                              ? "SELECT format('DROP TRIGGER %I ON %s', tgname, CAST(tgrelid AS regclass)) FROM "
                                "pg_trigger WHERE NOT tgisinternal"
                              : "SELECT concat('DROP TRIGGER `', replace(trigger_name, '`', '``'), '`') FROM "
                                "information_schema.triggers WHERE trigger_schema = DATABASE()"));
  for (const applier::Row& row : rows)
    if (const auto* sql = std::get_if<std::string>(&row.front())) EMCEE_TRY(app_.execute(*sql));
  return {};
}

Result<void> PlainDatabase::check_foreign_keys(bool on) {
  if (foreign_keys_ == on) return {};
  foreign_keys_ = on;
  if (dialect_.name() == "sqlite") return app_.execute(fmt::format("PRAGMA foreign_keys = {}", on ? "ON" : "OFF"));
  if (dialect_.name() == "postgres")
    return app_.execute(fmt::format("SET session_replication_role = {}", on ? "origin" : "replica"));
  return app_.execute(fmt::format("SET SESSION foreign_key_checks = {}", on ? 1 : 0));
}

Result<void> PlainDatabase::load(const State& state) {
  for (std::size_t t = 0; t < state.size(); ++t) {
    const Table& table = family_.tables[t];
    if (!has(table)) continue;
    std::vector<std::string> statements;
    std::vector<std::string> names;
    for (const Column* column : columns(table)) names.push_back(column->sql);
    names.emplace_back(kRow);
    const bool always = dialect_.name() == "postgres" && std::any_of(table.columns.begin(), table.columns.end(),
                                                                     [](const Column& c) { return c.numbered; });
    std::size_t number = 0;
    for (const auto& [key, cells] : state[t]) {
      std::string values = row_literal(cells, columns(table), app_);
      values.back() = ',';
      statements.push_back(fmt::format("INSERT INTO {} ({}){} VALUES {} {})", table.sql, fmt::join(names, ", "),
                                       always ? " OVERRIDING SYSTEM VALUE" : "", values, number++));
    }
    if (loaded_[t] == statements) continue;
    loaded_[t].clear();
    EMCEE_TRY(check_foreign_keys(false));
    EMCEE_TRY(app_.begin());
    auto done = app_.execute("DELETE FROM " + table.sql);
    for (std::size_t i = 0; i < statements.size() && done; ++i) done = app_.execute(statements[i]);
    if (done) done = app_.commit();
    if (!done) {
      app_.rollback();
      return done;
    }
    loaded_[t] = std::move(statements);
  }
  return {};
}

void PlainDatabase::learn_omissions(const Table& table) {
  if (eyes_ != Eyes::both || !is_mysql(dialect_)) return;
  for (const Column& column : table.columns) {
    const bool omitted = column.in_old && column.required_old && !table.is_key(column.name);
    if (!omitted || omissions_.contains(&column)) continue;
    const auto value = app_.query(fmt::format("SELECT DEFAULT({}) FROM {} LIMIT 1", column.sql, table.sql));
    omissions_[&column] = value && !value->empty() ? value->front().front() : Value();
  }
}

Result<Plain> PlainDatabase::read(const State& before) {
  Plain plain;
  plain.tables.resize(before.size());
  for (std::size_t t = 0; t < before.size(); ++t) {
    const Table& table = family_.tables[t];
    std::vector<const KeyedRows::value_type*> rows;
    for (const auto& row : before[t]) rows.push_back(&row);
    if (!has(table)) {
      for (const auto* row : rows) plain.tables[t][row->first] = {row->second, row->first};
      continue;
    }
    bool made = false;
    EMCEE_TRY(read_rows(app_, table, columns(table), kRow, [&](Cells cells, const Value& number) {
      Plain::Row row;
      if (const auto* place = std::get_if<std::int64_t>(&number)) {
        row.origin = rows[static_cast<std::size_t>(*place)]->first;
        row.cells = overlaid(rows[static_cast<std::size_t>(*place)]->second, cells);
      } else {
        made = true;
        row.cells = std::move(cells);
        for (const Column& column : table.columns)
          if (column.numbered) row.cells.erase(column.name);
      }
      Key key = key_of(table, row.cells);
      plain.tables[t][std::move(key)] = std::move(row);
    }));
    if (made) learn_omissions(table);
    for (auto& [key, row] : plain.tables[t])
      for (const auto& [column, omission] : omissions_)
        if (const auto found = row.cells.find(column->name);
            table.find(column->name) == column && !row.origin && found != row.cells.end() && found->second == omission)
          found->second = Value();
  }
  return plain;
}

std::vector<std::string> PlainDatabase::changes(const State& before, const State& after) const {
  std::vector<std::string> result;
  for (std::size_t t = 0; t < after.size(); ++t) {
    const Table& table = family_.tables[t];
    if (!has(table)) continue;
    std::vector<const Column*> known;
    std::vector<std::string> names;
    for (const Column* column : columns(table))
      if (!column->numbered) {
        known.push_back(column);
        names.push_back(column->sql);
      }
    for (const auto& [key, cells] : before[t])
      if (!after[t].contains(key))
        result.push_back(fmt::format("DELETE FROM {} WHERE {}", table.sql, key_condition(table, key, app_)));
    for (const auto& [key, cells] : after[t]) {
      const auto was = before[t].find(key);
      if (was == before[t].end()) {
        result.push_back(fmt::format("INSERT INTO {} ({}) VALUES {}", table.sql, fmt::join(names, ", "),
                                     row_literal(cells, known, app_)));
        continue;
      }
      std::vector<std::string> set;
      for (const Column* column : known)
        if (cell(cells, column->name) != cell(was->second, column->name))
          set.push_back(column->sql + " = " + literal(cell(cells, column->name), app_));
      if (!set.empty())
        result.push_back(
            fmt::format("UPDATE {} SET {} WHERE {}", table.sql, fmt::join(set, ", "), key_condition(table, key, app_)));
    }
  }
  return result;
}

bool PlainDatabase::tried(const std::string& sql) {
  if (!app_.execute("SAVEPOINT emcee_rehearsal")) return false;
  const bool done = app_.execute(sql).has_value();
  (void)app_.execute((done ? "RELEASE SAVEPOINT" : "ROLLBACK TO SAVEPOINT") + std::string(" emcee_rehearsal"));
  return done;
}

std::vector<std::pair<std::size_t, Key>> PlainDatabase::misfits(const State& rows) {
  std::vector<std::pair<std::size_t, Key>> result;
  const State nothing(rows.size());
  if (!load(nothing) || !check_foreign_keys(false) || !app_.begin()) return result;
  for (std::size_t t = 0; t < rows.size(); ++t)
    for (const auto& row : rows[t]) {
      State one(rows.size());
      one[t].insert(row);
      for (const std::string& sql : changes(nothing, one))
        if (!tried(sql)) result.emplace_back(t, row.first);
    }
  app_.rollback();
  return result;
}

bool PlainDatabase::stores(const State& before, const State& after, bool foreign_keys) {
  if (!load(before) || !check_foreign_keys(foreign_keys) || !app_.begin()) return false;
  std::vector<std::string> waiting = changes(before, after);
  // In whatever order foreign keys and unique keys let them.
  for (std::size_t left = waiting.size() + 1; left != waiting.size() && !waiting.empty();) {
    left = waiting.size();
    std::erase_if(waiting, [&](const std::string& sql) { return tried(sql); });
  }
  app_.rollback();
  return waiting.empty();
}

Result<Plain> PlainDatabase::run(const State& before, const std::string& sql, bool foreign_keys) {
  EMCEE_TRY(load(before));
  EMCEE_TRY(check_foreign_keys(foreign_keys));
  EMCEE_TRY(app_.begin());
  auto done = app_.execute(sql);
  if (done && dialect_.name() == "postgres") done = app_.execute("SET CONSTRAINTS ALL IMMEDIATE");
  Result<Plain> plain = done ? read(before) : schema::fail(done.error());
  app_.rollback();
  return plain;
}

}  // namespace emcee::rehearse
