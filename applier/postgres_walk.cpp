#include "applier/postgres_walk.h"

#include <fmt/format.h>

#include <algorithm>

namespace emcee::applier {

using schema::fail;

// In a transaction, for its lock timeout; a table of somebody else is left out with a warning.
Result<void> analyze_postgres(Connection& connection, const std::string& table_sql) {
  EMCEE_TRY(connection.begin());
  if (Result<void> done = connection.execute("ANALYZE " + table_sql); !done) {
    connection.rollback();
    return done;
  }
  return connection.commit();
}

// Without statistics the server takes each batch for a third of the table; CREATE INDEX counts the rows, and no more.
Result<void> prepare_postgres_walk(Connection& connection, const std::string& table_sql) {
  EMCEE_ASSIGN(const auto rows,
               connection.query("SELECT NOT EXISTS (SELECT FROM pg_stats WHERE (schemaname, tablename) = (nspname, "
                                "relname)) OR pg_relation_size(c.oid) > 2 * (relpages + 100) * "
                                "current_setting('block_size')::bigint FROM pg_class c JOIN pg_namespace n ON n.oid = "
                                "relnamespace WHERE c.oid = to_regclass($1)",
                                {table_sql}));
  if (rows.empty() || rows.front().front() != Value(std::int64_t{1})) return {};
  return analyze_postgres(connection, table_sql);
}

namespace {

// What a line of a plan says after the words, up to the next blank: `"user"` of `Seq Scan on "user" u  (cost=..)`.
std::string named_after(const std::string& line, std::string_view words) {
  const std::size_t at = line.find(words);
  if (at == std::string::npos) return {};
  const std::size_t begin = at + words.size();
  const std::size_t end = line[begin] == '"' ? line.find('"', begin + 1) + 1 : line.find(' ', begin);
  return line.substr(begin, end - begin);
}

// A table that is read with one or two reads ahead is no burden to a batch.
Result<bool> is_small(Connection& connection, const std::string& table_sql) {
  EMCEE_ASSIGN(const auto rows,
               connection.query("SELECT coalesce(pg_relation_size(to_regclass($1)) <= 1048576, false)", {table_sql}));
  return rows.front().front() == Value(std::int64_t{1});
}

}  // namespace

// Where another way exists, none reads a table from end to end (begin_batch).
Result<void> refuse_postgres_scan(Connection& connection, std::string_view sql, const Row& parameters) {
  EMCEE_ASSIGN(const auto rows, connection.query(fmt::format("EXPLAIN {}", sql), parameters));
  std::string plan, scanned;
  std::vector<std::string> walked;  // the table, or its partitions
  for (const Row& row : rows) {
    const std::string line = to_text(row.front());
    plan += "\n  " + line;
    if (std::string updated = named_after(line, "Update on "); !updated.empty()) walked.push_back(std::move(updated));
    const std::string table = named_after(line, "Seq Scan on ");
    if (table.empty()) continue;
    EMCEE_ASSIGN(const bool small, is_small(connection, table));
    if (!small || std::find(walked.begin(), walked.end(), table) != walked.end()) scanned = table;
  }
  if (scanned.empty()) return {};
  return fail(ErrorCode::look_at_server,
              fmt::format("{}: each batch would read the whole table:{}", connection.name(), plan),
              fmt::format("no index leads to its rows in {0}: is that of the key valid (`emcee doctor`)? Where the map "
                          "looks into {0}, create an index of {0} over the columns that the hazard "
                          "lookup_without_index of the plan names",
                          scanned));
}

// Standbys are seen by roles with pg_monitor; slots by everybody.
Result<std::string> postgres_followers_behind(Connection& connection, std::int64_t bytes) {
  EMCEE_ASSIGN(
      const auto rows,
      connection.query(
          "SELECT coalesce(string_agg(format('%s is %s behind', who, pg_size_pretty(lag)), ', ' ORDER BY who), '') "
          "FROM ("
          "SELECT 'standby ' || coalesce(nullif(application_name, ''), pid::text), "
          "pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn) FROM pg_stat_replication UNION ALL "
          "SELECT format('replication slot %s%s', slot_name, CASE WHEN active THEN '' ELSE ', which nobody reads,' "
          "END), pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) FROM pg_replication_slots) AS follower (who, "
          "lag) WHERE lag > $1::numeric",
          {bytes}));
  return to_text(rows.front().front());
}

// Statements of other users are seen by the superuser and by roles with pg_read_all_stats.
Result<std::string> postgres_busy(Connection& connection, const LoadLimits& limits) {
  if (limits.running == 0) return std::string();
  EMCEE_ASSIGN(
      const auto rows,
      connection.query("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND state = "
                       "'active' AND pid <> pg_backend_pid() HAVING count(*) > $1",
                       {limits.running}));
  return rows.empty() ? std::string() : fmt::format("{} statements run on the server", to_text(rows.front().front()));
}

}  // namespace emcee::applier
