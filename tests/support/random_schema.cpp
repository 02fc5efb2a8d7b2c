#include "tests/support/random_schema.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <stdexcept>

namespace emcee::testing {

using schema::Check;
using schema::Column;
using schema::ForeignKey;
using schema::Fragment;
using schema::Identifier;
using schema::Index;
using schema::KeyPart;
using schema::PrimaryKey;
using schema::QualifiedName;
using schema::Role;
using schema::Schema;
using schema::SchemaParts;
using schema::Table;
using schema::Token;
using schema::Trigger;
using schema::Type;
using schema::Unique;
using schema::View;

Identifier name(std::string text) { return Identifier(std::move(text), schema::Folding::ignore_case); }
QualifiedName object_name(std::string text) { return {{}, name(std::move(text))}; }

Fragment fragment(std::initializer_list<std::string_view> words) {
  constexpr std::array<std::pair<std::string_view, Role>, 6> kRoles{{{"column:", Role::column},
                                                                     {"table:", Role::table},
                                                                     {"name:", Role::name},
                                                                     {"keyword:", Role::keyword},
                                                                     {"literal:", Role::literal},
                                                                     {"new:", Role::column}}};
  std::vector<Token> tokens;
  for (const std::string_view word : words) {
    Token token{Role::symbol, std::string(word), {}, schema::Folding::ignore_case};
    for (const auto& [prefix, role] : kRoles) {
      if (word.substr(0, prefix.size()) != prefix) continue;
      token.role = role;
      token.text = std::string(word.substr(prefix.size()));
      if (prefix == "new:") token.qualifier = name("NEW");
    }
    if (word.substr(0, 4) == "old:") {
      token.role = Role::column;
      token.text = std::string(word.substr(4));
      token.qualifier = name("OLD");
    }
    tokens.push_back(std::move(token));
  }
  return Fragment(std::move(tokens));
}

namespace {

std::string as_column(const Identifier& id) { return "column:" + id.text(); }
std::string as_table(const QualifiedName& id) { return "table:" + id.name.text(); }

bool mentions(const std::vector<KeyPart>& parts, const Identifier& column) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](const KeyPart& part) { return part.expression.mentions_column(column); });
}

bool contains(const std::vector<Identifier>& columns, const Identifier& column) {
  return std::find(columns.begin(), columns.end(), column) != columns.end();
}

// What SQLite implies is left out of its canonical form.
void drop_implied_collation(const Table& table, std::vector<KeyPart>& parts) {
  for (KeyPart& part : parts) {
    const auto name = part.expression.as_column();
    if (name && part.collation == table.find_column(*name)->collation) part.collation.reset();
  }
}

// A key makes its own index; the same again would be none.
bool same_index(const std::vector<KeyPart>& a, const std::vector<KeyPart>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const KeyPart& x, const KeyPart& y) {
    return x.expression == y.expression && x.collation == y.collation;
  });
}

// What the dialect would complete: the row number as key, NOT NULL of the keys.
void normalise_key(Table& table) {
  if (!table.primary_key) {
    table.options.without_rowid = false;
    return;
  }
  PrimaryKey& key = *table.primary_key;
  const auto columns = table.key_columns();
  const Column* only = columns.size() == 1 ? table.find_column(columns[0]) : nullptr;
  key.is_rowid = only && only->type.name == "INTEGER" && !key.parts[0].descending && !table.options.without_rowid;
  if (!key.is_rowid) key.autoincrement = false;
  drop_implied_collation(table, key.parts);
  if (key.is_rowid || !(table.options.without_rowid || table.options.strict)) return;
  for (const Identifier& column : columns) table.find_column(column)->not_null = true;
}

void normalise(Table& table) {
  normalise_key(table);
  for (Column& column : table.columns)
    if (!column.not_null) column.not_null_conflict = schema::Conflict::abort;
  for (Index& index : table.indexes) drop_implied_collation(table, index.parts);
  std::vector<Unique> uniques;
  for (Unique& unique : table.uniques) {
    drop_implied_collation(table, unique.parts);
    const bool is_key =
        table.primary_key && !table.primary_key->is_rowid && same_index(table.primary_key->parts, unique.parts);
    const auto again = [&](const Unique& other) { return same_index(other.parts, unique.parts); };
    if (!is_key && std::none_of(uniques.begin(), uniques.end(), again)) uniques.push_back(std::move(unique));
  }
  table.uniques = std::move(uniques);
}

}  // namespace

