#include "rehearse/table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "plan/sync_model.h"
#include "rehearse/probe.h"
#include "schema/match.h"

namespace emcee::rehearse {

namespace {

constexpr std::size_t kCandidates = 10;

// A row that the release's own schema takes: columns get their first candidate, those that must
// differ the number of the row; where the server refuses, other candidates are tried in turn.
std::optional<std::string> insert_row(Probe& probe, Table& table, bool as_new) {
  std::string refusal;
  for (std::size_t attempt = 0; attempt < 60; ++attempt) {
    std::vector<std::string> names = table.key, values = table.key_values(1);
    std::size_t turn = attempt;
    for (Column& column : table.columns) {
      if (!column.required_by(as_new)) continue;
      if (column.values.empty()) return fmt::format("no value is known for its column {}", column.name.text());
      names.push_back(column.sql);
      values.push_back(column.values[turn % column.values.size()].sql);
      turn /= column.values.size();
    }
    const auto done = probe.db().execute(
        fmt::format("INSERT INTO {} ({}) VALUES ({})", table.sql, fmt::join(names, ", "), fmt::join(values, ", ")));
    if (done) return std::nullopt;
    refusal = done.error().message;
  }
  return "no row could be made up: " + refusal;
}

bool is_null_candidate(const Candidate& candidate) { return plan::is_null(candidate.stored); }

// Keeps the candidates that the release may write into a row of its own; NULL is one more. Learns
// the default.
void try_on_row(Probe& probe, const Table& table, Column& column, bool grouped, bool as_new) {
  const std::string where = table.key_condition(1);
  const std::string read = fmt::format("SELECT {} FROM {} WHERE {}", column.sql, table.sql, where);
  if (!column.required_by(as_new))
    (as_new ? column.default_new : column.default_old) = first_value(probe.db(), read).value_or(Value());
  if (std::none_of(column.values.begin(), column.values.end(), is_null_candidate) && !(as_new && column.in_old))
    column.values.push_back({"NULL", Value()});
  std::erase_if(column.values, [&](Candidate& candidate) {
    // Who refuses NULL in a column of a group, the column or the triggers, is a question of sync.
    if (grouped && is_null_candidate(candidate)) return false;
    if (!takes(probe.db(), fmt::format("UPDATE {} SET {} = {} WHERE {}", table.sql, column.sql, candidate.sql, where)))
      return true;
    const auto stored = first_value(probe.db(), read);
    // The application's own triggers may make something else of it.
    if (!stored || *stored != candidate.stored) column.exact = false;
    return !stored;
  });
}

// The server gives it a value that nobody can foresee.
bool is_numbered(const schema::Column* column, const schema::Table* table, const plan::Dialect& dialect) {
  if (column == nullptr) return false;
  if (column->identity || (column->default_value && !dialect.is_deterministic(*column->default_value))) return true;
  return table->primary_key && table->primary_key->is_rowid && table->key_columns() == std::vector{column->name};
}

// A row has one value of these columns, and no other row has.
bool is_key_of(const schema::Table& table, const std::vector<Identifier>& names) {
  if (table.key_columns() == names) return true;
  const auto holds = [&](const std::vector<schema::KeyPart>& parts) {
    return parts.size() == names.size() && std::all_of(names.begin(), names.end(), [&](const Identifier& name) {
             const schema::Column* column = table.find_column(name);
             return column != nullptr && column->not_null &&
                    std::any_of(parts.begin(), parts.end(), [&](const schema::KeyPart& part) {
                      return part.prefix == 0 && part.expression.as_column() == name;
                    });
           });
  };
  return std::any_of(table.uniques.begin(), table.uniques.end(),
                     [&](const auto& unique) { return holds(unique.parts); }) ||
         std::any_of(table.indexes.begin(), table.indexes.end(),
                     [&](const auto& index) { return index.unique && !index.where && holds(index.parts); });
}

}  // namespace

std::optional<std::string> examine_table(Table& table, const plan::Plan& plan, const plan::Dialect& dialect,
                                         Database& old_database, Database& new_database) {
  const schema::Table& first = table.before ? *table.before : *table.after;
  Probe old_probe(old_database, plan.before, first, dialect);
  Probe new_probe(new_database, plan.after, table.after ? *table.after : first, dialect);
  Probe& first_probe = table.before ? old_probe : new_probe;
  const std::vector<Identifier> key = table.key_names();
  if (key.empty()) return first.key_columns().empty() ? "it has no primary key" : "its primary key changes";
  for (const Identifier& name : key) {
    table.key.push_back(dialect.quoting()(name));
    const bool counted = std::any_of(plan.groups.begin(), plan.groups.end(), [&](const plan::SyncGroup& group) {
      return group.counted && group.row->table == first.name && group.row->key == name;
    });
    table.key_shapes.push_back(first_probe.shape(*first.find_column(name), counted));
    if (table.key_shapes.back().empty()) return "no key could be made up for " + name.text();
  }
  std::vector<std::string> texts;
  for (const schema::Table* each : {table.before, table.after})
    if (each != nullptr)
      for (const std::string& text : spoken_of(plan, *each)) texts.push_back(text);
  for (const std::string& text : kTexts) texts.push_back(fmt::format("'{}'", text));

  table.own_triggers = (table.before && !plan.before.triggers_of(table.before->name).empty()) ||
                       (table.after && !plan.after.triggers_of(table.after->name).empty());
  const auto grouped = [&](const Identifier& name) {
    return std::any_of(table.groups.begin(), table.groups.end(), [&](const plan::SyncGroup* group) {
      return std::any_of(group->old_columns.begin(), group->old_columns.end(),
                         [&](const auto& c) { return c.name == name; }) ||
             std::any_of(group->new_columns.begin(), group->new_columns.end(),
                         [&](const auto& c) { return c.name == name; });
    });
  };
  const auto add = [&](const schema::Column& declared, const schema::Column* before, const schema::Column* after) {
    if (declared.generated || std::find(key.begin(), key.end(), declared.name) != key.end()) return;
    if (declared.options.contains("on_update")) return;  // it changes by itself
    Column column;
    column.name = declared.name;
    column.sql = dialect.quoting()(declared.name);
    column.in_old = before != nullptr;
    column.numbered = is_numbered(before, table.before, dialect) || is_numbered(after, table.after, dialect);
    column.in_new = after != nullptr;
    column.required_old = before && is_required(*before) && !column.numbered;
    column.required_new = after && is_required(*after) && !column.numbered;
    column.filled = before && after && !before->not_null && after->not_null;
    column.not_null_old = before && before->not_null;
    column.not_null_new = after && after->not_null;
    column.exact =
        grouped(declared.name) || (!table.own_triggers && (!before || !after || before->type == after->type));
    column.values = (before ? old_probe : new_probe).typed(declared, texts);
    if (before && after && !(before->type == after->type)) {
      const std::vector<Candidate> fit = new_probe.typed(*after, texts);
      std::erase_if(column.values, [&](const Candidate& c) {
        return std::none_of(fit.begin(), fit.end(), [&](const Candidate& f) { return f.sql == c.sql; });
      });
    }
    if (column.values.size() > kCandidates) column.values.resize(kCandidates);
    const bool generated = std::any_of(plan.groups.begin(), plan.groups.end(), [&](const plan::SyncGroup& group) {
      return group.row && group.row->table == first.name &&
             std::any_of(group.row->values.begin(), group.row->values.end(),
                         [&](const auto& value) { return value.column == column.name; });
    });
    // Values of a unique column would only collide.
    const bool unique = in_unique(before ? *table.before : *table.after, declared.name);
    if (unique && !column.numbered && !generated && !grouped(declared.name) && !column.required_old &&
        !column.required_new)
      return;
    table.other_key = table.other_key || unique;
    column.shared = std::any_of(table.groups.begin(), table.groups.end(), [&](const plan::SyncGroup* group) {
      return std::find(group->shared.begin(), group->shared.end(), column.name) != group->shared.end();
    });
    table.columns.push_back(std::move(column));
  };
  for (const schema::Column& column : first.columns)
    add(column, table.before ? &column : nullptr, table.after ? table.after->find_column(column.name) : nullptr);
  if (table.before && table.after)
    for (const schema::Column& column : table.after->columns)
      if (!table.before->find_column(column.name)) add(column, nullptr, &column);

  for (const bool as_new : {false, true}) {
    if ((as_new ? table.after : table.before) == nullptr) continue;
    Probe& probe = as_new ? new_probe : old_probe;
    if (auto reason = insert_row(probe, table, as_new)) return reason;
    for (Column& column : table.columns)
      if (column.known_to(as_new)) try_on_row(probe, table, column, grouped(column.name), as_new);
  }
  for (const Column& column : table.columns)
    if (column.values.empty() && (column.required_old || column.required_new))
      return fmt::format("no value suits both releases in {}", column.name.text());
  std::erase_if(table.columns, [&](const Column& c) { return c.values.empty() && !grouped(c.name); });
  for (const plan::SyncGroup* group : table.groups) {
    for (const auto& column : group->old_columns)
      if (!table.find(column.name)) return fmt::format("{} cannot be written", column.name.text());
    // A stand-in for the program gives every row the same.
    for (const auto& column : group->new_columns)
      if (group->freeze && group->table == first.name &&
          (!table.frozen_value(column.name) || in_unique(*table.after, column.name)))
        return fmt::format("no value for all rows is known for its column {}", column.name.text());
    for (const Identifier& name : group->shared)
      if (!group->move && !table.find(name) && !(table.related && table.is_key(name)))
        return fmt::format("{} cannot be written, and {} needs it", name.text(), group->name);
    for (const auto& column : group->new_columns)
      if (column.default_value && !dialect.is_deterministic(*column.default_value))
        return fmt::format("the default of {} is another value each time", column.name.text());
    for (const auto& column : group->old_columns)
      if (column.default_value && !dialect.is_deterministic(*column.default_value))
        return fmt::format("the default of {} is another value each time", column.name.text());
  }
  return std::nullopt;
}

std::vector<Identifier> Table::key_names() const {
  if (!before || !after) return (before ? before : after)->key_columns();
  if (before->key_columns() == after->key_columns()) return before->key_columns();
  if (related && is_key_of(*after, before->key_columns())) return before->key_columns();
  if (related && is_key_of(*before, after->key_columns())) return after->key_columns();
  return {};
}

bool Table::is_key(const Identifier& name) const {
  const std::vector<Identifier> names = key_names();
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<std::string> Table::key_values(int row) const {
  std::vector<std::string> values;
  for (const std::string& shape : key_shapes) values.push_back(fmt::format(fmt::runtime(shape), row));
  return values;
}

std::string Table::key_condition(int row) const {
  const std::vector<std::string> values = key_values(row);
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < key.size(); ++i) parts.push_back(fmt::format("{} = {}", key[i], values[i]));
  return fmt::format("{}", fmt::join(parts, " AND "));
}

const Column* Table::find(const Identifier& name) const {
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const Column& c) { return c.name == name; });
  return found == columns.end() ? nullptr : &*found;
}

