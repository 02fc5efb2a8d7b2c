// The body of a trigger, statement by statement.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <utility>
#include <vector>

#include "dialects/sqlite/ddl.h"
#include "schema/table.h"

namespace emcee::sqlite {

// The statements of one trigger body, collected in order; empty conditions leave a statement out.
class Body {
 public:
  Body(const schema::Table& table, std::string key) : table_(quoting()(table.name)), key_(std::move(key)) {}

  // Changes the row where all conditions hold. Conditions on OLD and NEW alone are tested before
  // the row is looked up, so a branch that is not taken costs next to nothing.
  void update(const std::string& set, const std::vector<std::string>& conditions) {
    if (set.empty()) return;
    statements_.push_back(fmt::format("UPDATE {} SET {} WHERE {}", table_, set, where(conditions)));
  }
  void add(std::string statement) { statements_.push_back(std::move(statement)); }
  // `INSERT .. SELECT ..` of what the row says, where all conditions hold.
  void add_of_row(const std::string& insert, const std::vector<std::string>& conditions, const std::string& upsert) {
    statements_.push_back(fmt::format("{} FROM {} WHERE {} {}", insert, table_, where(conditions), upsert));
  }
  // RAISE(ABORT) keeps its meaning under the application's OR IGNORE and OR REPLACE.
  void refuse(const std::string& message, const std::vector<std::string>& conditions) {
    statements_.push_back(fmt::format("SELECT RAISE(ABORT, {}) WHERE {}", message, all(conditions)));
  }
  void refuse_row(const std::string& message, const std::vector<std::string>& conditions) {
    statements_.push_back(fmt::format("SELECT RAISE(ABORT, {}) FROM {} WHERE {}", message, table_, where(conditions)));
  }

  // Refuses where the statement before this one changed nothing. Asked first, with what needs OLD and NEW
  // alone: changes() is not deterministic, so that SQLite would look the row up before it asks.
  void refuse_unchanged(const std::string& message, const std::vector<std::string>& conditions,
                        const std::vector<std::string>& of_row) {
    std::vector<std::string> first{"changes() = 0"};
    first.insert(first.end(), conditions.begin(), conditions.end());
    first.push_back(fmt::format("EXISTS (SELECT 1 FROM {} WHERE {})", table_, where(of_row)));
    refuse(message, first);
  }

  std::string text() const { return fmt::format("  {};\n", fmt::join(statements_, ";\n  ")); }
  bool empty() const { return statements_.empty(); }

 private:
  static std::string all(const std::vector<std::string>& conditions) {
    std::vector<std::string> terms;
    for (const std::string& condition : conditions) terms.push_back("(" + condition + ")");
    return fmt::format("{}", fmt::join(terms, " AND "));
  }
  std::string where(const std::vector<std::string>& conditions) const {
    return conditions.empty() ? key_ : key_ + " AND " + all(conditions);
  }

  std::string table_;
  std::string key_;
  std::vector<std::string> statements_;
};

}  // namespace emcee::sqlite
