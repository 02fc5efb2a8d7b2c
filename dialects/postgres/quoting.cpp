#include "dialects/postgres/quoting.h"

#include <algorithm>
#include <iterator>

#include "schema/checksum.h"

namespace emcee::postgres {

namespace {

// The words of pg_get_keywords() that are not 'unreserved' (15), and those that 16 to 18 added.
// https://www.postgresql.org/docs/current/sql-keywords-appendix.html
constexpr std::string_view kKeywords[] = {
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "between",
    "bigint",
    "binary",
    "bit",
    "boolean",
    "both",
    "case",
    "cast",
    "char",
    "character",
    "check",
    "coalesce",
    "collate",
    "collation",
    "column",
    "concurrently",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "dec",
    "decimal",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "exists",
    "extract",
    "false",
    "fetch",
    "float",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "greatest",
    "group",
    "grouping",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "inout",
    "int",
    "integer",
    "intersect",
    "interval",
    "into",
    "is",
    "isnull",
    "join",
    "json",
    "json_array",
    "json_arrayagg",
    "json_exists",
    "json_object",
    "json_objectagg",
    "json_query",
    "json_scalar",
    "json_serialize",
    "json_table",
    "json_value",
    "lateral",
    "leading",
    "least",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "merge_action",
    "national",
    "natural",
    "nchar",
    "none",
    "normalize",
    "not",
    "notnull",
    "null",
    "nullif",
    "numeric",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "out",
    "outer",
    "overlaps",
    "overlay",
    "placing",
    "position",
    "precision",
    "primary",
    "real",
    "references",
    "returning",
    "right",
    "row",
    "select",
    "session_user",
    "setof",
    "similar",
    "smallint",
    "some",
    "substring",
    "symmetric",
    "system_user",
    "table",
    "tablesample",
    "then",
    "time",
    "timestamp",
    "to",
    "trailing",
    "treat",
    "trim",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "values",
    "varchar",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
    "xmlattributes",
    "xmlconcat",
    "xmlelement",
    "xmlexists",
    "xmlforest",
    "xmlnamespaces",
    "xmlparse",
    "xmlpi",
    "xmlroot",
    "xmlserialize",
    "xmltable",
};

// What PL/pgSQL reserves beside them: in a trigger, `NEW.by` is no column.
// https://github.com/postgres/postgres/blob/master/src/pl/plpgsql/src/pl_reserved_kwlist.h (15)
constexpr std::string_view kOfPlpgsql[] = {"begin", "by",   "declare", "execute", "foreach",
                                           "if",    "loop", "strict",  "while"};

bool can_stand_bare(std::string_view name) {
  if (name.empty() || (name.front() >= '0' && name.front() <= '9')) return false;
  for (char c : name)
    if (!(c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'))) return false;
  return !std::binary_search(std::begin(kKeywords), std::end(kKeywords), name) &&
         !std::binary_search(std::begin(kOfPlpgsql), std::end(kOfPlpgsql), name);
}

}  // namespace

const schema::Quoting& quoting() {
  static const schema::Quoting kQuoting{'"', '"', can_stand_bare};
  return kQuoting;
}

std::string string_literal(std::string_view text) {
  const bool escaped = text.find('\\') != std::string_view::npos;
  std::string result = escaped ? "E'" : "'";
  for (char c : text) {
    if (c == '\'' || c == '\\') result += c;
    result += c;
  }
  return result + "'";
}

std::string bounded_name(const std::string& name) {
  constexpr std::size_t kLongest = 63, kDigits = 12;
  if (name.size() <= kLongest) return name;
  std::size_t end = kLongest - kDigits - 1;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80) --end;  // no half of a character
  return name.substr(0, end) + "_" + schema::checksum(name).substr(0, kDigits);
}

}  // namespace emcee::postgres
