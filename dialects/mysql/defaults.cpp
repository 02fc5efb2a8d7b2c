#include "dialects/mysql/defaults.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>

#include "dialects/mysql/quoting.h"
#include "dialects/mysql/tokens.h"
#include "dialects/mysql/types.h"

namespace emcee::mysql {

using schema::Fragment;
using schema::Role;

namespace {

// A literal by its meaning.
struct Value {
  std::string text;  // of a string; the digits of a number
  bool number = false;
  bool bits = false;
  bool negative = false;
};

int hex_digit(char c) { return c <= '9' ? c - '0' : (c | 32) - 'a' + 10; }

std::optional<Value> value_of(const Fragment& fragment) {
  Value value;
  std::size_t i = 0;
  const auto& tokens = fragment.tokens();
  if (tokens.size() > 1 && tokens[0].role == Role::symbol && tokens[0].text == "-") {
    value.negative = true;
    i = 1;
  } else if (tokens.size() > 1 && tokens[0].role == Role::literal && tokens[0].text.front() == '_') {
    i = 1;
  } else if (tokens.size() > 1 && tokens[0].role == Role::keyword && tokens[1].role == Role::literal) {
    i = 1;  // DATE '2000-01-01'
  }
  if (i + 1 != tokens.size() || tokens[i].role != Role::literal) return std::nullopt;
  const std::string& text = tokens[i].text;
  if (text.front() == '\'') {
    value.text = unquote_text(text, true);
  } else if (text.size() > 2 && (text[1] == '\'' || text[1] == 'x' || text[1] == 'b') &&
             !(text[0] >= '1' && text[0] <= '9')) {
    const bool hex = text[0] == 'x' || text[0] == 'X' || text[1] == 'x';
    const std::string digits = text[1] == '\'' ? text.substr(2, text.size() - 3) : text.substr(2);
    if (hex) {
      for (std::size_t d = digits.size() % 2; d + 1 < digits.size(); d += 2)
        value.text += static_cast<char>(hex_digit(digits[d]) * 16 + hex_digit(digits[d + 1]));
    } else {
      value.bits = true;
      value.text = digits;
    }
  } else {
    value.number = true;
    value.text = text;
  }
  return value;
}

Fragment literal(std::string text) {
  const bool negative = !text.empty() && text.front() == '-';
  if (!negative) return Fragment({schema::Token{Role::literal, std::move(text), {}, {}}});
  return Fragment({schema::Token{Role::symbol, "-", {}, {}}, schema::Token{Role::literal, text.substr(1), {}, {}}});
}

std::string trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return std::string(text);
}

std::optional<double> real_of(const Value& value) {
  const std::string text = trimmed(value.text);
  char* end = nullptr;
  const double result = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0') return std::nullopt;
  return value.negative ? -result : result;
}

unsigned long long bits_of(const std::string& digits) {
  unsigned long long result = 0;
  for (char c : digits) result = result * 2 + static_cast<unsigned>(c - '0');
  return result;
}

// 1.5 -> 1.500 for three places.
std::optional<std::string> decimal_text(const Value& value, int places) {
  std::string text = trimmed(value.text);
  bool negative = value.negative;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    negative = negative != (text.front() == '-');
    text.erase(0, 1);
  }
  if (text.find_first_of("eE") != std::string::npos) {
    const auto real = real_of(value);
    if (!real) return std::nullopt;
    return fmt::format("{:.{}f}", *real, places);
  }
  if (text.find_first_not_of("0123456789.") != std::string::npos) return std::nullopt;
  std::string whole = text.substr(0, text.find('.'));
  std::string part = text.find('.') == std::string::npos ? "" : text.substr(text.find('.') + 1);
  if (part.size() > static_cast<std::size_t>(places) &&
      part.find_first_not_of('0', static_cast<std::size_t>(places)) != std::string::npos)
    return fmt::format("{:.{}f}", real_of(value).value_or(0), places);
  part.resize(static_cast<std::size_t>(places), '0');
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size()));
  if (whole.empty()) whole = "0";
  std::string result = whole + (places > 0 ? "." + part : "");
  return negative && result.find_first_of("123456789") != std::string::npos ? "-" + result : result;
}

// Up to six numbers of a date or time, however they are punctuated.
std::optional<std::vector<std::string>> groups_of(const std::string& text) {
  std::vector<std::string> groups(1);
  for (char c : text) {
    if (c >= '0' && c <= '9')
      groups.back() += c;
    else if (c == ' ' || c == '-' || c == ':' || c == '/' || c == '.' || c == 'T')
      groups.emplace_back();
    else
      return std::nullopt;
  }
  return groups;
}

std::string two(const std::string& digits) { return digits.size() == 1 ? "0" + digits : digits; }
std::string four(const std::string& year) {
  if (year.size() > 2) return std::string(4 - std::min<std::size_t>(4, year.size()), '0') + year;
  return (std::atoi(year.c_str()) < 70 ? "20" : "19") + two(year);
}

std::string fraction(const std::string& digits, int places) {
  if (places == 0) return "";
  std::string part = digits;
  part.resize(static_cast<std::size_t>(places), '0');
  return "." + part;
}

