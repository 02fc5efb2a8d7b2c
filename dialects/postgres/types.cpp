#include "dialects/postgres/types.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "dialects/postgres/literal.h"
#include "dialects/postgres/piece.h"
#include "dialects/postgres/quoting.h"
#include "dialects/postgres/stored_type.h"

namespace emcee::postgres {

using plan::TypeRelation;
using schema::Type;

namespace {

std::optional<long> number(const std::string& text) {
  long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<long> argument(const Type& type, std::size_t place) {
  return type.arguments.size() > place ? number(type.arguments[place]) : std::nullopt;
}

// Digits before the point that the integers of the type need; 0 for any other type.
long integer_digits(const std::string& type) {
  if (type == "smallint") return 5;
  if (type == "integer") return 10;
  return type == "bigint" ? 19 : 0;
}

// A limit grows without writing rows: the server knows that no value changes.
TypeRelation limits(const std::optional<long>& before, const std::optional<long>& after) {
  if (!after) return TypeRelation::widen_metadata;
  return before && *before <= *after ? TypeRelation::widen_metadata : TypeRelation::narrow;
}

TypeRelation texts(const Type& before, const Type& after) {
  const auto a = argument(before, 0), b = argument(after, 0);
  const bool blank_padded = before.name == "character" || before.name == "bpchar";
  const bool pads = after.name == "character";
  const bool fits = !b || (a && *a <= *b);
  if (pads) return blank_padded ? (fits ? TypeRelation::widen_rewrite : TypeRelation::narrow) : TypeRelation::other;
  if (after.name == "bpchar") return TypeRelation::other;
  if (blank_padded) return fits ? TypeRelation::widen_rewrite : TypeRelation::narrow;
  return limits(a, b);
}

TypeRelation numerics(const Type& before, const Type& after) {
  const auto p = argument(before, 0), s = argument(before, 1), p2 = argument(after, 0), s2 = argument(after, 1);
  if (!p2) return TypeRelation::widen_metadata;
  if (!p) return TypeRelation::narrow;
  const long scale = s.value_or(0), scale2 = s2.value_or(0);
  if (scale2 == scale) return *p <= *p2 ? TypeRelation::widen_metadata : TypeRelation::narrow;
  return scale2 > scale && *p2 - scale2 >= *p - scale ? TypeRelation::widen_rewrite : TypeRelation::narrow;
}

TypeRelation numbers(const Type& before, const Type& after) {
  const long digits = integer_digits(before.name), digits2 = integer_digits(after.name);
  if (before.name == "numeric" && after.name == "numeric") return numerics(before, after);
  if (digits && digits2) return digits <= digits2 ? TypeRelation::widen_rewrite : TypeRelation::narrow;
  if (digits && after.name == "numeric") {
    const auto p = argument(after, 0), s = argument(after, 1);
    return !p || *p - s.value_or(0) >= digits ? TypeRelation::widen_rewrite : TypeRelation::narrow;
  }
  if (before.name == "numeric" && digits2) return TypeRelation::narrow;
  // A double precision holds 15 digits, a real 6.
  if (digits && after.name == "double precision")
    return digits <= 10 ? TypeRelation::widen_rewrite : TypeRelation::other;
  if (digits && after.name == "real") return digits <= 5 ? TypeRelation::widen_rewrite : TypeRelation::other;
  if (before.name == "real" && after.name == "double precision") return TypeRelation::widen_rewrite;
  if (before.name == "double precision" && after.name == "real") return TypeRelation::narrow;
  return TypeRelation::other;
}

bool is_time(const std::string& name) {
  return name.rfind("timestamp", 0) == 0 || name.rfind("time ", 0) == 0 || name == "interval";
}

constexpr std::array<std::string_view, 5> kPlainTexts = {"uuid", "json", "inet", "cidr", "macaddr"};

}  // namespace

TypeRelation relate(const Type& before, const Type& after) {
  if (before == after) return TypeRelation::same;
  const bool arrays = before.name.ends_with("[]") && after.name.ends_with("[]");
  if (arrays) {
    Type a = before, b = after;
    a.name = element_of(a.name);
    b.name = element_of(b.name);
    const TypeRelation elements = relate(a, b);
    return elements == TypeRelation::widen_metadata ? TypeRelation::widen_rewrite : elements;
  }
  const auto text = [](const std::string& name) { return is_string(name) && name != "name"; };
  if (text(before.name) && text(after.name)) return texts(before, after);
  if (is_number(before.name) && is_number(after.name)) return numbers(before, after);
  if (before.name == after.name && (is_time(before.name) || before.name == "bit varying")) {
    const std::optional<long> six = 6;
    const bool time = is_time(before.name);
    return limits(argument(before, 0) || !time ? argument(before, 0) : six,
                  argument(after, 0) || !time ? argument(after, 0) : six);
  }
  if (before.name == "date" && after.name == "timestamp without time zone") return TypeRelation::widen_rewrite;
  if (before.name == "timestamp without time zone" && after.name == "date") return TypeRelation::narrow;
  if (before.name == "cidr" && after.name == "inet") return TypeRelation::widen_metadata;
  const bool plain = std::find(kPlainTexts.begin(), kPlainTexts.end(), before.name) != kPlainTexts.end();
  if (plain && (after.name == "text" || (after.name == "character varying" && after.arguments.empty())))
    return TypeRelation::widen_rewrite;
  return TypeRelation::other;
}

namespace {

// Of a type that only the server knows: the first value of an enum, the zero of a domain's base.
schema::Fragment zero_of_user_type(const Type& type) {
  const std::string value = fmt::format(
      "(SELECT coalesce((SELECT enumlabel::text FROM pg_catalog.pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder "
      "LIMIT 1), CASE typcategory WHEN 'N' THEN '0' WHEN 'B' THEN 'false' WHEN 'D' THEN '1970-01-01' WHEN 'A' THEN "
      "'{{}}' WHEN 'I' THEN '0.0.0.0' ELSE '' END) FROM pg_catalog.pg_type t WHERE t.oid = {}::pg_catalog.regtype)",
      string_literal(type.text));
  return schema::Fragment({keyword(value), symbol("::"), keyword(type.text)});
}

}  // namespace

schema::Fragment zero(const Type& type) {
  const std::string& name = type.name;
  if (!stored_type(type).built_in) return zero_of_user_type(type);
  const auto text = [&](std::string_view value) {
    TypeName typed = named_type(name);
    typed.arguments = type.arguments;
    return schema::Fragment(typed_literal(value, typed).tokens);
  };
  if (name.ends_with("[]")) return text("{}");
  if (is_number(name)) return schema::Fragment({literal("0")});
  if (name == "boolean") return schema::Fragment({keyword("false")});
  if (name == "date") return text("1970-01-01");
  if (name.rfind("timestamp", 0) == 0) return text("1970-01-01 00:00:00");
  if (name.rfind("time ", 0) == 0) return text("00:00:00");
  if (name.rfind("interval", 0) == 0) return text("00:00:00");
  if (name == "json" || name == "jsonb") return text("{}");
  if (name == "uuid") return text("00000000-0000-0000-0000-000000000000");
  if (name == "bytea") return text("\\x");
  if (name == "inet" || name == "cidr") return text("0.0.0.0/32");
  if (name == "bit") return text(std::string(static_cast<std::size_t>(argument(type, 0).value_or(1)), '0'));
  return text("");
}

namespace {

template <std::size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& known) {
  return std::any_of(known.begin(), known.end(),
                     [&](std::string_view k) { return schema::equal_ignoring_case(word, k); });
}

// https://www.postgresql.org/docs/15/functions-datetime.html and functions-info.html
constexpr std::array<std::string_view, 4> kStableClock = {"now", "transaction_timestamp", "statement_timestamp",
                                                          "current_setting"};
// Common functions of the server that give the same for the same.
constexpr std::array<std::string_view, 19> kImmutable = {
    "lower",   "upper", "btrim", "ltrim", "rtrim",  "md5",    "length",        "replace",   "repeat",
    "abs",     "round", "floor", "ceil",  "encode", "decode", "make_interval", "make_date", "jsonb_build_object",
    "to_jsonb"};
constexpr std::array<std::string_view, 27> kVolatile = {"random",
                                                        "setseed",
                                                        "random_normal",
                                                        "gen_random_uuid",
                                                        "gen_random_bytes",
                                                        "uuid_generate_v1",
                                                        "uuid_generate_v1mc",
                                                        "uuid_generate_v4",
                                                        "uuidv4",
                                                        "uuidv7",
                                                        "nextval",
                                                        "currval",
                                                        "lastval",
                                                        "setval",
                                                        "clock_timestamp",
                                                        "timeofday",
                                                        "txid_current",
                                                        "pg_current_xact_id",
                                                        "pg_backend_pid",
                                                        "inet_client_addr",
                                                        "inet_client_port",
                                                        "inet_server_addr",
                                                        "pg_current_wal_lsn",
                                                        "current_query",
                                                        "version",
                                                        "gen_salt",
                                                        "pg_sleep"};

// A function or one of the values that are words.
bool calls(const schema::Fragment& expression, const auto& is_meant) {
  const Tokens& tokens = expression.tokens();
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i)
    if (tokens[i].role == Role::name && tokens[i + 1].text == "(" && is_meant(tokens[i].text)) return true;
  return false;
}

bool has_word(const schema::Fragment& expression) {
  for (const Token& token : expression.tokens()) {
    if (token.role != Role::keyword) continue;
    const std::string word = schema::to_upper(token.text);
    if (word.rfind("CURRENT_", 0) == 0 || word.rfind("LOCALTIME", 0) == 0 || word == "SESSION_USER" || word == "USER")
      return true;
  }
  return false;
}

}  // namespace

bool is_constant(const schema::Fragment& expression) {
  const bool subquery = std::any_of(expression.tokens().begin(), expression.tokens().end(),
                                    [](const Token& token) { return token.is(Role::keyword, "SELECT"); });
  // Of functions that are not known nobody can tell.
  return !subquery && !calls(expression, [](const std::string& name) {
    return !is_one_of(name, kStableClock) && !is_one_of(name, kImmutable);
  });
}

bool is_deterministic(const schema::Fragment& expression) {
  return !has_word(expression) && !calls(expression, [](const std::string& name) {
    return is_one_of(name, kVolatile) || is_one_of(name, kStableClock);
  });
}

}  // namespace emcee::postgres