const Value* Table::frozen_value(const Identifier& name) const {
  const Column* column = find(name);
  if (column == nullptr) return nullptr;
  const auto found = std::find_if(column->values.begin(), column->values.end(),
                                  [](const Candidate& candidate) { return !is_null_candidate(candidate); });
  return found == column->values.end() ? nullptr : &found->stored;
}

std::string relaxed_table(const std::string& name, const std::vector<const schema::Column*>& columns,
                          const schema::Table& model, const plan::Dialect& dialect, bool constraint_names) {
  schema::Table table;
  table.name.name = model.name.name.derived(name);
  table.options.strict = model.options.strict;
  for (const auto& [option, value] : model.options.other)
    if (option.find("char") != std::string::npos || option.find("coll") != std::string::npos)
      table.options.other[option] = value;
  for (const schema::Column* column : columns) {
    schema::Column relaxed = *column;
    relaxed.not_null = false;
    relaxed.default_value.reset();
    relaxed.generated.reset();
    relaxed.identity.reset();
    for (const char* option : {"on_update", "invisible", "comment"}) relaxed.options.erase(option);
    table.columns.push_back(std::move(relaxed));
  }
  schema::SchemaParts parts;
  parts.constraint_names = constraint_names;
  parts.tables.push_back(std::move(table));
  const auto schema = schema::Schema::make(std::move(parts));
  return schema ? dialect.print(*schema) : std::string();
}