std::optional<std::string> datetime_text(const Value& value, bool with_time, int places) {
  const std::string text = trimmed(value.text);
  auto groups = groups_of(text);
  if (!groups) return std::nullopt;
  if (text.find_first_not_of('0') == std::string::npos) {
    groups = {"0000", "00", "00", "00", "00", "00"};
  } else if (groups->size() == 1) {  // 20000102030405
    const std::string& digits = groups->front();
    const std::size_t year = digits.size() == 8 || digits.size() == 14 ? 4 : 2;
    if (digits.size() < 6) return std::nullopt;
    std::vector<std::string> parts = {digits.substr(0, year)};
    for (std::size_t i = year; i < digits.size(); i += 2) parts.push_back(digits.substr(i, 2));
    groups = parts;
  }
  if (groups->size() < 3 || groups->size() > 7) return std::nullopt;
  const bool has_fraction = groups->size() == 7;
  const std::string part = has_fraction ? groups->back() : "";
  groups->resize(6, "0");
  const auto& g = *groups;
  std::string result = (g[0] == "0000" ? g[0] : four(g[0])) + "-" + two(g[1]) + "-" + two(g[2]);
  if (with_time) result += " " + two(g[3]) + ":" + two(g[4]) + ":" + two(g[5]) + fraction(part, places);
  return result;
}

std::optional<std::string> time_text(const Value& value, int places) {
  std::string text = trimmed(value.text);
  const bool negative = value.negative || text.starts_with("-");
  if (text.starts_with("-")) text.erase(0, 1);
  auto groups = groups_of(text);
  if (!groups || groups->size() > 4) return std::nullopt;
  std::string part;
  if (text.find('.') != std::string::npos) {
    part = groups->back();
    groups->pop_back();
  }
  if (groups->size() == 1) {  // 123 is one minute and 23 seconds
    std::string digits = groups->front();
    digits.insert(0, digits.size() < 6 ? 6 - digits.size() : 0, '0');
    const std::size_t hours = digits.size() - 4;
    groups = {digits.substr(0, hours), digits.substr(hours, 2), digits.substr(hours + 2, 2)};
  }
  groups->resize(3, "0");
  return (negative ? "-" : "") + two((*groups)[0]) + ":" + two((*groups)[1]) + ":" + two((*groups)[2]) +
         fraction(part, places);
}

// As MySQL prints floating numbers: the fewest digits that give the value back.
std::string real_text(double value, bool single) {
  std::string text = single ? fmt::format("{}", static_cast<float>(value)) : fmt::format("{}", value);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

std::string quoted(std::string_view text) { return string_literal(text); }

}  // namespace

bool is_literal(const Fragment& value) { return value_of(value).has_value(); }

std::optional<Fragment> canonical_default(const Fragment& default_value, const schema::Type& type) {
  if (default_value.tokens().size() == 1 && default_value.tokens()[0].is(Role::keyword, "NULL")) return std::nullopt;
  const auto value = value_of(default_value);
  if (!value) return default_value;
  const auto keep = [&](std::optional<std::string> text, bool quotes) -> std::optional<Fragment> {
    if (!text) return default_value;
    return literal(quotes ? quoted(*text) : *text);
  };
  switch (family(type)) {
    case Family::integer:
      if (value->bits) return literal(std::to_string(bits_of(value->text)));
      return keep(decimal_text(*value, 0), false);
    case Family::decimal:
      return keep(decimal_text(*value, argument(type, 1, 0)), false);
    case Family::floating: {
      const auto real = real_of(*value);
      if (!real) return default_value;
      if (type.arguments.size() == 2) return literal(fmt::format("{:.{}f}", *real, argument(type, 1, 0)));
      return literal(real_text(*real, type.name.starts_with("float")));
    }
    case Family::bit: {
      unsigned long long number = value->bits ? bits_of(value->text) : std::strtoull(value->text.c_str(), nullptr, 10);
      if (!value->bits && !value->number && value->text.find_first_not_of("0123456789") != std::string::npos) {
        number = 0;
        for (char c : value->text) number = number * 256 + static_cast<unsigned char>(c);
      }
      std::string digits;
      for (; number > 0; number /= 2) digits.insert(digits.begin(), number % 2 ? '1' : '0');
      return literal("b'" + (digits.empty() ? "0" : digits) + "'");
    }
    case Family::date:
      return keep(datetime_text(*value, false, 0), true);
    case Family::datetime:
    case Family::timestamp:
      return keep(datetime_text(*value, true, argument(type, 0, 0)), true);
    case Family::time:
      return keep(time_text(*value, argument(type, 0, 0)), true);
    case Family::year: {
      const std::string text = trimmed(value->text);
      if (text.find_first_not_of("0123456789") != std::string::npos) return default_value;
      if (text.find_first_not_of('0') == std::string::npos && (value->number || text.size() == 4))
        return literal("0000");
      return literal(four(text));
    }
    case Family::text:
    case Family::blob:
    case Family::enumeration:
    case Family::set: {
      std::string text = value->text;
      if (value->number && text.find_first_not_of("0123456789") == std::string::npos)
        text.erase(0, std::min(text.find_first_not_of('0'), text.size() - 1));
      // BINARY is filled up.
      if (type.name == "binary")
        text.resize(std::max<std::size_t>(text.size(), static_cast<std::size_t>(argument(type, 0, 1))), '\0');
      return literal(quoted((value->negative ? "-" : "") + text));
    }
    default:
      return default_value;
  }
}

}  // namespace emcee::mysql
