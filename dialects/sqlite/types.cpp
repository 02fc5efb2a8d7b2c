#include "dialects/sqlite/types.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "dialects/sqlite/affinity.h"

namespace emcee::sqlite {

using plan::TypeRelation;
using schema::Fragment;
using schema::Role;
using schema::Token;
using schema::Type;

namespace {

std::optional<long> number(const std::string& text) {
  long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// INTEGER and NUMERIC affinity store every value in the same way; they differ in CAST alone
// (https://www.sqlite.org/datatype3.html#type_affinity).
Affinity storage(const Type& type) {
  const Affinity a = affinity(type);
  return a == Affinity::integer ? Affinity::numeric : a;
}

// How many characters an application puts there at most; none: no limit.
std::optional<long> text_limit(const Type& type) {
  return type.arguments.empty() ? std::nullopt : number(type.arguments[0]);
}

struct IntegerRange {
  std::int64_t low, high;
};

// Wide enough for the signed and the unsigned reading of the name. Everything else is 64 bits.
IntegerRange integer_range(const Type& type) {
  const std::string name = type.name;
  const auto starts = [&](const char* word) { return name.rfind(word, 0) == 0; };
  if (starts("TINYINT") || starts("INT1")) return {-128, 255};
  if (starts("SMALLINT") || starts("INT2")) return {-32768, 65535};
  if (starts("MEDIUMINT") || starts("INT3")) return {-8388608, 16777215};
  return {INT64_MIN, INT64_MAX};
}

struct Decimal {
  long digits, scale;
};
std::optional<Decimal> decimal(const Type& type) {
  if (type.name.find("DEC") == std::string::npos && type.name.find("NUMERIC") == std::string::npos) return std::nullopt;
  if (type.arguments.empty()) return std::nullopt;
  const auto digits = number(type.arguments[0]);
  const auto scale = type.arguments.size() > 1 ? number(type.arguments[1]) : std::optional<long>(0);
  if (!digits || !scale) return std::nullopt;
  return Decimal{*digits, *scale};
}

bool is_any(const Type& type) { return schema::equal_ignoring_case(type.text, "ANY"); }

enum class Holds : std::uint8_t { all, fewer };

Holds integers(const Type& before, const Type& after) {
  const IntegerRange a = integer_range(before), b = integer_range(after);
  return b.low <= a.low && a.high <= b.high ? Holds::all : Holds::fewer;
}

Holds texts(const Type& before, const Type& after) {
  const auto a = text_limit(before), b = text_limit(after);
  if (!b) return Holds::all;
  return a && *a <= *b ? Holds::all : Holds::fewer;
}

Holds decimals(const Type& before, const Type& after) {
  const auto a = decimal(before), b = decimal(after);
  if (!b) return Holds::all;
  if (!a) return Holds::fewer;
  return b->scale >= a->scale && b->digits - b->scale >= a->digits - a->scale ? Holds::all : Holds::fewer;
}

}  // namespace

TypeRelation relate(const Type& before, const Type& after) {
  if (before == after) return TypeRelation::same;
  if (storage(before) != storage(after)) return TypeRelation::other;
  if (is_any(after)) return TypeRelation::widen_metadata;
  if (is_any(before)) return TypeRelation::narrow;
  const bool all = integers(before, after) == Holds::all &&
                   (storage(after) != Affinity::text || texts(before, after) == Holds::all) &&
                   decimals(before, after) == Holds::all;
  return all ? TypeRelation::widen_metadata : TypeRelation::narrow;
}

std::optional<std::string> fits(const std::string& column, const Type& before, const Type& after) {
  if (storage(before) != storage(after)) return std::nullopt;  // converted, whatever it is
  if (is_any(before)) return fits_strict(column, after);
  if (storage(after) == Affinity::text && texts(before, after) == Holds::fewer)
    return fmt::format("{0} IS NULL OR length({0}) <= {1}", column, *text_limit(after));
  if (integers(before, after) == Holds::fewer) {
    const IntegerRange range = integer_range(after);
    return fmt::format("typeof({0}) <> 'integer' OR {0} BETWEEN {1} AND {2}", column, range.low, range.high);
  }
  if (const auto type = decimal(after); type && decimals(before, after) == Holds::fewer) {
    // Up to 15 digits a REAL is exact; beyond that nobody can tell.
    const long whole = std::clamp(type->digits - type->scale, 0L, 300L);
    return fmt::format("typeof({0}) NOT IN ('integer', 'real') OR (abs({0}) < 1e{1} AND round({0}, {2}) = {0})", column,
                       whole, std::clamp(type->scale, 0L, 30L));
  }
  return std::nullopt;
}

std::optional<std::string> fits_strict(const std::string& column, const Type& type) {
  const std::string name = schema::to_upper(type.text);
  const auto only = [&](const char* types) { return fmt::format("typeof({}) IN ({}, 'null')", column, types); };
  if (name == "INT" || name == "INTEGER") return only("'integer'");
  if (name == "REAL") return only("'real', 'integer'");
  if (name == "TEXT") return only("'text'");
  if (name == "BLOB") return only("'blob'");
  return std::nullopt;
}

Fragment zero(const Type& type) {
  switch (affinity(type)) {
    case Affinity::text:
      return Fragment({Token{Role::literal, "''", {}, {}}});
    case Affinity::blob:
      return Fragment({Token{Role::literal, "x''", {}, {}}});
    case Affinity::numeric:
    case Affinity::integer:
    case Affinity::real:
      return Fragment({Token{Role::literal, "0", {}, {}}});
  }
  return {};
}

bool is_constant(const Fragment& expression) {
  std::vector<Token> tokens;
  for (const Token& token : expression.tokens())
    if (!(token.role == Role::symbol && (token.text == "(" || token.text == ")"))) tokens.push_back(token);
  std::size_t i = 0;
  while (i < tokens.size() && tokens[i].role == Role::symbol && (tokens[i].text == "-" || tokens[i].text == "+")) ++i;
  if (i + 1 != tokens.size()) return false;
  const Token& last = tokens[i];
  return last.role == Role::literal || last.is(Role::keyword, "NULL") || last.is(Role::keyword, "TRUE") ||
         last.is(Role::keyword, "FALSE");
}

bool is_deterministic(const Fragment& expression) {
  // https://www.sqlite.org/deterministic.html
  static constexpr std::array<std::string_view, 5> kNever = {"random", "randomblob", "last_insert_rowid", "changes",
                                                             "total_changes"};
  static constexpr std::array<std::string_view, 6> kClock = {"date",      "time",      "datetime",
                                                             "julianday", "unixepoch", "strftime"};
  const auto& tokens = expression.tokens();
  const auto named = [](const Token& token, const auto& names) {
    return std::any_of(names.begin(), names.end(),
                       [&](std::string_view name) { return schema::equal_ignoring_case(token.text, name); });
  };
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    if (token.role == Role::keyword && schema::to_upper(token.text).rfind("CURRENT_", 0) == 0) return false;
    if (token.role == Role::literal && schema::equal_ignoring_case(token.text, "'now'")) return false;
    if (token.role != Role::name) continue;
    if (named(token, kNever)) return false;
    const bool empty_call = i + 2 < tokens.size() && tokens[i + 1].text == "(" && tokens[i + 2].text == ")";
    if (named(token, kClock) && empty_call) return false;
  }
  return true;
}

}  // namespace emcee::sqlite
