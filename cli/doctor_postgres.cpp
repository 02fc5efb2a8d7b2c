// What stands against an upgrade on PostgreSQL. Every check is a query that gives one row per
// object: what is wrong with it, and the statement that mends it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/doctor.h"

namespace emcee::cli {

namespace {

using applier::Connection;
using schema::Result;
using Symptoms = std::vector<Symptom>;

// How many objects a check lists.
constexpr std::size_t kListedRows = 20;

// When a finding of a check keeps a phase from beginning.
enum class Blocks : std::uint8_t { never, for_plan, always };

struct Check {
  Severity severity;
  Blocks blocks;
  std::string_view good;  // where there is no row
  std::string_view sql;   // what, remedy; may name `subject`, the tables that count
};

// $1: names of tables as a JSON array, NULL for all. $2: milliseconds.
constexpr std::string_view kSubject = R"(
WITH asked AS (SELECT $1::jsonb AS names, $2::bigint AS milliseconds), subject AS (
  SELECT c.*, c.oid::regclass::text AS name, pg_get_userbyid(relowner) AS owner, quote_ident(current_user) AS me
  FROM asked, pg_class c JOIN pg_namespace n ON n.oid = relnamespace
  WHERE relkind IN ('r', 'p') AND nspname NOT IN ('pg_catalog', 'information_schema', 'emcee') AND nspname !~ '^pg_t'
    AND (names IS NULL OR c.oid IN (SELECT to_regclass(one) FROM jsonb_array_elements_text(names) AS one)))
)";

constexpr Check kChecks[] = {
    {Severity::missing, Blocks::always, "the server accepts writes",
     R"(SELECT 'the server is a standby: it takes no writes', 'give the URL of the primary' WHERE pg_is_in_recovery()
     UNION ALL SELECT 'sessions of ' || current_user || ' are read-only by default',
       format('ALTER ROLE %I SET default_transaction_read_only = off', current_user)
     WHERE current_setting('default_transaction_read_only')::bool AND NOT pg_is_in_recovery())"},

    // DROP TRIGGER and ALTER TABLE need the owner, CREATE TRIGGER does not: who is not the owner
    // could begin and never finish (PostgreSQL 15, 18).
    {Severity::missing, Blocks::for_plan, "the tables belong to this user",
     R"(SELECT format('table %s belongs to %s: %s could make triggers on it, and never drop them', name, owner, me),
       format('ALTER TABLE %s OWNER TO %s; or GRANT %I TO %s', name, me, owner, me)
     FROM subject WHERE NOT pg_has_role(relowner, 'USAGE') ORDER BY name)"},
    {Severity::missing, Blocks::for_plan, "objects can be made in the schemas of the tables",
     R"(SELECT DISTINCT format('%s may not create objects in schema %s', me, relnamespace::regnamespace),
       format('GRANT USAGE, CREATE ON SCHEMA %s TO %s', relnamespace::regnamespace, me)
     FROM subject WHERE NOT (has_schema_privilege(relnamespace, 'CREATE') AND has_schema_privilege(relnamespace, 'USAGE')))"},
    {Severity::missing, Blocks::always, "the ledger can be made or written",
     R"(SELECT format('%I may not create the schema emcee, where the ledger lies', current_user),
       format('CREATE SCHEMA emcee AUTHORIZATION %I; or GRANT CREATE ON DATABASE %I TO %1$I', current_user,
         current_database())
     WHERE to_regnamespace('emcee') IS NULL AND NOT has_database_privilege(current_database(), 'CREATE')
     UNION ALL SELECT format('%I may not use and create objects in schema emcee', current_user),
       format('GRANT USAGE, CREATE ON SCHEMA emcee TO %I', current_user)
     FROM pg_namespace WHERE nspname = 'emcee' AND NOT (has_schema_privilege(oid, 'USAGE') AND has_schema_privilege(oid,
       'CREATE'))
     UNION ALL SELECT format('%I may not write the ledger', current_user),
       format('GRANT SELECT, INSERT, UPDATE, DELETE ON emcee.ledger TO %I', current_user)
     FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'emcee' AND relname = 'ledger' AND NOT
       (has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT') AND has_table_privilege(c.oid,
       'UPDATE') AND has_table_privilege(c.oid, 'DELETE')))"},

