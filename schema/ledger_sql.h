// The ledger of upgrades, as plain SQL: the table that it is, and the statements that write its
// rows. The applier runs them, and the generated .sql files carry them, so that a script
// leaves the same rows whoever runs it. It lies here because both sides may include it.
//
// One row per release (script '', step 0), per script (step 0) and per step. States:
//   running      begun; for a backfill `cursor` tells how far
//   done         finished, in one transaction with what the step did
//   skipped      left out by an offline upgrade, which needs no triggers
//   rolling_back the release only: rollback has begun
//   rolled_back  undone; the step can run again
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace emcee::schema {

// How a dialect spells the ledger.
struct LedgerDialect {
  std::string table;   // as SQL
  std::string create;  // statements that make it where it is not there
  std::string now;     // the database's clock, UTC, milliseconds
  // Behind an expression in parentheses, makes a number of a truth value; empty where it is one.
  std::string as_number;
  // The columns of these names, which are reserved words in some databases.
  std::string release = "release";
  std::string cursor = "cursor";
  bool backslash_escapes = false;  // in literals
};
const LedgerDialect& sqlite_ledger();
const LedgerDialect& postgres_ledger();
const LedgerDialect& mysql_ledger();  // MariaDB too

struct LedgerKey {
  std::string component;
  std::string release;
  std::string script;  // empty: the release as a whole
  int step = 0;        // 0: the script as a whole
};

struct LedgerEntry {
  LedgerKey key;
  std::string phase;     // expand | migrate | contract; `release` for the release as a whole
  std::string title;     // one line; for the release: the release before
  std::string checksum;  // of the script; empty for the release
  std::string tool_version;
};

// 'text' as an SQL literal. REQUIRES: no NUL byte.
std::string ledger_literal(const LedgerDialect& dialect, std::string_view text);
// WHERE condition that picks one row.
std::string ledger_where(const LedgerDialect& dialect, const LedgerKey& key);

// The row appears, `running`; a row that was rolled back makes room. Fails on the table's UNIQUE
// where the row is there already: the script ran before.
std::vector<std::string> ledger_begin(const LedgerDialect& dialect, const LedgerEntry& entry);
// The row gets its last state and needs no cursor any more. `rows`, an SQL expression such as `changes()`, is added to
// rows_done.
std::string ledger_finish(const LedgerDialect& dialect, const LedgerKey& key, std::string_view state = "done",
                          std::string_view rows = "0");
// A backfill that was done runs again, from the start.
std::string ledger_again(const LedgerDialect& dialect, const LedgerKey& key);
// A batch is done: `rows` changed, and the next one goes on behind `cursor`.
std::string ledger_progress(const LedgerDialect& dialect, const LedgerKey& key, std::int64_t rows,
                            const std::optional<std::string>& cursor);
// Contract takes away some of what expand made: `present` becomes what the step's probe now says.
std::string ledger_present(const LedgerDialect& dialect, const LedgerKey& key, std::string_view probe);
// All rows of a release that still count are taken back.
std::string ledger_rolled_back(const LedgerDialect& dialect, std::string_view component, std::string_view release);

}  // namespace emcee::schema
