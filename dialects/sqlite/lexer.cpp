#include "dialects/sqlite/lexer.h"

#include <array>
#include <limits>

namespace emcee::sqlite {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

constexpr std::array<bool, 256> make_name_characters() {
  std::array<bool, 256> table{};
  for (int c = 0; c < 256; ++c)
    table[static_cast<std::size_t>(c)] =
        c >= 0x80 || c == '_' || c == '$' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return table;
}
constexpr std::array<bool, 256> kNameCharacter = make_name_characters();
bool in_name(char c) { return kNameCharacter[static_cast<unsigned char>(c)]; }

// A reader of one token at a time. Its rules are those of sqlite3GetToken (tokenize.c).
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  // Skips spaces and comments. An unfinished /* comment ends with the text.
  void skip_blank() {
    while (place_ < text_.size()) {
      const char c = text_[place_];
      // SQLite takes a vertical tab for a space only behind another one.
      if (is_space(c) && (c != '\v' || (place_ > 0 && is_space(text_[place_ - 1])))) {
        ++place_;
      } else if (c == '-' && at(1) == '-') {
        place_ = end_of_line(place_);
      } else if (c == '/' && at(1) == '*' && place_ + 2 < text_.size()) {
        const std::size_t close = text_.find("*/", place_ + 2);
        place_ = close == std::string_view::npos ? text_.size() : close + 2;
      } else if (c == '\xEF' && at(1) == '\xBB' && at(2) == '\xBF') {
        place_ += 3;
      } else {
        return;
      }
    }
  }

  bool at_end() const { return place_ >= text_.size(); }
  bool at_shell_line() const {
    const char c = text_[place_];
    if (c != '.' && c != '#') return false;
    return place_ == 0 || text_[place_ - 1] == '\n' || (place_ == 3 && text_.substr(0, 3) == "\xEF\xBB\xBF");
  }
  Lexeme shell_line() { return token(Tk::shell_line, end_of_line(place_) - place_); }