// Makes new things that fit a table.
struct RandomSchema::Builder {
  RandomSchema& random;

  Identifier fresh_name(std::string_view prefix, const auto& taken) {
    for (;;) {
      Identifier id = name(fmt::format("{}{}", prefix, random.below(100000)));
      if (!taken(id)) return id;
    }
  }

  Type type(bool strict) {
    static const std::array<Type, 5> kStrict{{{"INTEGER", "INTEGER", {}},
                                              {"TEXT", "TEXT", {}},
                                              {"REAL", "REAL", {}},
                                              {"BLOB", "BLOB", {}},
                                              {"ANY", "ANY", {}}}};
    static const std::array<Type, 8> kAny{{{"INTEGER", "INTEGER", {}},
                                           {"TEXT", "TEXT", {}},
                                           {"VARCHAR(36)", "VARCHAR", {"36"}},
                                           {"VARCHAR(255)", "VARCHAR", {"255"}},
                                           {"BOOLEAN", "BOOLEAN", {}},
                                           {"DATETIME", "DATETIME", {}},
                                           {"DECIMAL(10, 2)", "DECIMAL", {"10", "2"}},
                                           {"", "", {}}}};
    return strict ? kStrict[random.below(kStrict.size())] : kAny[random.below(kAny.size())];
  }

  std::optional<Fragment> default_value() {
    switch (random.below(6)) {
      case 0:
        return fragment({"literal:0"});
      case 1:
        return fragment({"literal:'it''s'"});
      case 2:
        return fragment({"keyword:CURRENT_TIMESTAMP"});
      case 3:
        return fragment({"-", "literal:1"});
      default:
        return std::nullopt;
    }
  }

  std::optional<Identifier> collation() { return random.one_in(8) ? std::optional(name("NOCASE")) : std::nullopt; }

  Column column(const Table& table) {
    static constexpr std::array<std::string_view, 8> kNames{"name",  "status", "created_at", "Title",
                                                            "order", "a b",    "size",       "user_id"};
    Column column;
    column.name = fresh_name(kNames[random.below(kNames.size())],
                             [&](const Identifier& id) { return table.find_column(id) != nullptr; });
    column.type = type(table.options.strict);
    const Column* source = table.columns.empty() ? nullptr : &table.columns[random.below(table.columns.size())];
    if (source && random.one_in(10)) {
      column.generated = schema::Generated{fragment({as_column(source->name), "||", "literal:'x'"}), random.one_in(2)};
      return column;
    }
    column.default_value = default_value();
    column.not_null = random.one_in(3);
    if (column.not_null && random.one_in(10)) column.not_null_conflict = schema::Conflict::replace;
    column.collation = collation();
    return column;
  }

  const Column& any_column(const Table& table) { return table.columns[random.below(table.columns.size())]; }

  std::vector<KeyPart> parts(const Table& table) {
    std::vector<KeyPart> result;
    const std::size_t count = 1 + random.below(std::min<std::size_t>(3, table.columns.size()));
    for (std::size_t i = 0; i < count; ++i) {
      const Identifier& column = any_column(table).name;
      if (!mentions(result, column)) result.push_back({Fragment::column(column), std::nullopt, random.one_in(6)});
    }
    return result;
  }

  // Of columns that are not computed.
  std::optional<PrimaryKey> primary_key(const Table& table) {
    PrimaryKey key;
    for (KeyPart& part : parts(table))
      if (!table.find_column(*part.expression.as_column())->generated) key.parts.push_back(std::move(part));
    if (key.parts.empty()) return std::nullopt;
    key.autoincrement = random.one_in(4);
    return key;
  }

  Unique unique(const Table& table) {
    Unique unique;
    unique.parts = parts(table);
    for (KeyPart& part : unique.parts) part.descending = false;
    if (random.one_in(2)) unique.name = name(fmt::format("uq_{}", random.below(1000)));
    return unique;
  }

  Check check(const Table& table) {
    const std::string column = as_column(any_column(table).name);
    Check check;
    if (random.one_in(3)) check.name = name(fmt::format("ck_{}", random.below(1000)));
    check.expression =
        random.one_in(2)
            ? fragment({column, "keyword:IN", "(", "literal:0", ",", "literal:1", ")"})
            : fragment({"name:length", "(", column, ")", "<", "literal:" + std::to_string(random.below(4) + 10)});
    return check;
  }

