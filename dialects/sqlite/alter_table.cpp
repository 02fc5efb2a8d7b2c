#include "dialects/sqlite/alter_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>

#include "dialects/sqlite/affinity.h"
#include "dialects/sqlite/ddl.h"
#include "dialects/sqlite/group_sql.h"
#include "dialects/sqlite/row_key.h"
#include "dialects/sqlite/types.h"

namespace emcee::sqlite {

using plan::LockTime;
using schema::Column;
using schema::Identifier;
using schema::Index;
using schema::QualifiedName;
using schema::Table;

namespace {

constexpr int kAlterColumn = 3053000;  // ALTER COLUMN ... DROP NOT NULL since 3.53.0

bool null_default(const Column& column) {
  return !column.default_value || (column.default_value->tokens().size() == 1 &&
                                   column.default_value->tokens()[0].is(schema::Role::keyword, "NULL"));
}

// What ADD COLUMN accepts whatever the table holds.
bool can_add(const Column& column, const Table& table) {
  if (table.primary_key) {
    const auto key = table.key_columns();
    if (std::find(key.begin(), key.end(), column.name) != key.end()) return false;
  }
  if (column.generated) return !column.generated->stored && !column.not_null;
  if (column.not_null && null_default(column)) return false;
  return !column.default_value || is_constant(*column.default_value);
}

// A column whose rows need not be touched when its definition changes.
bool same_storage(const Column& from, const Column& to, const Table& table) {
  if (from.generated != to.generated || from.collation != to.collation) return false;
  // Rows that are older than a column do not hold it: they read its default of today. Another
  // default would change them, so they have to be written first.
  if (from.default_value != to.default_value) return false;
  if (from.type == to.type) return true;
  const auto class_of = [](const schema::Type& type) {
    const Affinity a = affinity(type);
    return a == Affinity::integer ? Affinity::numeric : a;
  };
  return !table.options.strict && class_of(from.type) == class_of(to.type);
}

bool same_uniques(const Table& from, const Table& to) {
  return from.uniques.size() == to.uniques.size() &&
         std::is_permutation(from.uniques.begin(), from.uniques.end(), to.uniques.begin());
}

class Alteration {
 public:
  Alteration(const Table& from, const Table& to, const schema::Schema& schema, int library)
      : from_(from), to_(to), schema_(schema), library_(library), name_(quoting()(to.name)) {}

  TableAlteration make() {
    if (in_place())
      change_in_place();
    else
      rebuild();
    return std::move(result_);
  }

 private:
  bool in_place() const {
    if (!(from_.options == to_.options) || from_.primary_key != to_.primary_key || !same_uniques(from_, to_))
      return false;
    const auto key = from_.key_columns();
    for (const Column& column : from_.columns) {
      const Column* now = to_.find_column(column.name);
      if (!now || !same_storage(column, *now, to_)) return false;
      // INTEGER makes a key the rowid, any other spelling an index: never a matter of text alone.
      if (column.type.text != now->type.text && std::find(key.begin(), key.end(), column.name) != key.end())
        return false;
    }
    return std::all_of(to_.columns.begin(), to_.columns.end(),
                       [&](const Column& column) { return from_.find_column(column.name) || can_add(column, to_); });
  }

  void change_in_place() {
    drop_indexes();
    for (const Column& column : to_.columns)
      if (!from_.find_column(column.name))
        result_.run.push_back(fmt::format("ALTER TABLE {} ADD COLUMN {}", name_, column_definition(column)));
    const std::vector<std::string> null_changes = changed_not_nulls();
    if (!null_changes.empty() && only_not_null_differs() && library_ >= kAlterColumn) {
      result_.run.insert(result_.run.end(), null_changes.begin(), null_changes.end());
    } else if (definition_differs()) {
      edit_schema();
    }
    create_indexes();
    verify_new_constraints();
  }

  bool definition_differs() const { return !changed_not_nulls().empty() || !only_not_null_differs(); }

  bool only_not_null_differs() const {
    const auto same = [](const auto& a, const auto& b) {
      return a.size() == b.size() && std::is_permutation(a.begin(), a.end(), b.begin());
    };
    if (!same(from_.checks, to_.checks) || !same(from_.foreign_keys, to_.foreign_keys)) return false;
    return std::all_of(from_.columns.begin(), from_.columns.end(), [&](const Column& column) {
      const Column* now = to_.find_column(column.name);
      return now->type.text == column.type.text && now->not_null_conflict == column.not_null_conflict;
    });
  }

