// Where a release stands in a database, and which command may come next.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "applier/ledger.h"
#include "applier/release.h"

namespace emcee::applier {

enum class Command : std::uint8_t { expand, migrate, contract, sync, rollback };
std::string_view to_string(Command command);

struct Standing {
  bool begun = false;     // a row of the release is there
  bool expanded = false;  // all scripts of the phase are finished
  bool migrated = false;
  bool contracted = false;
  bool migrate_begun = false;  // something of the phase was done
  bool contract_begun = false;
  bool offline = false;  // made without triggers: only `sync` may go on
  bool rolling_back = false;
};

// Errors: wrong_order where a script that ran is not the one in the plan any more.
Result<Standing> standing(const Ledger& ledger, const Release& release);

// The command that comes next, without `emcee`; empty where the release is finished.
std::string_view next_command(const Standing& standing);

// Whether the command may run: nullopt, or a sentence that says why there is nothing to do.
// Errors: wrong_order, naming the command that comes first.
Result<std::optional<std::string>> may_run(Command command, const Ledger& ledger, const Release& release);

}  // namespace emcee::applier