  std::optional<ForeignKey> foreign_key(const Table& table, const std::vector<Table>& tables) {
    const Table& other = tables[random.below(tables.size())];
    if (other.key_columns().size() != 1) return std::nullopt;
    ForeignKey key;
    key.columns = {any_column(table).name};
    key.references = other.name;
    if (random.one_in(2)) key.referenced = other.key_columns();
    if (random.one_in(2)) key.on_delete = schema::ReferentialAction::cascade;
    if (random.one_in(4)) key.on_update = schema::ReferentialAction::set_null;
    if (random.one_in(4)) key.deferral = schema::Deferral::initially_deferred;
    return key;
  }

  Index index(const Table& table, const auto& taken) {
    Index index;
    index.name = {{}, fresh_name("ix_", taken)};
    index.parts = parts(table);
    index.unique = random.one_in(4);
    if (random.one_in(4)) index.parts[0].collation = name("NOCASE");
    if (random.one_in(5))
      index.parts.push_back({fragment({"name:lower", "(", as_column(any_column(table).name), ")"}), std::nullopt});
    if (random.one_in(4))
      index.where = fragment({as_column(any_column(table).name), "keyword:IS", "keyword:NOT", "keyword:NULL"});
    return index;
  }

  Table table(const Identifier& id) {
    Table table;
    table.name = {{}, id};
    table.options.strict = random.one_in(5);
    table.options.without_rowid = random.one_in(5);
    Column key;
    key.name = name("id");
    key.type = random.one_in(2) ? Type{"INTEGER", "INTEGER", {}} : Type{"TEXT", "TEXT", {}};
    table.columns.push_back(key);
    const std::size_t columns = 1 + random.below(8);
    for (std::size_t i = 0; i < columns; ++i) table.columns.push_back(column(table));
    if (!random.one_in(6)) {
      if (random.one_in(5)) {
        table.primary_key = primary_key(table);
      } else {
        table.primary_key = PrimaryKey{{}, {{Fragment::column(key.name), {}, false}}, {}, random.one_in(4), false};
      }
    }
    normalise(table);
    if (random.one_in(3)) table.uniques.push_back(unique(table));
    if (random.one_in(3)) table.checks.push_back(check(table));
    return table;
  }

  View view(const Identifier& id, const Table& table) {
    View view;
    view.name = {{}, id};
    const std::string a = as_column(any_column(table).name), b = as_column(any_column(table).name);
    if (random.one_in(3)) view.columns = {name("x"), name("y")};
    view.query = fragment({"keyword:SELECT", a, ",", b, "keyword:FROM", as_table(table.name), "keyword:WHERE", a,
                           "keyword:IS", "keyword:NOT", "keyword:NULL"});
    return view;
  }

  std::optional<Trigger> trigger(const Identifier& id, const Table& table) {
    const Identifier& column = any_column(table).name;
    const Identifier& other = any_column(table).name;
    if (table.find_column(column)->generated) return std::nullopt;
    Trigger trigger;
    trigger.name = {{}, id};
    trigger.table = table.name;
    trigger.time = schema::TriggerTime::after;
    trigger.events = {random.one_in(2) ? schema::TriggerEvent::insert : schema::TriggerEvent::update};
    if (trigger.events.front() == schema::TriggerEvent::update && random.one_in(2)) trigger.update_of = {column};
    if (random.one_in(2)) trigger.when = fragment({"new:" + column.text(), "keyword:IS", "keyword:NULL"});
    trigger.body =
        fragment({"keyword:UPDATE", as_table(table.name), "keyword:SET", as_column(column), "=", "new:" + other.text(),
                  "keyword:WHERE", as_column(other), "=", "new:" + other.text(), ";"});
    return trigger;
  }
};

// One change to the parts of a schema; what would hang in the air afterwards goes, too.
struct RandomSchema::Mutator {
  RandomSchema& random;
  Builder build;
  SchemaParts parts;

  bool index_taken(const Identifier& id) const {
    for (const Table& table : parts.tables)
      for (const Index& index : table.indexes)
        if (index.name.name == id) return true;
    return false;
  }
  bool relation_taken(const Identifier& id) const {
    const auto same = [&](const auto& o) { return o.name.name == id; };
    return std::any_of(parts.tables.begin(), parts.tables.end(), same) ||
           std::any_of(parts.views.begin(), parts.views.end(), same) ||
           std::any_of(parts.objects.begin(), parts.objects.end(), same);
  }
  auto no_relation() {
    return [this](const Identifier& id) { return relation_taken(id); };
  }
  auto no_index() {
    return [this](const Identifier& id) { return index_taken(id); };
  }

