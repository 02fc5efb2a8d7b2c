#include "rehearse/table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "plan/sync_model.h"
#include "schema/match.h"

namespace emcee::rehearse {

namespace {

constexpr std::size_t kCandidates = 10;
constexpr const char* kProbe = "emcee_rehearsal";
// Tried on every column; the server says which it takes. The first tells how a column stores numbers.
constexpr const char* kTexts[] = {"42",
                                  "0",
                                  "1",
                                  "7",
                                  "-1",
                                  "1.5",
                                  "",
                                  "a",
                                  "A",
                                  "ab",
                                  "Ab",
                                  "a b",
                                  "12:34:56",
                                  "true",
                                  "[1]",
                                  "{}",
                                  "10.0.0.1:80",
                                  "2024-02-29",
                                  "2024-02-29 12:34:56",
                                  "{\"a\": 1}",
                                  "5f4dcc3b-5aa7-4d61-8d83-27deb882cf99"};
// Shapes of a key: a number stands for the row.
constexpr const char* kKeyShapes[] = {"'{}'", "'00000000-0000-4000-8000-{:012}'", "'2001-01-01 00:00:{:02}'"};

bool takes(applier::Connection& connection, const std::string& sql) { return connection.execute(sql).has_value(); }

// The first value of a query; nothing where there is none.
std::optional<Value> first_value(applier::Connection& connection, const std::string& sql) {
  const auto rows = connection.query(sql);
  if (!rows || rows->empty()) return std::nullopt;
  return rows->front().front();
}

void add_literals(const schema::Fragment& fragment, std::vector<std::string>& texts) {
  for (const schema::Token& token : fragment.tokens()) {
    if (token.role != schema::Role::literal || token.text.empty()) continue;
    if (token.text.front() == '\'')
      texts.push_back(token.text);
    else if (std::isdigit(static_cast<unsigned char>(token.text.front())))
      texts.push_back("'" + token.text + "'");
  }
}

// Values that the schema and the map speak of: where a mapping or a check tells cases apart, those
// count.
std::vector<std::string> spoken_of(const plan::Plan& plan, const schema::Table& table) {
  std::vector<std::string> texts;
  for (const plan::SyncGroup& group : plan.groups) {
    if (group.table != table.name) continue;
    for (const plan::NewColumn& column : group.new_columns) add_literals(column.up, texts);
    for (const plan::OldColumn& column : group.old_columns)
      if (column.down) add_literals(*column.down, texts);
  }
  for (const schema::Check& check : table.checks) add_literals(check.expression, texts);
  for (const schema::Column& column : table.columns) {
    if (column.default_value) add_literals(*column.default_value, texts);
    for (const std::string& argument : column.type.arguments)
      if (argument.starts_with('\'')) texts.push_back(argument);
  }
  for (const schema::OpaqueObject& object : plan.after.objects())
    if (object.kind.find("type") != std::string::npos) add_literals(object.definition, texts);
  return texts;
}

bool is_required(const schema::Column& column) {
  return column.not_null && !column.default_value && !column.generated && !column.identity;
}

bool in_unique(const schema::Table& table, const Identifier& name) {
  const auto names = [&](const std::vector<schema::KeyPart>& parts) {
    return std::any_of(parts.begin(), parts.end(), [&](const auto& p) { return p.expression.mentions_column(name); });
  };
  return std::any_of(table.uniques.begin(), table.uniques.end(), [&](const auto& u) { return names(u.parts); }) ||
         std::any_of(table.indexes.begin(), table.indexes.end(),
                     [&](const auto& index) { return index.unique && names(index.parts); });
}

// One release's own schema, on which values are tried.
class Probe {
 public:
  Probe(Database& database, const schema::Schema& schema, const schema::Table& table, const plan::Dialect& dialect)
      : db_(*database.application), dialect_(dialect), schema_(schema), table_(table) {}

