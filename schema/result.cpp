#include "schema/result.h"

#include <fmt/format.h>

namespace emcee::schema {

namespace {

constexpr std::size_t kMaxShownLine = 160;  // longer lines are cut around the caret

// Empty for a line that is, as behind the last statement.
std::string caret_lines(const Position& p) {
  if (p.line_text.find_first_not_of(" \t\r") == std::string::npos) return {};
  std::string line = p.line_text;
  std::size_t column = p.column ? p.column - 1 : 0;
  if (column > line.size()) column = line.size();
  if (line.size() > kMaxShownLine) {
    const std::size_t begin = column > kMaxShownLine / 2 ? column - kMaxShownLine / 2 : 0;
    line = line.substr(begin, kMaxShownLine);
    column -= begin;
  }
  std::string pad;
  for (std::size_t i = 0; i < column && i < line.size(); ++i) {
    const auto c = static_cast<unsigned char>(line[i]);
    if (c >= 0x80 && c < 0xC0) continue;  // inside of a UTF-8 sequence: no width of its own
    pad += c == '\t' ? '\t' : ' ';
  }
  for (char& c : line)
    if (static_cast<unsigned char>(c) < 0x20 && c != '\t') c = ' ';
  return fmt::format("  {}\n  {}^\n", line, pad);
}

}  // namespace

std::string to_text(const Error& error) {
  std::string text;
  if (error.position) {
    const Position& p = *error.position;
    text = fmt::format("{}:{}:{}: error: {}\n{}", p.file, p.line, p.column, error.message, caret_lines(p));
  } else {
    text = fmt::format("error: {}\n", error.message);
  }
  if (!error.hint.empty()) text += fmt::format("hint: {}\n", error.hint);
  return text;
}

int exit_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::answer_is_no:
      return 1;
    case ErrorCode::usage:
    case ErrorCode::fix_text:
    case ErrorCode::fix_schema:
    case ErrorCode::add_to_map:
      return 2;
    case ErrorCode::accept_hazard:
    case ErrorCode::wrong_order:
      return 3;
    case ErrorCode::look_at_server:
    case ErrorCode::try_again:
      return 4;
    case ErrorCode::grant_privilege:
      return 5;
    case ErrorCode::interrupted:
      return 6;
    case ErrorCode::report_bug:
      return 70;
  }
  return 70;
}

}  // namespace emcee::schema
