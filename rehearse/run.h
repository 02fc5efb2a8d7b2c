// One rehearsal: a fixed list of what the releases write and what Emcee does meanwhile, on a database
// of its own, every row held against the reference model.
#pragma once

#include "rehearse/act.h"
#include "rehearse/model.h"
#include "rehearse/related.h"

namespace emcee::rehearse {

// What every run of a rehearsal has in common.
struct Setting {
  const applier::Release& release;
  const plan::Plan& plan;
  const plan::Dialect& dialect;
  std::vector<Table> tables;
  std::vector<TableModel> models;    // per table
  std::unique_ptr<Related> related;  // tables that hang together; none where there are none
  bool foreign_keys = true;          // SQLite: the related tables are written with them

  std::size_t all_tables() const { return tables.size() + (related ? related->family().tables.size() : 0); }
};

// The first thing that goes wrong; nothing where all goes well. A phase that comes too early is left
// out. Errors: those of making the old schema; interrupted.
Result<std::optional<Failure>> run(Setting& setting, Database database, const std::vector<Act>& acts, Tally& tally,
                                   const std::atomic<bool>* stop);

}  // namespace emcee::rehearse
