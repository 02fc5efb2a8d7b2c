#include "dialects/postgres/object_sql.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <array>
#include <map>

#include "dialects/postgres/ddl.h"
#include "dialects/postgres/grants.h"
#include "dialects/postgres/probes.h"
#include "schema/is_one_of.h"

namespace emcee::postgres {

using schema::Identifier;
using schema::OpaqueObject;
using schema::QualifiedName;
using schema::Role;

namespace {

bool is_routine(std::string_view kind) { return schema::is_one_of(kind, {"function", "procedure", "aggregate"}); }
bool is_type(std::string_view kind) { return schema::is_one_of(kind, {"enum", "domain", "type", "range"}); }

// `f(integer, text)` is the name of a function: what stands before the arguments is quoted.
std::string routine(const QualifiedName& name) {
  const std::string& text = name.name.text();
  const std::size_t open = std::min(text.find('('), text.size());
  return quoting()(QualifiedName{name.schema, Identifier(text.substr(0, open))}) + text.substr(open);
}

// Policies and rules are named within their table, whose text is the schema of their name.
std::string table_of(const OpaqueObject& object) {
  const std::string& text = object.name.schema.text();
  const std::size_t dot = text.find('.');
  if (dot == std::string::npos) return quoting()(Identifier(text));
  return quoting()(QualifiedName{Identifier(text.substr(0, dot)), Identifier(text.substr(dot + 1))});
}

// What stands behind the word in the statement: `USING btree`.
std::string word_behind(const OpaqueObject& object, std::string_view word) {
  const auto& tokens = object.definition.tokens();
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i)
    if (tokens[i].is(Role::keyword, word)) return tokens[i + 1].text;
  return {};
}

constexpr std::array<std::string_view, 6> kSequenceWords = {"AS",       "START WITH", "INCREMENT BY",
                                                            "MINVALUE", "MAXVALUE",   "CACHE"};

using Clauses = std::map<std::string, std::string, std::less<>>;

Clauses sequence_clauses_of(const OpaqueObject& object) {
  Clauses clauses;
  const auto& tokens = object.definition.tokens();
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].is(Role::keyword, "CYCLE")) clauses["CYCLE"] = "";
    for (const std::string_view word : kSequenceWords)
      if (tokens[i].is(Role::keyword, word) && i + 1 < tokens.size()) clauses[std::string(word)] = tokens[i + 1].text;
  }
  return clauses;
}

// Every attribute that differs, with the server's default where the new sequence says nothing.
std::vector<std::string> alter_sequence(const OpaqueObject& before, const OpaqueObject& after) {
  static const Clauses kDefaults = {
      {"AS", "AS bigint"},         {"START WITH", "START WITH 1"}, {"INCREMENT BY", "INCREMENT BY 1"},
      {"MINVALUE", "NO MINVALUE"}, {"MAXVALUE", "NO MAXVALUE"},    {"CACHE", "CACHE 1"},
      {"CYCLE", "NO CYCLE"}};
  const Clauses from = sequence_clauses_of(before), to = sequence_clauses_of(after);
  std::vector<std::string> parts;
  for (const auto& [word, standard] : kDefaults) {
    const auto x = from.find(word), y = to.find(word);
    if (y == to.end()) {
      if (x != from.end()) parts.push_back(standard);
    } else if (x == from.end() || x->second != y->second) {
      parts.push_back(y->second.empty() ? word : word + " " + y->second);
    }
  }
  if (parts.empty()) return {};
  return {fmt::format("ALTER SEQUENCE {} {}", quoting()(after.name), fmt::join(parts, " "))};
}

bool sequence_counts_further(const OpaqueObject& before, const OpaqueObject& after) {
  static const std::map<std::string, int, std::less<>> kWidths = {{"smallint", 1}, {"integer", 2}, {"bigint", 3}};
  Clauses from = sequence_clauses_of(before), to = sequence_clauses_of(after);
  const auto width = [](const Clauses& clauses) {
    const auto as = clauses.find("AS");
    const auto known = kWidths.find(as == clauses.end() ? "bigint" : as->second);
    return known == kWidths.end() ? 0 : known->second;
  };
  if (width(to) < width(from)) return false;
  for (const char* free : {"AS", "CACHE"}) {
    from.erase(free);
    to.erase(free);
  }
  return from == to;
}

