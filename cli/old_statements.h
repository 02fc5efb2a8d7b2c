// Whether the old release still works: statements of other sessions with names that the new schema does not
// have. Servers keep them for their own statistics, so that looking costs no write anything.
#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "applier/connection.h"
#include "schema/schema.h"

namespace emcee::cli {

class OldNames {
 public:
  // Tables and columns of `before` that `after` does not have.
  OldNames(const schema::Schema& before, const schema::Schema& after);

  // The first of them in a statement, as `table` or `table.column`; empty: none. A column counts where its
  // table is named too, and no table that has a column of this name in the new schema.
  std::string find_in(std::string_view statement) const;

 private:
  std::set<std::string> tables_;
  std::vector<std::pair<std::string, std::string>> columns_;  // table, column
  std::map<std::string, std::set<std::string>> elsewhere_;    // column: tables of the new schema that have it
};

// Statements that other sessions ran on this database while this function watched. On PostgreSQL all, where
// pg_stat_statements is there, else those that were seen (sessions are looked at 50 times a second); on MySQL
// and MariaDB all. Errors: look_at_server where the server keeps no statements; grant_privilege where it
// hides those of others; interrupted.
schema::Result<std::set<std::string>> watch_postgres(applier::Connection& connection, std::chrono::milliseconds time);
schema::Result<std::set<std::string>> watch_mysql(applier::Connection& connection, std::chrono::milliseconds time);

}  // namespace emcee::cli
