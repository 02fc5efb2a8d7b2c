// The history of a component as one HTML page that needs nothing else: for a change ticket.
#pragma once

#include <string>
#include <vector>

#include "applier/ledger.h"

namespace emcee::cli {

struct PageFacts {
  std::string database;  // without a password
  std::string component;
  std::string version;  // of Emcee
};

// Per release a table of its scripts and steps with a bar for when each ran, the rows that backfills
// changed, and what operators recorded.
std::string history_page(const std::vector<applier::LedgerRow>& rows, const PageFacts& facts);

}  // namespace emcee::cli