    {Severity::missing, Blocks::for_plan, "no policy hides rows from this user",
     R"(SELECT format('row level security hides rows of %s from %s: a backfill would not see them%s', name, me,
         CASE WHEN relforcerowsecurity AND pg_has_role(relowner, 'USAGE') THEN ' (it is forced upon the owner)' ELSE ''
         END),
       format('ALTER ROLE %s BYPASSRLS%s', me, CASE WHEN relforcerowsecurity AND pg_has_role(relowner, 'USAGE') THEN
         format('; or ALTER TABLE %s NO FORCE ROW LEVEL SECURITY until the upgrade is done', name) ELSE '' END)
     FROM subject WHERE row_security_active(oid) ORDER BY name)"},

    // UPDATE fails with 55000, that of the backfill and that of a trigger.
    {Severity::problem, Blocks::for_plan, "published tables have a replica identity",
     R"(SELECT format('table %s is published (%s) and has no replica identity: every UPDATE of it fails', name,
         string_agg(DISTINCT quote_ident(p.pubname), ', ')), format('give it a primary key, or ALTER TABLE %s REPLICA
         IDENTITY FULL', name)
     FROM subject s JOIN pg_publication_tables t ON (t.schemaname, t.tablename) = (s.relnamespace::regnamespace::name,
         s.relname) JOIN pg_publication p ON p.pubname = t.pubname AND (pubupdate OR pubdelete)
     WHERE relkind = 'r' AND (relreplident = 'n' OR (relreplident = 'd' AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid
         = s.oid AND indisprimary)) OR (relreplident = 'i' AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = s.oid AND
         indisreplident)))
     GROUP BY name ORDER BY name)"},
    {Severity::note, Blocks::never, "no publication",
     R"(SELECT format('publication %I%s: a subscriber stops at a column that it does not have', pubname, CASE WHEN
         puballtables THEN ' is FOR ALL TABLES, the ledger included' ELSE '' END),
       'run expand on the subscribers first, contract on them last'
     FROM pg_publication ORDER BY pubname)"},
    {Severity::problem, Blocks::never, "no subscription writes here",
     R"(SELECT format('subscription %I writes here as a replica: ordinary triggers do not see its rows', subname),
       format('upgrade the publisher, or ALTER SUBSCRIPTION %I DISABLE during the upgrade; `emcee verify` lists the rows '
         'that were missed', subname)
     FROM pg_subscription JOIN pg_database d ON d.oid = subdbid WHERE datname = current_database() AND subenabled)"},
    {Severity::problem, Blocks::always, "triggers fire",
     R"(SELECT format('session_replication_role is %s here: triggers would not fire', setting),
       'connect without that setting' FROM pg_settings WHERE name = 'session_replication_role' AND setting <> 'origin'
     UNION ALL SELECT format('%s%s: triggers do not fire for what %s writes', concat_ws(' in ', 'role ' ||
         quote_ident(rolname), 'database ' || quote_ident(datname)), ' has ' || one, CASE WHEN rolname IS NULL THEN
         'anybody' ELSE 'it' END), format('ALTER %s RESET session_replication_role', CASE WHEN rolname IS NULL THEN 'DATABASE
         ' || quote_ident(datname) ELSE concat_ws(' IN DATABASE ', 'ROLE ' || quote_ident(rolname), quote_ident(datname))
         END)
     FROM pg_db_role_setting CROSS JOIN unnest(setconfig) AS one LEFT JOIN pg_database d ON d.oid = setdatabase LEFT JOIN
         pg_roles r ON r.oid = setrole
     WHERE one IN ('session_replication_role=replica', 'session_replication_role=local') AND (setdatabase = 0 OR datname =
         current_database()))"},

    {Severity::note, Blocks::never, "no event trigger",
     R"(SELECT format('event trigger %I runs %s at every %s, and may refuse what Emcee does', evtname,
         evtfoid::regprocedure, evtevent), format('ALTER EVENT TRIGGER %I DISABLE; or see that %s lets it pass', evtname,
         evtfoid::regprocedure)
     FROM pg_event_trigger WHERE evtenabled <> 'D' ORDER BY evtname)"},
    {Severity::problem, Blocks::never, "no long transaction",
     R"(SELECT format('server process %s (%s, user %s, %s) has had a transaction open for %s s: it holds up every change of '
         'a table that it read', pid, coalesce(nullif(application_name, ''), 'no name'), usename, state,
         extract(epoch FROM clock_timestamp() - xact_start)::bigint),
       format('let it end, or SELECT pg_terminate_backend(%s)', pid)
     FROM asked, pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start <
         clock_timestamp() - milliseconds * interval '1 ms'
     UNION ALL SELECT format('prepared transaction %L of %s is open since %s: it holds its locks, after a restart too', gid,
         owner, to_char(prepared, 'YYYY-MM-DD HH24:MI:SS')), format('COMMIT PREPARED %L or ROLLBACK PREPARED %1$L', gid)
     FROM asked, pg_prepared_xacts WHERE database = current_database() AND prepared < clock_timestamp() - milliseconds *
         interval '1 ms')"},
    {Severity::note, Blocks::never, "no other session",
     R"(SELECT format('%s sessions of %s (user %s) are connected: a statement that they prepared as SELECT * fails once when '
         'a column comes or goes (0A000)', count(*), coalesce(nullif(application_name, ''), 'no name'), usename),
       'name the columns, or let the driver prepare again (JDBC: autosave=conservative), or restart them after expand'
     FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type =
       'client backend' AND application_name <> 'emcee'
     GROUP BY application_name, usename)"},

    {Severity::problem, Blocks::never, "no invalid index",
     R"(SELECT format('index %s of %s is invalid: CREATE INDEX CONCURRENTLY failed, or an index of a partition is missing',
         indexrelid::regclass, name), CASE c.relkind WHEN 'I' THEN format('make the index on every partition and ALTER INDEX
         %s ATTACH PARTITION it', indexrelid::regclass) ELSE format('DROP INDEX CONCURRENTLY %s; or REINDEX INDEX
         CONCURRENTLY %1$s', indexrelid::regclass) END
     FROM subject s JOIN pg_index ON indrelid = s.oid JOIN pg_class c ON c.oid = indexrelid WHERE NOT (indisvalid AND
       indisready) AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index WHERE index_relid = indexrelid) ORDER BY 1)"},
    {Severity::note, Blocks::never, "every constraint is validated",
     R"(SELECT format('constraint %I of %s is not validated: rows that were there may break it', conname, name),
       format('ALTER TABLE %s VALIDATE CONSTRAINT %I', name, conname)
     FROM subject s JOIN pg_constraint ON conrelid = s.oid WHERE NOT convalidated ORDER BY 1)"},
    {Severity::note, Blocks::never, "no replication slot falls behind",
     R"(SELECT format('replication slot %I is not in use and keeps %s of WAL; a backfill adds to it', slot_name,
         pg_size_pretty(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn))),
       format('connect its reader, or SELECT pg_drop_replication_slot(%L)', slot_name)
     FROM pg_replication_slots WHERE NOT active AND NOT pg_is_in_recovery() ORDER BY slot_name)"},

    {Severity::note, Blocks::never, "no objects of an unfinished upgrade",
     R"(SELECT 'objects of an upgrade that is not finished: ' || string_agg(what, ', ' ORDER BY what),
       'finish it with contract, or go back with rollback; `emcee status` says where it stands'
     FROM (SELECT format('trigger %I on %s', tgname, tgrelid::regclass) FROM pg_trigger WHERE tgname ~ '(^|_)emcee_' AND NOT
         tgisinternal AND tgparentid = 0
       UNION ALL SELECT format('%s %s', CASE relkind WHEN 'i' THEN 'index' WHEN 'v' THEN 'view' ELSE 'table' END,
         c.oid::regclass) FROM pg_class c WHERE relkind IN ('r', 'p', 'v', 'i') AND (relname ~ '^emcee_' OR relnamespace =
         to_regnamespace('emcee') AND relname !~ '^ledger') AND relnamespace::regnamespace::text !~ '^pg_'
       UNION ALL SELECT 'function ' || oid::regprocedure FROM pg_proc WHERE proname ~ '^emcee_' OR pronamespace =
         to_regnamespace('emcee')) AS leftovers (what) HAVING count(*) > 0
     UNION ALL SELECT format('database %I was made to compare schemas, and left behind', datname), format('DROP DATABASE %I
       WITH (FORCE)', datname)
     FROM pg_database d WHERE datname ~ '^emcee_scratch_' AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datid =
       d.oid))"},
};

