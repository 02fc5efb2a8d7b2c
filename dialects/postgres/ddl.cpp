#include "dialects/postgres/ddl.h"
#include "schema/is_one_of.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <array>

namespace emcee::postgres {

using schema::Fragment;
using schema::Identifier;
using schema::Options;
using schema::QualifiedName;

namespace {

std::string constraint_name(const std::optional<Identifier>& name) {
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

std::string word(schema::TriggerEvent event, const std::vector<Identifier>& update_of) {
  switch (event) {
    case schema::TriggerEvent::insert:
      return "INSERT";
    case schema::TriggerEvent::update: {
      if (update_of.empty()) return "UPDATE";
      const std::string columns = name_list(update_of);
      return "UPDATE OF " + columns.substr(1, columns.size() - 2);
    }
    case schema::TriggerEvent::truncate:
      return "TRUNCATE";
    case schema::TriggerEvent::remove:
      return "DELETE";
  }
  return "";
}

// These have a clause or a statement of their own.
constexpr std::array<std::string_view, 14> kTableOptions = {
    "comment",      "unlogged",           "partition_by",     "partition_of", "bound",    "inherits", "tablespace",
    "row_security", "force_row_security", "replica_identity", "cluster_on",   "typed_as", "owner",    "access_method"};
constexpr std::array<std::string_view, 9> kIndexOptions = {
    "comment",    "constraint",  "deferral", "only",      "nulls_not_distinct",
    "tablespace", "attached_to", "invalid",  "statistics"};
constexpr std::array<std::string_view, 4> kViewOptions = {"comment", "materialized", "check_option", "no_data"};
constexpr std::array<std::string_view, 4> kColumnOptions = {"comment", "storage", "compression", "statistics"};

constexpr std::string_view kViewDefault = "default of ";

// ` WITH (fillfactor = 70)`, of the options that are not known otherwise.
template <std::size_t N>
std::string with_parameters(const Options& options, const std::array<std::string_view, N>& known) {
  std::vector<std::string> parameters;
  for (const auto& [name, value] : options)
    if (!schema::is_one_of(name, known) && !name.starts_with(kViewDefault))
      parameters.push_back(fmt::format("{} = {}", name, string_literal(value)));
  return parameters.empty() ? "" : fmt::format(" WITH ({})", fmt::join(parameters, ", "));
}

std::string text_of(const Options& options, std::string_view name) {
  const auto it = options.find(name);
  return it == options.end() ? "" : it->second;
}

std::string comment_value(const std::optional<std::string>& text) { return text ? string_literal(*text) : "NULL"; }

// Comments on the constraints of a table; each has a name by now.
template <class Constraint>
void comment_on(std::vector<std::string>& statements, const QualifiedName& table, const Constraint& constraint) {
  const auto it = constraint.options.find("comment");
  if (it == constraint.options.end() || !constraint.name) return;
  statements.push_back(fmt::format("COMMENT ON CONSTRAINT {} ON {} IS {}", quoting()(*constraint.name),
                                   quoting()(table), string_literal(it->second)));
}

std::string tablespace(const Options& options) {
  return has_option(options, "tablespace") ? " TABLESPACE " + text_of(options, "tablespace") : "";
}

std::string index_tablespace(const Options& options) {
  return has_option(options, "tablespace") ? " USING INDEX TABLESPACE " + text_of(options, "tablespace") : "";
}

std::string key_columns(const std::vector<schema::KeyPart>& parts) {
  std::vector<std::string> names;
  for (const schema::KeyPart& part : parts) names.push_back(sql(part.expression));
  return fmt::format("({})", fmt::join(names, ", "));
}

// PostgreSQL puts NULLs last where it ascends and first where it descends.
std::string index_part(const schema::KeyPart& part) {
  const bool is_column = part.expression.as_column().has_value();
  std::string text = is_column ? sql(part.expression) : "(" + sql(part.expression) + ")";
  if (part.collation) text += " COLLATE " + quoting()(*part.collation);
  if (!part.operator_class.empty()) text += " " + part.operator_class;
  if (part.descending) text += " DESC";
  if (part.nulls_first != part.descending) text += part.nulls_first ? " NULLS FIRST" : " NULLS LAST";
  if (!part.operator_name.empty()) text += " WITH " + part.operator_name;
  return text;
}

std::string index_parts(const std::vector<schema::KeyPart>& parts) {
  std::vector<std::string> texts;
  for (const schema::KeyPart& part : parts) texts.push_back(index_part(part));
  return fmt::format("({})", fmt::join(texts, ", "));
}

std::string include_clause(const std::vector<Identifier>& columns) {
  return columns.empty() ? "" : " INCLUDE " + name_list(columns);
}

}  // namespace

std::string sql(const Fragment& fragment) { return to_sql(fragment, quoting()); }

std::string name_list(const std::vector<Identifier>& names) {
  std::vector<std::string> quoted;
  for (const Identifier& name : names) quoted.push_back(quoting()(name));
  return fmt::format("({})", fmt::join(quoted, ", "));
}

bool has_option(const Options& options, std::string_view name) { return options.find(name) != options.end(); }

bool is_storage_parameter(std::string_view option) { return !schema::is_one_of(option, kTableOptions); }

bool is_exclusion(const schema::Index& index) { return text_of(index.options, "constraint") == "exclude"; }

std::string identity_clause(const schema::Identity& identity) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kClauses = {
      {{"name", "SEQUENCE NAME "},
       {"start", "START WITH "},
       {"increment", "INCREMENT BY "},
       {"minimum", "MINVALUE "},
       {"maximum", "MAXVALUE "},
       {"cache", "CACHE "},
       {"cycle", "CYCLE"}}};
  std::vector<std::string> clauses;
  for (const auto& [option, clause] : kClauses) {
    if (!has_option(identity.sequence, option)) continue;
    clauses.push_back(std::string(clause) + (option == "cycle" ? "" : text_of(identity.sequence, option)));
  }
  return fmt::format("{} AS IDENTITY{}", identity.always ? "ALWAYS" : "BY DEFAULT",
                     clauses.empty() ? "" : fmt::format(" ({})", fmt::join(clauses, " ")));
}

namespace {

// DEFAULT takes an expression without AT TIME ZONE, IS, IN, AND, OR and NOT (b_expr of the grammar).
bool needs_parentheses(const Fragment& value) {
  static constexpr std::array<std::string_view, 8> kWords = {"AT", "IS",  "IN",       "AND",
                                                             "OR", "NOT", "OVERLAPS", "COLLATE"};
  return std::any_of(value.tokens().begin(), value.tokens().end(), [](const schema::Token& token) {
    return token.role == schema::Role::keyword && schema::is_one_of(schema::to_upper(token.text), kWords);
  });
}

// A literal that was written as a string, with the type of the column implied: the server stores
// '1'::smallint as a constant, but 1::smallint and 'x'::varchar(9) as calls.
bool is_string_of(const Fragment& value, const schema::Type& type) {
  const auto& tokens = value.tokens();
  if (tokens.size() < 3 || tokens[0].role != schema::Role::literal || tokens[1].text != "::") return false;
  if (!std::all_of(tokens.begin() + 1, tokens.end(), [](const schema::Token& t) { return t.implied; })) return false;
  const auto without_spaces = [](std::string text) {
    std::erase(text, ' ');
    return text;
  };
  return without_spaces(sql(Fragment({tokens.begin() + 2, tokens.end()}))) == without_spaces(type.text);
}

}  // namespace

std::string default_clause(const Fragment& value, const schema::Type& type) {
  if (is_string_of(value, type)) {
    const std::string& text = value.tokens().front().text;
    return "DEFAULT " + (text.find('\'') == std::string::npos ? string_literal(text) : text);
  }
  return "DEFAULT " + (needs_parentheses(value) ? "(" + sql(value) + ")" : sql(value));
}

std::string column_definition(const schema::Column& column) {
  std::string text = quoting()(column.name) + " " + column.type.text;
  if (has_option(column.options, "compression")) text += " COMPRESSION " + text_of(column.options, "compression");
  if (column.collation) text += " COLLATE " + quoting()(*column.collation);
  if (column.default_value) text += " " + default_clause(*column.default_value, column.type);
  if (column.generated)
    text += fmt::format(" GENERATED ALWAYS AS ({}) {}", sql(column.generated->expression),
                        column.generated->stored ? "STORED" : "VIRTUAL");
  if (column.identity) text += " GENERATED " + identity_clause(*column.identity);
  if (column.not_null) text += " NOT NULL";
  return text;
}

std::string deferral_clause(schema::Deferral deferral) {
  switch (deferral) {
    case schema::Deferral::not_deferrable:
      return "";
    case schema::Deferral::initially_immediate:
      return " DEFERRABLE";
    case schema::Deferral::initially_deferred:
      return " DEFERRABLE INITIALLY DEFERRED";
  }
  return "";
}

std::string primary_key_clause(const schema::PrimaryKey& key) {
  return constraint_name(key.name) + "PRIMARY KEY " + key_columns(key.parts) + include_clause(key.include) +
         with_parameters(key.options, kIndexOptions) + index_tablespace(key.options) + deferral_clause(key.deferral);
}

std::string unique_clause(const schema::Unique& unique) {
  return constraint_name(unique.name) + "UNIQUE " +
         (has_option(unique.options, "nulls_not_distinct") ? "NULLS NOT DISTINCT " : "") + key_columns(unique.parts) +
         include_clause(unique.include) + with_parameters(unique.options, kIndexOptions) +
         index_tablespace(unique.options) + deferral_clause(unique.deferral);
}

std::string check_clause(const schema::Check& check) {
  return fmt::format("{}CHECK ({}){}", constraint_name(check.name), sql(check.expression),
                     has_option(check.options, "no_inherit") ? " NO INHERIT" : "");
}

std::string foreign_key_clause(const schema::ForeignKey& key) {
  std::string text = fmt::format("{}FOREIGN KEY {} REFERENCES {}", constraint_name(key.name), name_list(key.columns),
                                 quoting()(key.references));
  if (!key.referenced.empty()) text += " " + name_list(key.referenced);
  if (!key.match.empty()) text += " MATCH " + key.match;
  if (key.on_update != schema::ReferentialAction::no_action) text += fmt::format(" ON UPDATE {}", word(key.on_update));
  if (key.on_delete != schema::ReferentialAction::no_action) text += fmt::format(" ON DELETE {}", word(key.on_delete));
  if (has_option(key.options, "set_columns")) text += " " + text_of(key.options, "set_columns");
  return text + deferral_clause(key.deferral);
}

std::string exclude_clause(const schema::Index& index) {
  std::string text = fmt::format("CONSTRAINT {} EXCLUDE USING {} {}{}", quoting()(index.name.name),
                                 index.method.empty() ? "btree" : index.method, index_parts(index.parts),
                                 include_clause(index.include));
  text += with_parameters(index.options, kIndexOptions) + index_tablespace(index.options);
  if (index.where) text += " WHERE (" + sql(*index.where) + ")";
  const std::string deferral = text_of(index.options, "deferral");
  return deferral.empty() ? text : text + " " + deferral;
}

namespace {

// SET STORAGE DEFAULT exists since 16.
std::string storage_of_type(const QualifiedName& table, const Identifier& column, const std::string& statement) {
  return fmt::format(
      "DO $emcee$ BEGIN EXECUTE {} || (\n"
      "  SELECT CASE typstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' "
      "END\n"
      "  FROM pg_catalog.pg_attribute JOIN pg_catalog.pg_type t ON t.oid = atttypid\n"
      "  WHERE attrelid = {}::pg_catalog.regclass AND attname = {}); END $emcee$",
      string_literal(statement), string_literal(quoting()(table)), string_literal(column.text()));
}

}  // namespace

std::string set_column_option(const QualifiedName& table, const Identifier& column, const std::string& option,
                              const std::optional<std::string>& value) {
  const std::string t = quoting()(table), c = quoting()(column);
  if (option == "comment") return fmt::format("COMMENT ON COLUMN {}.{} IS {}", t, c, comment_value(value));
  const std::string alter = fmt::format("ALTER TABLE {} ALTER COLUMN {} ", t, c);
  if (option == "storage")
    return value ? alter + "SET STORAGE " + *value : storage_of_type(table, column, alter + "SET STORAGE ");
  if (option == "compression") return alter + "SET COMPRESSION " + value.value_or("DEFAULT");
  if (option == "statistics") return alter + "SET STATISTICS " + value.value_or("-1");
  return alter + (value ? fmt::format("SET ({} = {})", option, *value) : fmt::format("RESET ({})", option));
}

std::string set_table_option(const QualifiedName& table, const std::string& option,
                             const std::optional<std::string>& before, const std::optional<std::string>& value,
                             const Options& all) {
  const std::string name = quoting()(table);
  if (option == "comment") return fmt::format("COMMENT ON TABLE {} IS {}", name, comment_value(value));
  const std::string alter = "ALTER TABLE " + name + " ";
  if (option == "unlogged") return alter + (value ? "SET UNLOGGED" : "SET LOGGED");
  if (option == "row_security") return alter + (value ? "ENABLE" : "DISABLE") + " ROW LEVEL SECURITY";
  if (option == "force_row_security") return alter + (value ? "" : "NO ") + "FORCE ROW LEVEL SECURITY";
  if (option == "replica_identity") return alter + "REPLICA IDENTITY " + value.value_or("DEFAULT");
  if (option == "cluster_on") return alter + (value ? "CLUSTER ON " + *value : "SET WITHOUT CLUSTER");
  if (option == "tablespace") return alter + "SET TABLESPACE " + value.value_or("pg_default");
  if (option == "access_method") return alter + "SET ACCESS METHOD " + value.value_or("heap");
  if (option == "owner") return alter + "OWNER TO " + value.value_or("CURRENT_USER");
  if (option == "inherits") return alter + (value ? "INHERIT " + *value : "NO INHERIT " + before.value_or(""));
  if (option == "typed_as") return alter + (value ? "OF " + *value : "NOT OF");
  // A partition and its bound come and go together: one statement, that of partition_of.
  if (option == "partition_of")
    return value ? fmt::format("ALTER TABLE {} ATTACH PARTITION {} {}", *value, name, text_of(all, "bound"))
                 : fmt::format("ALTER TABLE {} DETACH PARTITION {}", before.value_or(""), name);
  return alter +
         (value ? fmt::format("SET ({} = {})", option, string_literal(*value)) : fmt::format("RESET ({})", option));
}

namespace {

bool names_index(const std::string& value, const schema::Index& index) {
  const std::string name = quoting()(index.name.name);
  return value == name || value.ends_with(" " + name);
}

// That comes behind the table.
bool names_index(const schema::Table& table, const std::string& value) {
  return std::any_of(table.indexes.begin(), table.indexes.end(),
                     [&](const schema::Index& index) { return !is_exclusion(index) && names_index(value, index); });
}

}  // namespace

std::vector<std::string> rely_on(const schema::Table& table, const schema::Index& index) {
  std::vector<std::string> statements;
  const Options& options = table.options.other;
  for (const char* option : {"replica_identity", "cluster_on"})
    if (const auto it = options.find(option); it != options.end() && names_index(it->second, index))
      statements.push_back(set_table_option(table.name, option, std::nullopt, it->second, options));
  return statements;
}

std::vector<std::string> create_table(const schema::Table& table, bool foreign_keys) {
  const Options& options = table.options.other;
  const auto late = [](const auto& constraint) { return has_option(constraint.options, "not_valid"); };
  std::vector<std::string> lines;
  for (const schema::Column& column : table.columns)
    if (!has_option(column.options, "inherited")) lines.push_back(column_definition(column));
  if (table.primary_key) lines.push_back(primary_key_clause(*table.primary_key));
  for (const schema::Unique& unique : table.uniques) lines.push_back(unique_clause(unique));
  for (const schema::Check& check : table.checks)
    if (!late(check)) lines.push_back(check_clause(check));
  if (foreign_keys)
    for (const schema::ForeignKey& key : table.foreign_keys)
      if (!late(key)) lines.push_back(foreign_key_clause(key));
  std::string text =
      fmt::format("CREATE {}TABLE {} (", has_option(options, "unlogged") ? "UNLOGGED " : "", quoting()(table.name));
  text += lines.empty() ? ")" : fmt::format("\n  {}\n)", fmt::join(lines, ",\n  "));
  if (has_option(options, "inherits")) text += " INHERITS (" + text_of(options, "inherits") + ")";
  if (has_option(options, "partition_by")) text += " PARTITION BY " + text_of(options, "partition_by");
  if (has_option(options, "access_method")) text += " USING " + text_of(options, "access_method");
  text += with_parameters(options, kTableOptions) + tablespace(options);
  std::vector<std::string> statements{std::move(text)};

  const std::string alter = "ALTER TABLE " + quoting()(table.name) + " ";
  for (const schema::Check& check : table.checks)
    if (late(check)) statements.push_back(alter + "ADD " + check_clause(check) + " NOT VALID");
  if (foreign_keys)
    for (const schema::ForeignKey& key : table.foreign_keys)
      if (late(key))
        for (std::string& statement : add_foreign_key(key, table.name)) statements.push_back(std::move(statement));
  for (const schema::Column& column : table.columns)
    for (const auto& [option, value] : column.options)
      if (option != "compression" && option != "inherited")
        statements.push_back(set_column_option(table.name, column.name, option, value));
  for (const char* option :
       {"partition_of", "typed_as", "row_security", "force_row_security", "replica_identity", "cluster_on", "comment"})
    if (const auto it = options.find(option); it != options.end() && !names_index(table, it->second))
      statements.push_back(set_table_option(table.name, option, std::nullopt, it->second, options));
  if (table.primary_key) comment_on(statements, table.name, *table.primary_key);
  for (const auto& unique : table.uniques) comment_on(statements, table.name, unique);
  for (const auto& check : table.checks) comment_on(statements, table.name, check);
  if (foreign_keys)
    for (const auto& key : table.foreign_keys)
      if (!late(key)) comment_on(statements, table.name, key);
  return statements;
}

std::vector<std::string> add_foreign_key(const schema::ForeignKey& key, const QualifiedName& table) {
  std::vector<std::string> statements{fmt::format("ALTER TABLE {} ADD {}{}", quoting()(table), foreign_key_clause(key),
                                                  has_option(key.options, "not_valid") ? " NOT VALID" : "")};
  comment_on(statements, table, key);
  return statements;
}

std::optional<std::string> attach_partition(const schema::Table& table) {
  const Options& options = table.options.other;
  const auto parent = options.find("partition_of");
  if (parent == options.end()) return std::nullopt;
  return set_table_option(table.name, "partition_of", std::nullopt, parent->second, options);
}

std::string comment_on_index(const schema::QualifiedName& index, const std::string& text) {
  return fmt::format("COMMENT ON INDEX {} IS {}", quoting()(index), string_literal(text));
}

std::vector<std::string> create_index(const schema::Index& index, const QualifiedName& table, bool concurrently) {
  std::vector<std::string> statements;
  if (is_exclusion(index)) {
    statements.push_back(fmt::format("ALTER TABLE {} ADD {}", quoting()(table), exclude_clause(index)));
  } else {
    std::string text =
        fmt::format("CREATE {}INDEX {}{} ON {}{}", index.unique ? "UNIQUE " : "", concurrently ? "CONCURRENTLY " : "",
                    quoting()(index.name.name), has_option(index.options, "only") ? "ONLY " : "", quoting()(table));
    if (!index.method.empty()) text += " USING " + index.method;
    text += " " + index_parts(index.parts) + include_clause(index.include);
    if (has_option(index.options, "nulls_not_distinct")) text += " NULLS NOT DISTINCT";
    text += with_parameters(index.options, kIndexOptions) + tablespace(index.options);
    if (index.where) text += " WHERE " + sql(*index.where);
    statements.push_back(std::move(text));
  }
  if (const auto it = index.options.find("comment"); it != index.options.end())
    statements.push_back(comment_on_index(index.name, it->second));
  // `1 SET STATISTICS 3000, ALTER COLUMN 2 ...`
  if (const auto it = index.options.find("statistics"); it != index.options.end())
    statements.push_back(fmt::format("ALTER INDEX {} ALTER COLUMN {}", quoting()(index.name), it->second));
  return statements;
}

std::string view_word(const schema::View& view) {
  return has_option(view.options, "materialized") ? "MATERIALIZED VIEW" : "VIEW";
}

std::string view_default(const Identifier& column) { return std::string(kViewDefault) + column.text(); }

std::vector<std::string> create_view(const schema::View& view, bool replace) {
  std::string text = fmt::format("CREATE {}{} {}", replace ? "OR REPLACE " : "", view_word(view), quoting()(view.name));
  if (!view.columns.empty()) text += " " + name_list(view.columns);
  text += with_parameters(view.options, kViewOptions) + " AS " + sql(view.query);
  if (has_option(view.options, "check_option"))
    text += fmt::format(" WITH {} CHECK OPTION", schema::to_upper(text_of(view.options, "check_option")));
  if (has_option(view.options, "no_data")) text += " WITH NO DATA";
  std::vector<std::string> statements{std::move(text)};
  if (const auto it = view.options.find("comment"); it != view.options.end())
    statements.push_back(
        fmt::format("COMMENT ON {} {} IS {}", view_word(view), quoting()(view.name), string_literal(it->second)));
  for (const auto& [option, value] : view.options)
    if (option.starts_with(kViewDefault))
      statements.push_back(fmt::format("ALTER VIEW {} ALTER COLUMN {} SET DEFAULT {}", quoting()(view.name),
                                       quoting()(Identifier(option.substr(kViewDefault.size()))), value));
  return statements;
}

std::vector<std::string> create_trigger(const schema::Trigger& trigger, bool replace) {
  std::vector<std::string> events;
  for (const schema::TriggerEvent event : trigger.events) events.push_back(word(event, trigger.update_of));
  const Options& options = trigger.options;
  const std::string table = quoting()(trigger.table), name = quoting()(trigger.name.name);
  std::string text = fmt::format("CREATE {}{}TRIGGER {} {} {} ON {}", replace ? "OR REPLACE " : "",
                                 has_option(options, "constraint") ? "CONSTRAINT " : "", name, word(trigger.time),
                                 fmt::join(events, " OR "), table);
  if (has_option(options, "from")) text += " FROM " + text_of(options, "from");
  if (has_option(options, "deferral")) text += " " + text_of(options, "deferral");
  if (has_option(options, "referencing")) text += " REFERENCING " + text_of(options, "referencing");
  text += text_of(options, "for_each") == "statement" ? " FOR EACH STATEMENT" : " FOR EACH ROW";
  if (trigger.when) text += " WHEN (" + sql(*trigger.when) + ")";
  text += " EXECUTE FUNCTION " + sql(trigger.body);
  std::vector<std::string> statements{std::move(text)};
  if (const std::string enabled = text_of(options, "enabled"); !enabled.empty())
    statements.push_back(fmt::format("ALTER TABLE {} {} TRIGGER {}", table,
                                     enabled == "disabled" ? "DISABLE" : "ENABLE " + schema::to_upper(enabled), name));
  if (const auto it = options.find("comment"); it != options.end())
    statements.push_back(fmt::format("COMMENT ON TRIGGER {} ON {} IS {}", name, table, string_literal(it->second)));
  return statements;
}

std::string drop_trigger(const schema::Trigger& trigger) {
  return fmt::format("DROP TRIGGER {} ON {}", quoting()(trigger.name.name), quoting()(trigger.table));
}

std::string create_object(const schema::OpaqueObject& object) { return object.source; }

}  // namespace emcee::postgres
