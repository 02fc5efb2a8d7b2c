// A whole database schema, normalised and validated. The only ways to get one are Schema::make
// and changing a Schema through its members, which keep it valid.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "schema/result.h"
#include "schema/table.h"

namespace emcee::schema {

struct View {
  QualifiedName name;
  std::vector<Identifier> columns;  // explicit column names; empty where none were written
  Fragment query;
  Options options{};   // `materialized`, `check_option`, `definer`, ...
  std::string source;  // not compared
  bool operator==(const View& o) const {
    return name == o.name && columns == o.columns && query == o.query && options == o.options;
  }
};

enum class TriggerTime : std::uint8_t { before, after, instead_of };
enum class TriggerEvent : std::uint8_t { insert, update, remove, truncate };

struct Trigger {
  // Unique within the schema. PostgreSQL names triggers within their table: `schema` is then the
  // text of the table's name.
  QualifiedName name;
  QualifiedName table;  // or view
  TriggerTime time = TriggerTime::before;
  std::vector<TriggerEvent> events;  // in the order of the enumeration, never empty
  std::vector<Identifier> update_of;
  std::optional<Fragment> when;
  Fragment body;       // the statements, without BEGIN and END; PostgreSQL: the call of the function
  Options options{};   // `constraint`, `for_each`, `enabled`, `definer`, `sql_mode`, ...
  std::string source;  // not compared
  bool operator==(const Trigger& o) const {
    return name == o.name && table == o.table && time == o.time && events == o.events && update_of == o.update_of &&
           when == o.when && body == o.body && options == o.options;
  }
};

// An object that is not modelled in detail: carried verbatim, compared by its tokens, reported.
// Known by its kind and name: a type and a function may share one.
struct OpaqueObject {
  std::string kind;    // as in the statement: `virtual table`, `function`, `comment`, `grant`
  QualifiedName name;  // of functions with the types of the arguments: `f(integer, text)`
  Fragment definition;
  std::string source;  // the whole statement
  bool operator==(const OpaqueObject& o) const {
    return kind == o.kind && name == o.name && definition == o.definition;
  }
};

// What a schema consists of, not yet validated.
struct SchemaParts {
  std::vector<Table> tables;
  std::vector<View> views;
  std::vector<Trigger> triggers;
  std::vector<OpaqueObject> objects;
  // The name of a constraint is part of it (PostgreSQL, MySQL); else it is only carried along.
  bool constraint_names = false;
};

// What Schema::make asks of one table: unique names of columns; columns of keys and foreign keys
// exist. Errors: fix_schema.
Result<void> validate(const Table& table);

class Schema {
 public:
  Schema() = default;  // the empty schema

  // Validates: unique names of tables, columns and indexes; columns of keys, constraints and
  // indexes exist. Errors: fix_schema, naming the object. What a name in the body of a view, a
  // trigger or a foreign key points to is not checked: servers (SQLite) accept forward references.
  static Result<Schema> make(SchemaParts parts);

  const std::vector<Table>& tables() const { return parts_.tables; }
  const std::vector<View>& views() const { return parts_.views; }
  const std::vector<Trigger>& triggers() const { return parts_.triggers; }
  const std::vector<OpaqueObject>& objects() const { return parts_.objects; }

  const Table* find_table(const QualifiedName& name) const;
  const View* find_view(const QualifiedName& name) const;
  const OpaqueObject* find_object(std::string_view kind, const QualifiedName& name) const;
  // Whatever its kind; the first one.
  const OpaqueObject* find_object(const QualifiedName& name) const;
  const Trigger* find_trigger(const QualifiedName& name) const;
  bool constraint_names() const { return parts_.constraint_names; }
  std::vector<const Trigger*> triggers_of(const QualifiedName& table) const;

  // Replace the object of the same name, or add it; errors as in make. `replaces` names the object
  // whose place it takes where the name changes.
  Result<void> put(Table table, const std::optional<QualifiedName>& replaces = std::nullopt);
  void put(View view);
  void put(Trigger trigger);
  void put(OpaqueObject object);
  // True where there was one. Indexes go with their table; triggers of a table do not (see apply_change).
  bool remove_table(const QualifiedName& name);
  bool remove_view(const QualifiedName& name);
  bool remove_trigger(const QualifiedName& name);
  bool remove_object(std::string_view kind, const QualifiedName& name);

  // Objects are compared by name, in any order.
  bool operator==(const Schema& other) const;

 private:
  void reindex();

  SchemaParts parts_;
  std::unordered_map<QualifiedName, std::size_t> table_index_;
};

}  // namespace emcee::schema