  std::vector<std::string> changed_not_nulls() const {
    std::vector<std::string> result;
    for (const Column& column : from_.columns) {
      const Column* now = to_.find_column(column.name);
      if (now && now->not_null != column.not_null)
        result.push_back(fmt::format("ALTER TABLE {} ALTER COLUMN {} {} NOT NULL", name_, quoting()(column.name),
                                     now->not_null ? "SET" : "DROP"));
    }
    return result;
  }

  // The definition as it stands in the database: columns in the order of the rows, keys in the
  // order of their automatic indexes.
  Table physical() const {
    Table table = to_;
    table.source.clear();
    table.uniques = from_.uniques;
    if (from_.primary_key) table.primary_key = from_.primary_key;
    std::vector<Column> columns;
    for (const Column& column : from_.columns) columns.push_back(*to_.find_column(column.name));
    for (const Column& column : to_.columns)
      if (!from_.find_column(column.name)) columns.push_back(column);
    table.columns = std::move(columns);
    return table;
  }

  // https://www.sqlite.org/pragma.html#pragma_writable_schema. Other connections notice through the
  // schema cookie, which CREATE and DROP of a table raise; RESET makes this one read the text anew.
  void edit_schema() {
    const std::string shape = fmt::format(
        "SELECT l.name AS index_name, i.seqno, i.cid, i.name, i.desc, i.coll FROM pragma_index_list({0}) AS l, "
        "pragma_index_xinfo(l.name) AS i WHERE l.origin <> 'c'",
        string_literal(to_.name.name.text()));
    result_.before.push_back("DROP TABLE IF EXISTS temp.emcee_shape");
    result_.run.push_back(fmt::format("CREATE TEMP TABLE emcee_shape AS {}", shape));
    result_.run.emplace_back("PRAGMA writable_schema = ON");
    result_.run.push_back(
        fmt::format("UPDATE sqlite_schema SET sql = {} WHERE type = 'table' AND lower(name) = lower({})",
                    string_literal(create_table(physical())), string_literal(to_.name.name.text())));
    result_.run.emplace_back("CREATE TABLE emcee_cookie (c)");
    result_.run.emplace_back("DROP TABLE emcee_cookie");
    result_.run.emplace_back("PRAGMA writable_schema = RESET");
    // The automatic indexes must still belong to the same columns.
    result_.verify.push_back(
        fmt::format("SELECT 'index ' || index_name || ' would change its columns' FROM (SELECT * FROM (SELECT * FROM "
                    "temp.emcee_shape "
                    "EXCEPT {0}) UNION ALL SELECT * FROM ({0} EXCEPT SELECT * FROM temp.emcee_shape))",
                    shape));
    result_.after.emplace_back("DROP TABLE IF EXISTS temp.emcee_shape");
  }

  // What SQLite does not look at when the text changes.
  void verify_new_constraints() {
    const std::string key = key_text(to_);
    for (const Column& column : to_.columns) {
      const Column* was = from_.find_column(column.name);
      if (!was || was->not_null || !column.not_null) continue;
      result_.lock_time = LockTime::scan;
      result_.verify.push_back(fmt::format("SELECT {}, '{} is NULL' FROM {} WHERE {} IS NULL", key, column.name.text(),
                                           name_, quoting()(column.name)));
    }
    for (const schema::Check& check : to_.checks) {
      if (std::find(from_.checks.begin(), from_.checks.end(), check) != from_.checks.end()) continue;
      result_.lock_time = LockTime::scan;
      result_.verify.push_back(fmt::format("SELECT {}, 'a check fails' FROM {} WHERE NOT ({})", key, name_,
                                           to_canonical_sql(check.expression, quoting())));
    }
    for (const schema::ForeignKey& foreign : to_.foreign_keys) {
      if (std::find(from_.foreign_keys.begin(), from_.foreign_keys.end(), foreign) != from_.foreign_keys.end())
        continue;
      result_.lock_time = LockTime::scan;
      if (well_formed(to_, foreign))
        result_.verify.push_back(fmt::format(
            "SELECT coalesce(rowid, '?'), 'points to no row of ' || parent FROM pragma_foreign_key_check({}) "
            "WHERE lower(parent) = lower({})",
            string_literal(to_.name.name.text()), string_literal(foreign.references.name.text())));
    }
  }