// CREATE OR REPLACE keeps what depends on the routine, if arguments and result stay.
std::string or_replace(const std::string& source) {
  std::size_t at = 0;
  while (at < source.size() && (source[at] == ' ' || source[at] == '\n')) ++at;
  if (!schema::equal_ignoring_case(std::string_view(source).substr(at, 7), "CREATE ")) return source;
  std::size_t next = at + 7;
  while (next < source.size() && source[next] == ' ') ++next;
  if (schema::equal_ignoring_case(std::string_view(source).substr(next, 3), "OR ")) return source;
  return source.substr(0, at) + "CREATE OR REPLACE " + source.substr(next);
}

// Arguments with their names and defaults, and the result: all that stands before the options.
std::vector<schema::Token> signature(const OpaqueObject& object) {
  std::vector<schema::Token> result;
  int depth = 0;
  for (const schema::Token& token : object.definition.tokens()) {
    if (token.role == Role::symbol) depth += token.text == "(" ? 1 : token.text == ")" ? -1 : 0;
    const bool option =
        token.role == Role::keyword &&
        schema::is_one_of(schema::to_upper(token.text),
                          {"AS", "LANGUAGE", "IMMUTABLE", "STABLE", "STRICT", "SECURITY", "COST", "PARALLEL",
                           "LEAKPROOF", "CALLED", "WINDOW", "BEGIN", "RETURN", "ROWS", "SET"});
    if (depth == 0 && option) break;
    result.push_back(token);
  }
  return result;
}

// The parts of a domain: its type with default and NOT NULL, and each CONSTRAINT.
std::vector<std::vector<schema::Token>> domain_parts(const OpaqueObject& object) {
  std::vector<std::vector<schema::Token>> parts(1);
  for (const schema::Token& token : object.definition.tokens()) {
    if (token.is(Role::keyword, "CONSTRAINT")) parts.emplace_back();
    parts.back().push_back(token);
  }
  return parts;
}

std::vector<std::string> replace_domain(const OpaqueObject& before, const OpaqueObject& after) {
  const auto from = domain_parts(before), to = domain_parts(after);
  const std::string alter = "ALTER DOMAIN " + quoting()(after.name) + " ";
  std::vector<std::string> statements;
  const auto lacks = [](const auto& list, const auto& part) {
    return std::find(list.begin() + 1, list.end(), part) == list.end();
  };
  for (std::size_t i = 1; i < from.size(); ++i)
    if (lacks(to, from[i])) statements.push_back(alter + "DROP CONSTRAINT " + quoting()(from[i][1].identifier()));
  for (std::size_t i = 1; i < to.size(); ++i)
    if (lacks(from, to[i])) statements.push_back(alter + "ADD " + sql(schema::Fragment(to[i])));
  return statements;
}

}  // namespace

