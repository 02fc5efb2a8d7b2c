#include "dialects/sqlite/normalise.h"

#include <algorithm>

#include "dialects/sqlite/ddl.h"

namespace emcee::sqlite {

using schema::Column;
using schema::equal_ignoring_case;
using schema::Identifier;
using schema::KeyPart;
using schema::Table;

namespace {

const Identifier kBinary("BINARY", schema::Folding::ignore_case);

const Column* column_of(const Table& table, const KeyPart& part) {
  const auto name = part.expression.as_column();
  return name ? table.find_column(*name) : nullptr;
}

// https://www.sqlite.org/lang_createtable.html#rowid. "INT" is not "INTEGER", and DESC at the
// column keeps it from being the rowid, for the sake of old databases.
bool key_is_rowid(const Table& table) {
  if (table.options.without_rowid || !table.primary_key || table.primary_key->parts.size() != 1) return false;
  const KeyPart& part = table.primary_key->parts.front();
  const Column* column = column_of(table, part);
  return column && !part.descending && column->type.name == "INTEGER" && column->type.arguments.empty();
}

void imply_not_null(Table& table) {
  if (!table.primary_key || table.primary_key->is_rowid) return;
  if (!table.options.strict && !table.options.without_rowid) return;
  for (const Identifier& name : table.key_columns())
    if (Column* column = table.find_column(name)) column->not_null = true;
}

void drop_implied_collation(const Table& table, std::vector<KeyPart>& parts) {
  for (KeyPart& part : parts) {
    const Column* column = column_of(table, part);
    if (column && part.collation && *part.collation == column->collation.value_or(kBinary)) part.collation.reset();
  }
}

// The key of a table WITHOUT ROWID has each column once (convertToWithoutRowidTable).
void drop_repeated_parts(std::vector<KeyPart>& parts) {
  std::vector<KeyPart> kept;
  for (KeyPart& part : parts)
    if (std::none_of(kept.begin(), kept.end(), [&](const KeyPart& o) {
          return o.expression == part.expression && o.collation == part.collation;
        }))
      kept.push_back(std::move(part));
  parts = std::move(kept);
}

// True where both make the same index; their order does not count (sqlite3CreateIndex).
bool same_index(const std::vector<KeyPart>& a, const std::vector<KeyPart>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const KeyPart& x, const KeyPart& y) {
    return x.expression == y.expression && x.collation == y.collation;
  });
}

void drop_implied_uniques(Table& table) {
  std::vector<schema::Unique> kept;
  const auto add_conflict = [](schema::Conflict& to, schema::Conflict from) {
    if (to == schema::Conflict::abort) to = from;
  };
  for (schema::Unique& unique : table.uniques) {
    if (table.primary_key && !table.primary_key->is_rowid && same_index(table.primary_key->parts, unique.parts)) {
      add_conflict(table.primary_key->conflict, unique.conflict);
      continue;
    }
    const auto same = std::find_if(kept.begin(), kept.end(),
                                   [&](const schema::Unique& o) { return same_index(o.parts, unique.parts); });
    if (same != kept.end())
      add_conflict(same->conflict, unique.conflict);
    else
      kept.push_back(std::move(unique));
  }
  table.uniques = std::move(kept);
}

bool is_rowid_name(const Identifier& name) {
  for (const char* known : {"rowid", "oid", "_rowid_"})
    if (equal_ignoring_case(name.text(), known)) return true;
  return false;
}

// A word in double quotes is a string where there is no such column
// (https://www.sqlite.org/quirks.html#dblquote). The source stays as it is.
void resolve_strings(const Table& table, schema::Fragment& fragment) {
  std::vector<schema::Token> tokens;
  for (std::size_t i = 0; i < fragment.tokens().size(); ++i) {
    const schema::Token& token = fragment.tokens()[i];
    if (token.role != schema::Role::column || !token.qualifier.empty()) continue;
    if (table.find_column(token.identifier()) || is_rowid_name(token.identifier())) continue;
    if (fragment.source().find(quoting().quoted(token.text)) == std::string::npos) continue;
    if (tokens.empty()) tokens = fragment.tokens();
    tokens[i] = schema::Token{schema::Role::literal, string_literal(token.text), {}, {}};
  }
  if (!tokens.empty()) fragment = schema::Fragment(std::move(tokens), fragment.source());
}

void resolve_strings(Table& table) {
  for (schema::Check& check : table.checks) resolve_strings(table, check.expression);
  for (Column& column : table.columns)
    if (column.generated) resolve_strings(table, column.generated->expression);
  for (schema::Index& index : table.indexes) {
    for (KeyPart& part : index.parts) resolve_strings(table, part.expression);
    if (index.where) resolve_strings(table, *index.where);
  }
}

bool has_suffix_of(std::string_view name, std::string_view owner, std::initializer_list<std::string_view> suffixes) {
  if (name.size() <= owner.size() + 1 || !equal_ignoring_case(name.substr(0, owner.size()), owner)) return false;
  if (name[owner.size()] != '_') return false;
  const std::string_view rest = name.substr(owner.size() + 1);
  return std::any_of(suffixes.begin(), suffixes.end(),
                     [&](std::string_view suffix) { return equal_ignoring_case(rest, suffix); });
}

// The shadow tables of the modules that come with SQLite
// (https://www.sqlite.org/vtab.html#xshadowname).
bool is_shadow(std::string_view name, const schema::OpaqueObject& owner) {
  if (owner.definition.empty()) return false;
  const std::string module = schema::to_lower(owner.definition.tokens().front().text);
  const std::string& table = owner.name.name.text();
  if (module == "fts3" || module == "fts4")
    return has_suffix_of(name, table, {"content", "docsize", "segdir", "segments", "stat"});
  if (module == "fts5") return has_suffix_of(name, table, {"config", "content", "data", "docsize", "idx"});
  if (module == "rtree" || module == "rtree_i32" || module == "geopoly")
    return has_suffix_of(name, table, {"node", "parent", "rowid"});
  return false;
}

}  // namespace

void normalise(Table& table) {
  resolve_strings(table);
  for (Column& column : table.columns)
    if (column.collation == kBinary) column.collation.reset();
  if (table.primary_key) {
    table.primary_key->is_rowid = key_is_rowid(table);
    drop_implied_collation(table, table.primary_key->parts);
    if (table.options.without_rowid) drop_repeated_parts(table.primary_key->parts);
  }
  imply_not_null(table);
  for (schema::Unique& unique : table.uniques) drop_implied_collation(table, unique.parts);
  for (schema::Index& index : table.indexes) drop_implied_collation(table, index.parts);
  drop_implied_uniques(table);
  for (schema::ForeignKey& key : table.foreign_keys)
    if (key.deferral == schema::Deferral::initially_immediate) key.deferral = schema::Deferral::not_deferrable;
}

bool is_internal(const schema::QualifiedName& name, const std::vector<schema::OpaqueObject>& objects) {
  const std::string& text = name.name.text();
  if (text.size() >= 7 && equal_ignoring_case(std::string_view(text).substr(0, 7), "sqlite_")) return true;
  return std::any_of(objects.begin(), objects.end(),
                     [&](const schema::OpaqueObject& owner) { return is_shadow(text, owner); });
}

parser::BuildRules build_rules() { return {&normalise, &is_internal}; }

}  // namespace emcee::sqlite
