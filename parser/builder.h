// Replays statements into a schema, as a server that runs them would: CREATE, then ALTER, then
// DROP, over one or many files. Linear in the number of statements; only DROP and RENAME look at
// everything that is there.
#pragma once

#include <unordered_map>
#include <unordered_set>

#include "parser/ast.h"
#include "parser/named.h"

namespace emcee::parser {

// How the dialect completes what a statement leaves open.
struct BuildRules {
  // Makes a table canonical after it was created or altered (implied NOT NULL of keys, is_rowid).
  void (*normalise)(Table& table) = nullptr;
  // True for objects that belong to the server (SQLite: sqlite_*, shadow tables of `virtual_tables`).
  bool (*internal)(const QualifiedName& name, const std::vector<OpaqueObject>& objects) = nullptr;
  // True for kinds of objects that share their names with tables and views; null: all do.
  bool (*relation)(const std::string& kind) = nullptr;
  // See schema::SchemaParts.
  bool constraint_names = false;
};

class Builder {
 public:
  explicit Builder(BuildRules rules) : rules_(rules) {}

  // Errors: fix_schema at the place of the statement (a table twice, an unknown column, ...).
  // The statement that failed has no effect.
  schema::Result<void> replay(const Source& source, Statement statement);

  // The schema so far. The builder is empty afterwards.
  schema::Result<schema::Schema> finish();

  const Coverage& coverage() const { return coverage_; }
  Coverage& coverage() { return coverage_; }

  // What there is so far, for dialects whose statements build on it (LIKE, INHERITS, a search path).
  // Null where there is none; valid until the next statement.
  const Table* find_table(const QualifiedName& name) { return tables_.find(name); }
  const View* find_view(const QualifiedName& name) { return views_.find(name); }
  const Trigger* find_trigger(const QualifiedName& name) { return triggers_.find(name); }
  const OpaqueObject* find_object(const std::string& kind, const QualifiedName& name) {
    return objects_.find({kind, name});
  }
  // The table of an index; null where there is no such index.
  const QualifiedName* table_of_index(const QualifiedName& index) const;
  bool is_temporary(const QualifiedName& name) const { return temporary_tables_.count(name) > 0; }
  template <class F>
  void for_each_table(F f) {
    tables_.for_each([&](const Table& table) { f(table); });
  }
  template <class F>
  void for_each_view(F f) {
    views_.for_each([&](const View& view) { f(view); });
  }
  template <class F>
  void for_each_trigger(F f) {
    triggers_.for_each([&](const Trigger& trigger) { f(trigger); });
  }
  template <class F>
  void for_each_object(F f) {
    objects_.for_each([&](const OpaqueObject& object) { f(object); });
  }

 private:
  using Outcome = schema::Result<void>;

  Outcome run(CreateTable create);
  Outcome run(CreateIndex create);
  Outcome run(CreateView create);
  Outcome run(CreateTrigger create);
  Outcome run(CreateObject create);
  Outcome run(const Drop& drop);
  Outcome run(const AlterTable& alter);
  Outcome run(const AlterObject& alter);
  Outcome run(const AlterTrigger& alter);
  Outcome run(const AlterView& alter);
  Outcome run(const Skipped& skipped);

  Outcome drop_table(const Drop& drop);
  Outcome drop_view(const Drop& drop);
  Outcome drop_index(const Drop& drop);
  Outcome drop_trigger(const Drop& drop);
  Outcome drop_object(const Drop& drop);
  void drop_triggers_of(const QualifiedName& table);

  Outcome rename_table(const QualifiedName& from, const QualifiedName& to);
  // Everything that names the table or view.
  void rename_in_users(const QualifiedName& from, const QualifiedName& to);
  void rename_column(const QualifiedName& table, const Identifier& from, const Identifier& to);

  // Why no table or view can be created under this name; none where it is free.
  std::optional<std::string> taken(const QualifiedName& name);
  // The object that shares the names of tables; null where there is none.
  const OpaqueObject* find_relation(const QualifiedName& name);
  bool is_relation(const std::string& kind) const { return !rules_.relation || rules_.relation(kind); }
  // True where the object lives in the session only; its statement is then counted as skipped.
  using Names = std::unordered_set<QualifiedName>;
  bool skip_temporary(const Names& names, const QualifiedName& name, const char* what);
  void add_temporary(Names& names, const QualifiedName& name, const char* what);
  bool is_internal(const QualifiedName& name) { return rules_.internal && rules_.internal(name, internal_owners_); }
  void normalise(Table& table) const {
    if (rules_.normalise) rules_.normalise(table);
  }

  BuildRules rules_;
  Named<Table> tables_;
  Named<View> views_;
  Named<Trigger> triggers_;
  Named<OpaqueObject> objects_;
  std::vector<OpaqueObject> internal_owners_;                        // what `rules_.internal` is asked with
  std::unordered_map<QualifiedName, std::string> relation_kinds_;    // of the objects that are relations
  std::unordered_map<QualifiedName, QualifiedName> index_tables_;    // index -> table
  Names temporary_tables_, temporary_indexes_, temporary_triggers_;  // tables: and views
  Coverage coverage_;
};

}  // namespace emcee::parser
