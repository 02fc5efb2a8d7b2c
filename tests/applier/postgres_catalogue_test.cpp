// The oracle of convergence must see every difference: each statement changes the catalogue as
// text, and what takes it back gives the text from before.
#include "tests/catalogue/postgres_catalogue.h"

#include <gtest/gtest.h>

#include "tests/servers/postgres_server.h"

namespace emcee::testing {
namespace {

using servers::PostgresDatabase;
using servers::run_postgres;

constexpr const char* kBase = R"(
CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE DOMAIN positive AS int; CREATE TYPE pair AS (a int, b text);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;
CREATE FUNCTION g(int) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE SEQUENCE s; CREATE ROLE catalogue_reader;
CREATE TABLE t (id int PRIMARY KEY, n text, v varchar(10), k int NOT NULL, c int CONSTRAINT c CHECK (c > 0));
CREATE TABLE u (id int, CONSTRAINT u_t FOREIGN KEY (id) REFERENCES t); CREATE INDEX i ON t (n);
CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f(); CREATE VIEW w AS SELECT id FROM t;
CREATE MATERIALIZED VIEW m AS SELECT 1 AS one; CREATE POLICY p ON t USING (id > 1);
CREATE TABLE parts (k int) PARTITION BY RANGE (k); CREATE TABLE part PARTITION OF parts FOR VALUES FROM (1) TO (5);
CREATE PUBLICATION pub; CREATE STATISTICS st ON id, n FROM t;
)";

struct Difference {
  const char *name, *forth, *back;
};
void PrintTo(const Difference& each, std::ostream* out) { *out << each.name; }

class PostgresCatalogue : public ::testing::TestWithParam<Difference> {
 protected:
  static void SetUpTestSuite() {
    database = new PostgresDatabase;
    run_postgres(database->url(), kBase);
  }
  static void TearDownTestSuite() {
    run_postgres(database->url(), "DROP OWNED BY catalogue_reader; DROP ROLE catalogue_reader");
    delete database;
  }
  static PostgresDatabase* database;
};
PostgresDatabase* PostgresCatalogue::database = nullptr;

TEST_P(PostgresCatalogue, SeesTheDifference) {
  const std::string before = postgres_catalogue(database->url());
  run_postgres(database->url(), GetParam().forth);
  EXPECT_NE(postgres_catalogue(database->url()), before);
  run_postgres(database->url(), GetParam().back);
  EXPECT_EQ(postgres_catalogue(database->url()), before);
}

INSTANTIATE_TEST_SUITE_P(
    Of, PostgresCatalogue,
    ::testing::Values(
        Difference{"table", "CREATE TABLE x ()", "DROP TABLE x"},
        Difference{"unlogged", "ALTER TABLE u SET UNLOGGED", "ALTER TABLE u SET LOGGED"},
        Difference{"options", "ALTER TABLE t SET (fillfactor = 50)", "ALTER TABLE t RESET (fillfactor)"},
        Difference{"column", "ALTER TABLE t ADD x int", "ALTER TABLE t DROP x"},
        Difference{"type", "ALTER TABLE t ALTER v TYPE varchar(11)", "ALTER TABLE t ALTER v TYPE varchar(10)"},
        Difference{"not_null", "ALTER TABLE t ALTER k DROP NOT NULL", "ALTER TABLE t ALTER k SET NOT NULL"},
        Difference{"default_value", "ALTER TABLE t ALTER n SET DEFAULT 'a'", "ALTER TABLE t ALTER n DROP DEFAULT"},
        Difference{"identity", "ALTER TABLE t ALTER k ADD GENERATED ALWAYS AS IDENTITY",
                   "ALTER TABLE t ALTER k DROP IDENTITY"},
        Difference{"collation", "ALTER TABLE t ALTER n TYPE text COLLATE \"C\"",
                   "ALTER TABLE t ALTER n TYPE text COLLATE \"default\""},
        Difference{"storage", "ALTER TABLE t ALTER n SET STORAGE EXTERNAL",
                   "ALTER TABLE t ALTER n SET STORAGE EXTENDED"},
        Difference{"statistics_target", "ALTER TABLE t ALTER n SET STATISTICS 7",
                   "ALTER TABLE t ALTER n SET STATISTICS -1"},
        Difference{"column_comment", "COMMENT ON COLUMN t.n IS 'x'", "COMMENT ON COLUMN t.n IS NULL"},
        Difference{"table_comment", "COMMENT ON TABLE t IS 'x'", "COMMENT ON TABLE t IS NULL"},
        Difference{"check_name", "ALTER TABLE t RENAME CONSTRAINT c TO cc", "ALTER TABLE t RENAME CONSTRAINT cc TO c"},
        Difference{"not_valid", "ALTER TABLE t DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (c > 0) NOT VALID",
                   "ALTER TABLE t VALIDATE CONSTRAINT c"},
        Difference{"deferrable", "ALTER TABLE u ALTER CONSTRAINT u_t DEFERRABLE",
                   "ALTER TABLE u ALTER CONSTRAINT u_t NOT DEFERRABLE"},
        Difference{"index", "CREATE INDEX x ON t (v)", "DROP INDEX x"},
        Difference{"invalid_index", "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'i'::regclass",
                   "UPDATE pg_index SET indisvalid = true WHERE indexrelid = 'i'::regclass"},
        Difference{"replica_identity", "ALTER TABLE t REPLICA IDENTITY FULL", "ALTER TABLE t REPLICA IDENTITY DEFAULT"},
        Difference{"trigger_enabled", "ALTER TABLE t DISABLE TRIGGER tr", "ALTER TABLE t ENABLE TRIGGER tr"},
        Difference{"trigger_always", "ALTER TABLE t ENABLE ALWAYS TRIGGER tr", "ALTER TABLE t ENABLE TRIGGER tr"},
        Difference{"trigger_name", "ALTER TRIGGER tr ON t RENAME TO tq", "ALTER TRIGGER tq ON t RENAME TO tr"},
        Difference{"rls", "ALTER TABLE t ENABLE ROW LEVEL SECURITY", "ALTER TABLE t DISABLE ROW LEVEL SECURITY"},
        Difference{"force_rls", "ALTER TABLE t FORCE ROW LEVEL SECURITY", "ALTER TABLE t NO FORCE ROW LEVEL SECURITY"},
        Difference{"policy", "ALTER POLICY p ON t USING (id > 2)", "ALTER POLICY p ON t USING (id > 1)"},
        Difference{"grant", "GRANT SELECT ON t TO catalogue_reader", "REVOKE SELECT ON t FROM catalogue_reader"},
        Difference{"column_grant", "GRANT SELECT (n) ON t TO catalogue_reader",
                   "REVOKE SELECT (n) ON t FROM catalogue_reader"},
        Difference{"owner", "ALTER TABLE t OWNER TO catalogue_reader", "ALTER TABLE t OWNER TO postgres"},
        Difference{"view", "CREATE OR REPLACE VIEW w AS SELECT id FROM t WHERE id > 0",
                   "CREATE OR REPLACE VIEW w AS SELECT id FROM t"},
        Difference{"security_invoker", "ALTER VIEW w SET (security_barrier)", "ALTER VIEW w RESET (security_barrier)"},
        Difference{"unpopulated", "REFRESH MATERIALIZED VIEW m WITH NO DATA", "REFRESH MATERIALIZED VIEW m"},
        Difference{"rule", "CREATE RULE r AS ON DELETE TO w DO INSTEAD NOTHING", "DROP RULE r ON w"},
        Difference{"sequence_step", "ALTER SEQUENCE s INCREMENT 2", "ALTER SEQUENCE s INCREMENT 1"},
        Difference{"sequence_owner", "ALTER SEQUENCE s OWNED BY t.k", "ALTER SEQUENCE s OWNED BY NONE"},
        Difference{"domain_check", "ALTER DOMAIN positive ADD CONSTRAINT p CHECK (VALUE > 0)",
                   "ALTER DOMAIN positive DROP CONSTRAINT p"},
        Difference{"composite", "ALTER TYPE pair ADD ATTRIBUTE c int", "ALTER TYPE pair DROP ATTRIBUTE c"},
        Difference{"enum_value", "ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'",
                   "ALTER TYPE mood RENAME VALUE 'fine' TO 'ok'"},
        Difference{"function_body", "CREATE OR REPLACE FUNCTION g(int) RETURNS int LANGUAGE sql AS 'SELECT 2'",
                   "CREATE OR REPLACE FUNCTION g(int) RETURNS int LANGUAGE sql AS 'SELECT 1'"},
        Difference{"function_volatility", "ALTER FUNCTION g(int) IMMUTABLE", "ALTER FUNCTION g(int) VOLATILE"},
        Difference{"function_settings", "ALTER FUNCTION g(int) SET search_path = public",
                   "ALTER FUNCTION g(int) RESET ALL"},
        Difference{"function_grant", "REVOKE EXECUTE ON FUNCTION g(int) FROM public",
                   "GRANT EXECUTE ON FUNCTION g(int) TO public"},
        Difference{"aggregate", "CREATE AGGREGATE a(int) (sfunc = int4pl, stype = int)", "DROP AGGREGATE a(int)"},
        Difference{"operator_", "CREATE OPERATOR === (leftarg = int, rightarg = int, function = int4eq)",
                   "DROP OPERATOR === (int, int)"},
        Difference{"cast", "CREATE CAST (pair AS text) WITH INOUT", "DROP CAST (pair AS text)"},
        Difference{"partition_bound", "ALTER TABLE parts DETACH PARTITION part",
                   "ALTER TABLE parts ATTACH PARTITION part FOR VALUES FROM (1) TO (5)"},
        Difference{"inheritance", "CREATE TABLE heir () INHERITS (t)", "DROP TABLE heir"},
        Difference{"schema_grant", "GRANT USAGE ON SCHEMA public TO catalogue_reader",
                   "REVOKE USAGE ON SCHEMA public FROM catalogue_reader"},
        Difference{"default_privileges", "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO catalogue_reader",
                   "ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM catalogue_reader"},
        Difference{"publication_table", "ALTER PUBLICATION pub ADD TABLE t (id) WHERE (id > 1)",
                   "ALTER PUBLICATION pub DROP TABLE t"},
        Difference{"publication_actions", "ALTER PUBLICATION pub SET (publish = 'insert')",
                   "ALTER PUBLICATION pub SET (publish = 'insert, update, delete, truncate')"},
        Difference{"extended_statistics", "ALTER STATISTICS st RENAME TO su", "ALTER STATISTICS su RENAME TO st"},
        Difference{
            "event_trigger",
            "CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER x ON "
            "sql_drop EXECUTE FUNCTION e()",
            "DROP EVENT TRIGGER x; DROP FUNCTION e()"},
        Difference{"extension", "CREATE EXTENSION hstore", "DROP EXTENSION hstore"},
        Difference{"text_search", "CREATE TEXT SEARCH CONFIGURATION x (COPY = english)",
                   "DROP TEXT SEARCH CONFIGURATION x"},
        Difference{
            "foreign_table",
            "CREATE FOREIGN DATA WRAPPER x; CREATE SERVER x FOREIGN DATA WRAPPER x; CREATE FOREIGN TABLE x (a int) "
            "SERVER x",
            "DROP FOREIGN DATA WRAPPER x CASCADE"}),
    [](const auto& info) { return info.param.name; });

TEST(PostgresCatalogueText, IsBlindForTheOrderOfColumnsAndForEmcee) {
  const PostgresDatabase one, other;
  run_postgres(one.url(), "CREATE TABLE t (a int, b text, PRIMARY KEY (a))");
  run_postgres(other.url(),
               "CREATE TABLE t (b text, c int); ALTER TABLE t DROP c, ADD a int PRIMARY KEY; CREATE SCHEMA "
               "emcee; CREATE TABLE emcee.ledger (a int)");
  EXPECT_EQ(postgres_catalogue(one.url()), postgres_catalogue(other.url()));
}

}  // namespace
}  // namespace emcee::testing
