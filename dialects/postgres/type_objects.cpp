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

// The old type steps aside; every column of it is converted by way of its text.
void rebuild(Script& script, const OpaqueObject& from, const OpaqueObject& to, const schema::Schema& before,
             const schema::Schema& after) {
  const QualifiedName old = aside(from.name);
  Dependents dependents(before, after);
  dependents.of_type(from.name);
  std::vector<std::string> alterations;
  for (const schema::Table& table : after.tables()) {
    for (const schema::Column& column : table.columns) {
      if (!has_type(column, to.name)) continue;
      dependents.of_column(table.name, column.name);
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
  script.add(fmt::format("ALTER TYPE {} RENAME TO {}", quoting()(from.name), quoting()(old.name)));
  script.add(create_object(to));
  script.add(std::move(alterations));
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