  Table& any_table() { return parts.tables[random.below(parts.tables.size())]; }

  void drop_users_of(const QualifiedName& table) {
    std::erase_if(parts.views, [&](const View& v) { return v.query.mentions_table(table.name); });
    std::erase_if(parts.triggers,
                  [&](const Trigger& t) { return t.table == table || t.body.mentions_table(table.name); });
    for (Table& other : parts.tables)
      std::erase_if(other.foreign_keys, [&](const ForeignKey& k) { return k.references == table; });
  }

  void drop_users_of(Table& table, const Identifier& column) {
    std::erase_if(table.uniques, [&](const Unique& u) { return mentions(u.parts, column); });
    std::erase_if(table.checks, [&](const Check& c) { return c.expression.mentions_column(column); });
    std::erase_if(table.foreign_keys, [&](const ForeignKey& k) { return contains(k.columns, column); });
    std::erase_if(table.indexes, [&](const Index& i) {
      return mentions(i.parts, column) || (i.where && i.where->mentions_column(column));
    });
    if (table.primary_key && mentions(table.primary_key->parts, column)) table.primary_key.reset();
    drop_users_of(table.name);
  }

  void drop_column() {
    Table& table = any_table();
    const Identifier column = build.any_column(table).name;
    const auto ordinary = [&](const Column& c) { return c.name != column && !c.generated; };
    if (std::none_of(table.columns.begin(), table.columns.end(), ordinary)) return;
    std::vector<Identifier> gone{column};
    for (std::size_t i = 0; i < gone.size(); ++i)
      for (const Column& c : table.columns)
        if (c.generated && c.generated->expression.mentions_column(gone[i]) && !contains(gone, c.name))
          gone.push_back(c.name);
    for (const Identifier& id : gone) drop_users_of(table, id);
    std::erase_if(table.columns, [&](const Column& c) { return contains(gone, c.name); });
    normalise(table);
  }

  void change_column() {
    Table& table = any_table();
    Column& column = table.columns[random.below(table.columns.size())];
    if (table.primary_key && mentions(table.primary_key->parts, column.name)) return;
    if (column.generated) {
      column.generated->stored = !column.generated->stored;
      return;
    }
    switch (random.below(5)) {
      case 0:
        column.type = build.type(table.options.strict);
        break;
      case 1:
        column.not_null = !column.not_null;
        column.not_null_conflict = schema::Conflict::abort;
        break;
      case 2:
        column.default_value = build.default_value();
        break;
      case 3:
        column.collation = column.collation ? std::nullopt : std::optional(name("NOCASE"));
        break;
      default:
        if (column.not_null) column.not_null_conflict = schema::Conflict::ignore;
    }
  }

  void change_key() {
    Table& table = any_table();
    for (const Table& other : parts.tables)
      for (const ForeignKey& key : other.foreign_keys)
        if (key.references == table.name) return;
    table.primary_key = random.one_in(3) ? std::nullopt : build.primary_key(table);
    normalise(table);
  }

  void change_constraints() {
    Table& table = any_table();
    const auto drop_one = [&](auto& list) {
      if (!list.empty()) list.erase(list.begin() + static_cast<std::ptrdiff_t>(random.below(list.size())));
    };
    switch (random.below(7)) {
      case 0:
        table.uniques.push_back(build.unique(table));
        break;
      case 1:
        table.checks.push_back(build.check(table));
        break;
      case 2:
        if (auto key = build.foreign_key(table, parts.tables)) table.foreign_keys.push_back(*key);
        break;
      case 3:
        drop_one(table.uniques);
        break;
      case 4:
        drop_one(table.checks);
        break;
      case 5:
        drop_one(table.foreign_keys);
        break;
      default:  // twice the same
        if (!table.checks.empty()) table.checks.push_back(table.checks.front());
    }
  }

  void change_indexes() {
    Table& table = any_table();
    if (table.indexes.empty() || random.one_in(3)) {
      table.indexes.push_back(build.index(table, no_index()));
      return;
    }
    const std::size_t place = random.below(table.indexes.size());
    Index& index = table.indexes[place];
    switch (random.below(3)) {
      case 0:
        table.indexes.erase(table.indexes.begin() + static_cast<std::ptrdiff_t>(place));
        break;
      case 1:
        index.name.name = build.fresh_name("ix_", no_index());
        break;
      default:
        index.parts = build.parts(table);
    }
  }

