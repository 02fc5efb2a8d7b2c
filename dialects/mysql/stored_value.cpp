#include "dialects/mysql/stored_value.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <limits>
#include <map>
#include <vector>

#include "dialects/common/conditions.h"
#include "dialects/mysql/quoting.h"
#include "dialects/mysql/types.h"

namespace emcee::mysql {

using common::all_of;
using common::any_of;
using schema::Column;
using schema::Fragment;
using schema::Role;
using schema::Token;
using schema::Type;

namespace {

std::string lower_name(const Type& type) { return schema::to_lower(type.name.empty() ? type.text : type.name); }

std::string leading_word(const Type& type) {
  const std::string name = lower_name(type);
  const auto end = std::find_if(name.begin(), name.end(), [](char c) { return !(std::isalnum(c) || c == '_'); });
  return std::string(name.begin(), end);
}

bool has_word(const Type& type, std::string_view word) {
  return lower_name(type).find(word) != std::string::npos ||
         schema::to_lower(type.text).find(word) != std::string::npos;
}

const std::map<std::string, Storage, std::less<>>& storages() {
  static const std::map<std::string, Storage, std::less<>> kStorages = {
      {"tinyint", Storage::integer},   {"smallint", Storage::integer},  {"mediumint", Storage::integer},
      {"int", Storage::integer},       {"integer", Storage::integer},   {"bigint", Storage::integer},
      {"bool", Storage::integer},      {"boolean", Storage::integer},   {"int1", Storage::integer},
      {"int2", Storage::integer},      {"int3", Storage::integer},      {"int4", Storage::integer},
      {"int8", Storage::integer},      {"middleint", Storage::integer}, {"serial", Storage::integer},
      {"year", Storage::integer},      {"decimal", Storage::decimal},   {"dec", Storage::decimal},
      {"numeric", Storage::decimal},   {"fixed", Storage::decimal},     {"float", Storage::real32},
      {"float4", Storage::real32},     {"float8", Storage::real64},     {"double", Storage::real64},
      {"real", Storage::real64},       {"bit", Storage::bit},           {"char", Storage::chars},
      {"character", Storage::chars},   {"nchar", Storage::chars},       {"national", Storage::chars},
      {"varchar", Storage::text},      {"nvarchar", Storage::text},     {"varcharacter", Storage::text},
      {"tinytext", Storage::text},     {"text", Storage::text},         {"mediumtext", Storage::text},
      {"longtext", Storage::text},     {"long", Storage::text},         {"binary", Storage::binary},
      {"varbinary", Storage::bytes},   {"tinyblob", Storage::bytes},    {"blob", Storage::bytes},
      {"mediumblob", Storage::bytes},  {"longblob", Storage::bytes},    {"date", Storage::date},
      {"datetime", Storage::datetime}, {"time", Storage::time},         {"timestamp", Storage::timestamp},
      {"enum", Storage::enumeration},  {"set", Storage::set},
  };
  return kStorages;
}

// The bytes of a text, in one character set for all: what a column of another set stores is the
// same text.
std::string text_bytes(const std::string& sql) { return fmt::format("CAST(CONVERT({} USING utf8mb4) AS BINARY)", sql); }

// The same of a column's own place, which needs no conversion where the set is that one.
std::string place_bytes(const Column& column, const std::string& place) {
  const bool utf8mb4 = column.collation && schema::to_lower(column.collation->text()).starts_with("utf8mb4_");
  return utf8mb4 ? fmt::format("CAST({} AS BINARY)", place) : text_bytes(place);
}

// Members are found by the column's collation.
std::string member(const Column& column, const std::string& sql) {
  const bool exact = column.collation && schema::to_lower(column.collation->text()).ends_with("_bin");
  return fmt::format("CONVERT({} USING utf8mb4) COLLATE {}", sql, exact ? "utf8mb4_bin" : "utf8mb4_general_ci");
}

// The number of a SET: the members of `value`, in whatever order they stand.
std::string set_bits(const Column& column, const std::string& value) {
  std::vector<std::string> bits;
  for (std::size_t i = 0; i < column.type.arguments.size(); ++i)
    bits.push_back(fmt::format("(FIND_IN_SET({}, {}) > 0) * {}", member(column, column.type.arguments[i]),
                               member(column, value), std::uint64_t{1} << std::min<std::size_t>(i, 63)));
  return fmt::format("({})", fmt::join(bits, " + "));
}

std::string precise(const char* cast, const Type& type) {
  const int digits = argument(type, 0, 0);
  return digits > 0 ? fmt::format("{}({})", cast, digits) : cast;
}

Fragment literal(std::string text) { return Fragment({Token{Role::literal, std::move(text), {}, {}}}); }

bool holds_no_negative(const Type& type) {
  return has_word(type, "unsigned") || has_word(type, "zerofill") || leading_word(type) == "serial";
}

// Bits of an integer type; 0 for YEAR, which has a range of its own.
int integer_bits(const Type& type) {
  static const std::map<std::string, int, std::less<>> kBits = {
      {"tinyint", 8},  {"bool", 8},       {"boolean", 8}, {"int1", 8},       {"smallint", 16},
      {"int2", 16},    {"mediumint", 24}, {"int3", 24},   {"middleint", 24}, {"int", 32},
      {"integer", 32}, {"int4", 32},      {"bigint", 64}, {"int8", 64},      {"serial", 64}};
  const auto found = kBits.find(leading_word(type));
  return found == kBits.end() ? 0 : found->second;
}

std::string least_signed(int bits) {
  return fmt::format("{}", std::numeric_limits<std::int64_t>::min() >> (64 - bits));
}

std::optional<Fragment> least_integer(const Type& type) {
  const int bits = integer_bits(type);
  if (bits == 0 || holds_no_negative(type)) return std::nullopt;
  return literal(least_signed(bits));
}

std::optional<Fragment> least_decimal(const Type& type) {
  if (holds_no_negative(type)) return std::nullopt;
  const int digits = argument(type, 0, 10), scale = argument(type, 1, 0);
  std::string text = "-" + std::string(static_cast<std::size_t>(std::max(digits - scale, 0)), '9');
  if (digits == scale) text += "0";
  if (scale > 0) text += "." + std::string(static_cast<std::size_t>(scale), '9');
  return literal(text);
}

// A zero byte, which no application puts into a text.
constexpr std::string_view kOmitted{"\0omitted", 8};

}  // namespace

Storage storage(const Type& type, const Server& server) {
  const std::string word = leading_word(type);
  if (word == "json") return server.is_mariadb() ? Storage::text : Storage::json;
  if ((word == "character" || word == "char" || word == "national") && has_word(type, "var")) return Storage::text;
  const auto found = storages().find(word);
  return found == storages().end() ? Storage::other : found->second;
}

std::string stored_differ(const Column& column, const std::string& a, const std::string& b, const Server& server) {
  const auto differ = [&](const char* form) {
    return fmt::format("NOT ({} <=> {})", fmt::format(fmt::runtime(form), a), fmt::format(fmt::runtime(form), b));
  };
  switch (storage(column.type, server)) {
    case Storage::integer:
    case Storage::decimal:
    case Storage::real32:
    case Storage::real64:
    case Storage::date:
    case Storage::datetime:
    case Storage::timestamp:
    case Storage::time:
      return differ("{}");
    case Storage::bit:
    case Storage::enumeration:
    case Storage::set:
      return differ("{} + 0");
    case Storage::chars:
    case Storage::text:
    case Storage::binary:
    case Storage::bytes:
      return differ("CAST({} AS BINARY)");
    case Storage::json:  // as values 1 and 1.0 would be equal
      return differ("CAST(CAST({} AS CHAR) AS BINARY)");
    case Storage::other:
      return differ("HEX({})");
  }
  return "TRUE";
}

std::string stored_equal(const Column& column, const std::string& place, const std::string& value,
                         const Server& server) {
  const Type& type = column.type;
  const auto cast = [&](const std::string& target) {
    return fmt::format("{} <=> CAST({} AS {})", place, value, target);
  };
  switch (storage(type, server)) {
    case Storage::integer:
      return cast("DECIMAL(65, 0)");  // rounds as storing does; AS SIGNED would cut a text at the point
    case Storage::decimal:
      return cast(fmt::format("DECIMAL({}, {})", argument(type, 0, 10), argument(type, 1, 0)));
    case Storage::real32:
      if (type.arguments.size() == 2) return fmt::format("{} <=> ROUND({}, {})", place, value, type.arguments[1]);
      return cast("FLOAT");
    case Storage::real64:
      if (type.arguments.size() == 2) return fmt::format("{} <=> ROUND({}, {})", place, value, type.arguments[1]);
      return cast("DOUBLE");
    case Storage::bit:
      return fmt::format("CAST({} AS UNSIGNED) <=> CAST({} AS UNSIGNED)", place, value);
    case Storage::chars:
      return fmt::format("{} <=> CAST(TRIM(TRAILING ' ' FROM CONVERT({} USING utf8mb4)) AS BINARY)",
                         place_bytes(column, place), value);
    case Storage::text:
      return fmt::format("{} <=> {}", place_bytes(column, place), text_bytes(value));
    case Storage::binary:
      return fmt::format("CAST({} AS BINARY) <=> CAST({} AS BINARY({}))", place, value, argument(type, 0, 1));
    case Storage::bytes:
      return fmt::format("CAST({} AS BINARY) <=> CAST({} AS BINARY)", place, value);
    case Storage::date:
      return cast("DATE");
    case Storage::datetime:
    case Storage::timestamp:
      return cast(precise("DATETIME", type));
    case Storage::time:
      return cast(precise("TIME", type));
    case Storage::json:
      return fmt::format("CAST(CAST({} AS CHAR) AS BINARY) <=> CAST(CAST(CAST({} AS JSON) AS CHAR) AS BINARY)", place,
                         value);
    case Storage::enumeration:
      return fmt::format("{} <=> {}", member(column, place), member(column, value));
    case Storage::set:
      return fmt::format("{} + 0 <=> {}", place, set_bits(column, value));
    case Storage::other: {
      const std::string word = leading_word(type);
      const bool castable = word == "uuid" || word == "inet6" || word == "inet4";
      return fmt::format("HEX({}) <=> HEX({})", place,
                         castable ? fmt::format("CAST({} AS {})", value, schema::to_upper(word)) : value);
    }
  }
  return "TRUE";
}

namespace {

bool is_time(Storage storage) {
  return storage == Storage::date || storage == Storage::datetime || storage == Storage::timestamp ||
         storage == Storage::time;
}

}  // namespace

std::optional<std::string> stored_fits(const Column& column, const std::string& place, const Server& server) {
  const Type& type = column.type;
  const std::string same = any_of({place + " IS NULL", stored_equal(column, place, place, server)});
  const auto at_most = [&](const char* function, const char* word) -> std::optional<std::string> {
    if (!leading_word(type).ends_with(word) && leading_word(type) != "character") return std::nullopt;  // TEXT, BLOB
    return any_of({place + " IS NULL", fmt::format("{}({}) <= {}", function, place, argument(type, 0, 1))});
  };
  switch (storage(type, server)) {
    case Storage::integer: {
      const int bits = integer_bits(type);
      if (bits == 0) return std::nullopt;
      const std::uint64_t most =
          std::numeric_limits<std::uint64_t>::max() >> (64 - bits + (holds_no_negative(type) ? 0 : 1));
      return all_of(
          {same, any_of({place + " IS NULL", fmt::format("CAST({} AS DECIMAL(65, 0)) BETWEEN {} AND {}", place,
                                                         holds_no_negative(type) ? "0" : least_signed(bits), most)})});
    }
    case Storage::decimal:
    case Storage::date:
    case Storage::datetime:
    case Storage::time:
      return same;
    case Storage::timestamp: {  // the session is in UTC
      const std::string time = fmt::format("CAST({} AS DATETIME(6))", place);
      // MariaDB holds later times since 11.5.1: https://mariadb.com/kb/en/timestamp/
      const bool unsigned_seconds = server.is_mariadb() && server.version >= 110501;
      const char* last = unsigned_seconds ? "2106-02-07 06:28:15.999999" : "2038-01-19 03:14:07.999999";
      return any_of({place + " IS NULL", time + " = '0000-00-00 00:00:00'",
                     fmt::format("{} BETWEEN '1970-01-01 00:00:01' AND '{}'", time, last)});
    }
    case Storage::enumeration:
    case Storage::set: {
      if (type.arguments.empty()) return std::nullopt;
      if (storage(type, server) == Storage::set)  // as many members are found as the text has
        return any_of(
            {place + " IS NULL",
             fmt::format("BIT_COUNT({0}) = CHAR_LENGTH({1}) - CHAR_LENGTH(REPLACE({1}, ',', '')) + ({1} <> '')",
                         set_bits(column, place), place)});
      std::vector<std::string> members;
      for (const std::string& text : type.arguments) members.push_back(member(column, text));
      return any_of({place + " IS NULL", fmt::format("{} IN ({})", member(column, place), fmt::join(members, ", "))});
    }
    case Storage::chars:
    case Storage::text:
      return at_most("CHAR_LENGTH", "char");
    case Storage::binary:
    case Storage::bytes:
      return at_most("LENGTH", "binary");
    default:
      return std::nullopt;
  }
}

std::optional<std::string> stored_converts(const Column& before, const Column& after, const std::string& place,
                                           const Server& server) {
  const auto fits = stored_fits(after, place, server);
  const Storage from = storage(before.type, server), to = storage(after.type, server);
  if (is_time(to) && !is_time(from)) {
    const char* word = to == Storage::date ? "DATE" : to == Storage::time ? "TIME" : "DATETIME";
    const std::string reads = fmt::format("CAST({} AS {}) IS NOT NULL", place, precise(word, after.type));
    return any_of({place + " IS NULL", to == Storage::timestamp ? all_of({reads, *fits}) : reads});
  }
  const bool of_text = from == Storage::chars || from == Storage::text || from == Storage::enumeration ||
                       from == Storage::binary || from == Storage::bytes;
  const bool to_number = to == Storage::integer || to == Storage::decimal || to == Storage::real32 ||
                         to == Storage::real64 || to == Storage::bit;
  if (!of_text || !to_number) return fits;
  // A comparison would read any other text as 0.
  const std::string is_number = any_of(
      {place + " IS NULL",
       fmt::format("CAST({} AS CHAR) REGEXP '^ *[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)? *$'", place)});
  return fits ? all_of({is_number, *fits}) : is_number;
}

std::optional<Fragment> omission_default(const Column& column, const Server& server) {
  if (!column.not_null || column.default_value || column.generated) return std::nullopt;
  const std::string word = leading_word(column.type);
  const int length = argument(column.type, 0, 1);
  switch (storage(column.type, server)) {
    case Storage::integer:
      return least_integer(column.type);
    case Storage::decimal:
      return least_decimal(column.type);
    case Storage::chars:
      if (length < 1) return std::nullopt;
      return literal(string_literal(kOmitted.substr(0, static_cast<std::size_t>(length))));
    case Storage::binary:
      return length < 8 ? std::nullopt : std::optional(literal(string_literal(kOmitted)));
    case Storage::text:
    case Storage::bytes:
      if (word.starts_with("var") || word.starts_with("nvar") || word == "character" || word == "national") {
        if (length < (word == "varbinary" ? 8 : 1)) return std::nullopt;
        return literal(string_literal(kOmitted.substr(0, static_cast<std::size_t>(length))));
      }
      if (word == "json") return std::nullopt;  // its check would refuse the default
      if (server.is_mariadb()) return literal(string_literal(kOmitted));
      // MySQL takes only an expression here, and counts a literal in parentheses for none.
      return Fragment({Token{Role::keyword, "concat(", {}, {}}, Token{Role::literal, "'\\0'", {}, {}},
                       Token{Role::symbol, ",", {}, {}}, Token{Role::literal, "'omitted'", {}, {}},
                       Token{Role::symbol, ")", {}, {}}});
    case Storage::date:
      return literal("'1000-02-03'");
    case Storage::datetime:
      return literal("'1000-02-03 04:05:06'");
    case Storage::time:
      return literal("'-838:59:59'");
    default:
      return std::nullopt;
  }
}

}  // namespace emcee::mysql
