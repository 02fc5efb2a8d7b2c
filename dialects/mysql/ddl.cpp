#include "dialects/mysql/ddl.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <unordered_set>

#include "dialects/mysql/charset.h"
#include "dialects/mysql/defaults.h"
#include "dialects/mysql/group_sql.h"
#include "dialects/mysql/quoting.h"
#include "dialects/mysql/types.h"

namespace emcee::mysql {

using schema::Fragment;
using schema::Identifier;
using schema::Index;
using schema::Options;
using schema::Table;

namespace {

std::string sql(const Fragment& fragment) {
  return fragment.source().empty() ? expression_sql(fragment) : fragment.source();
}

std::string names(const std::vector<Identifier>& identifiers) {
  std::vector<std::string> quoted;
  for (const Identifier& identifier : identifiers) quoted.push_back(quoting()(identifier));
  return fmt::format("({})", fmt::join(quoted, ", "));
}

const std::string* option(const Options& options, std::string_view name) {
  const auto it = options.find(name);
  return it == options.end() ? nullptr : &it->second;
}

std::string constraint(const std::optional<Identifier>& name) {
  return name ? "CONSTRAINT " + quoting()(*name) + " " : "";
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

std::string_view word(schema::TriggerEvent event) {
  switch (event) {
    case schema::TriggerEvent::insert:
      return "INSERT";
    case schema::TriggerEvent::update:
      return "UPDATE";
    case schema::TriggerEvent::truncate:  // MySQL has none
    case schema::TriggerEvent::remove:
      return "DELETE";
  }
  return "";
}

bool is_clock(const Fragment& value) {
  return !value.empty() && value.tokens().front().is(schema::Role::keyword, "CURRENT_TIMESTAMP") &&
         (value.tokens().size() == 1 || value.tokens().size() == 4);
}

// MySQL wants the clock of a column to be as exact as its type, and all of that changes in one statement.
std::string clock_of(const schema::Column& column, const std::string& written, const Server& server) {
  if (server.is_mariadb()) return written;
  return column.type.arguments.empty() ? "CURRENT_TIMESTAMP"
                                       : fmt::format("CURRENT_TIMESTAMP({})", column.type.arguments.front());
}

// Options whose values are names or numbers; all others are texts.
bool is_bare(std::string_view name) {
  for (std::string_view known : {"engine",        "row_format",       "key_block_size",    "avg_row_length",
                                 "max_rows",      "min_rows",         "checksum",          "delay_key_write",
                                 "pack_keys",     "stats_persistent", "stats_auto_recalc", "stats_sample_pages",
                                 "insert_method", "transactional",    "page_checksum",     "sequence",
                                 "union",         "column_format",    "storage",           "auto_increment",
                                 "nodegroup",     "tablespace",       "autoextend_size"})
    if (name == known) return true;
  return false;
}

std::string index_options(const Options& options) {
  std::string text;
  for (const auto& [name, value] : options) {
    if (name == "method")
      text += " USING " + schema::to_upper(value);
    else if (name == "key_block_size")
      text += " KEY_BLOCK_SIZE=" + value;
    else if (name == "parser")
      text += " WITH PARSER " + quoting()(Identifier(value));
    else if (name == "comment")
      text += " COMMENT " + string_literal(value);
    else if (name == "invisible")
      text += " INVISIBLE";
    else if (name == "ignored")
      text += " IGNORED";
    else if (name == "engine_attribute" || name == "secondary_engine_attribute")
      text += " " + schema::to_upper(name) + "=" + string_literal(value);
    else
      text += " " + quoting()(Identifier(name)) + "=" + string_literal(value);
  }
  return text;
}

std::string generated_clause(const schema::Generated& generated) {
  return fmt::format(" GENERATED ALWAYS AS ({}) {}", sql(generated.expression),
                     generated.stored ? "STORED" : "VIRTUAL");
}

const schema::Check* check_of(const Table& table, const schema::Column& column) {
  for (const schema::Check& check : table.checks) {
    const std::string* owner = option(check.options, "column");
    if (owner && schema::equal_ignoring_case(*owner, column.name.text())) return &check;
  }
  return nullptr;
}

std::string create(const Table& table, const Server& server, bool with_keys) {
  std::vector<std::string> lines;
  for (const schema::Column& column : table.columns) lines.push_back(column_definition(column, table, server));
  if (table.primary_key) lines.push_back(primary_key_clause(*table.primary_key));
  for (const Index& index : table.indexes) lines.push_back(index_clause(index));
  if (with_keys)
    for (const schema::ForeignKey& key : table.foreign_keys) lines.push_back(foreign_key_clause(key, server));
  for (const schema::Check& check : table.checks)
    if (!option(check.options, "column")) lines.push_back(check_clause(check));
  for (const schema::Column& column : table.columns) {
    const std::string* period = option(column.options, "row_period");
    if (!period || *period != "start") continue;
    for (const schema::Column& end : table.columns)
      if (const std::string* other = option(end.options, "row_period"); other && *other == "end")
        lines.push_back(fmt::format("PERIOD FOR SYSTEM_TIME ({}, {})", quoting()(column.name), quoting()(end.name)));
  }
  std::string text = fmt::format("CREATE TABLE {} (\n  {}\n)", quoting()(table.name), fmt::join(lines, ",\n  "));
  text += table_options(table);
  if (const std::string* partitions = option(table.options.other, "partition_by")) text += "\n " + *partitions;
  return text;
}

// Foreign keys to tables that come later, or to one another, are added at the end.
std::string tables_in_order(const schema::Schema& schema, const Server& server) {
  std::string text, late;
  std::unordered_set<schema::QualifiedName> made;
  for (const Table& table : schema.tables()) {
    made.insert(table.name);
    const bool ready = std::all_of(table.foreign_keys.begin(), table.foreign_keys.end(),
                                   [&](const schema::ForeignKey& key) { return made.count(key.references) > 0; });
    text += (ready ? create_table(table, server) : create_table_alone(table, server)) + ";\n";
    if (ready) continue;
    for (const schema::ForeignKey& key : table.foreign_keys)
      late += fmt::format("ALTER TABLE {} ADD {};\n", quoting()(table.name), foreign_key_clause(key, server));
  }
  return text + late;
}

// Views after those that they name.
std::string views_in_order(const schema::Schema& schema) {
  std::string text;
  std::vector<const schema::View*> waiting;
  for (const schema::View& view : schema.views()) waiting.push_back(&view);
  while (!waiting.empty()) {
    const auto ready = std::find_if(waiting.begin(), waiting.end(), [&](const schema::View* view) {
      return std::none_of(waiting.begin(), waiting.end(), [&](const schema::View* other) {
        return other != view && view->query.mentions_table(other->name.name);
      });
    });
    const auto next = ready == waiting.end() ? waiting.begin() : ready;
    text += create_view(**next) + ";\n";
    waiting.erase(next);
  }
  return text;
}

}  // namespace

bool is_json_text(const Table& table, const schema::Column& column) {
  const schema::Check* check = check_of(table, column);
  if (!check || column.type.name != "longtext") return false;
  const auto& tokens = check->expression.tokens();
  return tokens.size() == 4 && schema::equal_ignoring_case(tokens[0].text, "json_valid") &&
         check->expression.mentions_column(column.name);
}

std::string key_parts(const std::vector<schema::KeyPart>& parts) {
  std::vector<std::string> texts;
  for (const schema::KeyPart& part : parts) {
    const auto column = part.expression.as_column();
    std::string text = column ? quoting()(*column) : "(" + sql(part.expression) + ")";
    if (part.prefix > 0) text += fmt::format("({})", part.prefix);
    if (part.descending) text += " DESC";
    texts.push_back(std::move(text));
  }
  return fmt::format("({})", fmt::join(texts, ", "));
}

std::string default_clause(const schema::Column& column, const Server& server) {
  const Fragment& value = *column.default_value;
  // MySQL takes a value for BLOB, TEXT, JSON and spatial columns as an expression only.
  const bool plain_allowed = server.is_mariadb() || !(is_lob(column.type) || family(column.type) == Family::json);
  const bool plain = is_clock(value) || (is_literal(value) && plain_allowed) ||
                     (value.tokens().size() == 1 && value.tokens()[0].is(schema::Role::keyword, "NULL"));
  if (!plain) return "DEFAULT (" + sql(value) + ")";
  return "DEFAULT " + (is_clock(value) ? clock_of(column, sql(value), server) : sql(value));
}

std::string column_definition(const schema::Column& column, const Table& table, const Server& server) {
  std::string text = quoting()(column.name) + " " + column.type.text;
  const std::string* usual = option(table.options.other, "collation");
  if (column.collation && !(usual && *usual == column.collation->text()))
    text += fmt::format(" CHARACTER SET {} COLLATE {}", charset_of(column.collation->text()), column.collation->text());
  const auto named = [&](std::string_view name) { return option(column.options, name); };
  if (const std::string* period = named("row_period")) {
    text += " GENERATED ALWAYS AS ROW " + schema::to_upper(*period);
  } else if (column.generated) {
    text += generated_clause(*column.generated);
    if (column.not_null && !server.is_mariadb()) text += " NOT NULL";
  } else if (column.not_null) {
    text += " NOT NULL";
  } else if (family(column.type) == Family::timestamp) {
    text += " NULL";
  }
  if (const std::string* srid = named("srid")) text += fmt::format(" SRID {}", *srid);
  if (const std::string* srid = named("ref_system_id")) text += fmt::format(" REF_SYSTEM_ID={}", *srid);
  if (named("invisible")) text += " INVISIBLE";
  if (const std::string* versioned = named("system_versioning"))
    text += *versioned == "yes" ? " WITH SYSTEM VERSIONING" : " WITHOUT SYSTEM VERSIONING";
  if (column.default_value) text += " " + default_clause(column, server);
  if (const std::string* clock = named("on_update")) text += " ON UPDATE " + clock_of(column, *clock, server);
  if (column.identity) text += " AUTO_INCREMENT";
  if (const std::string* comment = named("comment")) text += " COMMENT " + string_literal(*comment);
  for (const auto& [name, value] : column.options) {
    if (name == "column_format" || name == "storage")
      text += " " + schema::to_upper(name) + " " + schema::to_upper(value);
    else if (name == "engine_attribute" || name == "secondary_engine_attribute")
      text += " " + schema::to_upper(name) + "=" + string_literal(value);
    else if (name == "compressed")
      text += " COMPRESSED";
    else if (name != "comment" && name != "on_update" && name != "invisible" && name != "srid" &&
             name != "ref_system_id" && name != "row_period" && name != "system_versioning")
      text += " " + quoting()(Identifier(name)) + "=" + string_literal(value);
  }
  if (const schema::Check* check = check_of(table, column)) text += fmt::format(" CHECK ({})", sql(check->expression));
  return text;
}

std::string primary_key_clause(const schema::PrimaryKey& key) {
  return "PRIMARY KEY " + key_parts(key.parts) + index_options(key.options);
}

std::string index_clause(const Index& index) {
  const bool special = index.method == "fulltext" || index.method == "spatial";
  std::string text = special ? schema::to_upper(index.method) + " KEY " : index.unique ? "UNIQUE KEY " : "KEY ";
  text += quoting()(index.name.name) + " " + key_parts(index.parts);
  if (!special && !index.method.empty()) text += " USING " + schema::to_upper(index.method);
  return text + index_options(index.options);
}

std::string foreign_key_clause(const schema::ForeignKey& key, const Server& server) {
  std::string text = fmt::format("{}FOREIGN KEY {} REFERENCES {}", constraint(key.name), names(key.columns),
                                 quoting()(key.references));
  if (!key.referenced.empty()) text += " " + names(key.referenced);
  const auto usual = server.is_mariadb() ? schema::ReferentialAction::restrict : schema::ReferentialAction::no_action;
  if (key.on_delete != usual) text += fmt::format(" ON DELETE {}", word(key.on_delete));
  if (key.on_update != usual) text += fmt::format(" ON UPDATE {}", word(key.on_update));
  return text;
}

std::string check_clause(const schema::Check& check) {
  return fmt::format("{}CHECK ({}){}", constraint(check.name), sql(check.expression),
                     option(check.options, "not_enforced") ? " NOT ENFORCED" : "");
}

std::string table_options(const Table& table) {
  std::string text;
  const Options& options = table.options.other;
  if (const std::string* engine = option(options, "engine"))
    text += " ENGINE=" + (*engine == "innodb" ? std::string("InnoDB") : schema::to_upper(*engine));
  for (const auto& [name, value] : table.options.carried) text += " " + schema::to_upper(name) + "=" + value;
  if (const std::string* collation = option(options, "collation"))
    text += fmt::format(" DEFAULT CHARSET={} COLLATE={}", charset_of(*collation), *collation);
  for (const auto& [name, value] : options) {
    if (name == "engine" || name == "collation" || name == "partition_by") continue;
    std::string word = schema::to_upper(name);
    if (name == "data_directory" || name == "index_directory") word[name.find('_')] = ' ';
    if (name == "system_versioning")
      text += " WITH SYSTEM VERSIONING";
    else if (is_bare(name))
      text += " " + word + "=" + (name == "row_format" ? schema::to_upper(value) : value);
    else
      text += " " + word + "=" + string_literal(value);
  }
  return text;
}

std::string create_table(const Table& table, const Server& server) { return create(table, server, true); }
std::string create_table_alone(const Table& table, const Server& server) { return create(table, server, false); }

std::string create_view(const schema::View& view) {
  std::string text = "CREATE";
  if (const std::string* algorithm = option(view.options, "algorithm"))
    text += " ALGORITHM=" + schema::to_upper(*algorithm);
  if (option(view.options, "sql_security")) text += " SQL SECURITY INVOKER";
  text += " VIEW " + quoting()(view.name);
  if (!view.columns.empty()) text += " " + names(view.columns);
  // The names that were written before the query, which has them itself where it is spelled anew.
  if (!view.source.empty() && !view.query.source().empty()) text += " " + view.source;
  text += " AS " + sql(view.query);
  if (const std::string* check = option(view.options, "check_option"))
    text += fmt::format(" WITH {} CHECK OPTION", schema::to_upper(*check));
  return text;
}

std::string create_trigger(const schema::Trigger& trigger) {
  return fmt::format("CREATE TRIGGER {} {} {} ON {} FOR EACH ROW {}", quoting()(trigger.name),
                     trigger.time == schema::TriggerTime::before ? "BEFORE" : "AFTER", word(trigger.events.front()),
                     quoting()(trigger.table), sql(trigger.body));
}

std::string create_object(const schema::OpaqueObject& object) {
  if (!object.source.empty()) return object.source;
  return fmt::format("CREATE {} {} {}", schema::to_upper(object.kind), quoting()(object.name), sql(object.definition));
}

std::string terminated(const std::string& statement) {
  if (statement.find(';') == std::string::npos) return statement + ";\n";
  return "DELIMITER //\n" + statement + "//\nDELIMITER ;\n";
}

std::string print(const schema::Schema& schema, const Server& server) {
  std::string text;
  const auto objects = [&](bool sequences) {
    for (const schema::OpaqueObject& object : schema.objects())
      if ((object.kind == "sequence") == sequences) text += terminated(create_object(object));
  };
  objects(true);
  text += tables_in_order(schema, server);
  // A view may call a function, and a function is free to name what is not there.
  for (const schema::OpaqueObject& object : schema.objects())
    if (object.kind == "function") text += terminated(create_object(object));
  text += views_in_order(schema);
  for (const schema::Trigger& trigger : schema.triggers()) text += terminated(create_trigger(trigger));
  for (const schema::OpaqueObject& object : schema.objects())
    if (object.kind != "function" && object.kind != "sequence") text += terminated(create_object(object));
  return text;
}

}  // namespace emcee::mysql