std::string quoted(const schema::Identifier& name) {
  std::string text = "\"";
  for (const char c : name.text()) text += c == '"' ? "\"\"" : std::string(1, c);
  return text + "\"";
}

applier::Value names_of(const Examination& examination) {
  if (examination.all_tables) return std::monostate{};
  nlohmann::json names = nlohmann::json::array();
  for (const schema::QualifiedName& table : examination.tables)
    names.push_back((table.schema.empty() ? "public" : quoted(table.schema)) + "." + quoted(table.name));
  return names.dump();
}

// Functions of triggers run with the rights of their owner, and hold the row of a key that is given (FOR KEY SHARE).
constexpr Check kMayGenerate = {
    Severity::missing, Blocks::for_plan, "this user may insert the rows that triggers generate",
    R"(SELECT format('%s may not write %s, where triggers generate rows: inserts of the application would fail', me, name),
       format('GRANT SELECT, INSERT, UPDATE ON %s TO %s', name, me)
     FROM subject WHERE NOT (has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT') AND
       has_table_privilege(oid, 'UPDATE')) ORDER BY name)"};

constexpr Check kMayCount = {
    Severity::missing, Blocks::for_plan, "this user may use the sequences that number rows which triggers generate",
    R"(SELECT format('%s may not use %s, which numbers rows that triggers generate: inserts of the application would fail',
         me, seq.oid::regclass), format('GRANT USAGE ON SEQUENCE %s TO %s', seq.oid::regclass, me)
     FROM subject JOIN pg_depend AS d ON d.refobjid = subject.oid AND d.refclassid = 'pg_class'::regclass
       AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
     JOIN pg_class AS seq ON seq.oid = d.objid
     WHERE CASE WHEN seq.relkind = 'S' THEN NOT has_sequence_privilege(seq.oid, 'USAGE') ELSE FALSE END
     ORDER BY seq.oid)"};

