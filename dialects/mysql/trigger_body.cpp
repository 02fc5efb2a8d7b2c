#include "dialects/mysql/trigger_body.h"

#include <fmt/format.h>

#include "dialects/mysql/quoting.h"

namespace emcee::mysql {

namespace {

// MESSAGE_TEXT takes 128 characters (https://dev.mysql.com/doc/refman/9.0/en/signal.html); bytes
// are never fewer.
std::string message_text(std::string text) {
  constexpr std::size_t kLongest = 128;
  if (text.size() <= kLongest) return text;
  std::size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not inside of a character
  text.resize(end);
  return text;
}

}  // namespace

void TriggerBody::add(std::string statement) { lines_.push_back(std::move(statement) + ";"); }

void TriggerBody::add(const TriggerBody& body) { lines_.insert(lines_.end(), body.lines_.begin(), body.lines_.end()); }

void TriggerBody::set(const std::string& column, const std::string& value) {
  add(fmt::format("SET NEW.{} = {}", column, value));
}

void TriggerBody::refuse(const std::string& message) {
  add("SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = " + string_literal(message_text(message)));
}

void TriggerBody::refuse_null(const std::string& column) {
  add("SIGNAL SQLSTATE '23000' SET MYSQL_ERRNO = 1048, MESSAGE_TEXT = " +
      string_literal(message_text(fmt::format("Column '{}' cannot be null", column))));
}

void TriggerBody::refuse_without_row(const std::string& message) {
  add("SIGNAL SQLSTATE '23000' SET MYSQL_ERRNO = 1452, MESSAGE_TEXT = " + string_literal(message_text(message)));
}

void TriggerBody::when(const std::string& condition, const TriggerBody& body) {
  if (!body.empty()) choose({{condition, body}}, {});
}

void TriggerBody::choose(const std::vector<std::pair<std::string, TriggerBody>>& branches,
                         const TriggerBody& otherwise) {
  const auto block = [&](const TriggerBody& body) {
    for (const std::string& line : body.lines_) lines_.push_back("  " + line);
    if (body.empty()) lines_.emplace_back("  BEGIN END;");
  };
  const char* word = "IF";
  for (const auto& [condition, body] : branches) {
    lines_.push_back(fmt::format("{} {} THEN", word, condition));
    block(body);
    word = "ELSEIF";
  }
  if (!otherwise.empty()) {
    lines_.emplace_back("ELSE");
    block(otherwise);
  }
  lines_.emplace_back("END IF;");
}

std::string TriggerBody::text(int indent) const {
  std::string result;
  for (const std::string& line : lines_) result += std::string(static_cast<std::size_t>(indent), ' ') + line + "\n";
  return result;
}

}  // namespace emcee::mysql
