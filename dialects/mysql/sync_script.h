// What triggers are made and dropped under: settings of the session, and locks of the tables.
#pragma once

#include <string>
#include <vector>

#include "dialects/mysql/sync_triggers.h"

namespace emcee::mysql {

// `run` on the triggers of `table` and of `others`, with all that has to stand around it.
SyncScript sync_script(const plan::SyncGroup& group, const schema::Table& table, const Server& server,
                       const std::vector<std::string>& run, const std::vector<schema::QualifiedName>& others = {});

}  // namespace emcee::mysql
