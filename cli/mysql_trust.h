// log_bin_trust_function_creators, on for the time of one command (--manage-trust). What it was is
// written into the ledger before it is set, so that the next command sets it back where this one dies.
#pragma once

#include <memory>

#include "applier/connection.h"

namespace emcee::cli {

// Sets it back when it goes away.
class BorrowedTrust;

// First sets back what a command that died has left. Then, where `allowed` and where CREATE TRIGGER
// would fail without it, and the account may set it: sets it. Errors: those of Connection;
// wrong_order while another applier works on the database.
schema::Result<std::shared_ptr<void>> borrow_trust(applier::Connection& connection, bool allowed);

// True where a command that died, or one that runs now, has it set.
schema::Result<bool> is_trust_borrowed(applier::Connection& connection);

}  // namespace emcee::cli