void prepare_application(Database& database, const schema::Schema& schema, const plan::Dialect& dialect,
                         const std::set<schema::QualifiedName>& related) {
  applier::Connection& connection = *database.application;
  // What a server does not know, or this user may not do, leaves its foreign keys on: rows that they
  // refuse are no failure, since the server takes them in no other way either.
  if (dialect.name() == "postgres") {
    for (const schema::Table& table : schema.tables())
      for (const char* which : {"DISABLE TRIGGER ALL", "ENABLE TRIGGER USER"})
        if (!related.contains(table.name))
          (void)connection.execute(fmt::format("ALTER TABLE {} {}", dialect.quoting()(table.name), which));
    (void)connection.execute("SET synchronous_commit = off");
  } else if (dialect.name() == "sqlite") {
    for (applier::Connection* each : {database.application.get(), database.emcee.get()})
      (void)each->execute("PRAGMA synchronous = OFF");
  } else {
    (void)connection.execute(fmt::format("SET SESSION foreign_key_checks = {}", related.empty() ? 0 : 1));
  }
}

std::string literal(const Value& value, const applier::Connection& connection) {
  return schema::match(
      value, [](std::monostate) { return std::string("NULL"); },
      // PostgreSQL takes a text for every type, but no number for a boolean.
      [&](std::int64_t number) {
        return connection.dialect() == "postgres" ? fmt::format("'{}'", number) : fmt::to_string(number);
      },
      [](double number) { return fmt::format("{:.17g}", number); },
      [&](const std::string& text) { return schema::ledger_literal(connection.ledger(), text); },
      [&](const applier::Blob& bytes) {
        const std::string hex = fmt::format("{:02x}", fmt::join(bytes, ""));
        return connection.dialect() == "postgres" ? fmt::format("'\\x{}'", hex) : fmt::format("x'{}'", hex);
      });
}

