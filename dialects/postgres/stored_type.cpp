#include "dialects/postgres/stored_type.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <string_view>

namespace emcee::postgres {

namespace {

struct BuiltIn {
  std::string_view name;    // as people and pg_dump write it
  std::string_view stored;  // as pg_catalog calls it
  Comparison comparison;
};

// https://www.postgresql.org/docs/15/datatype.html
constexpr BuiltIn kBuiltIn[] = {
    {"bigint", "int8", Comparison::plain},
    {"bigserial", "int8", Comparison::plain},
    {"bit", "varbit", Comparison::image},
    {"bit varying", "varbit", Comparison::image},
    {"bool", "bool", Comparison::plain},
    {"boolean", "bool", Comparison::plain},
    {"box", "box", Comparison::image},
    {"bpchar", "bpchar", Comparison::image},
    {"bytea", "bytea", Comparison::plain},
    {"char", "bpchar", Comparison::text},
    {"char varying", "varchar", Comparison::text},
    {"character", "bpchar", Comparison::text},
    {"character varying", "varchar", Comparison::text},
    {"cidr", "cidr", Comparison::image},
    {"circle", "circle", Comparison::image},
    {"date", "date", Comparison::plain},
    {"dec", "numeric", Comparison::image},
    {"decimal", "numeric", Comparison::image},
    {"double precision", "float8", Comparison::image},
    {"float4", "float4", Comparison::image},
    {"float8", "float8", Comparison::image},
    {"inet", "inet", Comparison::image},
    {"int", "int4", Comparison::plain},
    {"int2", "int2", Comparison::plain},
    {"int4", "int4", Comparison::plain},
    {"int8", "int8", Comparison::plain},
    {"integer", "int4", Comparison::plain},
    {"interval", "interval", Comparison::image},
    {"json", "json", Comparison::image},
    {"jsonb", "jsonb", Comparison::image},
    {"line", "line", Comparison::image},
    {"lseg", "lseg", Comparison::image},
    {"macaddr", "macaddr", Comparison::plain},
    {"money", "money", Comparison::plain},
    {"national char varying", "varchar", Comparison::text},
    {"national character varying", "varchar", Comparison::text},
    {"nchar varying", "varchar", Comparison::text},
    {"numeric", "numeric", Comparison::image},
    {"oid", "oid", Comparison::plain},
    {"path", "path", Comparison::image},
    {"point", "point", Comparison::image},
    {"polygon", "polygon", Comparison::image},
    {"real", "float4", Comparison::image},
    {"serial", "int4", Comparison::plain},
    {"serial2", "int2", Comparison::plain},
    {"serial4", "int4", Comparison::plain},
    {"serial8", "int8", Comparison::plain},
    {"smallint", "int2", Comparison::plain},
    {"smallserial", "int2", Comparison::plain},
    {"text", "text", Comparison::text},
    {"time", "time", Comparison::plain},
    {"time with time zone", "timetz", Comparison::image},
    {"time without time zone", "time", Comparison::plain},
    {"timestamp", "timestamp", Comparison::plain},
    {"timestamp with time zone", "timestamptz", Comparison::plain},
    {"timestamp without time zone", "timestamp", Comparison::plain},
    {"timestamptz", "timestamptz", Comparison::plain},
    {"timetz", "timetz", Comparison::image},
    {"tsquery", "tsquery", Comparison::image},
    {"tsvector", "tsvector", Comparison::image},
    {"uuid", "uuid", Comparison::plain},
    {"varbit", "varbit", Comparison::image},
    {"varchar", "varchar", Comparison::text},
    {"xml", "xml", Comparison::image},
};

static_assert(std::is_sorted(std::begin(kBuiltIn), std::end(kBuiltIn),
                             [](const BuiltIn& a, const BuiltIn& b) { return a.name < b.name; }));

const BuiltIn* find(std::string_view name) {
  const auto* found =
      std::lower_bound(std::begin(kBuiltIn), std::end(kBuiltIn), name,
                       [](const BuiltIn& known, std::string_view wanted) { return known.name < wanted; });
  return found != std::end(kBuiltIn) && found->name == name ? found : nullptr;
}

// A cast to these cuts what is too long in silence.
bool has_length(std::string_view stored) { return stored == "varchar" || stored == "bpchar" || stored == "varbit"; }

std::string as_text(const std::string& value) {
  return fmt::format("({})::pg_catalog.text COLLATE pg_catalog.\"C\"", value);
}

std::string compared(const StoredType& type, const std::string& left, const std::string& right, bool equal) {
  const char* plain = equal ? "IS NOT DISTINCT FROM" : "IS DISTINCT FROM";
  switch (type.comparison) {
    case Comparison::plain:
      return fmt::format("{} {} {}", left, plain, right);
    case Comparison::text:
      return fmt::format("{} {} {}", as_text(left), plain, as_text(right));
    case Comparison::image:
      break;
  }
  return fmt::format("pg_catalog.record_image_{}(ROW(({})::{}), ROW(({})::{}))", equal ? "eq" : "ne", left, type.cast,
                     right, type.cast);
}

}  // namespace

StoredType stored_type(const schema::Type& type) {
  std::string name = schema::to_lower(type.name.empty() ? type.text : type.name);
  constexpr std::string_view kCatalog = "pg_catalog.";
  if (name.starts_with(kCatalog)) name.erase(0, kCatalog.size());
  const bool array = type.text.find('[') != std::string::npos || name.find('[') != std::string::npos;
  const BuiltIn* known = array ? nullptr : find(name);
  if (!known) {
    const BuiltIn* element = array ? find(name.substr(0, name.find_first_of(" [("))) : nullptr;
    return {type.text.empty() ? type.name : type.text, Comparison::image, element != nullptr};
  }
  StoredType result{fmt::format("{}{}", kCatalog, known->stored), known->comparison, true};
  if (type.arguments.empty()) return result;
  if (known->stored == "interval") {
    result.cast = type.text;  // its fields and precision have a grammar of their own
  } else if (!has_length(known->stored)) {
    result.cast += fmt::format("({})", fmt::join(type.arguments, ", "));
  } else if (known->stored == "bpchar") {
    result.comparison = Comparison::text;  // padded to its length: the blanks say nothing
  }
  return result;
}

std::string same(const StoredType& type, const std::string& left, const std::string& right) {
  return compared(type, left, right, true);
}
std::string differ(const StoredType& type, const std::string& left, const std::string& right) {
  return compared(type, left, right, false);
}

}  // namespace emcee::postgres
