#include "dialects/sqlite/tokens.h"

#include <array>
#include <cstddef>

#include "schema/identifier.h"

namespace emcee::sqlite {

namespace {

constexpr std::size_t kKinds = static_cast<std::size_t>(Tk::count_);

constexpr std::uint8_t kClass_reserved = 0;
constexpr std::uint8_t kClass_name = kNameWord;
constexpr std::uint8_t kClass_join = kJoinWord;
constexpr std::uint8_t kClass_indexed = kIndexedWord;

constexpr std::array<std::uint8_t, kKinds> make_classes() {
  std::array<std::uint8_t, kKinds> classes{};
  classes[static_cast<std::size_t>(Tk::identifier)] = kNameWord;
  classes[static_cast<std::size_t>(Tk::string)] = kStringWord;
#define EMCEE_CLASS(id, text, fallback) classes[static_cast<std::size_t>(Tk::id)] = kClass_##fallback;
  EMCEE_SQLITE_KEYWORDS(EMCEE_CLASS)
#undef EMCEE_CLASS
  return classes;
}
constexpr std::array<std::uint8_t, kKinds> kClasses = make_classes();

struct Keyword {
  std::string_view text;
  Tk kind = Tk::identifier;
};
constexpr Keyword kKeywords[] = {
#define EMCEE_KEYWORD(id, text, fallback) Keyword{text, Tk::id},
    EMCEE_SQLITE_KEYWORDS(EMCEE_KEYWORD)
#undef EMCEE_KEYWORD
};
constexpr std::size_t kLongestKeyword = 17;  // CURRENT_TIMESTAMP

// A hash table with open addressing, made by the compiler.
constexpr std::size_t kSlots = 1024;
constexpr std::size_t slot_of(std::string_view upper_case) {
  std::size_t hash = upper_case.size();
  for (char c : upper_case) hash = hash * 31 + static_cast<unsigned char>(c);
  return hash % kSlots;
}
constexpr std::array<std::uint8_t, kSlots> make_slots() {
  std::array<std::uint8_t, kSlots> slots{};  // 1 + place in kKeywords; 0 is empty
  for (std::size_t i = 0; i < std::size(kKeywords); ++i) {
    std::size_t slot = slot_of(kKeywords[i].text);
    while (slots[slot]) slot = (slot + 1) % kSlots;
    slots[slot] = static_cast<std::uint8_t>(i + 1);
  }
  return slots;
}
constexpr std::array<std::uint8_t, kSlots> kSlotTable = make_slots();

}  // namespace

std::uint8_t word_class(Tk kind) { return kClasses[static_cast<std::size_t>(kind)]; }

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

const char* spelling(Tk kind) {
  switch (kind) {
    case Tk::end:
      return "the end of the statement";
    case Tk::illegal:
      return "an unknown token";
    case Tk::shell_line:
      return "a line for the sqlite3 shell";
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
    case Tk::star:
      return "\"*\"";
    case Tk::plus:
      return "\"+\"";
    case Tk::minus:
      return "\"-\"";
    case Tk::equal:
      return "\"=\"";
    case Tk::slash:
    case Tk::percent:
    case Tk::not_equal:
    case Tk::less:
    case Tk::less_equal:
    case Tk::greater:
    case Tk::greater_equal:
    case Tk::bit_and:
    case Tk::bit_or:
    case Tk::bit_not:
    case Tk::shift_left:
    case Tk::shift_right:
    case Tk::concat:
    case Tk::pointer:
      return "an operator";
    case Tk::integer:
    case Tk::real:
      return "a number";
    case Tk::string:
      return "a string";
    case Tk::blob:
      return "a blob";
    case Tk::variable:
      return "a parameter";
    case Tk::identifier:
      return "a name";
#define EMCEE_SPELLING(id, text, fallback) \
  case Tk::id:                             \
    return text;
      EMCEE_SQLITE_KEYWORDS(EMCEE_SPELLING)
#undef EMCEE_SPELLING
    case Tk::count_:
      break;
  }
  return "";
}

std::string unquote(std::string_view text) {
  if (text.size() < 2) return std::string(text);
  const char open = text.front();
  if (open == '[') return std::string(text.substr(1, text.size() - 2));
  if (open != '"' && open != '`' && open != '\'') return std::string(text);
  std::string result;
  result.reserve(text.size() - 2);
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    result += text[i];
    if (text[i] == open) ++i;  // doubled
  }
  return result;
}

}  // namespace emcee::sqlite