  // What the type of the column can hold, of these texts; no two are stored alike.
  std::vector<Candidate> typed(const schema::Column& column, const std::vector<std::string>& texts) {
    const std::string name = dialect_.quoting()(column.name);
    const std::string drop = fmt::format("DROP TABLE IF EXISTS {}", kProbe);
    std::vector<Candidate> found;
    if (!takes(db_, drop) ||
        !takes(db_, relaxed_table(kProbe, {&column}, table_, dialect_, schema_.constraint_names())))
      return found;
    const auto stored = [&](const std::string& text) -> std::optional<Value> {
      if (!takes(db_, fmt::format("DELETE FROM {}", kProbe)) ||
          !takes(db_, fmt::format("INSERT INTO {} ({}) VALUES ({})", kProbe, name, text)))
        return std::nullopt;
      return first_value(db_, fmt::format("SELECT {} FROM {}", name, kProbe));
    };
    // A column that stores 42 as a number holds numbers, even where the server (SQLite) takes a text.
    const std::optional<Value> number = stored("'42'");
    for (const std::string& text : texts) {
      const std::optional<Value> value = stored(text);
      if (!value || plan::is_null(*value) || (number && number->index() != value->index())) continue;
      const bool known = std::any_of(found.begin(), found.end(), [&](const auto& c) { return c.stored == *value; });
      if (!known) found.push_back({text, *value});
    }
    takes(db_, drop);
    return found;
  }

  // How to write the number of a row into a column, so that no two are alike; empty where it cannot.
  std::string shape(const schema::Column& column) {
    for (const char* shape : kKeyShapes)
      if (typed(column, {fmt::format(fmt::runtime(shape), 1), fmt::format(fmt::runtime(shape), 59)}).size() == 2)
        return shape;
    return {};
  }

  applier::Connection& db() { return db_; }

 private:
  applier::Connection& db_;
  const plan::Dialect& dialect_;
  const schema::Schema& schema_;
  const schema::Table& table_;
};

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

std::optional<std::string> examine(Table& table, const plan::Plan& plan, const plan::Dialect& dialect,
                                   Database& old_database, Database& new_database) {
  Probe old_probe(old_database, plan.before, *table.before, dialect);
  Probe new_probe(new_database, plan.after, *table.after, dialect);
  const std::vector<Identifier> key = table.before->key_columns();
  if (key.empty()) return "it has no primary key";
  if (key != table.after->key_columns()) return "its primary key changes";
  for (const Identifier& name : key) {
    table.key.push_back(dialect.quoting()(name));
    table.key_shapes.push_back(old_probe.shape(*table.before->find_column(name)));
    if (table.key_shapes.back().empty()) return "no key could be made up for " + name.text();
  }
  std::vector<std::string> texts = spoken_of(plan, *table.before);
  for (const std::string& text : spoken_of(plan, *table.after)) texts.push_back(text);
  for (const char* text : kTexts) texts.push_back(fmt::format("'{}'", text));

  table.own_triggers =
      !plan.before.triggers_of(table.before->name).empty() || !plan.after.triggers_of(table.after->name).empty();
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
    column.in_new = after != nullptr;
    column.required_old = before && is_required(*before);
    column.required_new = after && is_required(*after);
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
    // Values of a unique column would only collide.
    const bool unique = in_unique(before ? *table.before : *table.after, declared.name);
    if (unique && !grouped(declared.name) && !column.required_old && !column.required_new) return;
    table.other_key = table.other_key || unique;
    column.shared = std::any_of(table.groups.begin(), table.groups.end(), [&](const plan::SyncGroup* group) {
      return std::find(group->shared.begin(), group->shared.end(), column.name) != group->shared.end();
    });
    table.columns.push_back(std::move(column));
  };
  for (const schema::Column& column : table.before->columns)
    add(column, &column, table.after->find_column(column.name));
  for (const schema::Column& column : table.after->columns)
    if (!table.before->find_column(column.name)) add(column, nullptr, &column);

