// What triggers are made and dropped under: settings of the session, and locks of the tables.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dialects/mysql/sync_triggers.h"

namespace emcee::mysql {

// Whether no write may come between the statements of a script.
enum class Together : std::uint8_t {
  locked,    // LOCK TABLES
  in_order,  // whatever of them stands is in sync, so that they need no lock where it does harm
};

// `run` on the triggers of `table` and of `others`, with all that has to stand around it.
SyncScript sync_script(const plan::SyncGroup& group, const schema::Table& table, const Server& server,
                       const std::vector<std::string>& run, const std::vector<schema::QualifiedName>& others = {},
                       Together together = Together::locked);

}  // namespace emcee::mysql
