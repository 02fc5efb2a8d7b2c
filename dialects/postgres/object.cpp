#include "dialects/postgres/object.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>

namespace emcee::postgres {

using schema::Fragment;
using schema::QualifiedName;

std::string object_kind(PgQuery__ObjectType type) {
  switch (type) {
    case PG_QUERY__OBJECT_TYPE__OBJECT_ACCESS_METHOD:
      return "access method";
    case PG_QUERY__OBJECT_TYPE__OBJECT_AGGREGATE:
      return "aggregate";
    case PG_QUERY__OBJECT_TYPE__OBJECT_CAST:
      return "cast";
    case PG_QUERY__OBJECT_TYPE__OBJECT_COLLATION:
      return "collation";
    case PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN:
      return "column";
    case PG_QUERY__OBJECT_TYPE__OBJECT_CONVERSION:
      return "conversion";
    case PG_QUERY__OBJECT_TYPE__OBJECT_DATABASE:
      return "database";
    case PG_QUERY__OBJECT_TYPE__OBJECT_DOMAIN:
      return "domain";
    case PG_QUERY__OBJECT_TYPE__OBJECT_DOMCONSTRAINT:
      return "constraint";
    case PG_QUERY__OBJECT_TYPE__OBJECT_EVENT_TRIGGER:
      return "event trigger";
    case PG_QUERY__OBJECT_TYPE__OBJECT_EXTENSION:
      return "extension";
    case PG_QUERY__OBJECT_TYPE__OBJECT_FDW:
      return "foreign data wrapper";
    case PG_QUERY__OBJECT_TYPE__OBJECT_FOREIGN_SERVER:
      return "server";
    case PG_QUERY__OBJECT_TYPE__OBJECT_FOREIGN_TABLE:
      return "foreign table";
    case PG_QUERY__OBJECT_TYPE__OBJECT_FUNCTION:
      return "function";
    case PG_QUERY__OBJECT_TYPE__OBJECT_INDEX:
      return "index";
    case PG_QUERY__OBJECT_TYPE__OBJECT_LANGUAGE:
      return "language";
    case PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW:
      return "materialized view";
    case PG_QUERY__OBJECT_TYPE__OBJECT_OPCLASS:
      return "operator class";
    case PG_QUERY__OBJECT_TYPE__OBJECT_OPERATOR:
      return "operator";
    case PG_QUERY__OBJECT_TYPE__OBJECT_OPFAMILY:
      return "operator family";
    case PG_QUERY__OBJECT_TYPE__OBJECT_POLICY:
      return "policy";
    case PG_QUERY__OBJECT_TYPE__OBJECT_PROCEDURE:
      return "procedure";
    case PG_QUERY__OBJECT_TYPE__OBJECT_PUBLICATION:
      return "publication";
    case PG_QUERY__OBJECT_TYPE__OBJECT_ROUTINE:
      return "routine";
    case PG_QUERY__OBJECT_TYPE__OBJECT_RULE:
      return "rule";
    case PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA:
      return "schema";
    case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE:
      return "sequence";
    case PG_QUERY__OBJECT_TYPE__OBJECT_SUBSCRIPTION:
      return "subscription";
    case PG_QUERY__OBJECT_TYPE__OBJECT_STATISTIC_EXT:
      return "statistics";
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT:
      return "constraint";
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE:
      return "table";
    case PG_QUERY__OBJECT_TYPE__OBJECT_TRIGGER:
      return "trigger";
    case PG_QUERY__OBJECT_TYPE__OBJECT_TSCONFIGURATION:
      return "text search configuration";
    case PG_QUERY__OBJECT_TYPE__OBJECT_TSDICTIONARY:
      return "text search dictionary";
    case PG_QUERY__OBJECT_TYPE__OBJECT_TSPARSER:
      return "text search parser";
    case PG_QUERY__OBJECT_TYPE__OBJECT_TSTEMPLATE:
      return "text search template";
    case PG_QUERY__OBJECT_TYPE__OBJECT_TYPE:
      return "type";
    case PG_QUERY__OBJECT_TYPE__OBJECT_VIEW:
      return "view";
    default:
      return "object";
  }
}

std::string argument_list(Node* const* types, std::size_t count, const Session& session) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) {
    const PgQuery__TypeName* type = nullptr;
    if (types[i]->node_case == PG_QUERY__NODE__NODE_TYPE_NAME) type = types[i]->type_name;
    if (types[i]->node_case == PG_QUERY__NODE__NODE_FUNCTION_PARAMETER) {
      const auto mode = types[i]->function_parameter->mode;
      const bool out = mode == PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_OUT ||
                       mode == PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_TABLE;
      if (!out) type = types[i]->function_parameter->arg_type;
    }
    if (!type) continue;
    std::string name = type_name(*type, [&](std::string_view schema, std::string_view text) {
                         return session.type(schema, text);
                       }).name;
    names.push_back(std::move(name));
  }
  return fmt::format("({})", fmt::join(names, ", "));
}