  // REQUIRES: not at_end().
  Lexeme next() {
    const char c = text_[place_];
    if (is_letter(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80) return word();
    if (is_digit(c) || (c == '.' && is_digit(at(1)))) return number();
    switch (c) {
      case '(':
        return token(Tk::left, 1);
      case ')':
        return token(Tk::right, 1);
      case ',':
        return token(Tk::comma, 1);
      case ';':
        return token(Tk::semicolon, 1);
      case '.':
        return token(Tk::dot, 1);
      case '*':
        return token(Tk::star, 1);
      case '+':
        return token(Tk::plus, 1);
      case '/':
        return token(Tk::slash, 1);
      case '%':
        return token(Tk::percent, 1);
      case '&':
        return token(Tk::bit_and, 1);
      case '~':
        return token(Tk::bit_not, 1);
      case '-':
        return at(1) == '>' ? token(Tk::pointer, at(2) == '>' ? 3 : 2) : token(Tk::minus, 1);
      case '=':
        return token(Tk::equal, at(1) == '=' ? 2 : 1);
      case '|':
        return at(1) == '|' ? token(Tk::concat, 2) : token(Tk::bit_or, 1);
      case '!':
        return at(1) == '=' ? token(Tk::not_equal, 2) : token(Tk::illegal, 1);
      case '<':
        if (at(1) == '=') return token(Tk::less_equal, 2);
        if (at(1) == '>') return token(Tk::not_equal, 2);
        return at(1) == '<' ? token(Tk::shift_left, 2) : token(Tk::less, 1);
      case '>':
        if (at(1) == '=') return token(Tk::greater_equal, 2);
        return at(1) == '>' ? token(Tk::shift_right, 2) : token(Tk::greater, 1);
      case '"':
      case '`':
      case '\'':
        return quoted(c, c == '\'' ? Tk::string : Tk::identifier);
      case '[': {
        const std::size_t close = text_.find(']', place_);
        if (close == std::string_view::npos) return token(Tk::illegal, text_.size() - place_);
        return token(Tk::identifier, close + 1 - place_);
      }
      case '?': {
        std::size_t n = 1;
        while (is_digit(at(n))) ++n;
        return token(Tk::variable, n);
      }
      case '$':
      case '@':
      case '#':
      case ':':
        return variable();
      default:
        return token(Tk::illegal, 1);
    }
  }

 private:
  // The character n places ahead; NUL behind the end.
  char at(std::size_t n) const { return place_ + n < text_.size() ? text_[place_ + n] : '\0'; }

  std::size_t end_of_line(std::size_t from) const {
    const std::size_t newline = text_.find('\n', from);
    return newline == std::string_view::npos ? text_.size() : newline;
  }

  Lexeme token(Tk kind, std::size_t length) {
    const Lexeme result{kind, static_cast<std::uint32_t>(place_), static_cast<std::uint32_t>(length)};
    place_ += length;
    return result;
  }

  Lexeme word() {
    if ((text_[place_] == 'x' || text_[place_] == 'X') && at(1) == '\'') return blob();
    std::size_t n = 1;
    while (in_name(at(n))) ++n;
    return token(keyword(text_.substr(place_, n)), n);
  }

  Lexeme blob() {
    std::size_t n = 2;
    while (is_hex(at(n))) ++n;
    if (at(n) == '\'' && n % 2 == 0) return token(Tk::blob, n + 1);
    while (place_ + n < text_.size() && at(n) != '\'') ++n;
    return token(Tk::illegal, n + (at(n) == '\'' ? 1 : 0));
  }

  // Digits, with single underscores between them (since 3.46).
  std::size_t digits(std::size_t n) const {
    while (is_digit(at(n)) || (at(n) == '_' && n > 0 && is_digit(at(n - 1)) && is_digit(at(n + 1)))) ++n;
    return n;
  }

  Lexeme number() {
    if (at(0) == '0' && (at(1) == 'x' || at(1) == 'X') && is_hex(at(2))) {
      std::size_t n = 3;
      while (is_hex(at(n))) ++n;
      return token(Tk::integer, n);
    }
    Tk kind = Tk::integer;
    std::size_t n = digits(0);
    if (at(n) == '.') {
      kind = Tk::real;
      n = digits(n + 1);
    }
    if ((at(n) == 'e' || at(n) == 'E') &&
        (is_digit(at(n + 1)) || ((at(n + 1) == '+' || at(n + 1) == '-') && is_digit(at(n + 2))))) {
      kind = Tk::real;
      n = digits(n + 2);
    }
    for (; in_name(at(n)); ++n) kind = Tk::illegal;
    return token(kind, n);
  }

  Lexeme quoted(char quote, Tk kind) {
    std::size_t close = place_ + 1;
    for (;; close += 2) {
      close = text_.find(quote, close);
      if (close == std::string_view::npos) return token(Tk::illegal, text_.size() - place_);
      if (close + 1 >= text_.size() || text_[close + 1] != quote) break;
    }
    return token(kind, close + 1 - place_);
  }

  Lexeme variable() {
    std::size_t n = 1;
    std::size_t letters = 0;
    bool legal = true;
    for (; place_ + n < text_.size(); ++n) {
      if (in_name(at(n))) {
        ++letters;
      } else if (at(n) == '(' && letters > 0) {  // the array element of a Tcl variable
        do ++n;
        while (place_ + n < text_.size() && !is_space(at(n)) && at(n) != ')');
        legal = at(n) == ')';
        if (legal) ++n;
        break;
      } else if (at(n) == ':' && at(n + 1) == ':') {
        ++n;
      } else {
        break;
      }
    }
    if (at(0) == '#' && is_digit(at(1))) legal = false;  // a register, for SQLite's own use
    return token(legal && letters > 0 ? Tk::variable : Tk::illegal, n);
  }

  std::string_view text_;
  std::size_t place_ = 0;
};

// WINDOW, OVER and FILTER are keywords only where a window can stand (analyzeWindowKeyword and its
// neighbours in tokenize.c); everywhere else they are names.
void settle_window_keywords(Lexemes& tokens) {
  const auto name_like = [](Tk kind) {
    return (word_class(kind) & (kNameWord | kStringWord | kJoinWord)) || kind == Tk::kWindow || kind == Tk::kOver;
  };
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    Tk& kind = tokens[i].kind;
    if (kind != Tk::kWindow && kind != Tk::kOver && kind != Tk::kFilter) continue;
    const Tk next = i + 1 < tokens.size() ? tokens[i + 1].kind : Tk::end;
    const Tk after = i + 2 < tokens.size() ? tokens[i + 2].kind : Tk::end;
    const bool behind_call = i > 0 && tokens[i - 1].kind == Tk::right;
    const bool is_word = kind == Tk::kWindow ? name_like(next) && after == Tk::kAs
                         : kind == Tk::kOver ? behind_call && (next == Tk::left || name_like(next))
                                             : behind_call && next == Tk::left;
    if (!is_word) kind = Tk::identifier;
  }
}

}  // namespace

Lexemes tokenize(std::string_view text, bool shell_lines) {
  Lexemes tokens;
  if (text.size() >= std::numeric_limits<std::uint32_t>::max()) {
    tokens.push_back({Tk::illegal, 0, 0});
    tokens.push_back({Tk::end, 0, 0});
    return tokens;
  }
  tokens.reserve(text.size() / 4 + 2);
  Lexer lexer(text);
  bool windows = false;
  for (lexer.skip_blank(); !lexer.at_end(); lexer.skip_blank()) {
    const Tk last = tokens.empty() ? Tk::semicolon : tokens.back().kind;
    if (shell_lines && (last == Tk::semicolon || last == Tk::shell_line) && lexer.at_shell_line()) {
      tokens.push_back(lexer.shell_line());
      continue;
    }
    tokens.push_back(lexer.next());
    const Tk kind = tokens.back().kind;
    windows = windows || kind == Tk::kWindow || kind == Tk::kOver || kind == Tk::kFilter;
  }
  tokens.push_back({Tk::end, static_cast<std::uint32_t>(text.size()), 0});
  if (windows) settle_window_keywords(tokens);
  return tokens;
}

std::string_view describe_illegal(std::string_view token) {
  if (token.empty()) return "the text is too long: 4 GiB is the limit";
  const char c = token.front();
  if (c == '\'') return "a string that is not closed";
  if (c == '"' || c == '`' || c == '[') return "a quoted name that is not closed";
  if (c == 'x' || c == 'X') return "not a blob: an even number of hexadecimal digits stands between the quotes";
  if (is_digit(c) || c == '.') return "not a number";
  if (c == '\0') return "a NUL byte, which ends SQL text";
  return "a character that SQL does not know";
}

}  // namespace emcee::sqlite
