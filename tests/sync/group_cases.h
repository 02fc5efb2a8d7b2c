// The groups of columns that the sync tests go through: each kind of mapping once, in words that
// every server understands; what only one server has is in the folder of its tests.
#pragma once

#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "plan/sync_group.h"

namespace emcee::sync_test {

struct ColumnCase {
  std::string name, type;
  std::vector<std::string> values;  // SQL literals, NULL included
  std::string expression;           // up of a new column, down of an old one
  std::string default_value;        // SQL, or empty
  bool not_null = false;
};

struct GroupCase {
  std::string name;
  std::vector<ColumnCase> old_columns = {}, new_columns = {}, shared = {};

  plan::BothGiven both = plan::BothGiven::error_if_inconsistent;
  plan::NoneGiven none = plan::NoneGiven::use_default;
  plan::ExplicitNull explicit_null = plan::ExplicitNull::propagate;
  bool lossy = false;
  std::optional<plan::Freeze> freeze = {};  // then no column has an expression
  bool generates = false;                   // N is the key `k` of a row of table r, whose `name` is the shared column
  bool counted = false;                     // with `generates`: the server counts the keys
  bool looks_up = false;                    // O is the `name` of a row of table r, N its key `k`
  std::string frozen_inserts = {};          // with `generates`: what an INSERT is told that would need such a row
  std::string constraint = {};              // of the table, beside the columns

  // O, N and S, in this order.
  std::vector<ColumnCase> columns() const;
};

// Test lists show the name, not the bytes.
inline void PrintTo(const GroupCase& c, std::ostream* out) { *out << c.name; }

// How a server spells what the groups need.
struct Words {
  std::string flag = "BOOLEAN";  // a type that holds 0 and 1
  std::string integer = "INTEGER";
  std::string real = "REAL";
  std::string text = "TEXT";
  std::string any_case_text = "TEXT COLLATE NOCASE";  // compares without case
  std::function<std::string(const std::string& a, const std::string& b)> concat =
      [](const std::string& a, const std::string& b) { return a + " || " + b; };
};

std::vector<GroupCase> common_groups(const Words& words);

}  // namespace emcee::sync_test