  void drop_indexes() {
    for (const Index& index : from_.indexes)
      if (std::find(to_.indexes.begin(), to_.indexes.end(), index) == to_.indexes.end())
        result_.run.push_back(fmt::format("DROP INDEX {}", quoting()(index.name)));
  }
  void create_indexes() {
    for (const Index& index : to_.indexes) {
      if (std::find(from_.indexes.begin(), from_.indexes.end(), index) != from_.indexes.end()) continue;
      result_.lock_time = LockTime::scan;
      result_.run.push_back(create_index(index, to_.name));
    }
  }

  // --- rebuild ------------------------------------------------------------------------------------

  // foreign_key_check stops with an error at a key whose parent has no unique key (the pair's own
  // mistake, which SQLite allows), so such tables are left out.
  bool well_formed(const Table&, const schema::ForeignKey& key) const {
    const Table* parent = schema_.find_table(key.references);
    if (!parent) return false;
    std::vector<Identifier> wanted = key.referenced.empty() ? parent->key_columns() : key.referenced;
    if (wanted.size() != key.columns.size()) return false;
    const auto covers = [&](const std::vector<schema::KeyPart>& parts) {
      return parts.size() == wanted.size() && std::all_of(parts.begin(), parts.end(), [&](const auto& part) {
               const auto column = part.expression.as_column();
               return column && std::find(wanted.begin(), wanted.end(), *column) != wanted.end() && !part.collation;
             });
    };
    const auto has_key = [&](const Table& table) {
      return (table.primary_key && covers(table.primary_key->parts)) ||
             std::any_of(table.uniques.begin(), table.uniques.end(), [&](const auto& u) { return covers(u.parts); }) ||
             std::any_of(table.indexes.begin(), table.indexes.end(),
                         [&](const Index& i) { return i.unique && !i.where && covers(i.parts); });
    };
    // It is asked before and after the change.
    return has_key(*parent) && (!(parent->name == to_.name) || has_key(from_));
  }

  std::vector<const Table*> tables_to_check() const {
    std::vector<const Table*> result;
    const auto all_well_formed = [&](const Table& table) {
      return std::all_of(table.foreign_keys.begin(), table.foreign_keys.end(),
                         [&](const auto& key) { return well_formed(table, key); });
    };
    // The table itself is asked about the keys that it had, and then about those that it has.
    const auto checkable = [&](const Table& table) {
      return !table.foreign_keys.empty() && all_well_formed(table) &&
             (!(table.name == to_.name) || all_well_formed(from_));
    };
    for (const Table& table : schema_.tables()) {
      const bool related =
          table.name == to_.name || std::any_of(table.foreign_keys.begin(), table.foreign_keys.end(),
                                                [&](const auto& key) { return key.references == to_.name; });
      if (related && checkable(table)) result.push_back(&table);
    }
    return result;
  }

  std::string violations() const {
    std::vector<std::string> parts;
    for (const Table* table : tables_to_check())
      parts.push_back(
          fmt::format("SELECT \"table\" AS child, rowid AS child_row, parent FROM pragma_foreign_key_check({})",
                      string_literal(table->name.name.text())));
    return fmt::format("{}", fmt::join(parts, " UNION ALL "));
  }

  // The new table under its temporary name. Columns that are qualified with the table's own name
  // would not be found there.
  std::string create_new(const QualifiedName& temporary) const {
    Table table = to_;
    table.source.clear();
    table.name = temporary;
    table.indexes.clear();
    const auto bare = [&](const schema::Fragment& fragment) {
      return fragment.with_columns([&](const schema::Token& token) -> std::optional<schema::Fragment> {
        if (!(token.qualifier == to_.name.name)) return std::nullopt;
        return schema::Fragment::column(token.identifier());
      });
    };
    for (schema::Check& check : table.checks) check.expression = bare(check.expression);
    for (Column& column : table.columns)
      if (column.generated) column.generated->expression = bare(column.generated->expression);
    return create_table(table);
  }

