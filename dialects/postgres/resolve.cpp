// What names and operators mean: columns of the tables in sight, types of results.
#include <array>

#include "dialects/postgres/expression_writer.h"
#include "dialects/postgres/names.h"

namespace emcee::postgres {

std::optional<Found> find_column(const Scope* scope, std::string_view qualifier, std::string_view name) {
  for (; scope; scope = scope->outer) {
    const Relation* only = nullptr;
    for (const Relation& relation : scope->relations) {
      if (!qualifier.empty() && relation.name != qualifier) continue;
      if (!relation.columns) {
        only = scope->relations.size() == 1 || !qualifier.empty() ? &relation : nullptr;
        continue;
      }
      for (const ColumnInfo& column : *relation.columns)
        if (column.name == name) return Found{scope->qualify ? relation.name : "", column.type};
    }
    // A table whose columns are not known, and no other is in sight.
    if (only && !qualifier.empty()) return Found{scope->qualify ? only->name : std::string(qualifier), ""};
    if (only && !scope->outer) return Found{scope->qualify ? only->name : "", ""};
  }
  return std::nullopt;
}

std::string operator_type(const std::string& op, const Piece& left, const Piece& right) {
  static constexpr std::array<std::string_view, 27> kBoolean = {
      "=",  "<>", "<",  ">", "<=", ">=", "~~", "!~~", "~~*", "!~~*", "~",  "!~",  "~*", "!~*",
      "@>", "<@", "&&", "?", "?|", "?&", "@@", "<<",  ">>",  "&<",   "&>", "-|-", "%"};
  if (op == "%" && is_number(left.type)) return wider_number(left.type, right.type);
  for (const std::string_view known : kBoolean)
    if (op == known) return "boolean";
  if (op == "||") return is_string(left.type) || is_string(right.type) ? "text" : left.type;
  if (op == "->>" || op == "#>>") return "text";
  if (op == "->" || op == "#>") return left.type;
  if (const std::string number = wider_number(left.type, right.type); !number.empty()) return number;
  if (op == "-" && left.type == "date" && right.type == "date") return "integer";
  if (op == "-" && left.type == right.type && left.type.rfind("timestamp", 0) == 0) return "interval";
  if ((op == "+" || op == "-") && right.type == "interval" && left.type.rfind("time", 0) == 0) return left.type;
  return {};
}

std::string function_type(const std::string& name, const std::vector<Piece>& arguments) {
  const std::string first = arguments.empty() ? "" : arguments.front().type;
  struct Known {
    std::string_view name, type;
  };
  // https://www.postgresql.org/docs/15/functions.html
  static constexpr std::array<Known, 52> kKnown = {{
      {"count", "bigint"},
      {"now", "timestamp with time zone"},
      {"lower", "text"},
      {"upper", "text"},
      {"btrim", "text"},
      {"ltrim", "text"},
      {"rtrim", "text"},
      {"substring", "text"},
      {"substr", "text"},
      {"replace", "text"},
      {"concat", "text"},
      {"concat_ws", "text"},
      {"format", "text"},
      {"md5", "text"},
      {"left", "text"},
      {"right", "text"},
      {"lpad", "text"},
      {"rpad", "text"},
      {"split_part", "text"},
      {"regexp_replace", "text"},
      {"initcap", "text"},
      {"to_char", "text"},
      {"encode", "text"},
      {"string_agg", "text"},
      {"overlay", "text"},
      {"reverse", "text"},
      {"length", "integer"},
      {"char_length", "integer"},
      {"octet_length", "integer"},
      {"character_length", "integer"},
      {"position", "integer"},
      {"strpos", "integer"},
      {"array_length", "integer"},
      {"cardinality", "integer"},
      {"num_nonnulls", "integer"},
      {"num_nulls", "integer"},
      {"jsonb_array_length", "integer"},
      {"json_array_length", "integer"},
      {"jsonb_typeof", "text"},
      {"json_typeof", "text"},
      {"row_number", "bigint"},
      {"rank", "bigint"},
      {"dense_rank", "bigint"},
      {"nextval", "bigint"},
      {"currval", "bigint"},
      {"date_part", "double precision"},
      {"extract", "numeric"},
      {"gen_random_uuid", "uuid"},
      {"to_tsvector", "tsvector"},
      {"random", "double precision"},
      {"bool_or", "boolean"},
      {"bool_and", "boolean"},
  }};
  for (const Known& known : kKnown)
    if (known.name == name) return std::string(known.type);
  if (name == "sum" || name == "avg") {
    const bool floating = first == "real" || first == "double precision";
    if (name == "avg") return is_number(first) ? (floating ? "double precision" : "numeric") : first;
    if (first == "smallint" || first == "integer") return "bigint";
    return first == "bigint" ? "numeric" : first;
  }
  for (const std::string_view same : {"max", "min", "abs", "round", "trunc", "ceil", "floor"})
    if (name == same && (first != "character varying" || name.size() != 3)) return first;
  if (name == "date_trunc" && arguments.size() > 1) return arguments[1].type;
  return {};
}

std::string regclass_literal(std::string_view text, const Catalogue* catalogue) {
  const std::vector<ScannedToken> tokens = scan(std::string(text));
  const auto word = [&](std::size_t i) {
    return unquoted(text.substr(tokens[i].begin, tokens[i].end - tokens[i].begin));
  };
  if (tokens.size() != 1 && tokens.size() != 3) return std::string(text);
  const std::string schema = tokens.size() == 3 ? word(0) : "";
  const std::string name = word(tokens.size() - 1);
  return quoting()(catalogue ? catalogue->relation(schema, name) : qualified(schema, name));
}

}  // namespace emcee::postgres
