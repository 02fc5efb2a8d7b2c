#include "dialects/postgres/type_name.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <unordered_map>

#include "dialects/postgres/names.h"

namespace emcee::postgres {

using schema::Role;
using schema::Token;

namespace {

// What pg_catalog and the grammar call a type -> how format_type prints it.
const std::unordered_map<std::string_view, std::string_view>& spellings() {
  static const std::unordered_map<std::string_view, std::string_view> kSpellings = {
      {"int2", "smallint"},
      {"int4", "integer"},
      {"int8", "bigint"},
      {"int", "integer"},
      {"float4", "real"},
      {"float8", "double precision"},
      {"bool", "boolean"},
      {"varchar", "character varying"},
      {"bpchar", "character"},
      {"timestamp", "timestamp without time zone"},
      {"timestamptz", "timestamp with time zone"},
      {"time", "time without time zone"},
      {"timetz", "time with time zone"},
      {"varbit", "bit varying"},
      {"decimal", "numeric"},
  };
  return kSpellings;
}

// The integer of a type modifier; -1 where it is something else.
int integer_of(const Node* node) {
  if (!node || node->node_case != PG_QUERY__NODE__NODE_A_CONST) return -1;
  const PgQuery__AConst& value = *node->a_const;
  if (value.isnull || value.val_case != PG_QUERY__A__CONST__VAL_IVAL) return -1;
  return value.ival ? value.ival->ival : 0;  // a zero is left out of the protobuf
}

// https://www.postgresql.org/docs/15/datatype-datetime.html#DATATYPE-INTERVAL-INPUT; the bits are
// those of utils/timestamp.h and datetime.h.
std::string interval_fields(int mask) {
  constexpr int kMonth = 1 << 1, kYear = 1 << 2, kDay = 1 << 3, kHour = 1 << 10, kMinute = 1 << 11, kSecond = 1 << 12;
  switch (mask) {
    case kYear:
      return " year";
    case kMonth:
      return " month";
    case kDay:
      return " day";
    case kHour:
      return " hour";
    case kMinute:
      return " minute";
    case kSecond:
      return " second";
    case kYear | kMonth:
      return " year to month";
    case kDay | kHour:
      return " day to hour";
    case kDay | kHour | kMinute:
      return " day to minute";
    case kDay | kHour | kMinute | kSecond:
      return " day to second";
    case kHour | kMinute:
      return " hour to minute";
    case kHour | kMinute | kSecond:
      return " hour to second";
    case kMinute | kSecond:
      return " minute to second";
    default:
      return "";
  }
}

std::string modifier_text(const Node* node) {
  if (node && node->node_case == PG_QUERY__NODE__NODE_COLUMN_REF && node->column_ref->n_fields == 1)
    return std::string(text_of(node->column_ref->fields[0]));  // geometry(Point, 4326)
  if (node && node->node_case == PG_QUERY__NODE__NODE_A_CONST) {
    const PgQuery__AConst& value = *node->a_const;
    if (value.val_case == PG_QUERY__A__CONST__VAL_SVAL) return string_literal(value.sval->sval);
    if (value.val_case == PG_QUERY__A__CONST__VAL_FVAL) return value.fval->fval;
  }
  return fmt::format("{}", integer_of(node));
}

// `a,b` in parentheses stands behind the first word of the time types, else at the end.
std::string with_arguments(const std::string& name, const std::vector<std::string>& arguments) {
  if (arguments.empty()) return name;
  const std::string list = fmt::format("({})", fmt::join(arguments, ","));
  for (const std::string_view word : {"timestamp ", "time "})
    if (name.rfind(word, 0) == 0)
      return std::string(word.substr(0, word.size() - 1)) + list + name.substr(word.size() - 1);
  return name + list;
}

void set_modifiers(TypeName& result, const PgQuery__TypeName& type, std::string_view catalogue_name) {
  if (catalogue_name == "interval") {
    const int mask = type.n_typmods > 0 ? integer_of(type.typmods[0]) : 0;
    result.name += interval_fields(mask);
    if (type.n_typmods > 1) result.arguments.push_back(modifier_text(type.typmods[1]));
    return;
  }
  for (std::size_t i = 0; i < type.n_typmods; ++i) result.arguments.push_back(modifier_text(type.typmods[i]));
  if (result.name == "numeric" && result.arguments.size() == 1) result.arguments.emplace_back("0");
  if (catalogue_name == "bpchar" && result.arguments.empty()) result.name = "bpchar";
}

}  // namespace

std::string TypeName::text() const {
  std::string base = array ? element_of(name) : name;
  base = with_arguments(base, arguments);
  return array ? base + "[]" : base;
}

std::vector<Token> TypeName::tokens() const {
  std::vector<Token> result;
  const std::string spelled = text();
  // Built-in names are words and symbols that need no quotes; others are one name each.
  for (const ScannedToken& scanned : scan(spelled)) {
    const std::string_view word = std::string_view(spelled).substr(scanned.begin, scanned.end - scanned.begin);
    const bool number = word.front() >= '0' && word.front() <= '9';
    const bool symbol = std::string_view("()[],.-").find(word.front()) != std::string_view::npos;
    if (symbol) {
      result.push_back(Token{Role::symbol, std::string(word), {}, {}});
    } else if (number || word.front() == '\'') {
      result.push_back(Token{Role::literal, std::string(word), {}, {}});
    } else if (built_in) {
      result.push_back(Token{Role::keyword, std::string(word), {}, {}});
    } else {
      result.push_back(Token{Role::name, unquoted(word), {}, schema::Folding::exact});
    }
  }
  return result;
}

TypeName type_name(const PgQuery__TypeName& type, const FindType& find) {
  TypeName result;
  const std::vector<std::string> names = texts_of(type.names, type.n_names);
  const std::string schema = names.size() > 1 ? names[names.size() - 2] : "";
  const std::string last = names.empty() ? "" : names.back();
  const bool catalogue = schema.empty() || schema == "pg_catalog";
  const auto known = catalogue ? spellings().find(last) : spellings().end();
  if (known != spellings().end()) {
    result.name = known->second;
    result.built_in = true;
    set_modifiers(result, type, last == "bpchar" ? "bpchar" : "");
  } else if (catalogue && last == "json") {  // a keyword since 16
    result.name = last;
    result.built_in = true;
  } else if (catalogue && (last == "interval" || last == "numeric" || last == "bit")) {
    result.name = last;
    result.built_in = true;
    set_modifiers(result, type, last);
  } else {
    const schema::QualifiedName found = schema == "pg_catalog" ? schema::QualifiedName{{}, identifier(last)}
                                        : find                 ? find(schema, last)
                                                               : qualified(schema, last);
    result.name = quoting()(found);
    set_modifiers(result, type, last);
  }
  result.set_of = type.setof;
  if (type.pct_type) result.name += "%TYPE";
  if (type.n_array_bounds > 0) {
    result.array = true;
    result.name += "[]";
  }
  return result;
}

bool is_alias(std::string_view name) { return spellings().count(name) > 0; }

TypeName named_type(std::string_view name) {
  TypeName result;
  result.name = name;
  result.array = name.ends_with("[]");
  const std::string element = element_of(result.name);
  result.built_in =
      element == "interval" || element == "numeric" || element == "bit" || element == "bpchar" || element == "json";
  for (const auto& [catalogue, spelled] : spellings()) result.built_in = result.built_in || spelled == element;
  return result;
}

std::string element_of(const std::string& array) {
  return array.size() > 2 && array.ends_with("[]") ? array.substr(0, array.size() - 2) : array;
}

}  // namespace emcee::postgres
