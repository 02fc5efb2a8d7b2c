// Tables and columns, from the parse of CREATE TABLE and ALTER TABLE.
#include <fmt/format.h>

#include "dialects/sqlite/grammar_reader.h"
#include "parser/refuse.h"

namespace emcee::sqlite {

using schema::equal_ignoring_case;
using schema::Identifier;
using schema::Result;
using Name = std::optional<Identifier>;

using parser::refuse;

namespace {

schema::ReferentialAction read_action(const Reader& reader, const Node& node) {
  switch (reader.kind(node.begin + 1)) {
    case Tk::kSet:
      return reader.kind(node.begin + 2) == Tk::kNull ? schema::ReferentialAction::set_null
                                                      : schema::ReferentialAction::set_default;
    case Tk::kCascade:
      return schema::ReferentialAction::cascade;
    case Tk::kRestrict:
      return schema::ReferentialAction::restrict;
    default:
      return schema::ReferentialAction::no_action;
  }
}

schema::Deferral read_deferral(const Reader& reader, const Node& node) {
  if (reader.kind(node.begin) == Tk::kNot) return schema::Deferral::not_deferrable;
  return reader.kind(node.end - 1) == Tk::kDeferred ? schema::Deferral::initially_deferred
                                                    : schema::Deferral::initially_immediate;
}

// `columns` of a constraint at a column is that column. MATCH is parsed by SQLite and means
// nothing to it, as does ON INSERT: neither becomes a part of the key.
Result<parser::ForeignKey> read_foreign_key(const Reader& reader, const Node& node, Name name,
                                            std::vector<Identifier> columns = {}) {
  parser::ForeignKey key;
  key.name = std::move(name);
  key.columns = std::move(columns);
  for (const Node& child : reader.parts(node)) {
    if (child.part == Part::local_column) key.columns.push_back(reader.name(child));
    if (child.part == Part::referenced_table) key.references.name = reader.name(child);
    if (child.part == Part::referenced_column) key.referenced.push_back(reader.name(child));
    if (child.part == Part::on_delete) key.on_delete = read_action(reader, child);
    if (child.part == Part::on_update) key.on_update = read_action(reader, child);
    if (child.part == Part::deferral) key.deferral = read_deferral(reader, child);
  }
  if (!key.referenced.empty() && key.referenced.size() != key.columns.size())
    return schema::fail(reader.error(node.begin, fmt::format("the foreign key has {} columns and refers to {}",
                                                             key.columns.size(), key.referenced.size())));
  return key;
}

schema::KeyPart part_of(const Identifier& column) { return {schema::Fragment::column(column), std::nullopt, false}; }

parser::PrimaryKey read_primary_key(const Reader& reader, const Node& node, Name name) {
  parser::PrimaryKey key;
  key.name = std::move(name);
  key.parts = read_key_parts(reader, node);
  key.conflict = read_conflict(reader, node);
  key.autoincrement = reader.has(node, Part::autoincrement);
  return key;
}

// The text of a default as PRAGMA table_info shows it; a bare name is a string.
schema::Fragment read_default(const Reader& reader, const Node& node) {
  if (node.part != Part::default_word) return reader.fragment(node);
  const std::string_view word = reader.text(node);
  if (equal_ignoring_case(word, "true") || equal_ignoring_case(word, "false"))
    return schema::Fragment({schema::Token{schema::Role::keyword, std::string(word), {}, {}}}, std::string(word));
  std::string literal = "'";
  for (char c : unquote(word)) literal += c == '\'' ? std::string("''") : std::string(1, c);
  literal += "'";
  return schema::Fragment({schema::Token{schema::Role::literal, std::move(literal), {}, {}}}, std::string(word));
}

Result<schema::Generated> read_generated(const Reader& reader, const Node& node) {
  schema::Generated generated;
  for (const Node& child : reader.parts(node)) {
    if (child.part == Part::expression) generated.expression = reader.fragment(child);
    if (child.part != Part::generated_kind) continue;
    generated.stored = equal_ignoring_case(reader.text(child), "stored");
    if (!generated.stored && !equal_ignoring_case(reader.text(child), "virtual"))
      return schema::fail(
          reader.error(child.begin, "a generated column is STORED or VIRTUAL", {}, schema::ErrorCode::fix_text));
  }
  return generated;
}

tl::unexpected<schema::Error> second_key(const Reader& reader, const Node& node) {
  return schema::fail(reader.error(node.begin, "the table has a primary key already",
                                   "name all columns of the key in one constraint: PRIMARY KEY (a, b)"));
}

Result<void> read_option(const Reader& reader, const Node& node, schema::TableOptions& options) {
  const std::string name = unquote(reader.text(node.end - 1));
  const bool without = node.end - node.begin == 2;
  if (without && equal_ignoring_case(name, "rowid"))
    options.without_rowid = true;
  else if (!without && equal_ignoring_case(name, "strict"))
    options.strict = true;
  else
    return schema::fail(reader.error(node.begin, fmt::format("unknown table option {}", reader.text(node)),
                                     "SQLite knows STRICT and WITHOUT ROWID", schema::ErrorCode::fix_text));
  return {};
}

bool is_integer(const schema::Column* column) {
  return column && column->type.name == "INTEGER" && column->type.arguments.empty();
}

// A key of one INTEGER column is the rowid unless DESC is written at the column itself; in a table
// constraint DESC makes no difference (https://www.sqlite.org/lang_createtable.html#rowid).
// REQUIRES: a primary key.
void settle_descending_key(parser::Table& table) {
  if (table.options.without_rowid || table.primary_key->parts.size() != 1) return;
  schema::KeyPart& part = table.primary_key->parts.front();
  const auto name = part.expression.as_column();
  if (name && is_integer(table.find_column(*name))) part.descending = false;
}

bool is_strict_type(const schema::Type& type) {
  for (const char* name : {"INT", "INTEGER", "REAL", "TEXT", "BLOB", "ANY"})
    if (type.name == name && type.arguments.empty()) return true;
  return false;
}

// What SQLite refuses when it makes the table, although the text is right. The errors have no
// position: it is the table's.
Result<void> check_table(const parser::Table& table) {
  const auto& key = table.primary_key;
  std::vector<const std::vector<schema::KeyPart>*> keys;
  if (key) keys.push_back(&key->parts);
  for (const parser::Unique& unique : table.uniques) keys.push_back(&unique.parts);
  for (const auto* parts : keys)
    for (const schema::KeyPart& part : *parts)
      if (!part.expression.as_column())
        return refuse("keys and unique constraints consist of columns, not of expressions",
                      "CREATE UNIQUE INDEX takes expressions");
  if (key && key->autoincrement) {
    const auto column = key->parts.size() == 1 ? key->parts.front().expression.as_column() : std::nullopt;
    if (!column || !is_integer(table.find_column(*column)) || key->parts.front().descending)
      return refuse("AUTOINCREMENT needs an INTEGER PRIMARY KEY");
    if (table.options.without_rowid) return refuse("AUTOINCREMENT needs a table with rowids");
  }
  if (table.options.without_rowid && !key) return refuse("a table WITHOUT ROWID needs a primary key");
  for (const schema::Column& column : table.columns)
    if (table.options.strict && !is_strict_type(column.type))
      return refuse(fmt::format("column {} needs a type that STRICT tables have", column.name.text()),
                    "the types are INT, INTEGER, REAL, TEXT, BLOB and ANY");
  return {};
}

}  // namespace

parser::Check read_check(const Reader& reader, const Node& node, Name name) {
  return {std::move(name), reader.fragment(*reader.find(node, Part::expression))};
}

Result<parser::AddColumn> read_column(const Reader& reader, const Node& node) {
  parser::AddColumn result;
  schema::Column& column = result.column;
  Name name;  // of the next constraint
  for (const Node& child : reader.parts(node)) {
    switch (child.part) {
      case Part::column_name:
        column.name = reader.name(child);
        continue;
      case Part::type:
        column.type = read_type(reader, child);
        continue;
      case Part::constraint_name:
        name = reader.name(child);
        continue;
      case Part::not_null:
        column.not_null = true;
        column.not_null_conflict = read_conflict(reader, child);
        break;
      case Part::default_value:
      case Part::default_word:
      case Part::default_in_parens:
        column.default_value = read_default(reader, child);
        break;
      case Part::primary_key:
        if (result.primary_key) return second_key(reader, child);
        result.primary_key = read_primary_key(reader, child, std::move(name));
        result.primary_key->parts = {part_of(column.name)};
        result.primary_key->parts.front().descending = reader.has(child, Part::descending);
        break;
      case Part::unique:
        result.uniques.push_back({std::move(name), {part_of(column.name)}, read_conflict(reader, child)});
        break;
      case Part::check:
        result.checks.push_back(read_check(reader, child, std::move(name)));
        break;
      case Part::foreign_key: {
        EMCEE_ASSIGN(parser::ForeignKey key, read_foreign_key(reader, child, std::move(name), {column.name}));
        result.foreign_keys.push_back(std::move(key));
        break;
      }
      case Part::deferral:
        if (!result.foreign_keys.empty()) result.foreign_keys.back().deferral = read_deferral(reader, child);
        break;
      case Part::collation:
        column.collation = reader.name(child);
        break;
      case Part::generated: {
        EMCEE_ASSIGN(column.generated, read_generated(reader, child));
        break;
      }
      default:
        continue;
    }
    name.reset();
  }
  return result;
}

Result<parser::Table> read_table(const Reader& reader, const Node& node) {
  parser::Table table;
  std::size_t columns = 0;
  for (const Node& child : reader.parts(node)) columns += child.part == Part::column;
  table.columns.reserve(columns);
  bool key_in_table_constraint = false;
  Name name;
  for (const Node& child : reader.parts(node)) {
    switch (child.part) {
      case Part::column: {
        EMCEE_ASSIGN(parser::AddColumn column, read_column(reader, child));
        if (column.primary_key && table.primary_key) return second_key(reader, child);
        if (column.primary_key) table.primary_key = std::move(column.primary_key);
        std::move(column.uniques.begin(), column.uniques.end(), std::back_inserter(table.uniques));
        std::move(column.foreign_keys.begin(), column.foreign_keys.end(), std::back_inserter(table.foreign_keys));
        std::move(column.checks.begin(), column.checks.end(), std::back_inserter(table.checks));
        table.columns.push_back(std::move(column.column));
        continue;
      }
      case Part::constraint_name:
        name = reader.name(child);
        continue;
      case Part::primary_key:
        if (table.primary_key) return second_key(reader, child);
        table.primary_key = read_primary_key(reader, child, std::move(name));
        key_in_table_constraint = true;
        break;
      case Part::unique:
        table.uniques.push_back({std::move(name), read_key_parts(reader, child), read_conflict(reader, child)});
        break;
      case Part::check:
        table.checks.push_back(read_check(reader, child, std::move(name)));
        break;
      case Part::foreign_key: {
        EMCEE_ASSIGN(parser::ForeignKey key, read_foreign_key(reader, child, std::move(name)));
        table.foreign_keys.push_back(std::move(key));
        break;
      }
      case Part::option:
        EMCEE_TRY(read_option(reader, child, table.options));
        continue;
      default:
        continue;
    }
    name.reset();
  }
  if (key_in_table_constraint) settle_descending_key(table);
  if (!reader.has(node, Part::as_select)) EMCEE_TRY(check_table(table));
  return table;
}

}  // namespace emcee::sqlite
