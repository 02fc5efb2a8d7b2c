#include "schema/ledger_sql.h"

#include <fmt/format.h>

namespace emcee::schema {

const LedgerDialect& sqlite_ledger() {
  static const LedgerDialect dialect{.table = "emcee_ledger",
                                     .create = R"(CREATE TABLE IF NOT EXISTS emcee_ledger (
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
                                     .now = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
                                     .as_number = ""};
  return dialect;
}

// IF NOT EXISTS asks for the right to create even where there is nothing to create; an administrator
// may have made schema and table for a user who has none.
const LedgerDialect& postgres_ledger() {
  static const LedgerDialect dialect{
      .table = "emcee.ledger",
      .create = R"(DO $emcee$ BEGIN
IF pg_catalog.to_regnamespace('emcee') IS NULL THEN
  CREATE SCHEMA emcee;
END IF;
IF pg_catalog.to_regclass('emcee.ledger') IS NULL THEN
  CREATE TABLE emcee.ledger (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    component text NOT NULL,
    release text NOT NULL,
    script text NOT NULL,
    step integer NOT NULL,
    phase text NOT NULL,
    title text NOT NULL,
    checksum text NOT NULL,
    state text NOT NULL,
    started_at text NOT NULL,
    finished_at text,
    tool_version text NOT NULL,
    rows_done bigint NOT NULL DEFAULT 0,
    cursor text,
    present integer NOT NULL DEFAULT 1,
    UNIQUE (component, release, script, step)
  );
END IF;
END $emcee$)",
      .now = "to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')",
      .as_number = "::integer"};
  return dialect;
}

// Names are compared byte for byte, and fit into the index of any row format.
const LedgerDialect& mysql_ledger() {
  static const LedgerDialect dialect{
      .table = "emcee_ledger",
      .create = R"(CREATE TABLE IF NOT EXISTS emcee_ledger (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  component VARCHAR(64) NOT NULL,
  `release` VARCHAR(128) NOT NULL,
  script VARCHAR(160) NOT NULL,
  step INT NOT NULL,
  phase VARCHAR(16) NOT NULL,
  title TEXT NOT NULL,
  checksum VARCHAR(128) NOT NULL,
  state VARCHAR(16) NOT NULL,
  started_at VARCHAR(32) NOT NULL,
  finished_at VARCHAR(32),
  tool_version VARCHAR(64) NOT NULL,
  rows_done BIGINT NOT NULL DEFAULT 0,
  `cursor` LONGTEXT,
  present INT NOT NULL DEFAULT 1,
  UNIQUE (component, `release`, script, step)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin ROW_FORMAT = DYNAMIC)",
      .now = "CONCAT(LEFT(DATE_FORMAT(UTC_TIMESTAMP(3), '%Y-%m-%dT%H:%i:%s.%f'), 23), 'Z')",
      .as_number = "",
      .release = "`release`",
      .cursor = "`cursor`",
      .backslash_escapes = true};
  return dialect;
}

std::string ledger_literal(const LedgerDialect& dialect, std::string_view text) {
  std::string literal = "'";
  for (const char c : text) {
    if (c == '\'' || (c == '\\' && dialect.backslash_escapes)) literal += c;
    literal += c;
  }
  return literal + "'";
}

std::string ledger_where(const LedgerDialect& dialect, const LedgerKey& key) {
  return fmt::format("component = {} AND {} = {} AND script = {} AND step = {}", ledger_literal(dialect, key.component),
                     dialect.release, ledger_literal(dialect, key.release), ledger_literal(dialect, key.script),
                     key.step);
}

std::vector<std::string> ledger_begin(const LedgerDialect& dialect, const LedgerEntry& entry) {
  const auto literal = [&](std::string_view text) { return ledger_literal(dialect, text); };
  return {
      fmt::format("DELETE FROM {} WHERE {} AND state = 'rolled_back'", dialect.table, ledger_where(dialect, entry.key)),
      fmt::format("INSERT INTO {} (component, {}, script, step, phase, title, checksum, state, "
                  "started_at, tool_version) VALUES ({}, {}, {}, {}, {}, {}, {}, 'running', {}, {})",
                  dialect.table, dialect.release, literal(entry.key.component), literal(entry.key.release),
                  literal(entry.key.script), entry.key.step, literal(entry.phase), literal(entry.title),
                  literal(entry.checksum), dialect.now, literal(entry.tool_version))};
}

std::string ledger_finish(const LedgerDialect& dialect, const LedgerKey& key, std::string_view state,
                          std::string_view rows) {
  return fmt::format("UPDATE {} SET state = {}, finished_at = {}, rows_done = rows_done + {}, {} = NULL WHERE {}",
                     dialect.table, ledger_literal(dialect, state), dialect.now, rows, dialect.cursor,
                     ledger_where(dialect, key));
}

std::string ledger_again(const LedgerDialect& dialect, const LedgerKey& key) {
  return fmt::format("UPDATE {} SET state = 'running', {} = NULL, finished_at = NULL WHERE {}", dialect.table,
                     dialect.cursor, ledger_where(dialect, key));
}

std::string ledger_progress(const LedgerDialect& dialect, const LedgerKey& key, std::int64_t rows,
                            const std::optional<std::string>& cursor) {
  return fmt::format("UPDATE {} SET rows_done = rows_done + {}, {} = {} WHERE {}", dialect.table, rows, dialect.cursor,
                     cursor ? ledger_literal(dialect, *cursor) : "NULL", ledger_where(dialect, key));
}

std::string ledger_present(const LedgerDialect& dialect, const LedgerKey& key, std::string_view probe) {
  return fmt::format("UPDATE {} SET present = coalesce(({}){}, 0) WHERE {} AND present = 1", dialect.table, probe,
                     dialect.as_number, ledger_where(dialect, key));
}

std::string ledger_rolled_back(const LedgerDialect& dialect, std::string_view component, std::string_view release) {
  return fmt::format(
      "UPDATE {} SET state = 'rolled_back', finished_at = {} WHERE component = {} AND {} = {} AND state <> "
      "'rolled_back'",
      dialect.table, dialect.now, ledger_literal(dialect, component), dialect.release,
      ledger_literal(dialect, release));
}

}  // namespace emcee::schema
