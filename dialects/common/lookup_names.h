// The row triggers on tables that a group looks into, where a server has one per event and time.
#pragma once

#include <string>
#include <vector>

#include "plan/sync_group.h"

namespace emcee::common {

inline constexpr const char* kLookupEvents[] = {"insert", "update", "delete"};
inline constexpr const char* kLookupTimes[] = {"before", "after"};

// All of them. `name_of(table, time, event)` is what the dialect calls one on a table, by its place among those
// that the group looks into.
template <class NameOf>
std::vector<std::string> lookup_trigger_names(const plan::SyncGroup& group, const NameOf& name_of) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < group.lookup_tables().size(); ++i)
    for (const char* event : kLookupEvents)
      for (const char* time : kLookupTimes) result.push_back(name_of(i, time, event));
  return result;
}

}  // namespace emcee::common
