// Changes of one table -> one ALTER TABLE, with the algorithm written out.
#pragma once

#include <string>
#include <vector>

#include "dialects/mysql/algorithms.h"
#include "schema/schema.h"

namespace emcee::mysql {

struct AlterTable {
  std::vector<std::string> statements;  // one; a second one where partitions change
  Cost cost;
};

// `changes` are of one table that exists before and after.
AlterTable alter_table(const std::vector<diff::Change>& changes, const schema::Table& before,
                       const schema::Table& after, const Server& server);

}  // namespace emcee::mysql
