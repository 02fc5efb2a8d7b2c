#include "schema/ledger_sql.h"

#include <fmt/format.h>

namespace emcee::schema {

const LedgerDialect& sqlite_ledger() {
  static const LedgerDialect dialect{.create = R"(CREATE TABLE IF NOT EXISTS emcee_ledger (
  id INTEGER PRIMARY KEY,
  component TEXT NOT NULL,
  release TEXT NOT NULL,
  script TEXT NOT NULL,
  step INTEGER NOT NULL,
  phase TEXT NOT NULL,
  title TEXT NOT NULL,
  checksum TEXT NOT NULL,
  state TEXT NOT NULL,
  started_at TEXT NOT NULL,
  finished_at TEXT,
  tool_version TEXT NOT NULL,
  rows_done INTEGER NOT NULL DEFAULT 0,
  cursor TEXT,
  present INTEGER NOT NULL DEFAULT 1,
  UNIQUE (component, release, script, step)
))",
                                     .now = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"};
  return dialect;
}

std::string ledger_literal(std::string_view text) {
  std::string literal = "'";
  for (const char c : text) {
    if (c == '\'') literal += '\'';
    literal += c;
  }
  return literal + "'";
}

std::string ledger_where(const LedgerKey& key) {
  return fmt::format("component = {} AND release = {} AND script = {} AND step = {}", ledger_literal(key.component),
                     ledger_literal(key.release), ledger_literal(key.script), key.step);
}

std::vector<std::string> ledger_begin(const LedgerDialect& dialect, const LedgerEntry& entry) {
  return {fmt::format("DELETE FROM emcee_ledger WHERE {} AND state = 'rolled_back'", ledger_where(entry.key)),
          fmt::format("INSERT INTO emcee_ledger (component, release, script, step, phase, title, checksum, state, "
                      "started_at, tool_version) VALUES ({}, {}, {}, {}, {}, {}, {}, 'running', {}, {})",
                      ledger_literal(entry.key.component), ledger_literal(entry.key.release),
                      ledger_literal(entry.key.script), entry.key.step, ledger_literal(entry.phase),
                      ledger_literal(entry.title), ledger_literal(entry.checksum), dialect.now,
                      ledger_literal(entry.tool_version))};
}

std::string ledger_finish(const LedgerDialect& dialect, const LedgerKey& key, std::string_view state,
                          std::string_view rows) {
  return fmt::format(
      "UPDATE emcee_ledger SET state = {}, finished_at = {}, rows_done = rows_done + {}, cursor = NULL WHERE {}",
      ledger_literal(state), dialect.now, rows, ledger_where(key));
}

std::string ledger_present(const LedgerKey& key, std::string_view probe) {
  return fmt::format("UPDATE emcee_ledger SET present = coalesce(({}), 0) WHERE {} AND present = 1", probe,
                     ledger_where(key));
}

}  // namespace emcee::schema