  void change_views() {
    const auto view = build.view(build.fresh_name("v_", no_relation()), any_table());
    if (parts.views.empty() || random.one_in(2)) {
      parts.views.push_back(view);
      return;
    }
    View& old = parts.views[random.below(parts.views.size())];
    old.columns = view.columns;
    old.query = view.query;
  }

  void change_triggers() {
    const auto taken = [&](const Identifier& id) {
      return std::any_of(parts.triggers.begin(), parts.triggers.end(),
                         [&](const Trigger& t) { return t.name.name == id; });
    };
    auto trigger = build.trigger(build.fresh_name("tr_", taken), any_table());
    if (!trigger) return;
    if (parts.triggers.empty() || random.one_in(2)) {
      parts.triggers.push_back(*trigger);
      return;
    }
    Trigger& old = parts.triggers[random.below(parts.triggers.size())];
    trigger->name = old.name;
    old = *trigger;
  }

  void change_objects() {
    schema::OpaqueObject object;
    object.kind = "virtual table";
    object.name = {{}, build.fresh_name("fts_", no_relation())};
    object.definition = fragment({"name:fts5", "(", "name:title", ")"});
    if (parts.objects.empty() || random.one_in(2)) {
      parts.objects.push_back(object);
    } else if (random.one_in(2)) {
      parts.objects.pop_back();
    } else {
      parts.objects.back().definition = fragment({"name:fts5", "(", "name:body", ")"});
    }
  }

  void add_table() { parts.tables.push_back(build.table(build.fresh_name("t_", no_relation()))); }

  void drop_table() {
    if (parts.tables.size() < 2) return;
    const std::size_t place = random.below(parts.tables.size());
    drop_users_of(parts.tables[place].name);
    parts.tables.erase(parts.tables.begin() + static_cast<std::ptrdiff_t>(place));
  }

  // A table becomes a view of the same name.
  void table_to_view() {
    if (parts.tables.size() < 2) return;
    const Identifier id = parts.tables.back().name.name;
    drop_users_of(parts.tables.back().name);
    parts.tables.pop_back();
    parts.views.push_back(build.view(id, any_table()));
  }

  void change_options() {
    Table& table = any_table();
    if (!table.primary_key) return;
    table.options.without_rowid = !table.options.without_rowid;
    normalise(table);
  }

  void reorder() {
    Table& table = any_table();
    std::rotate(table.columns.begin(), table.columns.begin() + 1, table.columns.end());
  }

  void step() {
    switch (random.below(16)) {
      case 0:
        return add_table();
      case 1:
        return drop_table();
      case 2:
      case 3: {
        Table& table = any_table();
        table.columns.push_back(build.column(table));
        return;
      }
      case 4:
      case 5:
        return drop_column();
      case 6:
      case 7:
        return change_column();
      case 8:
        return change_key();
      case 9:
        return change_constraints();
      case 10:
        return change_indexes();
      case 11:
        return change_views();
      case 12:
        return change_triggers();
      case 13:
        return change_objects();
      case 14:
        return random.one_in(4) ? table_to_view() : change_options();
      default:
        return reorder();
    }
  }

  Schema finish() {
    for (Table& table : parts.tables) normalise(table);
    auto schema = Schema::make(std::move(parts));
    if (!schema) throw std::logic_error("the random schema is not valid: " + schema.error().message);
    return *std::move(schema);
  }
};

Schema RandomSchema::make(int tables) {
  Mutator mutator{*this, {*this}, {}};
  for (int i = 0; i < tables; ++i) mutator.add_table();
  if (tables == 0) return {};
  for (int i = 0; i < tables; ++i) {
    mutator.change_constraints();
    mutator.change_indexes();
  }
  mutator.change_views();
  mutator.change_triggers();
  mutator.change_triggers();
  if (one_in(4)) mutator.change_objects();
  return mutator.finish();
}

Schema RandomSchema::mutate(const Schema& schema, int mutations) {
  Mutator mutator{*this, {*this}, {schema.tables(), schema.views(), schema.triggers(), schema.objects()}};
  if (mutator.parts.tables.empty()) mutator.add_table();
  for (int i = 0; i < mutations; ++i) mutator.step();
  return mutator.finish();
}

}  // namespace emcee::testing
