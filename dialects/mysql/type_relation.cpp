// Which type holds the values of which: docs/mysql-schema.md.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "dialects/mysql/charset.h"
#include "dialects/mysql/types.h"

namespace emcee::mysql {

using plan::TypeRelation;
using schema::Fragment;
using schema::Role;
using schema::Token;
using schema::Type;

namespace {

long long_argument(const Type& type, std::size_t place, long otherwise) {
  if (place >= type.arguments.size()) return otherwise;
  long value = otherwise;
  std::from_chars(type.arguments[place].data(), type.arguments[place].data() + type.arguments[place].size(), value);
  return value;
}

bool integer_holds(const Type& before, const Type& after) {
  if (is_unsigned(before) == is_unsigned(after)) return integer_bytes(before) <= integer_bytes(after);
  return is_unsigned(before) && integer_bytes(before) < integer_bytes(after);
}

// The most characters of a text; bytes of TEXT types, which hold at least a quarter as many.
long capacity(const Type& type) {
  const std::string_view name = first_word(type);
  if (name.starts_with("tiny")) return 255;
  if (name.starts_with("medium")) return 16777215;
  if (name.starts_with("long")) return 4294967295;
  if (name == "text" || name == "blob") return 65535;
  return long_argument(type, 0, 1);
}

bool is_fixed(const Type& type) { return first_word(type) == "char" || first_word(type) == "binary"; }

bool text_holds(const Type& before, const Type& after) {
  // CHAR loses the blanks at its end, BINARY is filled up.
  if (is_fixed(after) && !is_fixed(before)) return false;
  if (first_word(before) == "binary" && before.arguments != after.arguments && is_fixed(after)) return false;
  if (is_lob(before) == is_lob(after)) return capacity(before) <= capacity(after);
  // Four bytes a character, at most.
  const bool characters = family(before) == Family::text;
  return is_lob(after) && capacity(before) * (characters ? 4 : 1) <= capacity(after);
}

bool decimal_holds(const Type& before, const Type& after) {
  if (is_unsigned(after) && !is_unsigned(before)) return false;
  const long places = long_argument(before, 1, 0), more = long_argument(after, 1, 0);
  return places <= more && long_argument(before, 0, 10) - places <= long_argument(after, 0, 10) - more;
}

bool set_holds(const Type& before, const Type& after) {
  return std::all_of(before.arguments.begin(), before.arguments.end(), [&](const std::string& value) {
    return std::find(after.arguments.begin(), after.arguments.end(), value) != after.arguments.end();
  });
}

// The values of the one are those at the head of the other, and take as many bytes.
bool appended(const Type& before, const Type& after) {
  if (after.arguments.size() < before.arguments.size() ||
      !std::equal(before.arguments.begin(), before.arguments.end(), after.arguments.begin()))
    return false;
  const auto bytes = [](std::size_t values, bool set) {
    if (!set) return values < 256 ? std::size_t{1} : std::size_t{2};
    const std::size_t needed = (values + 7) / 8;
    return needed > 4 ? std::size_t{8} : needed;
  };
  const bool set = family(after) == Family::set;
  return bytes(before.arguments.size(), set) == bytes(after.arguments.size(), set);
}

TypeRelation widened(bool holds, TypeRelation how) { return holds ? how : TypeRelation::narrow; }

// VARCHAR grows in place while the length of its values takes as many bytes (engine-facts F); which
// characters it has is unknown here, so the widest are assumed.
bool varchar_in_place(const Type& before, const Type& after) {
  const std::string_view name = first_word(before);
  if (name != first_word(after) || (name != "varchar" && name != "varbinary")) return false;
  const long bytes = name == "varchar" ? 4 : 1;
  const long from = long_argument(before, 0, 0), to = long_argument(after, 0, 0);
  return from <= to && (to * bytes <= 255 || from > 255);
}

}  // namespace

int integer_bytes(const Type& type) {
  constexpr std::array<std::string_view, 5> kNames = {"tinyint", "smallint", "mediumint", "int", "bigint"};
  constexpr std::array<int, 5> kBytes = {1, 2, 3, 4, 8};
  const auto place = std::find(kNames.begin(), kNames.end(), first_word(type)) - kNames.begin();
  return kBytes[static_cast<std::size_t>(place)];
}

TypeRelation relate(const Type& before, const Type& after, const Server& server) {
  if (before == after) return TypeRelation::same;
  const Family a = family(before), b = family(after);
  const auto rewrite = TypeRelation::widen_rewrite;
  if (a == Family::integer && b == Family::integer) {
    const bool zerofill = before.name.find("zerofill") != after.name.find("zerofill");
    const bool same_name = before.name == after.name;
    if (same_name && !zerofill) return TypeRelation::widen_metadata;  // the display width
    return widened(integer_holds(before, after), rewrite);
  }
  if (a == Family::integer && b == Family::decimal) {
    constexpr std::array<long, 9> kDigits = {0, 3, 5, 8, 10, 0, 0, 0, 20};
    const bool sign = !is_unsigned(after) || is_unsigned(before);
    const long digits = kDigits[static_cast<std::size_t>(integer_bytes(before))];
    return widened(sign && long_argument(after, 0, 10) - long_argument(after, 1, 0) >= digits, rewrite);
  }
  if (a == Family::decimal && b == Family::decimal) return widened(decimal_holds(before, after), rewrite);
  if (a == Family::floating && b == Family::floating)
    return widened(
        after.name.starts_with("double") && after.arguments.empty() && is_unsigned(before) == is_unsigned(after),
        rewrite);
  if (a == Family::bit && b == Family::bit)
    return widened(long_argument(before, 0, 1) <= long_argument(after, 0, 1), rewrite);
  if (a == b && (a == Family::text || a == Family::blob)) {
    if (varchar_in_place(before, after))
      return server.is_mariadb() ? TypeRelation::widen_metadata : TypeRelation::widen_metadata;
    return widened(text_holds(before, after), rewrite);
  }
  if (a == b && (a == Family::enumeration || a == Family::set)) {
    if (appended(before, after)) return TypeRelation::widen_metadata;
    return widened(set_holds(before, after), rewrite);
  }
  if (a == Family::enumeration && b == Family::text && !is_fixed(after)) {
    const bool fits = std::all_of(before.arguments.begin(), before.arguments.end(), [&](const std::string& value) {
      return static_cast<long>(value.size()) - 2 <= capacity(after);
    });
    return widened(fits, rewrite);
  }
  if (a == b && (a == Family::datetime || a == Family::time || a == Family::timestamp))
    return widened(long_argument(before, 0, 0) <= long_argument(after, 0, 0), rewrite);
  if (a == Family::date && b == Family::datetime) return rewrite;
  return TypeRelation::other;
}

Fragment zero(const Type& type) {
  const auto literal = [](std::string text) { return Fragment({Token{Role::literal, std::move(text), {}, {}}}); };
  switch (family(type)) {
    case Family::integer:
    case Family::decimal:
    case Family::floating:
      return literal("0");
    case Family::bit:
      return literal("b'0'");
    case Family::enumeration:
      return literal(type.arguments.empty() ? "''" : type.arguments.front());
    case Family::date:
      return literal("'1000-01-01'");
    case Family::datetime:
      return literal("'1000-01-01 00:00:00'");
    case Family::timestamp:
      return literal("'1970-01-02 00:00:01'");
    case Family::time:
      return literal("'00:00:00'");
    case Family::year:
      return literal("1970");
    case Family::json:
      return literal("'null'");
    default:
      return literal(type.name == "uuid"    ? "'00000000-0000-0000-0000-000000000000'"
                     : type.name == "inet4" ? "'0.0.0.0'"
                     : type.name == "inet6" ? "'::'"
                                            : "''");
  }
}

bool is_constant(const Fragment& expression) {
  std::vector<Token> tokens;
  for (const Token& token : expression.tokens())
    if (!(token.role == Role::symbol && (token.text == "(" || token.text == ")"))) tokens.push_back(token);
  if (tokens.empty()) return false;
  // The time of the ALTER, for all rows (engine-facts F).
  if (tokens.front().is(Role::keyword, "CURRENT_TIMESTAMP")) return tokens.size() <= 2;
  std::size_t i = 0;
  while (i < tokens.size() && tokens[i].role == Role::symbol && (tokens[i].text == "-" || tokens[i].text == "+")) ++i;
  if (i < tokens.size() && tokens[i].role == Role::literal && tokens[i].text.front() == '_') ++i;
  if (i + 1 != tokens.size()) return false;
  const Token& last = tokens[i];
  return last.role == Role::literal || last.is(Role::keyword, "NULL") || last.is(Role::keyword, "TRUE") ||
         last.is(Role::keyword, "FALSE");
}

bool is_deterministic(const Fragment& expression) {
  // https://dev.mysql.com/doc/refman/9.0/en/replication-features-functions.html
  static constexpr std::string_view kNever[] = {
      "rand",           "uuid",           "uuid_short",     "now",          "sysdate",
      "curdate",        "curtime",        "current_date",   "current_time", "current_timestamp",
      "localtime",      "localtimestamp", "utc_date",       "utc_time",     "utc_timestamp",
      "unix_timestamp", "user",           "current_user",   "session_user", "system_user",
      "current_role",   "connection_id",  "last_insert_id", "row_count",    "found_rows",
      "database",       "schema",         "version",        "sleep",        "benchmark",
      "get_lock",       "release_lock",   "is_free_lock",   "load_file",    "random_bytes",
      "sys_guid",       "nextval",        "lastval",        "uuid_v4",      "uuid_v7"};
  const auto& tokens = expression.tokens();
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    if (token.role == Role::variable) return false;
    if (token.role != Role::keyword && token.role != Role::name) continue;
    const bool call = i + 1 < tokens.size() && tokens[i + 1].role == Role::symbol && tokens[i + 1].text == "(";
    if (token.role == Role::name && !call) continue;
    // UNIX_TIMESTAMP of a value is the same every time.
    if (schema::equal_ignoring_case(token.text, "unix_timestamp") && call && i + 2 < tokens.size() &&
        tokens[i + 2].text != ")")
      continue;
    if (std::any_of(std::begin(kNever), std::end(kNever),
                    [&](std::string_view name) { return schema::equal_ignoring_case(token.text, name); }))
      return false;
  }
  return true;
}

}  // namespace emcee::mysql
