#include "dialects/postgres/plpgsql.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "dialects/postgres/quoting.h"

namespace emcee::postgres {

Block& Block::add(const std::string& statement) {
  one_branch_ = false;
  lines_.push_back(statement + ";");
  return *this;
}

Block& Block::add(const Block& block) {
  one_branch_ = lines_.empty() && block.one_branch_;
  lines_.insert(lines_.end(), block.lines_.begin(), block.lines_.end());
  return *this;
}

Block& Block::when(const std::string& condition, const Block& then) { return when(condition, then, Block()); }

Block& Block::when(const std::string& condition, const Block& then, const Block& otherwise) {
  if (then.empty() && otherwise.empty()) return *this;
  one_branch_ = lines_.empty();
  const auto nested = [&](const Block& block) {
    for (const std::string& line : block.lines_) lines_.push_back("  " + line);
  };
  if (then.empty()) {
    lines_.push_back(fmt::format("IF ({}) IS NOT TRUE THEN", condition));
    nested(otherwise);
  } else {
    lines_.push_back(fmt::format("IF {} THEN", condition));
    nested(then);
    if (otherwise.one_branch_) {
      lines_.push_back("ELS" + otherwise.lines_.front());  // ELSIF ... END IF;
      lines_.insert(lines_.end(), otherwise.lines_.begin() + 1, otherwise.lines_.end());
      return *this;
    }
    if (!otherwise.empty()) lines_.emplace_back("ELSE");
    nested(otherwise);
  }
  lines_.emplace_back("END IF;");
  return *this;
}

std::string raise(const Refusal& refusal) {
  std::string sql =
      fmt::format("RAISE EXCEPTION USING MESSAGE = {}, ERRCODE = '{}'", refusal.message, refusal.sqlstate);
  const auto add = [&](const char* option, const std::string& value) {
    if (!value.empty()) sql += fmt::format(", {} = {}", option, string_literal(value));
  };
  add("SCHEMA", refusal.schema);
  add("TABLE", refusal.table);
  add("COLUMN", refusal.column);
  return sql;
}

std::string create_function(const TriggerFunction& function, bool replace) {
  std::string body;
  if (!function.comment.empty()) body += "-- " + function.comment + "\n";
  if (!function.declarations.empty())
    body += fmt::format("DECLARE\n  {};\n", fmt::join(function.declarations, ";\n  "));
  body += "BEGIN\n";
  for (const std::string& line : function.body.lines()) body += "  " + line + "\n";
  body += "  RETURN NEW;\nEND\n";

  // A delimiter that the body does not contain.
  std::string delimiter = "$emcee$";
  for (int n = 2; body.find(delimiter) != std::string::npos; ++n) delimiter = fmt::format("$emcee{}$", n);
  std::string settings;
  for (const std::string& setting : function.settings) settings += " " + setting;
  return fmt::format("CREATE {}FUNCTION {}() RETURNS trigger LANGUAGE plpgsql{} AS {}\n{}{}",
                     replace ? "OR REPLACE " : "", function.name, settings, delimiter, body, delimiter);
}

}  // namespace emcee::postgres