std::vector<std::string> drop_object(const OpaqueObject& object) {
  const std::string& kind = object.kind;
  const std::string name = quoting()(object.name);
  const std::string word = schema::to_upper(kind);
  if (kind == "owner") return {};
  if (kind == "sequence owner") return {fmt::format("ALTER SEQUENCE IF EXISTS {} OWNED BY NONE", name)};
  // With the column that owned it.
  if (kind == "sequence" || kind == "index") return {fmt::format("DROP {} IF EXISTS {}", word, name)};
  if (kind == "comment")
    return {fmt::format("COMMENT ON {} IS NULL", object.source.substr(11, object.name.name.text().size()))};
  if (kind == "grant" || kind == "default privileges") return drop_grant(object);
  if (kind == "policy" || kind == "rule")
    return {fmt::format("DROP {} {} ON {}", word, quoting()(object.name.name), table_of(object))};
  if (is_routine(kind)) return {fmt::format("DROP {} {}", word, routine(object.name))};
  if (kind == "enum" || kind == "range") return {"DROP TYPE " + name};
  if (kind == "cast") return {"DROP CAST " + object.name.name.text()};
  if (kind == "operator") {
    const std::string schema = object.name.schema.empty() ? "" : quoting()(object.name.schema) + ".";
    return {"DROP OPERATOR " + schema + object.name.name.text()};
  }
  if (kind == "operator family member")
    return {fmt::format("ALTER OPERATOR FAMILY {} DROP {}", object.name.schema.text(), object.name.name.text())};
  if (kind == "text search mapping")
    return {fmt::format("ALTER TEXT SEARCH CONFIGURATION {} DROP MAPPING FOR {}", object.name.schema.text(),
                        quoting()(object.name.name))};
  if (kind == "operator class" || kind == "operator family")
    return {fmt::format("DROP {} {} USING {}", word, name, word_behind(object, "USING"))};
  if (kind == "user mapping")
    return {
        fmt::format("DROP USER MAPPING FOR {} SERVER {}", quoting()(object.name.name), quoting()(object.name.schema))};
  return {fmt::format("DROP {} {}", word, name)};
}

std::vector<std::string> replace_object(const OpaqueObject& before, const OpaqueObject& after) {
  const std::string& kind = after.kind;
  if (kind == "comment" || kind == "owner" || kind == "sequence owner") return {create_object(after)};
  if (kind == "sequence") return alter_sequence(before, after);
  if (kind == "domain" && domain_parts(before).front() == domain_parts(after).front())
    return replace_domain(before, after);
  if (is_routine(kind) && kind != "aggregate" && signature(before) == signature(after))
    return {or_replace(create_object(after))};
  std::vector<std::string> statements = drop_object(before);
  statements.push_back(create_object(after));
  return statements;
}

std::optional<std::string> object_exists(const OpaqueObject& object) {
  const std::string& kind = object.kind;
  const auto found = [](const char* look_up, const std::string& name) {
    return fmt::format("pg_catalog.{}({}) IS NOT NULL", look_up, string_literal(name));
  };
  const auto named = [&](const char* catalogue, const char* column) {
    return fmt::format("EXISTS (SELECT FROM pg_catalog.{} WHERE {} = {})", catalogue, column,
                       string_literal(object.name.name.text()));
  };
  if (kind == "sequence" || kind == "foreign table") return found("to_regclass", quoting()(object.name));
  if (is_type(kind)) return found("to_regtype", quoting()(object.name));
  if (is_routine(kind)) return found("to_regprocedure", routine(object.name));
  if (kind == "schema") return found("to_regnamespace", quoting()(object.name));
  if (kind == "extension") return named("pg_extension", "extname");
  if (kind == "publication") return named("pg_publication", "pubname");
  if (kind == "event trigger") return named("pg_event_trigger", "evtname");
  if (kind == "policy" || kind == "rule")
    return fmt::format("EXISTS (SELECT FROM pg_catalog.{} WHERE {} = {} AND {} = pg_catalog.to_regclass({}))",
                       kind == "policy" ? "pg_policy" : "pg_rewrite", kind == "policy" ? "polname" : "rulename",
                       string_literal(object.name.name.text()), kind == "policy" ? "polrelid" : "ev_class",
                       string_literal(table_of(object)));
  return std::nullopt;
}

bool serves_the_same(const OpaqueObject& before, const OpaqueObject& after) {
  const std::string& kind = after.kind;
  if (schema::is_one_of(kind, {"comment", "extension", "sequence owner", "statistics"})) return true;
  if (kind == "sequence") return sequence_counts_further(before, after);
  if (is_routine(kind)) return signature(before) == signature(after);
  if (kind == "grant") {
    // Every privilege of the old one is in the new one.
    const auto& to = after.definition.tokens();
    return std::all_of(before.definition.tokens().begin(), before.definition.tokens().end(),
                       [&](const schema::Token& t) { return std::find(to.begin(), to.end(), t) != to.end(); });
  }
  return false;
}

}  // namespace emcee::postgres
