// The statements of a trigger body, in order and indented.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace emcee::mysql {

class TriggerBody {
 public:
  bool empty() const { return lines_.empty(); }

  void add(std::string statement);
  void add(const TriggerBody& body);
  // `SET NEW.c = value`
  void set(const std::string& column, const std::string& value);
  // Ends the statement that fired the trigger, with an error that not even IGNORE passes over.
  void refuse(const std::string& message);
  // The same, as the server's own error 1048: `Column 'c' cannot be null`.
  void refuse_null(const std::string& column);
  // The same, as a foreign key does (error 1452).
  void refuse_without_row(const std::string& message);

  // `IF condition THEN ... END IF`; nothing where the body is empty.
  void when(const std::string& condition, const TriggerBody& body);
  // The first branch whose condition holds, or `otherwise`. REQUIRES: at least one branch.
  void choose(const std::vector<std::pair<std::string, TriggerBody>>& branches, const TriggerBody& otherwise);

  // Every statement on lines of its own, each ending in ";\n".
  std::string text(int indent = 0) const;

 private:
  std::vector<std::string> lines_;
};

}  // namespace emcee::mysql