Fragment statement_tokens(const std::string& text) {
  // Where tables are named.
  std::set<std::size_t> tables;
  if (const auto tree = parse_tree(text))
    for_each_message(&(*tree)->base, [&](ProtobufCMessage* message) {
      if (auto* range = as<PgQuery__RangeVar>(message, pg_query__range_var__descriptor))
        if (range->location >= 0) tables.insert(static_cast<std::size_t>(range->location));
    });
  Tokens tokens;
  const std::vector<ScannedToken> scanned = scan(text);
  bool table = false;
  for (std::size_t i = 0; i < scanned.size(); ++i) {
    const ScannedToken& token = scanned[i];
    if (token.kind == PG_QUERY__TOKEN__SQL_COMMENT || token.kind == PG_QUERY__TOKEN__C_COMMENT) continue;
    std::string word = text.substr(token.begin, token.end - token.begin);
    if (tables.count(token.begin)) table = true;
    const bool dotted = i + 1 < scanned.size() && text[scanned[i + 1].begin] == '.';
    const bool name = token.kind == PG_QUERY__TOKEN__IDENT || table;
    if (name && word != ".") {
      word = unquoted(word);
      tokens.push_back(table && !dotted ? table_token(word) : name_token(word));
      if (!dotted) table = false;
    } else if (token.keyword != PG_QUERY__KEYWORD_KIND__NO_KEYWORD) {
      tokens.push_back(keyword(word));
    } else if (token.kind == PG_QUERY__TOKEN__SCONST || token.kind == PG_QUERY__TOKEN__ICONST ||
               token.kind == PG_QUERY__TOKEN__FCONST || token.kind == PG_QUERY__TOKEN__BCONST ||
               token.kind == PG_QUERY__TOKEN__XCONST) {
      tokens.push_back(literal(word));
    } else {
      tokens.push_back(symbol(word));
    }
  }
  // `'x'::app.type[]` and `'x'::character varying`
  for (std::size_t i = 1; i < tokens.size(); ++i) {
    if (tokens[i].text != "::" || tokens[i - 1].role != Role::literal) continue;
    tokens[i].implied = true;
    std::size_t k = i + 1;
    for (; k < tokens.size(); ++k) {
      const bool word = tokens[k].role == Role::name || tokens[k].role == Role::keyword;
      const bool part = word || tokens[k].text == "." || tokens[k].text == "[" || tokens[k].text == "]";
      if (!part || (word && k > i + 1 && tokens[k - 1].text != "." && tokens[k].text != "varying" &&
                    tokens[k].text != "precision"))
        break;
      tokens[k].implied = true;
    }
  }
  return Fragment(std::move(tokens));
}

namespace {

constexpr std::array<std::string_view, 6> kAbout = {"comment", "owner", "grant", "policy", "rule", "statistics"};

// The first table that is named: the place of its token, and whether its schema is that of the name.
std::optional<std::size_t> table_place(const schema::OpaqueObject& object, const QualifiedName& relation) {
  const Tokens& tokens = object.definition.tokens();
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].role != Role::table) continue;
    const bool dotted = i >= 2 && tokens[i - 1].text == ".";
    const std::string schema = dotted ? tokens[i - 2].text : "";
    if (tokens[i].text == relation.name.text() && schema == relation.schema.text()) return i;
    return std::nullopt;
  }
  return std::nullopt;
}

std::string replaced_name(const std::string& text, const std::string& from, const std::string& to, bool once) {
  std::string result;
  std::size_t copied = 0;
  for (const ScannedToken& token : scan(text)) {
    if (unquoted(std::string_view(text).substr(token.begin, token.end - token.begin)) != from) continue;
    result += text.substr(copied, token.begin - copied) + quoting()(identifier(to));
    copied = token.end;
    if (once) break;
  }
  return result + text.substr(copied);
}

}  // namespace

bool is_about(const schema::OpaqueObject& object, const QualifiedName& relation) {
  if (std::find(kAbout.begin(), kAbout.end(), object.kind) == kAbout.end()) return false;
  return table_place(object, relation).has_value();
}

void rename_table_in(schema::OpaqueObject& object, const QualifiedName& from, const QualifiedName& to) {
  object.definition = object.definition.with_table_renamed(from.name, to.name);
  object.source = replaced_name(object.source, from.name.text(), to.name.text(), false);
  if (object.name.schema.text() == from.text()) object.name.schema = identifier(to.text());
  const std::string& text = object.name.name.text();
  const std::string before = quoting()(from);
  if (const std::size_t at = text.find(" " + before);
      at != std::string::npos && (at + 1 + before.size() == text.size() || text[at + 1 + before.size()] == ' '))
    object.name.name = identifier(text.substr(0, at + 1) + quoting()(to) + text.substr(at + 1 + before.size()));
}

std::string renamed_source(const std::string& source, const QualifiedName& from, const QualifiedName& to) {
  const auto bare = [](const QualifiedName& name) { return name.name.text().substr(0, name.name.text().find('(')); };
  std::string result = replaced_name(source, bare(from), bare(to), true);
  if (from.schema == to.schema) return result;
  // Another schema: the name stands behind the old one, or alone.
  const std::string name = quoting()(identifier(bare(to)));
  const std::string old_full = from.schema.empty() ? name : quoting()(from.schema) + "." + name;
  const std::string new_full = to.schema.empty() ? name : quoting()(to.schema) + "." + name;
  if (const std::size_t at = result.find(old_full); at != std::string::npos)
    result.replace(at, old_full.size(), new_full);
  return result;
}

}  // namespace emcee::postgres
