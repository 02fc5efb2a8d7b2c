#include "dialects/postgres/type_objects.h"

#include <fmt/format.h>
#include <algorithm>

#include "dialects/postgres/ddl.h"
#include "dialects/postgres/dependents.h"
#include "dialects/postgres/names.h"
#include "dialects/postgres/object_sql.h"

namespace emcee::postgres {

using schema::OpaqueObject;
using schema::QualifiedName;

namespace {

std::vector<std::string> values_of(const OpaqueObject& object) {
  std::vector<std::string> values;
  for (const schema::Token& token : object.definition.tokens())
    if (token.role == schema::Role::literal) values.push_back(token.text);
  return values;
}

// https://www.postgresql.org/docs/15/sql-altertype.html: a value that is added stays.
void add_values(Script& script, const OpaqueObject& from, const OpaqueObject& to) {
  const auto before = values_of(from), after = values_of(to);
  std::string previous;
  for (const std::string& value : after) {
    if (std::find(before.begin(), before.end(), value) == before.end()) {
      std::string statement = fmt::format("ALTER TYPE {} ADD VALUE IF NOT EXISTS {}", quoting()(to.name), value);
      if (previous.empty() && !before.empty()) statement += " BEFORE " + before.front();
      if (!previous.empty() && previous != before.back()) statement += " AFTER " + previous;
      script.add(std::move(statement));
    }
    previous = value;
  }
  script.has_undo = false;
  script.hazards.push_back({"enum_value_stays", to.name.text(), "PostgreSQL cannot take a value back from an enum"});
}

bool has_type(const schema::Column& column, const QualifiedName& type) {
  const std::string name = quoting()(type);
  return column.type.name == name || column.type.name == name + "[]";
}

bool mentions(const schema::Index& index, const schema::Identifier& column) {
  return (index.where && index.where->mentions_column(column)) ||
         std::any_of(index.parts.begin(), index.parts.end(), [&](const schema::KeyPart& part) {
           return !part.expression.as_column() && part.expression.mentions_column(column);
         });
}

// Indexes and checks whose expressions name the column hold values of the old type, for which the new one has
// no operator: they go before, and come back behind.
struct Expressions {
  std::vector<std::string> drop, restore;

  void of_column(const schema::Table& table, const schema::Identifier& column) {
    const std::string alter = "ALTER TABLE " + quoting()(table.name) + " ";
    for (const schema::Index& index : table.indexes) {
      if (!mentions(index, column)) continue;
      if (is_exclusion(index))
        add(alter + "DROP CONSTRAINT " + quoting()(index.name.name), create_index(index, table.name));
      else
        add("DROP INDEX " + quoting()(index.name), create_index(index, table.name));
    }
    for (const schema::Check& check : table.checks)
      if (check.name && check.expression.mentions_column(column))
        add(alter + "DROP CONSTRAINT " + quoting()(*check.name),
            {alter + "ADD " + check_clause(check) + (has_option(check.options, "not_valid") ? " NOT VALID" : "")});
  }

 private:
  // Once, however many columns it names.
  void add(const std::string& statement, const std::vector<std::string>& back) {
    if (std::find(drop.begin(), drop.end(), statement) != drop.end()) return;
    drop.push_back(statement);
    restore.insert(restore.end(), back.begin(), back.end());
  }
};

// The old type steps aside; every column of it is converted by way of its text.
void rebuild(Script& script, const OpaqueObject& from, const OpaqueObject& to, const schema::Schema& before,
             const schema::Schema& after) {
  const QualifiedName old = aside(from.name);
  Dependents dependents(before, after);
  dependents.of_type(from.name);
  Expressions expressions;
  std::vector<std::string> alterations;
  for (const schema::Table& table : after.tables()) {
    for (const schema::Column& column : table.columns) {
      if (!has_type(column, to.name)) continue;
      dependents.of_column(table.name, column.name);
      expressions.of_column(table, column.name);
      const std::string alter =
          fmt::format("ALTER TABLE {} ALTER COLUMN {} ", quoting()(table.name), quoting()(column.name));
      if (column.default_value) alterations.push_back(alter + "DROP DEFAULT");
      const std::string text = column.type.name.ends_with("[]") ? "text[]" : "text";
      alterations.push_back(
          alter + fmt::format("TYPE {0} USING {1}::{2}::{0}", column.type.text, quoting()(column.name), text));
      if (column.default_value)
        alterations.push_back(alter + "SET " + default_clause(*column.default_value, column.type));
    }
  }
  if (!alterations.empty()) script.needs(Lock::access_exclusive, plan::LockTime::rewrite);
  dependents.drop(script);
  script.add(std::move(expressions.drop));
  script.add(fmt::format("ALTER TYPE {} RENAME TO {}", quoting()(from.name), quoting()(old.name)));
  script.add(create_object(to));
  script.add(std::move(alterations));
  script.add(std::move(expressions.restore));
  script.add(fmt::format("DROP {} {}", from.kind == "domain" ? "DOMAIN" : "TYPE", quoting()(old)));
  dependents.restore(script);
}

}  // namespace

bool only_adds_values(const OpaqueObject& before, const OpaqueObject& after) {
  const auto from = values_of(before), to = values_of(after);
  auto next = from.begin();
  for (const std::string& value : to)
    if (next != from.end() && *next == value) ++next;
  return next == from.end();
}

void replace_type(Script& script, const OpaqueObject& from, const OpaqueObject& to, const schema::Schema& before,
                  const schema::Schema& after) {
  if (to.kind == "enum" && only_adds_values(from, to)) return add_values(script, from, to);
  auto in_place = replace_object(from, to);
  const bool altered = to.kind == "domain" && !in_place.empty() && in_place.front().rfind("ALTER", 0) == 0;
  if (altered)
    script.add(std::move(in_place));
  else
    rebuild(script, from, to, before, after);
}

}  // namespace emcee::postgres