  for (const bool as_new : {false, true}) {
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
      if (group->freeze && (!table.frozen_value(column.name) || in_unique(*table.after, column.name)))
        return fmt::format("no value for all rows is known for its column {}", column.name.text());
    for (const Identifier& name : group->shared)
      if (!table.find(name)) return fmt::format("{} cannot be written, and {} needs it", name.text(), group->name);
    for (const auto& column : group->new_columns)
      if (column.default_value && !dialect.is_deterministic(*column.default_value))
        return fmt::format("the default of {} is another value each time", column.name.text());
    for (const auto& column : group->old_columns)
      if (column.default_value && !dialect.is_deterministic(*column.default_value))
        return fmt::format("the default of {} is another value each time", column.name.text());
  }
  return std::nullopt;
}

}  // namespace

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

void prepare_application(Database& database, const schema::Schema& schema, const plan::Dialect& dialect) {
  applier::Connection& connection = *database.application;
  // What a server does not know, or this user may not do, leaves its foreign keys on: rows that they
  // refuse are no failure, since the server takes them in no other way either.
  if (dialect.name() == "postgres") {
    for (const schema::Table& table : schema.tables())
      for (const char* which : {"DISABLE TRIGGER ALL", "ENABLE TRIGGER USER"})
        (void)connection.execute(fmt::format("ALTER TABLE {} {}", dialect.quoting()(table.name), which));
    (void)connection.execute("SET synchronous_commit = off");
  } else if (dialect.name() == "sqlite") {
    for (applier::Connection* each : {database.application.get(), database.emcee.get()})
      (void)each->execute("PRAGMA synchronous = OFF");
  } else {
    (void)connection.execute("SET SESSION foreign_key_checks = 0");
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
                                       Database& new_database, std::vector<std::string>& skipped) {
  prepare_application(old_database, plan.before, dialect);
  prepare_application(new_database, plan.after, dialect);
  std::vector<Table> tables;
  for (const schema::Table& before : plan.before.tables()) {
    Table table;
    table.before = &before;
    table.after = plan.after.find_table(before.name);
    for (const plan::SyncGroup& group : plan.groups)
      if (group.table == before.name || (group.move && group.move->part == before.name)) table.groups.push_back(&group);
    if (table.after && *table.after == before && table.groups.empty()) continue;
    table.sql = dialect.quoting()(before.name);
    std::optional<std::string> reason;
    if (std::any_of(table.groups.begin(), table.groups.end(), [](const auto* g) { return g->mirror.has_value(); }))
      reason = "a copy gives it another name";
    else if (!table.after)
      reason = "the new schema has no table of that name";
    else if (std::any_of(table.groups.begin(), table.groups.end(), [](const auto* g) { return g->row.has_value(); }))
      reason = "its map generates rows of another table";
    else if (std::any_of(table.groups.begin(), table.groups.end(), [](const auto* g) { return g->move.has_value(); }))
      reason = "columns move between it and another table";
    else if (std::any_of(table.groups.begin(), table.groups.end(),
                         [&](const auto* g) { return !table.after->find_column(g->new_columns.front().name); }))
      reason = "a copy of a column takes its place, which no release writes";
    else if (std::any_of(table.groups.begin(), table.groups.end(),
                         [](const auto* g) { return !g->deterministic && !g->freeze; }))
      reason = "an expression of its map gives another value each time";
    else if (std::any_of(table.groups.begin(), table.groups.end(), [](const auto* g) { return !g->lookups.empty(); }))
      reason = "an expression of its map looks into other tables";
    else
      reason = examine(table, plan, dialect, old_database, new_database);
    if (reason)
      skipped.push_back(fmt::format("{}: {}", before.name.text(), *reason));
    else
      tables.push_back(std::move(table));
  }
  return tables;
}

}  // namespace emcee::rehearse
