// Rights of the writer, its search_path, and sessions in which triggers rest.
#include "tests/postgres/sync_fixture.h"

namespace emcee::postgres_test {
namespace {

// The functions run with the writer's rights and need none: no column, no schema, no EXECUTE.
TEST_F(Sync, TheWriterNeedsNoRightsOfItsOwn) {
  start_images();
  session_.must(
      "CREATE ROLE old_app LOGIN; CREATE ROLE new_app LOGIN; "
      "GRANT INSERT (id, is_public), UPDATE (is_public), SELECT ON images TO old_app; "
      "GRANT INSERT (id, visibility), UPDATE (visibility), SELECT ON images TO new_app; "
      "REVOKE ALL ON SCHEMA emcee FROM PUBLIC; REVOKE ALL ON ALL FUNCTIONS IN SCHEMA emcee FROM PUBLIC");
  Session old_app(url("old_app")), new_app(url("new_app"));
  new_app.must("INSERT INTO images (id, visibility) VALUES (1, 'community')");
  old_app.must("INSERT INTO images (id, is_public) VALUES (2, 1)");
  old_app.must("UPDATE images SET is_public = 1 WHERE id = 1");
  new_app.must("UPDATE images SET visibility = 'private' WHERE id = 2");
  EXPECT_EQ(image(1) + " " + image(2), "1,public 0,private");
  EXPECT_EQ(old_app.run("UPDATE images SET visibility = 'public'").sqlstate, "42501") << "and gives none";
  session_.must("DROP OWNED BY old_app, new_app; DROP ROLE old_app, new_app");
}

// Row-level security judges the row that is stored.
TEST_F(Sync, RowSecuritySeesTheSyncedRow) {
  start_images();
  session_.must(
      "CREATE ROLE viewer LOGIN; GRANT ALL ON images TO viewer; ALTER TABLE images ENABLE ROW LEVEL SECURITY; "
      "CREATE POLICY hidden ON images TO viewer USING (true) WITH CHECK (visibility <> 'public')");
  Session viewer(url("viewer"));
  viewer.must("INSERT INTO images (id, is_public) VALUES (1, 0)");
  EXPECT_EQ(viewer.run("INSERT INTO images (id, is_public) VALUES (2, 1)").sqlstate, "42501");
  EXPECT_EQ(viewer.run("UPDATE images SET is_public = 1").sqlstate, "42501");
  session_.must("DROP OWNED BY viewer; DROP ROLE viewer");
}

schema::Schema two_texts() {
  schema::Table table;
  table.name.name = id("t");
  table.columns = {make_column("id", "integer", true), make_column("o", "text"), make_column("n", "text")};
  return make_schema({table});
}

// Expressions mean what they meant when the triggers were made, whatever path the writer has.
TEST_F(Sync, NamesInExpressionsAreNotLookedUpOnTheWritersPath) {
  session_.must(
      "CREATE TABLE t (id integer PRIMARY KEY, o text, n text); "
      "CREATE FUNCTION shout(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT pg_catalog.upper($1) || '!' $$");
  plan::SyncGroup group = rename_group("t", "o", "n");
  group.new_columns[0].up = parse("shout(o)");
  group.old_columns[0].down = parse("lower(n)");
  start_sync(session_, group, two_texts());
  session_.must(
      "CREATE SCHEMA trap; CREATE FUNCTION trap.shout(text) RETURNS text LANGUAGE sql AS $$ SELECT 'trapped' $$; "
      "CREATE FUNCTION trap.lower(text) RETURNS text LANGUAGE sql AS $$ SELECT 'trapped' $$; "
      "CREATE FUNCTION trap.never(text, text) RETURNS boolean LANGUAGE sql AS $$ SELECT false $$; "
      "CREATE OPERATOR trap.= (leftarg = text, rightarg = text, function = trap.never); "
      "CREATE DOMAIN pg_temp.text AS pg_catalog.varchar(1)");
  for (const char* path : {"''", "trap, pg_catalog, public", "pg_temp, trap, public"}) {
    session_.must(std::string("SET search_path TO ") + path);
    session_.must(
        "TRUNCATE public.t; INSERT INTO public.t (id, o) VALUES (1, 'a'); "
        "INSERT INTO public.t (id, n) VALUES (2, 'B'); INSERT INTO public.t (id, o) VALUES (3, 'c'); "
        "UPDATE public.t SET n = 'MiXed' WHERE id OPERATOR(pg_catalog.=) 3");
    EXPECT_EQ(value("SELECT string_agg(concat(o, ':', n), ' ' ORDER BY id) FROM public.t"), "a:A! b:B mixed:MiXed")
        << path;
  }
  // Without names to look up, the path costs nothing and is left alone.
  plan::SyncGroup bare = rename_group("t", "o", "n");
  const auto plain = postgres::create_sync(bare, two_texts());
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->front().find("search_path"), std::string::npos);
}

// What replication applies fires triggers only where that was asked for.
TEST_F(Sync, RowsOfReplicationAreKeptWhereAskedFor) {
  session_.must("CREATE TABLE t (id integer PRIMARY KEY, o text, n text)");
  const plan::SyncGroup group = rename_group("t", "o", "n");
  start_sync(session_, group, two_texts());
  const std::string apply =
      "SET session_replication_role = replica; SET search_path TO ''; INSERT INTO public.t (id, o) "
      "VALUES (1, 'a'); RESET session_replication_role; RESET search_path";
  session_.must(apply);
  EXPECT_EQ(value("SELECT n FROM t"), "NULL");
  for (const std::string& statement : postgres::drop_sync(group, two_texts())) session_.must(statement);
  const auto always = postgres::create_sync(group, two_texts(), {.always = true});
  ASSERT_TRUE(always);
  for (const std::string& statement : *always) session_.must(statement);
  session_.must("TRUNCATE t; " + apply);
  EXPECT_EQ(value("SELECT n FROM t"), "a");
}

// A subscriber whose publisher is not upgraded yet: the apply worker has an empty path.
TEST_F(Sync, ASubscriberDerivesWhatThePublisherDoesNotHave) {
  servers::PostgresDatabase publisher;
  Session source(publisher.url());
  source.must("CREATE TABLE t (id integer PRIMARY KEY, o text); CREATE PUBLICATION p FOR TABLE t");
  source.must("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
  session_.must("CREATE TABLE t (id integer PRIMARY KEY, o text, n text)");
  plan::SyncGroup group = rename_group("t", "o", "n");
  group.new_columns[0].up = parse("upper(o)");
  group.old_columns[0].down = parse("lower(n)");
  const auto always = postgres::create_sync(group, two_texts(), {.always = true});
  ASSERT_TRUE(always);
  for (const std::string& statement : *always) session_.must(statement);
  const std::string where = publisher.url();
  const std::string host = where.substr(where.find("host=") + 5, where.find('&') - where.find("host=") - 5);
  session_.must("CREATE SUBSCRIPTION s CONNECTION 'host=" + host + " user=postgres dbname=" + publisher.name() +
                "' PUBLICATION p WITH (create_slot = false, copy_data = false)");
  source.must("INSERT INTO t VALUES (1, 'a'); UPDATE t SET o = 'b'");
  for (int i = 0; i < 500 && value("SELECT max(n) FROM t") != "B"; ++i) session_.must("SELECT pg_sleep(0.02)");
  EXPECT_EQ(value("SELECT concat(o, n) FROM t"), "bB");
  for (const char* end :
       {"ALTER SUBSCRIPTION s DISABLE", "ALTER SUBSCRIPTION s SET (slot_name = NONE)", "DROP SUBSCRIPTION s"})
    session_.must(end);
  for (int i = 0; i < 200 && !source.run("SELECT pg_drop_replication_slot('s')").ok(); ++i)
    source.must("SELECT pg_sleep(0.02)");
}

}  // namespace
}  // namespace emcee::postgres_test
