#include "dialects/postgres/value_fits.h"

#include <fmt/format.h>

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

bool is_number(const std::string& name) {
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

std::optional<std::string> fits_integer(const std::string& column, const std::string& from, const std::string& to) {
  const char* range = to == "int2"   ? "BETWEEN -32768 AND 32767"
                      : to == "int4" ? "BETWEEN -2147483648 AND 2147483647"
                                     : "BETWEEN -9223372036854775808 AND 9223372036854775807";
  if (from == "numeric" || is_float(from))
    return fmt::format("{0} {1} AND {0} = trunc({0})", is_float(from) ? column + "::pg_catalog.numeric" : column,
                       range);
  return fmt::format("{} {}", column, range);
}

}  // namespace

std::optional<std::string> value_fits(const std::string& column, const schema::Type& before,
                                      const schema::Type& after) {
  const std::string from = stored_name(before), to = stored_name(after);
  if (is_number(from) && (to == "int2" || to == "int4" || to == "int8")) return fits_integer(column, from, to);
  if (is_number(from) && to == "numeric" && !after.arguments.empty()) {
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
