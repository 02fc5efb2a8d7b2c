#include "dialects/mysql/lexer.h"

#include <algorithm>

#include "schema/identifier.h"

namespace emcee::mysql {

using schema::equal_ignoring_case;

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool in_name(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool has_word(std::string_view text, std::string_view word) {
  return text.size() >= word.size() && equal_ignoring_case(text.substr(0, word.size()), word) &&
         (text.size() == word.size() || !in_name(text[word.size()]));
}

// Compounds of a stored program, from its tokens so far: a semicolon within one does not end the
// statement. IF, LOOP and their kin count where one of them is the whole body; else they stand within BEGIN ... END.
class Compound {
 public:
  void see(const Lexemes& tokens) {
    const Tk kind = tokens.back().kind;
    if (tokens.size() <= 16 && tokens.front().kind == Tk::kCreate && !seen_body_ &&
        (kind == Tk::kTrigger || kind == Tk::kProcedure || kind == Tk::kFunction || kind == Tk::kEvent))
      program_ = true;
    if (!program_) return;
    const Tk last = tokens.size() > 1 ? tokens[tokens.size() - 2].kind : Tk::end;
    if (is_block(kind) && !seen_body_ && begins_body(tokens, last)) {
      is_block_ = seen_body_ = true;
      ++depth_;
      return;
    }
    if (is_block_ && is_block(kind)) {
      if (last == Tk::kEnd)
        --depth_;
      else if (last == Tk::kThen || last == Tk::kElse || last == Tk::kDo || last == Tk::semicolon)
        ++depth_;
      return;
    }
    if (last == Tk::kEnd && depth_ > 0 && kind != Tk::kIf && kind != Tk::kLoop && kind != Tk::kWhile &&
        kind != Tk::kRepeat && kind != Tk::kFor) {
      --depth_;
      if (kind == Tk::kCase) return;
    }
    if (kind == Tk::kBegin || kind == Tk::kCase) {
      seen_body_ = true;
      ++depth_;
    }
  }
  // At a semicolon behind these tokens.
  bool open(const Lexemes& tokens) const {
    const bool ends = !tokens.empty() && tokens.back().kind == Tk::kEnd;
    return program_ && depth_ - (ends ? 1 : 0) > 0;
  }

 private:
  static bool is_block(Tk kind) {
    return kind == Tk::kIf || kind == Tk::kLoop || kind == Tk::kWhile || kind == Tk::kRepeat;
  }
  // Behind FOR EACH ROW, FOLLOWS t, the parameters, DO, and what a routine is said to be.
  static bool begins_body(const Lexemes& tokens, Tk last) {
    const Tk before = tokens.size() > 2 ? tokens[tokens.size() - 3].kind : Tk::end;
    if (before == Tk::kFollows || before == Tk::kPrecedes) return true;
    for (const Tk kind : {Tk::kRow, Tk::right, Tk::kDo, Tk::kDeterministic, Tk::kData, Tk::kSql})
      if (last == kind) return true;
    return false;
  }

  bool program_ = false;
  bool seen_body_ = false;
  bool is_block_ = false;  // the body is an IF, a LOOP ...
  int depth_ = 0;
};

}  // namespace

bool Lexer::at_delimiter() const {
  if (text_.compare(place_, delimiter_.size(), delimiter_) == 0) return true;
  return at(0) == '\\' && (at(1) == 'g' || at(1) == 'G');
}

bool Lexer::goes_on(std::size_t n) const {
  return in_name(at(n)) && text_.compare(place_ + n, delimiter_.size(), delimiter_) != 0;
}

std::size_t Lexer::end_of_line(std::size_t from) const {
  const std::size_t newline = text_.find('\n', from);
  return newline == std::string_view::npos ? text_.size() : newline;
}

// Commands of the client at the head of a line
// (https://dev.mysql.com/doc/refman/9.0/en/mysql-commands.html).
bool Lexer::client_line() {
  if (!(at(0) == '\\' || (at(0) >= 'A' && at(0) <= 'z'))) return false;
  std::string_view line = text_.substr(place_, end_of_line(place_) - place_);
  while (!line.empty() && is_space(line.back())) line.remove_suffix(1);
  const bool delimiter = has_word(line, "delimiter");
  bool client = delimiter || (line.size() > 1 && line[0] == '\\' && line[1] != 'g' && line[1] != 'G');
  if (!client && line.find(delimiter_) == std::string_view::npos)
    for (const char* command :
         {"source", "use", "connect", "charset", "warnings", "nowarning", "tee", "notee", "system"})
      client = client || (has_word(line, command) && line.find_first_of("(=") == std::string_view::npos);
  if (!client) return false;
  line_ = line;
  place_ += line.size();
  if (delimiter) {
    std::string_view rest = line.substr(9);
    while (!rest.empty() && is_space(rest.front())) rest.remove_prefix(1);
    rest = rest.substr(0, rest.find_first_of(" \t"));
    if (!rest.empty()) delimiter_ = rest;
  }
  return true;
}

void Lexer::skip_quoted() {
  const char quote = at(0);
  const bool escapes = quote != '`' && !mode.no_backslash_escapes && !(quote == '"' && mode.ansi_quotes);
  ++place_;
  while (place_ < text_.size()) {
    const char c = text_[place_];
    if (c == '\\' && escapes) {
      place_ += 2;
    } else if (c == quote) {
      ++place_;
      if (at(0) != quote) return;
      ++place_;
    } else {
      ++place_;
    }
  }
  place_ = std::min(place_, text_.size());
}

// Rows of dumps are most of their text: they are passed by.
bool Lexer::skip_data() {
  const std::string_view rest = text_.substr(place_);
  const bool data = has_word(rest, "insert") || has_word(rest, "replace");
  if (!data) return false;
  line_ = rest.substr(0, 6);
  while (place_ < text_.size() && !at_delimiter()) {
    const char c = text_[place_];
    if (c == '\'' || c == '"' || c == '`')
      skip_quoted();
    else if (c == '/' && at(1) == '*')
      skip_comment();
    else if (c == '#' || (c == '-' && at(1) == '-' && (is_space(at(2)) || at(2) == '\0')))
      place_ = end_of_line(place_);
    else
      ++place_;
  }
  return true;
}

std::size_t Lexer::version_digits() const {
  std::size_t n = 0;
  while (n < 6 && is_digit(at(n))) ++n;
  return n >= 5 ? n : 0;
}

// MySQL: https://dev.mysql.com/doc/refman/9.0/en/comments.html; MariaDB leaves out what is for
// MySQL 5.7 and later: https://mariadb.com/kb/en/comment-syntax/.
bool Lexer::runs_comment(std::size_t digits, bool mariadb_only) const {
  if (mariadb_only && !server_.is_mariadb()) return false;
  if (digits == 0) return true;
  int version = 0;
  for (std::size_t i = 0; i < digits; ++i) version = version * 10 + (at(i) - '0');
  if (server_.is_mariadb() && !mariadb_only && version >= 50700 && version <= 99999) return false;
  return version <= server_.version;
}

// REQUIRES: at the slash of a comment that is not run. Comments that the server would run may
// stand in it.
void Lexer::skip_comment() {
  int depth = 0;
  place_ += 2;
  while (place_ < text_.size()) {
    if (at(0) == '*' && at(1) == '/') {
      place_ += 2;
      if (depth-- == 0) return;
    } else if (at(0) == '/' && at(1) == '*' && (at(2) == '!' || (at(2) == 'M' && at(3) == '!'))) {
      ++depth;
      place_ += 2;
    } else {
      ++place_;
    }
  }
}

void Lexer::skip_blank() {
  while (place_ < text_.size()) {
    const char c = at(0);
    if (is_space(c) || (c == '\\' && (at(1) == '\n' || at(1) == '\r'))) {  // the client drops it
      ++place_;
    } else if (c == '#' || (c == '-' && at(1) == '-' && (is_space(at(2)) || at(2) == '\0'))) {
      place_ = end_of_line(place_);
    } else if (c == '/' && at(1) == '*') {
      const bool mariadb_only = at(2) == 'M' && at(3) == '!';
      const std::size_t open = place_;
      bool run = false;
      if (at(2) == '!' || mariadb_only) {
        place_ += mariadb_only ? 4 : 3;
        const std::size_t digits = version_digits();
        run = runs_comment(digits, mariadb_only);
        if (run) place_ += digits;
      }
      if (run) {
        ++comments_;
      } else {
        place_ = open;
        // Plain comments do not nest.
        if (at(2) == '!' || mariadb_only) {
          skip_comment();
        } else {
          const std::size_t close = text_.find("*/", place_ + 2);
          place_ = close == std::string_view::npos ? text_.size() : close + 2;
        }
      }
    } else if (comments_ > 0 && c == '*' && at(1) == '/') {
      --comments_;
      place_ += 2;
    } else if (c == '\xEF' && at(1) == '\xBB' && at(2) == '\xBF') {
      place_ += 3;
    } else {
      return;
    }
  }
}

Lexer::Found Lexer::next(Lexemes& tokens) {
  tokens.clear();
  Compound compound;
  for (;;) {
    skip_blank();
    if (place_ >= text_.size()) break;
    if (tokens.empty() && at(0) == '-' && at(1) == '-') {  // to the client a comment, even without a blank
      place_ = end_of_line(place_);
      continue;
    }
    if (at_delimiter()) {
      if (tokens.empty()) {
        place_ += at(0) == '\\' ? 2 : delimiter_.size();
        continue;
      }
      if (delimiter_ != ";" || !compound.open(tokens)) break;
    }
    if (tokens.empty() && client_line()) return Found::client_line;
    if (tokens.empty() && skip_data()) return Found::data;
    tokens.push_back(next_token(tokens));
    compound.see(tokens);
  }
  if (tokens.empty()) return Found::end;
  tokens.push_back({Tk::end, static_cast<std::uint32_t>(place_), 0, 0});
  return Found::statement;
}

void Lexer::all(Lexemes& tokens) {
  tokens.clear();
  for (skip_blank(); place_ < text_.size(); skip_blank()) tokens.push_back(next_token(tokens));
  tokens.push_back({Tk::end, static_cast<std::uint32_t>(text_.size()), 0, 0});
}

Lexeme Lexer::token(Tk kind, std::size_t length, std::uint8_t classes) {
  const Lexeme result{kind, static_cast<std::uint32_t>(place_), static_cast<std::uint32_t>(length), classes};
  place_ += length;
  return result;
}

// REQUIRES: not at the end.
Lexeme Lexer::next_token(const Lexemes& before) {
  const bool behind_dot =
      !before.empty() && before.back().kind == Tk::dot && before.back().begin + 1 == place_ && before.size() > 1;
  const char c = at(0);
  if (c == '\'') return quoted(c, Tk::string);
  if (c == '"') return quoted(c, mode.ansi_quotes ? Tk::identifier : Tk::string);
  if (c == '`') return quoted(c, Tk::identifier);
  if ((c == 'x' || c == 'X') && at(1) == '\'') return digits_in_quotes(Tk::hex);
  if ((c == 'b' || c == 'B') && at(1) == '\'') return digits_in_quotes(Tk::bits);
  if ((c == 'n' || c == 'N') && at(1) == '\'') return quoted('\'', Tk::string, 1);
  if (is_digit(c) && !behind_dot) return number();
  if (c == '.' && is_digit(at(1))) {
    const bool name_before = !before.empty() && (word_class(before.back()) & kNameWord) &&
                             before.back().begin + before.back().length == place_;
    if (!name_before) return number();
  }
  if (in_name(c)) return word(behind_dot);
  if (c == '@') return variable();
  return symbol();
}

Lexeme Lexer::word(bool behind_dot) {
  std::size_t n = 1;
  while (goes_on(n)) ++n;
  const std::string_view text = text_.substr(place_, n);
  if (behind_dot) return token(Tk::identifier, n, kNameWord);
  if (text.front() == '_') {
    // `_utf8mb4'x'`: a character set stands before a string.
    std::size_t next = place_ + n;
    while (next < text_.size() && is_space(text_[next])) ++next;
    const std::string_view rest = text_.substr(next, 2);
    const bool literal = rest.starts_with("'") || rest == "x'" || rest == "X'" || rest == "b'" || rest == "0x" ||
                         (rest.starts_with("\"") && !mode.ansi_quotes);
    if (literal) return token(Tk::introducer, n);
  }
  const Tk kind = keyword(text);
  return token(kind, n, reserved(kind, server_) ? 0 : kNameWord);
}

Lexeme Lexer::number() {
  std::size_t n = 0;
  if (at(0) == '0' && (at(1) == 'x' || at(1) == 'b')) {
    const bool hex = at(1) == 'x';
    n = 2;
    while (hex ? is_hex(at(n)) : (at(n) == '0' || at(n) == '1')) ++n;
    if (n > 2 && !in_name(at(n))) return token(hex ? Tk::hex : Tk::bits, n);
    n = 0;
  }
  while (is_digit(at(n))) ++n;
  Tk kind = Tk::integer;
  if (at(n) == '.') {
    kind = Tk::real;
    ++n;
    while (is_digit(at(n))) ++n;
  }
  const std::size_t sign = at(n + 1) == '+' || at(n + 1) == '-' ? 1 : 0;
  if ((at(n) == 'e' || at(n) == 'E') && is_digit(at(n + 1 + sign))) {
    kind = Tk::real;
    n += 2 + sign;
    while (is_digit(at(n))) ++n;
    return token(kind, n);
  }
  if (kind == Tk::integer && goes_on(n)) {  // 2nd_table
    while (goes_on(n)) ++n;
    return token(Tk::identifier, n, kNameWord);
  }
  return token(kind, n);
}

Lexeme Lexer::quoted(char quote, Tk kind, std::size_t prefix) {
  const std::size_t begin = place_;
  place_ += prefix;
  skip_quoted();
  const bool closed = place_ - begin >= 2 + prefix && place_ <= text_.size() && text_[place_ - 1] == quote;
  const std::size_t length = place_ - begin;
  place_ = begin;
  if (!closed) return token(Tk::illegal, length);
  if (kind == Tk::identifier && length == 2) return token(Tk::illegal, length);
  return token(kind, length, kind == Tk::identifier ? kNameWord | kQuotedWord : kStringWord);
}

Lexeme Lexer::digits_in_quotes(Tk kind) {
  std::size_t n = 2;
  while (kind == Tk::hex ? is_hex(at(n)) : (at(n) == '0' || at(n) == '1')) ++n;
  if (at(n) == '\'' && (kind == Tk::bits || n % 2 == 0)) return token(kind, n + 1);
  while (place_ + n < text_.size() && at(n) != '\'') ++n;
  return token(Tk::illegal, std::min(n + 1, text_.size() - place_));
}

Lexeme Lexer::variable() {
  const std::size_t begin = place_;
  place_ += at(1) == '@' ? 2 : 1;
  for (;;) {
    if (at(0) == '`' || ((at(0) == '\'' || at(0) == '"') && place_ == begin + 1)) {
      skip_quoted();
    } else {
      while (goes_on(0) || at(0) == '.') ++place_;
      if (at(0) != '`' || text_[place_ - 1] != '.') break;
      continue;
    }
    if (at(0) != '.') break;
  }
  const std::size_t length = place_ - begin;
  place_ = begin;
  return token(Tk::variable, length);
}

Lexeme Lexer::symbol() {
  switch (at(0)) {
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
    case '-':
      if (at(1) == '>') return token(Tk::arrow, at(2) == '>' ? 3 : 2);
      return token(Tk::minus, 1);
    case '/':
      return token(Tk::slash, 1);
    case '%':
      return token(Tk::percent, 1);
    case '=':
      return token(Tk::equal, 1);
    case '!':
      return at(1) == '=' ? token(Tk::not_equal, 2) : token(Tk::exclamation, 1);
    case '<':
      if (at(1) == '=') return at(2) == '>' ? token(Tk::null_safe_equal, 3) : token(Tk::less_equal, 2);
      if (at(1) == '>') return token(Tk::not_equal, 2);
      return at(1) == '<' ? token(Tk::shift_left, 2) : token(Tk::less, 1);
    case '>':
      if (at(1) == '=') return token(Tk::greater_equal, 2);
      return at(1) == '>' ? token(Tk::shift_right, 2) : token(Tk::greater, 1);
    case '&':
      return at(1) == '&' ? token(Tk::and_and, 2) : token(Tk::bit_and, 1);
    case '|':
      return at(1) == '|' ? token(Tk::or_or, 2) : token(Tk::bit_or, 1);
    case '^':
      return token(Tk::bit_xor, 1);
    case '~':
      return token(Tk::bit_not, 1);
    case ':':
      return at(1) == '=' ? token(Tk::assign, 2) : token(Tk::colon, 1);
    case '?':
      return token(Tk::variable, 1);
    case '{':
      return token(Tk::left_brace, 1);
    case '}':
      return token(Tk::right_brace, 1);
    default:
      return token(Tk::illegal, 1);
  }
}

std::string_view describe_illegal(std::string_view token) {
  if (token == "``" || token == "\"\"") return "a name that is empty";
  const char c = token.empty() ? '\0' : token.front();
  if (c == '\'' || c == 'n' || c == 'N') return "a string that is not closed";
  if (c == '"') return "a quoted text that is not closed";
  if (c == '`') return "a quoted name that is not closed";
  if (c == 'x' || c == 'X') return "not a hexadecimal text: an even number of digits stands between the quotes";
  if (c == 'b' || c == 'B') return "not a bit text: zeros and ones stand between the quotes";
  if (c == '\0') return "a NUL byte, which ends SQL text";
  return "a character that SQL does not know";
}

}  // namespace emcee::mysql