  // Columns that both tables hold, and the row number where both have one: it may have become a column, or cease to
  // be one.
  std::pair<std::string, std::string> copied() const {
    std::vector<std::string> into, from;
    for (const Column& column : to_.columns) {
      const Column* was = from_.find_column(column.name);
      if (!was || column.generated) continue;
      into.push_back(quoting()(column.name));
      from.push_back(quoting()(column.name));
    }
    const auto old_rowid = rowid_name(from_), new_rowid = rowid_name(to_);
    if (old_rowid && new_rowid && (!to_.find_column(*new_rowid) || !from_.find_column(*new_rowid))) {
      into.insert(into.begin(), quoting()(*new_rowid));
      from.insert(from.begin(), quoting()(*old_rowid));
    }
    return {fmt::format("{}", fmt::join(into, ", ")), fmt::format("{}", fmt::join(from, ", "))};
  }

  void copy_sequence(const std::string& temporary) {
    // AUTOINCREMENT never gives a number twice, also not that of a row that is gone.
    const std::string old_name = string_literal(from_.name.name.text());
    const std::string new_name = string_literal(temporary);
    result_.run.push_back(fmt::format(
        "INSERT INTO sqlite_sequence (name, seq) SELECT {1}, seq FROM sqlite_sequence WHERE name = {0} AND NOT EXISTS "
        "(SELECT 1 FROM sqlite_sequence WHERE name = {1})",
        old_name, new_name));
    result_.run.push_back(
        fmt::format("UPDATE sqlite_sequence SET seq = max(seq, coalesce((SELECT max(seq) FROM sqlite_sequence WHERE "
                    "name = {0}), 0)) WHERE "
                    "name = {1}",
                    old_name, new_name));
  }

  void rebuild() {
    result_.rebuilds = true;
    result_.lock_time = LockTime::rewrite;
    const QualifiedName temporary{{}, to_.name.name.derived("emcee_new_" + to_.name.name.text())};
    const bool check_keys = !tables_to_check().empty();

    // With foreign keys on, dropping the table would delete the rows that point to it; the switch
    // does nothing inside of a transaction.
    result_.before.emplace_back("PRAGMA foreign_keys = OFF");
    if (check_keys) {
      result_.before.emplace_back("DROP TABLE IF EXISTS temp.emcee_violations");
      result_.run.push_back("CREATE TEMP TABLE emcee_violations AS " + violations());
    }
    result_.run.push_back(create_new(temporary));
    const auto [into, from] = copied();
    if (!into.empty())
      // OR ABORT: a conflict clause of the new table must not make rows disappear.
      result_.run.push_back(fmt::format("INSERT OR ABORT INTO {} ({}) SELECT {} FROM {}", quoting()(temporary), into,
                                        from, quoting()(from_.name)));
    if (to_.primary_key && to_.primary_key->autoincrement && from_.primary_key && from_.primary_key->autoincrement)
      copy_sequence(temporary.name.text());
    result_.run.push_back(fmt::format("DROP TABLE {}", quoting()(from_.name)));
    // Without the legacy mode the rename fails where any view or trigger names the table.
    result_.run.emplace_back("PRAGMA legacy_alter_table = ON");
    result_.run.push_back(fmt::format("ALTER TABLE {} RENAME TO {}", quoting()(temporary), name_));
    result_.run.emplace_back("PRAGMA legacy_alter_table = OFF");
    for (const Index& index : to_.indexes) result_.run.push_back(create_index(index, to_.name));
    for (const schema::Trigger* trigger : schema_.triggers_of(to_.name))
      result_.run.push_back(create_trigger(*trigger));
    result_.verify.push_back(
        fmt::format("SELECT integrity_check FROM pragma_integrity_check({}) WHERE integrity_check <> 'ok'",
                    string_literal(to_.name.name.text())));
    if (check_keys) {
      result_.verify.push_back(
          fmt::format("SELECT child, 'row ' || coalesce(child_row, '?') || ' points to no row of ' || parent FROM "
                      "(SELECT child, child_row, "
                      "parent FROM ({}) EXCEPT SELECT child, child_row, parent FROM temp.emcee_violations)",
                      violations()));
      result_.after.emplace_back("DROP TABLE IF EXISTS temp.emcee_violations");
    }
  }

  const Table& from_;
  const Table& to_;
  const schema::Schema& schema_;
  int library_;
  std::string name_;
  TableAlteration result_;
};

}  // namespace

TableAlteration alter_table(const Table& from, const Table& to, const schema::Schema& schema, int library) {
  return Alteration(from, to, schema, library).make();
}

}  // namespace emcee::sqlite
