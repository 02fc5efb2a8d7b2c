#include "dialects/sqlite/stored_text.h"

#include <fmt/format.h>

#include "dialects/sqlite/ddl.h"
#include "dialects/sqlite/lexer.h"

namespace emcee::sqlite {

namespace {

constexpr std::string_view kLeftOut = " \t\r\n\"`[]";

}  // namespace

std::string stored_text(std::string_view statement) {
  const Lexemes tokens = tokenize(statement, false);
  std::size_t i = 0;
  const auto take = [&](Tk kind) {
    if (tokens[i].kind != kind) return false;
    ++i;
    return true;
  };
  if (!take(Tk::kCreate)) return std::string(statement);
  if (!take(Tk::kTemp)) take(Tk::kTemporary);
  std::string head = "CREATE ";
  if (take(Tk::kUnique)) head += "UNIQUE ";
  if (take(Tk::kVirtual)) head += "VIRTUAL ";
  for (const Tk kind : {Tk::kTable, Tk::kIndex, Tk::kView, Tk::kTrigger})
    if (take(kind)) head += fmt::format("{} ", spelling(kind));
  if (tokens[i].kind == Tk::kIf && tokens[i + 1].kind == Tk::kNot) i += 3;
  if (tokens[i].kind != Tk::end && tokens[i + 1].kind == Tk::dot) i += 2;
  std::size_t last = tokens.size() - 1;  // the end
  while (last > i && (tokens[last].kind == Tk::end || tokens[last].kind == Tk::semicolon)) --last;
  const std::size_t begin = tokens[i].begin;
  return head + std::string(statement.substr(begin, tokens[last].begin + tokens[last].length - begin));
}

std::string bare_text(std::string_view text) {
  std::string result;
  for (const char c : text)
    if (kLeftOut.find(c) == std::string_view::npos) result += c;
  return schema::to_lower(result);
}

std::string bare_text_sql(std::string_view column) {
  std::string result(column);
  for (const char c : kLeftOut) result = fmt::format("replace({}, char({}), '')", result, static_cast<int>(c));
  return fmt::format("lower({})", result);
}

int occurrences(std::string_view text, std::string_view needle) {
  int count = 0;
  for (std::size_t at = text.find(needle); at != std::string_view::npos; at = text.find(needle, at + needle.size()))
    ++count;
  return count;
}

std::string occurrences_sql(std::string_view text_sql, std::string_view needle) {
  const std::string literal = string_literal(needle);
  return fmt::format("(length({0}) - length(replace({0}, {1}, ''))) / length({1})", text_sql, literal);
}

}  // namespace emcee::sqlite
