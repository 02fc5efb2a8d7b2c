#include "dialects/sqlite/ddl.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "dialects/sqlite/tokens.h"

namespace emcee::sqlite {

using schema::Fragment;
using schema::Identifier;
using schema::QualifiedName;
using schema::Role;

namespace {

bool can_stand_bare(std::string_view name) {
  if (name.empty() || (name.front() >= '0' && name.front() <= '9')) return false;
  for (char c : name)
    if (!(c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) return false;
  return keyword(name) == Tk::identifier;
}

std::string sql(const Fragment& fragment) { return to_sql(fragment, quoting()); }

std::string names(const std::vector<Identifier>& identifiers) {
  std::vector<std::string> quoted;
  for (const Identifier& identifier : identifiers) quoted.push_back(quoting()(identifier));
  return fmt::format("({})", fmt::join(quoted, ", "));
}

std::string constraint_name(const std::optional<Identifier>& name) {
  return name ? "CONSTRAINT " + quoting()(*name) + " " : "";
}

std::string_view word(schema::Conflict conflict) {
  switch (conflict) {
    case schema::Conflict::abort:
      return "ABORT";
    case schema::Conflict::rollback:
      return "ROLLBACK";
    case schema::Conflict::fail:
      return "FAIL";
    case schema::Conflict::ignore:
      return "IGNORE";
    case schema::Conflict::replace:
      return "REPLACE";
  }
  return "";
}

std::string on_conflict(schema::Conflict conflict) {
  return conflict == schema::Conflict::abort ? "" : fmt::format(" ON CONFLICT {}", word(conflict));
}

std::string_view word(schema::ReferentialAction action) {
  switch (action) {
    case schema::ReferentialAction::no_action:
      return "NO ACTION";
    case schema::ReferentialAction::restrict:
      return "RESTRICT";
    case schema::ReferentialAction::cascade:
      return "CASCADE";
    case schema::ReferentialAction::set_null:
      return "SET NULL";
    case schema::ReferentialAction::set_default:
      return "SET DEFAULT";
  }
  return "";
}

std::string_view word(schema::TriggerTime time) {
  switch (time) {
    case schema::TriggerTime::before:
      return "BEFORE";
    case schema::TriggerTime::after:
      return "AFTER";
    case schema::TriggerTime::instead_of:
      return "INSTEAD OF";
  }
  return "";
}

std::string_view word(schema::TriggerEvent event) {
  switch (event) {
    case schema::TriggerEvent::insert:
      return "INSERT";
    case schema::TriggerEvent::update:
      return "UPDATE";
    case schema::TriggerEvent::truncate:  // SQLite has none
    case schema::TriggerEvent::remove:
      return "DELETE";
  }
  return "";
}

// `5`, `-5`, `'x'`, NULL, CURRENT_DATE: a default that needs no parentheses.
bool is_plain_default(const Fragment& value) {
  const std::vector<schema::Token>& tokens = value.tokens();
  const auto plain = [](const schema::Token& token) {
    if (token.role == Role::literal) return true;
    for (const char* keyword : {"NULL", "TRUE", "FALSE", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP"})
      if (token.is(Role::keyword, keyword)) return true;
    return false;
  };
  if (tokens.size() == 1) return plain(tokens[0]);
  return tokens.size() == 2 && tokens[0].role == Role::symbol && (tokens[0].text == "-" || tokens[0].text == "+") &&
         tokens[1].role == Role::literal;
}

// AUTOINCREMENT, and DESC on an INTEGER key that is not the rowid, can only be written at the
// column; a collation of its own only in a table constraint.
bool key_at_column(const schema::PrimaryKey& key) {
  return key.parts.size() == 1 && key.parts.front().expression.as_column() && !key.parts.front().collation;
}

std::string primary_key_at_column(const schema::PrimaryKey& key) {
  return fmt::format(" {}PRIMARY KEY{}{}{}", constraint_name(key.name), key.parts.front().descending ? " DESC" : "",
                     on_conflict(key.conflict), key.autoincrement ? " AUTOINCREMENT" : "");
}

std::string terminated(const std::string& statement) { return statement + ";\n"; }

}  // namespace

const schema::Quoting& quoting() {
  static const schema::Quoting kQuoting{'"', '"', &can_stand_bare};
  return kQuoting;
}

std::string string_literal(std::string_view text) {
  std::string result = "'";
  for (char c : text) {
    if (c == '\'') result += c;
    result += c;
  }
  return result + "'";
}

std::string default_clause(const Fragment& value) {
  return is_plain_default(value) ? "DEFAULT " + sql(value) : "DEFAULT (" + sql(value) + ")";
}

std::string column_definition(const schema::Column& column) {
  std::string text = quoting()(column.name);
  if (!column.type.text.empty()) text += " " + column.type.text;
  if (column.not_null) text += " NOT NULL" + on_conflict(column.not_null_conflict);
  if (column.default_value) text += " " + default_clause(*column.default_value);
  if (column.collation) text += " COLLATE " + quoting()(*column.collation);
  if (column.generated)
    text += fmt::format(" GENERATED ALWAYS AS ({}) {}", sql(column.generated->expression),
                        column.generated->stored ? "STORED" : "VIRTUAL");
  return text;
}

std::string key_parts(const std::vector<schema::KeyPart>& parts) {
  std::vector<std::string> texts;
  for (const schema::KeyPart& part : parts) {
    std::string text = sql(part.expression);
    if (part.collation) {
      // COLLATE binds tighter than any operator.
      if (part.expression.tokens().size() > 1) text = "(" + text + ")";
      text += " COLLATE " + quoting()(*part.collation);
    }
    texts.push_back(text + (part.descending ? " DESC" : ""));
  }
  return fmt::format("({})", fmt::join(texts, ", "));
}

std::string check_clause(const schema::Check& check) {
  return fmt::format("{}CHECK ({})", constraint_name(check.name), sql(check.expression));
}

std::string unique_clause(const schema::Unique& unique) {
  return fmt::format("{}UNIQUE {}{}", constraint_name(unique.name), key_parts(unique.parts),
                     on_conflict(unique.conflict));
}

std::string foreign_key_clause(const schema::ForeignKey& key) {
  std::string text = fmt::format("{}FOREIGN KEY {} REFERENCES {}", constraint_name(key.name), names(key.columns),
                                 quoting()(key.references));
  if (!key.referenced.empty()) text += " " + names(key.referenced);
  if (key.on_delete != schema::ReferentialAction::no_action) text += fmt::format(" ON DELETE {}", word(key.on_delete));
  if (key.on_update != schema::ReferentialAction::no_action) text += fmt::format(" ON UPDATE {}", word(key.on_update));
  if (key.deferral == schema::Deferral::initially_deferred) text += " DEFERRABLE INITIALLY DEFERRED";
  return text;
}

std::string create_table(const schema::Table& table) {
  return table.source.empty() ? create_table(table, table.name) : table.source;
}

std::string create_table(const schema::Table& table, const QualifiedName& name) {
  std::vector<std::string> lines;
  const bool key_in_column = table.primary_key && key_at_column(*table.primary_key);
  const auto key_column = key_in_column ? table.primary_key->parts.front().expression.as_column() : std::nullopt;
  for (const schema::Column& column : table.columns) {
    std::string line = column_definition(column);
    if (key_column && *key_column == column.name) line += primary_key_at_column(*table.primary_key);
    lines.push_back(std::move(line));
  }
  if (table.primary_key && !key_in_column)
    lines.push_back(fmt::format("{}PRIMARY KEY {}{}", constraint_name(table.primary_key->name),
                                key_parts(table.primary_key->parts), on_conflict(table.primary_key->conflict)));
  for (const schema::Unique& unique : table.uniques) lines.push_back(unique_clause(unique));
  for (const schema::ForeignKey& key : table.foreign_keys) lines.push_back(foreign_key_clause(key));
  for (const schema::Check& check : table.checks) lines.push_back(check_clause(check));
  std::string text = fmt::format("CREATE TABLE {} (\n  {}\n)", quoting()(name), fmt::join(lines, ",\n  "));
  if (table.options.strict) text += " STRICT";
  if (table.options.without_rowid) text += table.options.strict ? ", WITHOUT ROWID" : " WITHOUT ROWID";
  return text;
}

std::string create_index(const schema::Index& index, const QualifiedName& table) {
  if (!index.source.empty()) return index.source;
  std::string text = fmt::format("CREATE {}INDEX {} ON {} {}", index.unique ? "UNIQUE " : "", quoting()(index.name),
                                 quoting()(table.name), key_parts(index.parts));
  if (index.where) text += " WHERE " + sql(*index.where);
  return text;
}

std::string create_view(const schema::View& view) {
  if (!view.source.empty()) return view.source;
  return fmt::format("CREATE VIEW {}{} AS {}", quoting()(view.name),
                     view.columns.empty() ? "" : " " + names(view.columns), sql(view.query));
}

std::string create_trigger(const schema::Trigger& trigger) {
  if (!trigger.source.empty()) return trigger.source;
  std::string text =
      fmt::format("CREATE TRIGGER {} {} {}", quoting()(trigger.name), word(trigger.time), word(trigger.events.front()));
  if (!trigger.update_of.empty()) {
    const std::string columns = names(trigger.update_of);
    text += " OF " + columns.substr(1, columns.size() - 2);
  }
  text += " ON " + quoting()(trigger.table);
  if (trigger.when) text += " WHEN " + sql(*trigger.when);
  return text + " BEGIN " + sql(trigger.body) + " END";
}

std::string create_object(const schema::OpaqueObject& object) {
  if (!object.source.empty()) return object.source;
  return fmt::format("CREATE {} {} USING {}", schema::to_upper(object.kind), quoting()(object.name),
                     sql(object.definition));
}

std::string print(const schema::Schema& schema) {
  std::string text;
  for (const schema::Table& table : schema.tables()) text += terminated(create_table(table));
  for (const schema::Table& table : schema.tables())
    for (const schema::Index& index : table.indexes) text += terminated(create_index(index, table.name));
  for (const schema::OpaqueObject& object : schema.objects()) text += terminated(create_object(object));
  for (const schema::View& view : schema.views()) text += terminated(create_view(view));
  for (const schema::Trigger& trigger : schema.triggers()) text += terminated(create_trigger(trigger));
  return text;
}

}  // namespace emcee::sqlite
