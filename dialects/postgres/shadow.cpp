#include "dialects/postgres/shadow.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "dialects/postgres/ddl.h"
#include "dialects/postgres/identity.h"
#include "dialects/postgres/mentions.h"
#include "dialects/postgres/partitions.h"
#include "dialects/postgres/prepare.h"
#include "dialects/postgres/probes.h"
#include "schema/is_one_of.h"

namespace emcee::postgres {

using schema::Identifier;
using schema::Index;
using schema::OpaqueObject;
using schema::QualifiedName;
using schema::Role;
using schema::Schema;
using schema::Table;

namespace {

using Answer = std::optional<std::string>;

// Of kinds that the server binds to the columns which they name, but for those that are carried over or made anew.
constexpr std::array<std::string_view, 7> kCarried = {"policy",         "statistics", "grant",   "comment",
                                                      "sequence owner", "owner",      "sequence"};

Answer of_table(const Table& table, const Schema& schema) {
  const auto& options = table.options.other;
  if (has_option(options, "partition_by") || has_option(options, "partition_of")) return "the table is partitioned";
  if (has_option(options, "typed_as")) return "the type of the table says what columns it has";
  if (has_option(options, "inherits") || has_children(table, schema)) return "the table inherits, or others do from it";
  return std::nullopt;
}

Answer of_indexes(const Table& table, const Identifier& column) {
  const auto& options = table.options.other;
  for (const Index& index : table.indexes) {
    if (!mentions(index, column)) continue;
    if (is_exclusion(index))
      return fmt::format("the index of the constraint {} could be built only while writers wait", index.name.text());
    for (const char* option : {"replica_identity", "cluster_on"})
      if (const auto it = options.find(option);
          it != options.end() && it->second.find(quoting()(index.name.name)) != std::string::npos)
        return fmt::format("the table relies on the index {} ({})", index.name.text(), option);
  }
  return std::nullopt;
}

Answer of_foreign_keys(const Table& table, const Identifier& column, const Schema& schema) {
  for (const Table& child : schema.tables())
    for (const schema::ForeignKey& key : child.foreign_keys) {
      const bool own = child.name == table.name && schema::is_one_of(column, key.columns);
      const bool onto = key.references == table.name && schema::is_one_of(column, key.referenced);
      if (!own && !onto) continue;
      if (has_option(key.options, "set_columns")) return "a foreign key names it in ON DELETE SET";
      if (!can_prepare(diff::AddForeignKey{child.name, key}, schema))
        return fmt::format("a foreign key of {} could be checked only while writers wait", child.name.text());
    }
  return std::nullopt;
}

bool reads_all(const schema::Fragment& query) {
  const auto& tokens = query.tokens();
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (!tokens[i].is(Role::symbol, "*")) continue;
    const bool is_factor = i > 0 && tokens[i - 1].role != Role::keyword && !tokens[i - 1].is(Role::symbol, ",") &&
                           !tokens[i - 1].is(Role::symbol, ".");
    if (!is_factor) return true;
  }
  return false;
}

Answer of_views(const Table& table, const Identifier& column, const Schema& schema) {
  std::vector<const schema::View*> readers;
  for (const schema::View& view : schema.views()) {
    if (!view.query.mentions_table(table.name.name)) continue;
    if (reads_all(view.query))
      return fmt::format("the view {} reads all columns in their order, in which the copy is the last",
                         view.name.text());
    if (view.query.mentions_column(column)) readers.push_back(&view);
  }
  for (std::size_t i = 0; i < readers.size(); ++i) {
    if (has_option(readers[i]->options, "materialized"))
      return fmt::format("the materialized view {} would be filled anew while writers wait", readers[i]->name.text());
    for (const schema::View& view : schema.views())
      if (view.query.mentions_table(readers[i]->name.name) && !schema::is_one_of(&view, readers))
        readers.push_back(&view);
  }
  return std::nullopt;
}

Answer of_objects(const Table& table, const Identifier& column, const Schema& schema) {
  const auto names = [](const OpaqueObject& object, const Identifier& name) {
    return std::any_of(object.definition.tokens().begin(), object.definition.tokens().end(),
                       [&](const schema::Token& token) {
                         return token.role != Role::literal && token.role != Role::symbol && token.text == name.text();
                       });
  };
  for (const OpaqueObject& object : schema.objects())
    if (!schema::is_one_of(std::string_view(object.kind), kCarried) && names(object, table.name.name) &&
        names(object, column))
      return fmt::format("the {} {} names it", object.kind, object.name.text());
  return std::nullopt;
}

std::string attribute(const diff::RenameColumn& rename, const Identifier& column) {
  return fmt::format("attrelid = {} AND attname = {} AND NOT attisdropped", regclass(rename.table),
                     string_literal(column.text()));
}

}  // namespace

