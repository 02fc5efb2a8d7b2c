#include "dialects/postgres/script.h"

#include <cctype>

#include "schema/identifier.h"

namespace emcee::postgres {

namespace {

bool is_word(char c) { return c == '_' || c == '$' || std::isalnum(static_cast<unsigned char>(c)) || (c & 0x80); }

// Where the quoted or commented part that begins at `at` ends; `at` itself where none begins.
// https://www.postgresql.org/docs/15/sql-syntax-lexical.html
std::size_t skip_part(const std::string& text, std::size_t at) {
  const char c = text[at];
  const auto find = [&](std::string_view what, std::size_t from) {
    const std::size_t found = text.find(what, from);
    return found == std::string::npos ? text.size() : found + what.size();
  };
  if (c == '-' && text.compare(at, 2, "--") == 0) {
    const std::size_t end = text.find('\n', at);
    return end == std::string::npos ? text.size() : end;
  }
  if (c == '/' && text.compare(at, 2, "/*") == 0) {
    std::size_t depth = 1, i = at + 2;
    for (; i < text.size() && depth > 0; ++i) {
      if (text.compare(i, 2, "/*") == 0) {
        ++depth;
        ++i;
      } else if (text.compare(i, 2, "*/") == 0) {
        --depth;
        ++i;
      }
    }
    return i;
  }
  if (c == '"') {
    std::size_t end = find("\"", at + 1);
    while (end < text.size() && text[end] == '"') end = find("\"", end + 1);
    return end;
  }
  if (c == '\'') {
    const bool escapes = at > 0 && (text[at - 1] == 'E' || text[at - 1] == 'e') && (at < 2 || !is_word(text[at - 2]));
    for (std::size_t i = at + 1; i < text.size(); ++i) {
      if (escapes && text[i] == '\\') {
        ++i;
      } else if (text[i] == '\'') {
        if (i + 1 < text.size() && text[i + 1] == '\'')
          ++i;
        else
          return i + 1;
      }
    }
    return text.size();
  }
  if (c == '$' && (at == 0 || !is_word(text[at - 1]))) {
    std::size_t end = at + 1;
    while (end < text.size() && text[end] != '$' && is_word(text[end])) ++end;
    const bool tag = end < text.size() && text[end] == '$' && !std::isdigit(static_cast<unsigned char>(text[at + 1]));
    if (tag) return find(text.substr(at, end - at + 1), end + 1);
  }
  return at;
}

void blank(std::string& text, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; ++i)
    if (text[i] != '\n') text[i] = ' ';
}

// COPY ... FROM stdin; with the statement's words in lower case.
bool copies_from_stdin(const std::string& statement) {
  const std::string words = schema::to_lower(statement);
  const std::size_t begin = words.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos || words.compare(begin, 4, "copy") != 0) return false;
  const std::size_t from = words.rfind("from");
  const std::size_t what = from == std::string::npos ? from : words.find_first_not_of(" \t\r\n", from + 4);
  return what != std::string::npos && words.compare(what, 5, "stdin") == 0;
}

}  // namespace

std::string without_psql(const parser::Source& source, parser::Coverage& coverage) {
  std::string text = source.text();
  for (char& c : text)
    if (c == '\0') c = ' ';
  std::string statement;  // since the last semicolon, without quoted parts
  std::size_t begin = 0;  // of the statement
  for (std::size_t i = 0; i < text.size();) {
    if (const std::size_t end = skip_part(text, i); end != i) {
      i = end;
      continue;
    }
    const char c = text[i];
    if (c == '\\') {
      std::size_t end = text.find('\n', i);
      if (end == std::string::npos) end = text.size();
      coverage.skip(text.substr(i, text.find_first_of(" \t\r\n", i) - i));
      // \gexec and its kin send what stands before them.
      blank(text, i, end);
      i = end;
    } else if (c == ';') {
      ++i;
      if (copies_from_stdin(statement)) {
        std::size_t data = text.find('\n', i);
        if (data == std::string::npos) data = text.size();
        std::size_t end = text.find("\n\\.", data);
        end = end == std::string::npos ? text.size() : end + 3;
        coverage.skip("COPY");
        blank(text, begin, end);
        i = end;
      }
      statement.clear();
      begin = i;
    } else {
      statement += c;
      ++i;
    }
  }
  return text;
}

namespace {

// What the words of a statement say about its semicolons, as they come.
class Ending {
 public:
  void word(const std::string& word) {
    if (words_ < 6) rule_ = rule_ || word == "rule";
    ++words_;
    if (word == "atomic" && last_ == "begin")
      depth_ = 1;
    else if (depth_ > 0 && (word == "begin" || word == "case"))
      ++depth_;
    else if (depth_ > 0 && word == "end")
      --depth_;
    last_ = word;
  }
  void symbol(char c) {
    if (c == '(') ++parentheses_;
    if (c == ')' && parentheses_ > 0) --parentheses_;
  }
  bool open() const { return depth_ > 0 || (rule_ && parentheses_ > 0); }

 private:
  int words_ = 0, depth_ = 0, parentheses_ = 0;
  bool rule_ = false;
  std::string last_;
};

}  // namespace

std::vector<parser::Span> statements_of(const std::string& text) {
  std::vector<parser::Span> spans;
  Ending ending;
  bool begun = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    const std::size_t end = skip_part(text, i);
    const bool comment = end != i && (c == '-' || c == '/');
    const bool blank_space = end == i && std::isspace(static_cast<unsigned char>(c));
    if (!begun && !comment && !blank_space && c != ';') {
      begun = true;
      begin = i;
    }
    if (end != i) {
      i = end;
    } else if (c == ';' && !ending.open()) {
      if (begun) spans.push_back({begin, i});
      begun = false;
      ending = Ending();
      ++i;
    } else if (is_word(c)) {
      const std::size_t word = i;
      // A quote behind a letter begins a literal (E'...'), which the next round skips.
      while (i < text.size() && is_word(text[i])) ++i;
      ending.word(schema::to_lower(std::string_view(text).substr(word, i - word)));
    } else {
      ending.symbol(c);
      ++i;
    }
  }
  if (begun) spans.push_back({begin, text.size()});
  return spans;
}

}  // namespace emcee::postgres
