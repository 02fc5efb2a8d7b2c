// What lint found, before it is printed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/result.h"

namespace emcee::cli {

enum class LintLevel : std::uint8_t {
  none,     // a plain addition: counted, printed only by formats that list what passed
  note,     // allowed, or left for contract where the policy permits that
  warning,  // a hazard that the plan needs a word about
  error,    // against the policy
};
std::string_view to_string(LintLevel level);

struct LintFinding {
  LintLevel level = LintLevel::none;
  std::string rule;     // id as in docs/lint.md
  std::string object;   // `users.age`; a release, a file
  std::string text;     // what was looked at: `add column users.age INTEGER NOT NULL`
  std::string why;      // empty for a plain addition
  std::string way_out;  // may be empty
  std::optional<schema::Position> position;
  std::string verdict, operation;  // of a change of the schema; else empty

  std::string message() const { return why.empty() ? text : text + ": " + why; }
};

struct LintReport {
  std::string policy;           // `add-only`
  std::string source;           // where findings without a position belong: the new schema, the directory
  std::string unit = "change";  // what is counted
  std::vector<LintFinding> findings;

  std::size_t count(LintLevel level) const;
  // `4 changes, none against policy add-only`
  std::string summary() const;
};

}  // namespace emcee::cli
