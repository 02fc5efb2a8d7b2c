// Cuts a text into statements, and each into tokens, as the client and the server do it together:
// the client finds the end of a statement (DELIMITER), the server its words.
#pragma once

#include <string>
#include <string_view>

#include "dialects/mysql/flavour.h"
#include "dialects/mysql/tokens.h"

namespace emcee::mysql {

// What sql_mode changes about the words.
struct LexMode {
  bool ansi_quotes = false;
  bool no_backslash_escapes = false;
};

class Lexer {
 public:
  Lexer(std::string_view text, const Server& server) : text_(text), server_(server) {}

  LexMode mode;

  enum class Found : std::uint8_t {
    end,          // of the text
    statement,    // `tokens` holds it, the last of them is Tk::end
    data,         // a statement that only writes rows: not cut into tokens; `line` is its first word
    client_line,  // a command of the client (DELIMITER, source, \!): `line`
  };
  // The next statement that has any tokens. Never fails: what no server recognises is Tk::illegal.
  // Without a delimiter of its own, a trigger or routine ends where its BEGIN ... END does.
  Found next(Lexemes& tokens);
  std::string_view line() const { return line_; }

  // The whole text as one expression or statement, whatever it holds.
  void all(Lexemes& tokens);

 private:
  bool at_delimiter() const;
  // The n-th character from here belongs to a word that began before: `END$$` ends with END where $$ is the delimiter.
  bool goes_on(std::size_t n) const;
  bool client_line();
  bool skip_data();
  // Skips spaces and comments; goes into the comments that the server runs.
  void skip_blank();
  void skip_comment();
  void skip_quoted();
  std::size_t end_of_line(std::size_t from) const;
  std::size_t version_digits() const;
  bool runs_comment(std::size_t digits, bool mariadb_only) const;

  Lexeme next_token(const Lexemes& before);
  Lexeme token(Tk kind, std::size_t length, std::uint8_t classes = 0);
  Lexeme word(bool behind_dot);
  Lexeme number();
  Lexeme quoted(char quote, Tk kind, std::size_t prefix = 0);
  Lexeme digits_in_quotes(Tk kind);
  Lexeme variable();
  Lexeme symbol();
  char at(std::size_t n) const { return place_ + n < text_.size() ? text_[place_ + n] : '\0'; }

  std::string_view text_;
  Server server_;
  std::size_t place_ = 0;
  int comments_ = 0;  // that the server runs, and that are open
  std::string delimiter_ = ";";
  std::string_view line_;
};

// Why a token is illegal, in plain words.
std::string_view describe_illegal(std::string_view token);

}  // namespace emcee::mysql
