#include "dialects/postgres/literal.h"

#include <fmt/format.h>

#include <cstdio>

#include "schema/identifier.h"

namespace emcee::postgres {

std::optional<bool> boolean_value(std::string_view text) {
  const std::string word = schema::to_lower(text);
  if (word.empty()) return std::nullopt;
  const auto begins = [&](std::string_view whole, std::size_t least) {
    return word.size() >= least && whole.substr(0, word.size()) == word;
  };
  if (begins("true", 1) || begins("yes", 1) || word == "on" || word == "1") return true;
  if (begins("false", 1) || begins("no", 1) || begins("off", 2) || word == "0") return false;
  return std::nullopt;
}

namespace {

// `2000-1-1` -> `2000-01-01`
std::optional<std::string> iso_date(const std::string& text) {
  int year = 0, month = 0, day = 0, used = 0;
  if (std::sscanf(text.c_str(), "%4d-%2d-%2d%n", &year, &month, &day, &used) != 3) return std::nullopt;
  if (static_cast<std::size_t>(used) != text.size() || text.find('-') != 4) return std::nullopt;
  return fmt::format("{:04}-{:02}-{:02}", year, month, day);
}

std::optional<std::string> iso_timestamp(const std::string& text) {
  if (const auto date = iso_date(text)) return *date + " 00:00:00";
  const std::size_t space = text.find_first_of(" T");
  if (space == std::string::npos) return std::nullopt;
  const auto date = iso_date(text.substr(0, space));
  int hour = 0, minute = 0, second = 0, used = 0;
  const std::string time = text.substr(space + 1);
  const int read = std::sscanf(time.c_str(), "%2d:%2d%n:%2d%n", &hour, &minute, &used, &second, &used);
  if (!date || read < 2 || static_cast<std::size_t>(used) != time.size()) return std::nullopt;
  return fmt::format("{} {:02}:{:02}:{:02}", *date, hour, minute, second);
}

// `1 hour` -> `01:00:00`; one quantity of one unit only.
std::optional<std::string> interval(const std::string& text) {
  long value = 0;
  char unit[16] = {};
  int used = 0;
  if (std::sscanf(text.c_str(), "%9ld %15[a-zA-Z]%n", &value, unit, &used) != 2) return std::nullopt;
  if (static_cast<std::size_t>(used) != text.size() || value < 0) return std::nullopt;
  std::string word = schema::to_lower(unit);
  if (word.size() > 1 && word.back() == 's') word.pop_back();
  const auto time = [](long seconds) {
    return fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  };
  const auto plural = [](long count, const char* name) {
    return fmt::format("{} {}{}", count, name, count == 1 ? "" : "s");
  };
  if (value == 0) return "00:00:00";
  if (word == "second" || word == "sec") return time(value);
  if (word == "minute" || word == "min") return time(value * 60);
  if (word == "hour" || word == "hr") return time(value * 3600);
  if (word == "day") return plural(value, "day");
  if (word == "week") return plural(value * 7, "day");
  if (word == "year") return plural(value, "year");
  if (word == "month" || word == "mon") {
    const long years = value / 12, months = value % 12;
    std::string result = years ? plural(years, "year") : "";
    if (months) result += (result.empty() ? "" : " ") + plural(months, "mon");
    return result;
  }
  return std::nullopt;
}

// jsonb prints one blank behind commas and colons; keys keep their order only where they are sorted
// by length and bytes already, so only flat and simple values are rewritten.
std::string jsonb(std::string_view text) {
  std::string result;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      result += c;
      if (c == '\\' && i + 1 < text.size()) result += text[++i];
      if (c == '"') quoted = false;
      continue;
    }
    if (c == ' ' || c == '\n' || c == '\t' || c == '\r') continue;
    result += c;
    quoted = c == '"';
    if (c == ',' || c == ':') result += ' ';
  }
  return result;
}

}  // namespace

std::string canonical_literal(std::string_view text, std::string_view type) {
  const std::string copy(text);
  if (type == "date") return iso_date(copy).value_or(copy);
  if (type == "timestamp without time zone") return iso_timestamp(copy).value_or(copy);
  if (type == "timestamp with time zone") {  // without a zone: that of the session, taken for UTC
    const std::size_t zone = copy.find_first_of("+Z", 10);
    const std::string rest = zone == std::string::npos ? "" : copy.substr(zone);
    if (rest.empty() || rest == "+00" || rest == "+00:00" || rest == "Z")
      if (const auto text_utc = iso_timestamp(copy.substr(0, zone))) return *text_utc + "+00";
  }
  if (type == "interval") return interval(copy).value_or(copy);
  if (type == "jsonb") return jsonb(text);
  if (type == "bytea" && text.empty()) return "\\x";
  if (type == "uuid") return schema::to_lower(text);
  return copy;
}

}  // namespace emcee::postgres