Result<std::vector<Table>> find_tables(const plan::Plan& plan, const plan::Dialect& dialect, Database& old_database,
                                       Database& new_database, const std::set<schema::QualifiedName>& related,
                                       std::vector<std::string>& skipped) {
  prepare_application(old_database, plan.before, dialect);
  prepare_application(new_database, plan.after, dialect);
  std::vector<Table> tables;
  for (const schema::Table& before : plan.before.tables()) {
    if (related.contains(before.name)) continue;
    Table table;
    table.before = &before;
    table.after = plan.after.find_table(before.name);
    for (const plan::SyncGroup& group : plan.groups)
      if (group.table == before.name) table.groups.push_back(&group);
    if (table.after && *table.after == before && table.groups.empty()) continue;
    table.sql = dialect.quoting()(before.name);
    std::optional<std::string> reason;
    if (std::any_of(table.groups.begin(), table.groups.end(), [](const auto* g) { return g->mirror.has_value(); }))
      reason = "a copy gives it another name";
    else if (!table.after)
      reason = "the new schema has no table of that name";
    else if (std::any_of(table.groups.begin(), table.groups.end(),
                         [&](const auto* g) { return !table.after->find_column(g->new_columns.front().name); }))
      reason = "a copy of a column takes its place, which no release writes";
    else if (std::any_of(table.groups.begin(), table.groups.end(),
                         [](const auto* g) { return !g->deterministic && !g->freeze; }))
      reason = "an expression of its map gives another value each time";
    else
      reason = examine_table(table, plan, dialect, old_database, new_database);
    if (reason)
      skipped.push_back(fmt::format("{}: {}", before.name.text(), *reason));
    else
      tables.push_back(std::move(table));
  }
  return tables;
}

}  // namespace emcee::rehearse
