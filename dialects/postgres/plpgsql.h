// The body of a PL/pgSQL trigger function, put together from statements and branches.
#pragma once

#include <string>
#include <vector>

namespace emcee::postgres {

// A list of statements. A branch with nothing to do is left out.
class Block {
 public:
  bool empty() const { return lines_.empty(); }
  const std::vector<std::string>& lines() const { return lines_; }

  // One statement, without a semicolon.
  Block& add(const std::string& statement);
  Block& add(const Block& block);
  Block& when(const std::string& condition, const Block& then);
  Block& when(const std::string& condition, const Block& then, const Block& otherwise);

 private:
  std::vector<std::string> lines_;
  bool one_branch_ = false;  // nothing but one IF
};

inline constexpr const char* kRaised = "P0001";  // raise_exception: a refusal of nobody but the operator

// A write that is refused; the names may be empty.
struct Refusal {
  std::string message;   // an SQL string
  std::string sqlstate;  // `23514`
  std::string schema, table, column;
};
std::string raise(const Refusal& refusal);

// A function without arguments that returns a trigger. `settings`: SET clauses. The body ends with
// RETURN NEW.
struct TriggerFunction {
  std::string name;  // as SQL
  std::vector<std::string> settings;
  std::vector<std::string> declarations;
  Block body;
  std::string comment{};  // one line
};
// CREATE FUNCTION, or CREATE OR REPLACE FUNCTION.
std::string create_function(const TriggerFunction& function, bool replace);

}  // namespace emcee::postgres