constexpr Check kMayMove = {
    Severity::missing, Blocks::for_plan, "this user may write the tables that triggers keep equal",
    R"(SELECT format('%s may not write %s, which triggers keep equal to another table: writes of the application would fail',
         me, name), format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %s', name, me)
     FROM subject WHERE NOT (has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT') AND
       has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE')) ORDER BY name)"};

// Blanks of a broken line in the queries above.
std::string collapsed(const std::string& text) {
  std::string result;
  for (const char c : text)
    if (c != '\n' && (c != ' ' || result.empty() || result.back() != ' '))
      result += c;
    else if (!result.empty() && result.back() != ' ')
      result += ' ';
  return result;
}

Result<void> run(Connection& connection, const Check& check, const Examination& examination, Symptoms& symptoms) {
  // Both parameters have their use in every query.
  const std::string sql =
      fmt::format("{} SELECT found.* FROM asked, ({}\n) AS found (what, remedy)", kSubject, check.sql);
  EMCEE_ASSIGN(
      const auto rows,
      connection.query(sql, {names_of(examination), static_cast<std::int64_t>(examination.long_transaction.count())}));
  if (rows.empty()) symptoms.push_back({Severity::good, std::string(check.good), {}});
  const bool blocks = check.blocks == Blocks::always || (check.blocks == Blocks::for_plan && !examination.all_tables);
  for (std::size_t i = 0; i < std::min(rows.size(), kListedRows); ++i)
    symptoms.push_back(
        {check.severity, collapsed(applier::to_text(rows[i][0])), collapsed(applier::to_text(rows[i][1])), blocks});
  if (rows.size() > kListedRows)
    symptoms.push_back({check.severity, fmt::format("... and {} more", rows.size() - kListedRows), {}, blocks});
  return {};
}

}  // namespace

Result<Symptoms> examine_postgres(Connection& connection, const Examination& examination) {
  EMCEE_ASSIGN(const auto version, connection.query("SELECT current_setting('server_version')"));
  Symptoms symptoms = {{Severity::good, "PostgreSQL " + applier::to_text(version.front().front()), {}}};
  for (const Check& check : kChecks) EMCEE_TRY(run(connection, check, examination, symptoms));
  for (const auto& [tables, check] :
       {std::pair(&examination.generated, &kMayGenerate), std::pair(&examination.counted, &kMayCount),
        std::pair(&examination.moved, &kMayMove)}) {
    if (tables->empty()) continue;
    Examination written = examination;
    written.tables = *tables;
    EMCEE_TRY(run(connection, *check, written, symptoms));
  }
  return symptoms;
}

}  // namespace emcee::cli
