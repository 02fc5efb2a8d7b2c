// What inspect says of a database is what pg_dump says of it, for each kind of object that either of them
// knows.
#include <gtest/gtest.h>

#include "dialects/postgres/catalogue_query.h"
#include "dialects/postgres/parse.h"
#include "dialects/postgres/print.h"
#include "diff/diff.h"
#include "tests/postgres/parse_server.h"

namespace emcee::postgres {
namespace {

std::string inspected(const servers::PostgresDatabase& database) {
  std::string text;
  for (const std::string& row : rows_of(database, catalogue_query())) text += row + ";\n";
  return text;
}

// Objects of the whole cluster, such as roles, have names of their own: databases share them.
const Text kWritten[] = {
    {"collations",
     "CREATE SCHEMA app; CREATE COLLATION german (provider = icu, locale = 'de-u-co-phonebk'); CREATE COLLATION "
     "app.nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false); CREATE COLLATION plain (locale = "
     "'C'); CREATE COLLATION twofold (lc_collate = 'C', lc_ctype = 'POSIX'); CREATE DOMAIN app.caseless AS text "
     "COLLATE app.nocase CHECK (VALUE <> ''); CREATE TYPE app.pair AS (a text COLLATE \"C\", b int); CREATE TYPE "
     "textspan AS RANGE (SUBTYPE = text, COLLATION = \"C\", MULTIRANGE_TYPE_NAME = manyspans); CREATE TYPE span AS "
     "RANGE (SUBTYPE = float8, SUBTYPE_DIFF = float8mi); CREATE TABLE t (n text COLLATE german, k app.caseless); "
     "COMMENT ON COLLATION german IS 'g'; COMMENT ON DOMAIN app.caseless IS 'd'; COMMENT ON CONSTRAINT caseless_check "
     "ON DOMAIN app.caseless IS 'c'; COMMENT ON COLUMN app.pair.a IS 'a';"},
    {"operator_classes",
     "CREATE SCHEMA app; CREATE FUNCTION app.cmp(int, int) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $2 - "
     "$1'; CREATE FUNCTION app.gt(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1 > $2'; CREATE "
     "OPERATOR app.|>| (FUNCTION = app.gt, LEFTARG = int, RIGHTARG = int); CREATE OPERATOR !! (FUNCTION = int4abs, "
     "RIGHTARG = int); CREATE OPERATOR FAMILY app.backward_family USING btree; CREATE OPERATOR CLASS app.backward FOR "
     "TYPE int USING btree FAMILY app.backward_family AS OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, "
     "OPERATOR 5 <, FUNCTION 1 app.cmp(int, int); CREATE OPERATOR CLASS own_ops FOR TYPE int USING btree AS FUNCTION 1 "
     "btint4cmp(int, int), OPERATOR 3 =, OPERATOR 1 app.|>| (int, int); CREATE OPERATOR FAMILY loose USING btree; "
     "ALTER OPERATOR FAMILY loose USING btree ADD OPERATOR 1 < (int4, int8), OPERATOR 2 <= (int4, int8), FUNCTION 1 "
     "(int4, int8) btint48cmp(int4, int8); ALTER OPERATOR FAMILY loose USING btree DROP OPERATOR 2 (int4, int8); "
     "CREATE "
     "TABLE t (x int); CREATE INDEX backward_i ON t (x app.backward); COMMENT ON OPERATOR CLASS app.backward USING "
     "btree IS 'b'; COMMENT ON OPERATOR FAMILY loose USING btree IS 'f'; COMMENT ON OPERATOR app.|>| (int, int) IS "
     "'o';"},
    {"text_search",
     "CREATE SCHEMA app; CREATE TEXT SEARCH DICTIONARY app.words (TEMPLATE = simple, STOPWORDS = english, ACCEPT = "
     "false); CREATE TEXT SEARCH CONFIGURATION app.search (COPY = english); ALTER TEXT SEARCH CONFIGURATION app.search "
     "ALTER MAPPING FOR asciiword, word WITH app.words, english_stem; ALTER TEXT SEARCH CONFIGURATION app.search DROP "
     "MAPPING FOR email; CREATE TEXT SEARCH CONFIGURATION again (COPY = app.search); CREATE TEXT SEARCH CONFIGURATION "
     "plain (COPY = pg_catalog.simple); CREATE TEXT SEARCH CONFIGURATION cyrillic (COPY = russian); CREATE TEXT SEARCH "
     "CONFIGURATION empty (PARSER = \"default\"); ALTER TEXT SEARCH CONFIGURATION empty ADD MAPPING FOR tag WITH "
     "simple; CREATE TEXT SEARCH PARSER own_parser (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, "
     "LEXTYPES = prsd_lextype, HEADLINE = prsd_headline); CREATE TEXT SEARCH TEMPLATE own_template (INIT = "
     "dsimple_init, LEXIZE = dsimple_lexize); COMMENT ON TEXT SEARCH CONFIGURATION app.search IS 't';"},
    {"publications",
     "CREATE SCHEMA app; CREATE TABLE t (id int PRIMARY KEY, x int, n text); CREATE TABLE app.u (id int); CREATE "
     "PUBLICATION pub_all FOR ALL TABLES WITH (publish = 'insert, update'); CREATE PUBLICATION pub_some FOR TABLE t "
     "(id, x) WHERE (x > 1 AND n = 'a'), TABLE app.u; CREATE PUBLICATION pub_schema FOR TABLES IN SCHEMA app WITH "
     "(publish_via_partition_root); CREATE PUBLICATION pub_none; ALTER PUBLICATION pub_none ADD TABLE t, app.u; ALTER "
     "PUBLICATION pub_none DROP TABLE t; ALTER PUBLICATION pub_none SET (publish = 'delete'); COMMENT ON PUBLICATION "
     "pub_none IS 'little';"},
    {"subscriptions",
     "CREATE SUBSCRIPTION catalogue_sub CONNECTION 'host=nowhere dbname=x password=geheim' PUBLICATION a, b WITH "
     "(connect = false, slot_name = NONE, binary = true, streaming = true);"},
    {"default_privileges",
     "CREATE ROLE oracle_reader; CREATE ROLE oracle_owner; CREATE SCHEMA app; ALTER DEFAULT PRIVILEGES FOR ROLE "
     "postgres "
     "GRANT SELECT ON TABLES TO oracle_reader; ALTER DEFAULT PRIVILEGES FOR ROLE postgres GRANT USAGE, SELECT ON "
     "SEQUENCES TO oracle_reader WITH GRANT OPTION; ALTER DEFAULT PRIVILEGES FOR ROLE oracle_owner IN SCHEMA app GRANT "
     "ALL ON TABLES TO oracle_reader; ALTER DEFAULT PRIVILEGES FOR ROLE oracle_owner IN SCHEMA app REVOKE DELETE ON "
     "TABLES FROM oracle_reader; ALTER DEFAULT PRIVILEGES FOR ROLE oracle_owner REVOKE EXECUTE ON FUNCTIONS FROM "
     "PUBLIC; "
     "ALTER DEFAULT PRIVILEGES FOR ROLE oracle_owner GRANT USAGE ON TYPES TO oracle_reader; ALTER DEFAULT PRIVILEGES "
     "FOR "
     "ROLE oracle_owner GRANT CREATE ON SCHEMAS TO oracle_reader;"},
    {"statistics",
     "CREATE SCHEMA app; CREATE TABLE t (x int, y int, n text); CREATE STATISTICS app.st (dependencies, ndistinct) ON "
     "x, "
     "y FROM t; CREATE STATISTICS st2 ON (x + y), lower(n) FROM t; ALTER STATISTICS st2 SET STATISTICS 500; COMMENT ON "
     "STATISTICS st2 IS 's';"},
    {"event_triggers",
     "CREATE FUNCTION et() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER ev ON "
     "ddl_command_end WHEN TAG IN ('CREATE TABLE', 'DROP TABLE') EXECUTE FUNCTION et(); CREATE EVENT TRIGGER ev2 ON "
     "sql_drop EXECUTE FUNCTION et(); ALTER EVENT TRIGGER ev2 DISABLE; CREATE EVENT TRIGGER ev3 ON table_rewrite "
     "EXECUTE "
     "FUNCTION et(); ALTER EVENT TRIGGER ev3 ENABLE ALWAYS; COMMENT ON EVENT TRIGGER ev IS 'e';"},
    {"foreign_data",
     "CREATE FOREIGN DATA WRAPPER wrap OPTIONS (a 'b'); CREATE SERVER srv TYPE 'x' VERSION '1' FOREIGN DATA WRAPPER "
     "wrap "
     "OPTIONS (host 'h', dbname 'd'); CREATE USER MAPPING FOR PUBLIC SERVER srv OPTIONS (user 'u', password 'secret'); "
     "CREATE FOREIGN TABLE ft (a int OPTIONS (column_name 'aa') NOT NULL, b text DEFAULT 'x', CONSTRAINT ca CHECK (a > "
     "0)) SERVER srv OPTIONS (table_name 'tt'); COMMENT ON FOREIGN TABLE ft IS 'far'; COMMENT ON COLUMN ft.a IS 'fa'; "
     "COMMENT ON SERVER srv IS 'there'; CREATE ROLE oracle_far; GRANT USAGE ON FOREIGN SERVER srv TO oracle_far; GRANT "
     "USAGE ON FOREIGN DATA WRAPPER wrap TO oracle_far; GRANT SELECT ON ft TO oracle_far;"},
    {"routines",
     "CREATE AGGREGATE mysum(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0', COMBINEFUNC = int4pl, PARALLEL = "
     "SAFE); "
     "CREATE AGGREGATE ranked(float8 ORDER BY anyelement) (SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC "
     "= "
     "percentile_disc_final, FINALFUNC_EXTRA); CREATE AGGREGATE moving(int) (SFUNC = int4pl, STYPE = int, MSFUNC = "
     "int4pl, MINVFUNC = int4mi, MSTYPE = int, SORTOP = >); CREATE TYPE pair AS (a text, b int); CREATE FUNCTION "
     "tocast(pair) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT ($1).a'; CREATE CAST (pair AS text) WITH FUNCTION "
     "tocast(pair) AS ASSIGNMENT; COMMENT ON CAST (pair AS text) IS 'c'; CREATE CONVERSION conv FOR 'LATIN1' TO 'UTF8' "
     "FROM iso8859_1_to_utf8; CREATE "
     "ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler; CREATE TABLE am_table (a int, b text) USING heap2; "
     "ALTER TABLE am_table ALTER b SET COMPRESSION lz4; COMMENT ON ACCESS METHOD heap2 IS 'am'; CREATE VIEW v AS "
     "SELECT a FROM am_table; COMMENT ON COLUMN v.a IS 'vc'; CREATE RULE r AS ON "
     "DELETE TO v DO INSTEAD NOTHING; COMMENT ON RULE r ON v IS 'r';"},
};

class CatalogueOracle : public ::testing::TestWithParam<Text> {};

TEST_P(CatalogueOracle, InspectSaysWhatPgDumpSays) {
  const servers::PostgresDatabase database;
  ASSERT_EQ(load(database, std::string(GetParam().sql)), "");
  const std::string live = inspected(database);
  const int version = std::stoi(rows_of(database, "SHOW server_version_num").front());
  const schema::Schema dumped = read_text("dump.sql", dump(database), version);
  EXPECT_EQ(changes(dumped, read_text("written.sql", GetParam().sql, version)), "");
  EXPECT_EQ(changes(dumped, read_text("inspect.sql", live, version)), "") << live;
  EXPECT_EQ(live.find("geheim"), std::string::npos);
  EXPECT_EQ(live.find("secret"), std::string::npos);
  const std::string printed = print(dumped);
  EXPECT_EQ(changes(dumped, read_text("printed.sql", printed, version)), "") << printed;
  // What belongs to the whole cluster would be in the way of the next test, and a subscription in that of DROP
  // DATABASE.
  for (const std::string& statement :
       rows_of(database,
               "SELECT format('DROP OWNED BY %1$I; DROP ROLE %1$I', rolname) FROM pg_roles WHERE rolname LIKE "
               "'oracle%' UNION ALL SELECT 'DROP SUBSCRIPTION ' || subname FROM pg_subscription"))
    ASSERT_EQ(load(database, statement), "");
}

// From 17 on ALL holds one more: https://www.postgresql.org/docs/17/ddl-priv.html
TEST(Grants, AllIsWhatTheServerUnderstandsByIt) {
  const std::string table = "CREATE TABLE t (a int);\n";
  const auto read_for = [&](int version, const std::string& grants) {
    return read_text("grants.sql", table + grants, version);
  };
  const std::string some = "GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON t TO someone;";
  const std::string all = "GRANT ALL ON t TO someone;";
  EXPECT_EQ(changes(read_for(160004, some), read_for(160004, all)), "");
  EXPECT_NE(changes(read_for(170000, some), read_for(170000, all)), "");
  const std::string rest = all + "REVOKE MAINTAIN ON t FROM someone;";
  EXPECT_EQ(changes(read_for(170000, some), read_for(170000, rest)), "");
}

INSTANTIATE_TEST_SUITE_P(Of, CatalogueOracle, ::testing::ValuesIn(kWritten),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace emcee::postgres
