#include "codegen/postgres_script.h"

#include <fmt/format.h>

#include "dialects/postgres/quoting.h"

namespace emcee::codegen {

namespace {

// Pages of 8 kB: a few thousand rows, a fraction of a second.
constexpr int kPagesPerBatch = 256;

class PostgresScript : public ScriptDialect {
 public:
  const schema::LedgerDialect& ledger() const override { return schema::postgres_ledger(); }
  std::string command(const std::string& file) const override { return "psql -d app -f " + file; }

  // The settings that the applier's connection has, where a statement could mean something else.
  std::string opening() const override {
    return "\\set ON_ERROR_STOP on\n"
           "\\set AUTOCOMMIT on\n"
           "SET client_min_messages = warning;\n"
           "SET search_path = public, pg_temp;\n"
           "SET standard_conforming_strings = on;\n"
           "SET client_encoding = 'UTF8';\n"
           "SET timezone = 'UTC';\n"
           "SET default_transaction_isolation = 'read committed';\n"
           "SET statement_timeout = 0;\n";
  }
  // Whoever waits for a lock of a table stops its readers, so the wait is short; run the file again.
  std::string begin() const override { return "BEGIN; SET LOCAL lock_timeout = '10s'"; }

  std::vector<std::string> guard(const std::string& message, const std::string& condition) const override {
    return {
        fmt::format("DO $emcee$ BEGIN\n  IF NOT coalesce(({}), FALSE) THEN\n    RAISE EXCEPTION USING MESSAGE = "
                    "{};\n  END IF;\nEND $emcee$",
                    condition, postgres::string_literal(message))};
  }

  bool commits_batches() const override { return true; }

  // By pages, so that any table will do. Rows that an update moves to later pages have their values by
  // then, and rows that come later get theirs from the triggers.
  std::vector<std::string> backfill(const plan::RenderedBackfill& backfill,
                                    const schema::LedgerKey& key) const override {
    const std::string table = postgres::quoting()(backfill.table);
    // See plan::RenderedBackfill::row_lock.
    const std::string lock = backfill.row_lock.empty()
                                 ? ""
                                 : fmt::format(
                                       "    PERFORM 1 FROM {} WHERE ctid >= format('(%s,0)', page)::tid\n"
                                       "    AND ctid < format('(%s,0)', page + {})::tid AND ({}) {};\n",
                                       table, kPagesPerBatch, backfill.pending, backfill.row_lock);
    const std::string pages =
        fmt::format("ctid >= format('(%s,0)', page)::tid AND ctid < format('(%s,0)', page + {})::tid", kPagesPerBatch);
    const std::string update =
        !backfill.updates() ? fmt::format("    {}\n    AND {}{};\n", backfill.generate, pages, backfill.generate_end)
                            : fmt::format("    UPDATE {} SET {}\n    WHERE {} AND ({});\n", table, backfill.assignments,
                                          pages, backfill.pending);
    // The update has moved its rows to other pages.
    const std::string generate = backfill.generate.empty() || !backfill.updates()
                                     ? ""
                                     : fmt::format("    {}{};\n", backfill.generate, backfill.generate_end);
    const std::string batches = fmt::format(
        "DO $emcee$\n"
        "DECLARE\n"
        "  page bigint := 0;\n"
        "  pages bigint;\n"
        "  changed bigint;\n"
        "BEGIN\n"
        "  LOOP\n"
        "    WITH RECURSIVE tree (relation) AS (\n"
        "      SELECT {0}::regclass::oid\n"
        "      UNION SELECT inhrelid FROM pg_inherits JOIN tree ON inhparent = relation)\n"
        "    SELECT max(pg_relation_size(relation)) / current_setting('block_size')::bigint INTO pages FROM tree;\n"
        "    EXIT WHEN page >= pages;\n"
        "{5}"
        "{1}"
        "    GET DIAGNOSTICS changed = ROW_COUNT;\n"
        "{6}"
        "    UPDATE {3} SET rows_done = rows_done + changed WHERE {4};\n"
        "    COMMIT;\n"
        "    page := page + {2};\n"
        "  END LOOP;\n"
        "END $emcee$",
        postgres::string_literal(table), update, kPagesPerBatch, ledger().table, schema::ledger_where(ledger(), key),
        lock, generate);
    if (!backfill.bypass_triggers) return {batches};
    return {"SET emcee.bypass = 'on'", batches, "SET emcee.bypass = 'off'"};
  }
};

}  // namespace

const ScriptDialect& postgres_script() {
  static const PostgresScript script;
  return script;
}

}  // namespace emcee::codegen
