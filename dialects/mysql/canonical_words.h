// The operators of expressions, and the functions that have several names.
#pragma once

#include <algorithm>
#include <string_view>

#include "schema/identifier.h"

namespace emcee::mysql {

// From tight to loose; https://dev.mysql.com/doc/refman/9.0/en/operator-precedence.html
enum Level : int {
  kNone = 0,
  kOr,
  kXor,
  kAnd,
  kNot,
  kBetween,
  kCompare,
  kBitOr,
  kBitAnd,
  kShift,
  kAdd,
  kMultiply,
  kXorBits,
  kUnary,
  kBang,
  kCollate
};

struct Operator {
  std::string_view text, canonical;
  int level;
};
inline constexpr Operator kOperators[] = {
    {"OR", "OR", kOr},      {"||", "OR", kOr},      {"XOR", "XOR", kXor},      {"AND", "AND", kAnd},
    {"&&", "AND", kAnd},    {"=", "=", kCompare},   {"<=>", "<=>", kCompare},  {"<>", "<>", kCompare},
    {"!=", "<>", kCompare}, {"<", "<", kCompare},   {"<=", "<=", kCompare},    {">", ">", kCompare},
    {">=", ">=", kCompare}, {"|", "|", kBitOr},     {"&", "&", kBitAnd},       {"<<", "<<", kShift},
    {">>", ">>", kShift},   {"+", "+", kAdd},       {"-", "-", kAdd},          {"*", "*", kMultiply},
    {"/", "/", kMultiply},  {"%", "%", kMultiply},  {"DIV", "DIV", kMultiply}, {"MOD", "%", kMultiply},
    {"^", "^", kXorBits},   {"->", "->", kCollate}, {"->>", "->>", kCollate},
};

struct Alias {
  std::string_view from, to;
};
// Functions of several names.
inline constexpr Alias kFunctions[] = {
    {"ucase", "upper"},
    {"lcase", "lower"},
    {"substring", "substr"},
    {"mid", "substr"},
    {"character_length", "char_length"},
    {"power", "pow"},
    {"ceil", "ceiling"},
    {"day", "dayofmonth"},
    {"schema", "database"},
    {"octet_length", "length"},
    {"sha1", "sha"},
    {"std", "stddev"},
    {"var_pop", "variance"},
};
// Those that are also words.
inline constexpr Alias kClocks[] = {
    {"now", "CURRENT_TIMESTAMP"},
    {"localtime", "CURRENT_TIMESTAMP"},
    {"localtimestamp", "CURRENT_TIMESTAMP"},
    {"current_timestamp", "CURRENT_TIMESTAMP"},
    {"curdate", "CURRENT_DATE"},
    {"current_date", "CURRENT_DATE"},
    {"curtime", "CURRENT_TIME"},
    {"current_time", "CURRENT_TIME"},
    {"current_user", "CURRENT_USER"},
    {"utc_date", "UTC_DATE"},
    {"utc_time", "UTC_TIME"},
    {"utc_timestamp", "UTC_TIMESTAMP"},
};

inline const Alias* find(std::string_view name, const Alias* begin, const Alias* end) {
  const auto it =
      std::find_if(begin, end, [&](const Alias& alias) { return schema::equal_ignoring_case(alias.from, name); });
  return it == end ? nullptr : it;
}

}  // namespace emcee::mysql
