// The ledger of one component, read once at the start of a command. Only one applier works on a
// database at a time, so what it does not write itself stays as it was read.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "applier/connection.h"
#include "applier/release.h"

namespace emcee::applier {

// In place of a phase, in rows that are notes (notes.h).
inline constexpr const char* kNotePhase = "note";

struct LedgerRow {
  std::int64_t id = 0;  // grows with time
  schema::LedgerKey key;
  std::string phase, title, checksum, state, started_at, finished_at;
  std::int64_t rows_done = 0;
  std::string cursor;  // empty: none
  bool present = true;

  bool done() const { return state == "done"; }
  bool rolled_back() const { return state == "rolled_back"; }
};

// All rows of a component in order of time, notes and those that were rolled back too. Empty where the
// database has no ledger yet.
Result<std::vector<LedgerRow>> history(Connection& connection, const std::string& component);

class Ledger {
 public:
  // Empty where the database has no ledger yet.
  static Result<Ledger> read(Connection& connection, const std::string& component);

  // In order of time, notes and rows that were rolled back left out.
  const std::vector<LedgerRow>& rows() const { return rows_; }
  // Null where there is no such row.
  const LedgerRow* find(std::string_view release, std::string_view script = "", int step = 0) const;
  const LedgerRow* find(const Release& release, const Script& script, const Step& step) const {
    return find(release.name, script.name, step.number);
  }
  // The script is through, and none of its backfills had to start again.
  bool finished(const Release& release, const Script& script) const;
  // The release that came last; null where the database is not under control.
  const LedgerRow* current() const;

 private:
  using Place = std::tuple<std::string, std::string, int>;  // release, script, step

  std::vector<LedgerRow> rows_;
  std::map<Place, std::size_t> places_;
};

schema::LedgerKey key_of(const Release& release);
schema::LedgerKey key_of(const Release& release, const Script& script);
schema::LedgerKey key_of(const Release& release, const Script& script, const Step& step);

// Makes the ledger where there is none. Outside of a transaction: where DDL commits by itself, it would
// end it.
Result<void> create_ledger(Connection& connection);
// The row that opens a release, a script or a step; see ledger_begin.
Result<void> begin_row(Connection& connection, const Release& release, const std::string& tool_version);
Result<void> begin_row(Connection& connection, const Release& release, const Script& script,
                       const std::string& tool_version);
Result<void> begin_row(Connection& connection, const Release& release, const Script& script, const Step& step,
                       const std::string& tool_version);
Result<void> finish_row(Connection& connection, const schema::LedgerKey& key, std::string_view state = "done");

}  // namespace emcee::applier
