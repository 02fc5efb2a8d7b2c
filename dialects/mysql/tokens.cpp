#include "dialects/mysql/tokens.h"

#include <array>
#include <cstddef>

#include "schema/identifier.h"

namespace emcee::mysql {

namespace {

enum class Where : std::uint8_t { name, both, mysql, mariadb };

struct Keyword {
  std::string_view text;
  Tk kind = Tk::identifier;
  Where where = Where::name;
};
constexpr Keyword kKeywords[] = {
#define EMCEE_KEYWORD(id, text, where) Keyword{text, Tk::id, Where::where},
    EMCEE_MYSQL_KEYWORDS(EMCEE_KEYWORD)
#undef EMCEE_KEYWORD
};
constexpr std::size_t kLongestKeyword = 29;
constexpr std::size_t kFirstKeyword = static_cast<std::size_t>(Tk::identifier) + 1;

// A hash table with open addressing, made by the compiler.
constexpr std::size_t kSlots = 2048;
constexpr std::size_t slot_of(std::string_view upper_case) {
  std::size_t hash = upper_case.size();
  for (char c : upper_case) hash = hash * 31 + static_cast<unsigned char>(c);
  return hash % kSlots;
}
constexpr std::array<std::uint16_t, kSlots> make_slots() {
  std::array<std::uint16_t, kSlots> slots{};  // 1 + place in kKeywords; 0 is empty
  for (std::size_t i = 0; i < std::size(kKeywords); ++i) {
    std::size_t slot = slot_of(kKeywords[i].text);
    while (slots[slot]) slot = (slot + 1) % kSlots;
    slots[slot] = static_cast<std::uint16_t>(i + 1);
  }
  return slots;
}
constexpr std::array<std::uint16_t, kSlots> kSlotTable = make_slots();

Where where(Tk kind) {
  return is_keyword(kind) ? kKeywords[static_cast<std::size_t>(kind) - kFirstKeyword].where : Where::name;
}

}  // namespace

Tk keyword(std::string_view text) {
  if (text.size() < 2 || text.size() > kLongestKeyword) return Tk::identifier;
  char upper[kLongestKeyword];
  for (std::size_t i = 0; i < text.size(); ++i) upper[i] = schema::to_upper(text[i]);
  const std::string_view word(upper, text.size());
  for (std::size_t slot = slot_of(word); kSlotTable[slot]; slot = (slot + 1) % kSlots) {
    const Keyword& candidate = kKeywords[kSlotTable[slot] - 1];
    if (candidate.text == word) return candidate.kind;
  }
  return Tk::identifier;
}

bool reserved(Tk kind, const Server& server) {
  const Where place = where(kind);
  return place == Where::both || place == (server.is_mariadb() ? Where::mariadb : Where::mysql);
}

bool reserved_anywhere(std::string_view word) { return where(keyword(word)) != Where::name; }

const char* spelling(Tk kind) {
  if (is_keyword(kind) && kind != Tk::count_)
    return kKeywords[static_cast<std::size_t>(kind) - kFirstKeyword].text.data();
  switch (kind) {
    case Tk::end:
      return "the end of the statement";
    case Tk::illegal:
      return "an unknown token";
    case Tk::semicolon:
      return "\";\"";
    case Tk::left:
      return "\"(\"";
    case Tk::right:
      return "\")\"";
    case Tk::comma:
      return "\",\"";
    case Tk::dot:
      return "\".\"";
    case Tk::equal:
      return "\"=\"";
    case Tk::integer:
    case Tk::real:
      return "a number";
    case Tk::introducer:
    case Tk::string:
      return "a string";
    case Tk::hex:
    case Tk::bits:
      return "a literal";
    case Tk::variable:
      return "a variable";
    case Tk::identifier:
      return "a name";
    default:
      return "an operator";
  }
}

std::string unquote(std::string_view text) {
  if (text.size() < 2) return std::string(text);
  const char quote = text.front();
  if (quote != '`' && quote != '"' && quote != '\'') return std::string(text);
  std::string result;
  result.reserve(text.size() - 2);
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    result += text[i];
    if (text[i] == quote) ++i;  // doubled
  }
  return result;
}

// https://dev.mysql.com/doc/refman/9.0/en/string-literals.html
std::string unquote_text(std::string_view text, bool escapes) {
  if (!text.empty() && (text.front() == 'n' || text.front() == 'N')) text.remove_prefix(1);
  if (text.size() < 2) return std::string(text);
  const char quote = text.front();
  std::string result;
  result.reserve(text.size() - 2);
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] == quote) {
      result += quote;
      ++i;
    } else if (text[i] == '\\' && escapes && i + 2 < text.size()) {
      const char c = text[++i];
      switch (c) {
        case '0':
          result += '\0';
          break;
        case 'b':
          result += '\b';
          break;
        case 'n':
          result += '\n';
          break;
        case 'r':
          result += '\r';
          break;
        case 't':
          result += '\t';
          break;
        case 'Z':
          result += '\x1a';
          break;
        case '%':
        case '_':
          result += '\\';
          result += c;
          break;
        default:
          result += c;
      }
    } else {
      result += text[i];
    }
  }
  return result;
}

}  // namespace emcee::mysql
