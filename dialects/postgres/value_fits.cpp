#include "dialects/postgres/value_fits.h"

#include <fmt/format.h>

#include "dialects/postgres/quoting.h"
#include "dialects/postgres/stored_type.h"

namespace emcee::postgres {

namespace {

// `numeric` of `pg_catalog.numeric(10, 2)`.
std::string stored_name(const schema::Type& type) {
  const std::string cast = stored_type(type).cast;
  const auto dot = cast.find('.');
  const std::string name = dot == std::string::npos ? cast : cast.substr(dot + 1);
  return name.substr(0, name.find('('));
}

bool is_stored_number(const std::string& name) {
  return name == "int2" || name == "int4" || name == "int8" || name == "numeric" || name == "float4" ||
         name == "float8";
}
bool is_float(const std::string& name) { return name == "float4" || name == "float8"; }

std::string argument(const schema::Type& type, std::size_t i, const char* otherwise) {
  return i < type.arguments.size() ? type.arguments[i] : otherwise;
}

// Text is compared with its blanks: a cast to a shorter type would cut them without an error.
std::string length_at_most(const std::string& column, const std::string& length) {
  return fmt::format("char_length(({})::pg_catalog.text) <= {}", column, length);
}

const char* integer_range(const std::string& type) {
  if (type == "int2") return "BETWEEN -32768 AND 32767";
  return type == "int4" ? "BETWEEN -2147483648 AND 2147483647" : "BETWEEN -9223372036854775808 AND 9223372036854775807";
}

std::optional<std::string> fits_integer(const std::string& column, const std::string& from, const std::string& to) {
  const char* range = integer_range(to);
  if (from == "numeric" || is_float(from))
    return fmt::format("{0} {1} AND {0} = trunc({0})", is_float(from) ? column + "::pg_catalog.numeric" : column,
                       range);
  return fmt::format("{} {}", column, range);
}

// What the server's input functions take, as regular expressions; blanks around are theirs to skip.
struct Spelling {
  std::string_view type, pattern;
};
constexpr Spelling kSpellings[] = {
    {"int2", "[-+]?[0-9]+"},
    {"int4", "[-+]?[0-9]+"},
    {"int8", "[-+]?[0-9]+"},
    {"numeric", "([-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)(e[-+]?[0-9]+)?|[-+]?infinity|nan)"},
    {"bool", "(t|tr|tru|true|y|ye|yes|on|1|f|fa|fal|fals|false|n|no|of|off|0)"},
    {"uuid", "[{]?[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}[}]?"},
    {"inet",
     "((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])([.](25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])){3}(/([12]?[0-9]|3[0-2]))?"
     "|[0-9a-f]*:[0-9a-f:.]*(/[0-9]{1,3})?)"}};

// A date or a time as ISO 8601 writes it. What else the server takes depends on its settings.
// https://www.postgresql.org/docs/15/functions-json.html#FUNCTIONS-SQLJSON-OP-TABLE
std::optional<std::string> fits_time(const std::string& column, const std::string& to) {
  const bool of_day = to == "time" || to == "timetz";
  if (!of_day && to != "date" && to != "timestamp" && to != "timestamptz") return std::nullopt;
  return fmt::format(
      "({0})::pg_catalog.text = ''{1} OR pg_catalog.jsonb_path_exists_tz(pg_catalog.to_jsonb(({0})::pg_catalog.text), "
      "'$.datetime().type() ? ({2}(@ starts with \"time \"))', silent => true) IS TRUE",
      column, of_day ? "" : fmt::format(" OR ({})::pg_catalog.text IN ('infinity', '-infinity', 'epoch')", column),
      of_day ? "" : "!");
}

// A text that is empty becomes NULL; see conversion().
std::optional<std::string> fits_spelling(const std::string& column, const std::string& to) {
  if (auto time = fits_time(column, to)) return time;
  for (const Spelling& known : kSpellings) {
    if (known.type != to) continue;
    const std::string spelled =
        fmt::format("({0})::pg_catalog.text ~* '^\\s*{1}?\\s*$'", column, fmt::format("({})", known.pattern));
    if (to != "int2" && to != "int4" && to != "int8") return spelled;
    return fmt::format("CASE WHEN {0} AND {1} <> '' THEN ({1})::pg_catalog.numeric {2} ELSE {0} END", spelled, column,
                       integer_range(to));
  }
  return std::nullopt;
}

// A label of the enum, if the type is one.
std::string fits_enum(const std::string& column, const schema::Type& type) {
  const std::string of_type =
      fmt::format("SELECT FROM pg_catalog.pg_enum WHERE enumtypid = {}::pg_catalog.regtype", string_literal(type.text));
  return fmt::format("EXISTS ({0} AND enumlabel = ({1})::pg_catalog.text) OR NOT EXISTS ({0})", of_type, column);
}

}  // namespace

std::optional<std::string> value_fits(const std::string& column, const schema::Type& before,
                                      const schema::Type& after) {
  const std::string from = stored_name(before), to = stored_name(after);
  const bool array = after.name.ends_with("[]") || before.name.ends_with("[]");
  if (!stored_type(after).built_in && !array) return fits_enum(column, after);
  if (from == "text" || from == "varchar" || from == "bpchar" || from == "bytea" || !stored_type(before).built_in)
    if (auto spelled = fits_spelling(column, to); spelled && !array) return spelled;
  if (is_stored_number(from) && (to == "int2" || to == "int4" || to == "int8")) return fits_integer(column, from, to);
  if (is_stored_number(from) && to == "numeric" && !after.arguments.empty()) {
    const std::string digits = argument(after, 0, "1000"), scale = argument(after, 1, "0");
    const std::string value = column + "::pg_catalog.numeric";
    return fmt::format("{0} = 'NaN' OR ({0} = round({0}, {2}) AND abs({0}) < 10::pg_catalog.numeric ^ ({1} - {2}))",
                       value, digits, scale);
  }
  if (to == "varchar" && !after.arguments.empty()) return length_at_most(column, argument(after, 0, "1"));
  if (to == "bpchar") return length_at_most(column, argument(after, 0, after.name == "bpchar" ? "10485760" : "1"));
  if (to == "varbit" && !after.arguments.empty())
    return fmt::format("length({}) {} {}", column, after.name == "bit" ? "=" : "<=", argument(after, 0, "1"));
  if (from == to && !after.arguments.empty() && stored_type(after).built_in)
    return fmt::format("{0} = ({0})::{1}", column, stored_type(after).cast);  // a precision: no cast fails
  if ((from == "timestamp" || from == "timestamptz") && to == "date")
    return fmt::format("{0} = ({0})::pg_catalog.date", column);
  return std::nullopt;
}

}  // namespace emcee::postgres