std::optional<std::string> shadow_obstacle(const Schema& schema, const QualifiedName& name, const Identifier& column) {
  const Table* found = schema.find_table(name);
  if (!found) return std::nullopt;
  const Table& table = *found;
  for (const schema::Column& other : table.columns)
    if (other.generated && other.generated->expression.mentions_column(column))
      return fmt::format("{} is computed from it, and would be written anew", other.name.text());
  if (auto answer = of_table(table, schema)) return answer;
  if (auto answer = of_indexes(table, column)) return answer;
  if (auto answer = of_foreign_keys(table, column, schema)) return answer;
  if (auto answer = of_views(table, column, schema)) return answer;
  return of_objects(table, column, schema);
}

// aclexplode: https://www.postgresql.org/docs/15/functions-info.html#FUNCTIONS-ACLITEM-TABLE
std::vector<std::string> carry_over(const diff::RenameColumn& rename) {
  const std::string table = string_literal(quoting()(rename.table));
  return {
      fmt::format("DO $emcee$ DECLARE each text; BEGIN\n"
                  "  FOR each IN\n"
                  "    SELECT format('GRANT %s (%I) ON %s TO %s%s', a.privilege_type, {1}, {0},\n"
                  "      CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,\n"
                  "      CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)\n"
                  "    FROM pg_catalog.pg_attribute, aclexplode(attacl) a WHERE {2}\n"
                  "    UNION ALL\n"
                  "    SELECT format('ALTER SEQUENCE %s OWNED BY %s.%I', d.objid::regclass, {0}, {1})\n"
                  "    FROM pg_catalog.pg_attribute JOIN pg_catalog.pg_depend d ON d.classid = 'pg_class'::regclass\n"
                  "      AND d.refclassid = 'pg_class'::regclass AND d.refobjid = attrelid AND d.refobjsubid = attnum "
                  "AND deptype = "
                  "'a'\n"
                  "    JOIN pg_catalog.pg_class s ON s.oid = d.objid AND s.relkind = 'S' WHERE {2}\n"
                  "  LOOP EXECUTE each; END LOOP;\n"
                  "END $emcee$",
                  table, string_literal(rename.from.text()), attribute(rename, rename.to))};
}

std::vector<std::string> carry_identity(const diff::RenameColumn& rename, const schema::Identity& identity) {
  const std::string alter = "ALTER TABLE " + quoting()(rename.table) + " ALTER COLUMN ";
  const QualifiedName sequence = identity_sequence(rename.table, rename.to, identity);
  schema::Identity named = identity;
  named.sequence["name"] = sequence.name.text();
  const std::string setting = string_literal("emcee.sequence");
  std::vector<std::string> statements;
  // The sequence goes with the old identity: where it stands, and who may use it, is noted before.
  statements.push_back(fmt::format(
      "DO $emcee$ DECLARE old regclass := pg_catalog.pg_get_serial_sequence({0}, {1}); value bigint; called boolean;\n"
      "BEGIN\n"
      "  EXECUTE format('SELECT last_value, is_called FROM %s', old) INTO value, called;\n"
      "  PERFORM pg_catalog.set_config({3}, concat_ws('; ', format('SELECT pg_catalog.setval(%L, %s, %L)', {2}, value, "
      "called), (\n"
      "    SELECT string_agg(format('GRANT %s ON SEQUENCE %s TO %s%s', a.privilege_type, {2},\n"
      "      CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,\n"
      "      CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END), '; ')\n"
      "    FROM pg_catalog.pg_class, aclexplode(relacl) a WHERE oid = old AND a.grantee <> relowner)), true);\n"
      "END $emcee$",
      string_literal(quoting()(rename.table)), string_literal(rename.to.text()), string_literal(quoting()(sequence)),
      setting));
  statements.push_back(alter + quoting()(rename.to) + " DROP IDENTITY");
  statements.push_back(alter + quoting()(rename.from) + " ADD GENERATED " + identity_clause(named));
  statements.push_back(fmt::format("DO $emcee$ BEGIN EXECUTE pg_catalog.current_setting({}); END $emcee$", setting));
  return statements;
}

}  // namespace emcee::postgres
