// Forms of statements of both releases, and what the application sees of them.
#include "tests/postgres/sync_fixture.h"

namespace emcee::postgres_test {
namespace {

TEST_F(Sync, ReturningShowsTheSyncedRowAndSeveralRowsGoTheirOwnWays) {
  start_images();
  const auto rows = session_.rows(
      "INSERT INTO images (is_public, visibility) VALUES (1, NULL), (NULL, 'private'), (0, 'community'), (0, NULL) "
      "RETURNING id, is_public, visibility");
  ASSERT_EQ(rows.size(), 4u);
  const std::vector<std::vector<Field>> expected = {
      {"1", "1", "public"}, {"2", "0", "private"}, {"3", "0", "community"}, {"4", "0", "shared"}};
  EXPECT_EQ(rows, expected);
  EXPECT_EQ(value("SELECT lastval()"), "4");
  EXPECT_EQ(session_.run("UPDATE images SET is_public = 1").affected, "4");
  EXPECT_EQ(session_.run("UPDATE images SET visibility = visibility").affected, "4");
  EXPECT_EQ(value("SELECT string_agg(visibility, ' ' ORDER BY id) FROM images"), "public public public public");
}

TEST_F(Sync, UpsertsGoByWhatTheUpdateNames) {
  start_images();
  session_.must("INSERT INTO images (id, visibility) VALUES (1, 'private')");
  // The INSERT trigger has given `excluded` both forms; the update names one.
  session_.must(
      "INSERT INTO images (id, is_public) VALUES (1, 1), (2, 0) ON CONFLICT (id) DO UPDATE "
      "SET is_public = excluded.is_public");
  EXPECT_EQ(image(1), "1,public");
  EXPECT_EQ(image(2), "0,shared");
  session_.must(
      "INSERT INTO images (id, visibility) VALUES (1, 'community'), (2, 'private') ON CONFLICT (id) DO UPDATE "
      "SET visibility = excluded.visibility");
  EXPECT_EQ(image(1), "0,community");
  session_.must(
      "INSERT INTO images (id, is_public) VALUES (1, 0) ON CONFLICT (id) DO UPDATE "
      "SET is_public = excluded.is_public");
  EXPECT_EQ(image(1), "0,community") << "still in sync: what the new release wrote stays";
  session_.must("INSERT INTO images (id, is_public) VALUES (2, 1) ON CONFLICT DO NOTHING");
  EXPECT_EQ(image(2), "0,private");
}

TEST_F(Sync, CopyMergeAndUpdateFrom) {
  start_images();
  session_.must("COPY images (id, is_public) FROM STDIN\n1\t1\n2\t0\n");
  session_.must("COPY images (id, visibility) FROM STDIN\n3\tcommunity\n4\tpublic\n");
  EXPECT_EQ(value("SELECT string_agg(concat(is_public, visibility), ' ' ORDER BY id) FROM images"),
            "1public 0shared 0community 1public");
  session_.must(
      "MERGE INTO images i USING (VALUES (1, 'private'), (5, 'public')) AS v (id, visibility) ON i.id = v.id "
      "WHEN MATCHED THEN UPDATE SET visibility = v.visibility "
      "WHEN NOT MATCHED THEN INSERT (id, visibility) VALUES (v.id, v.visibility)");
  session_.must(
      "MERGE INTO images i USING (VALUES (2, 1), (6, 0)) AS v (id, is_public) ON i.id = v.id "
      "WHEN MATCHED THEN UPDATE SET is_public = v.is_public "
      "WHEN NOT MATCHED THEN INSERT (id, is_public) VALUES (v.id, v.is_public)");
  EXPECT_EQ(value("SELECT string_agg(concat(is_public, visibility), ' ' ORDER BY id) FROM images"),
            "0private 1public 0community 1public 1public 0shared");
  session_.must("UPDATE images i SET is_public = 1 - i.is_public FROM images j WHERE j.id = i.id");
  EXPECT_EQ(value("SELECT string_agg(concat(is_public, visibility), ' ' ORDER BY id) FROM images"),
            "1public 0shared 1public 0shared 0shared 1public");
}

// Rule 9: what was refused leaves nothing behind on the connection.
TEST_F(Sync, ARefusedWriteDoesNotSilenceTheNext) {
  start_images();
  session_.must("INSERT INTO images (id, is_public) VALUES (1, 0)");
  EXPECT_EQ(session_.run("UPDATE images SET is_public = 1, visibility = 'private'").sqlstate, "23514");
  EXPECT_EQ(session_.run("UPDATE images SET visibility = NULL").sqlstate, "23502");
  EXPECT_EQ(session_.run("INSERT INTO images (id, visibility) VALUES (1, 'public')").sqlstate, "23505");
  EXPECT_EQ(session_
                .run("SET statement_timeout = 50; UPDATE images SET visibility = 'public', other = "
                     "(SELECT 'x' FROM pg_sleep(1))")
                .sqlstate,
            "57014");
  EXPECT_EQ(image(1), "0,shared");
  session_.must("RESET statement_timeout; UPDATE images SET visibility = 'public'");
  EXPECT_EQ(image(1), "1,public");
  session_.must("DISCARD ALL");
  session_.must(
      "BEGIN; SAVEPOINT a; UPDATE images SET is_public = 0; ROLLBACK TO a; "
      "UPDATE images SET visibility = 'private'; COMMIT");
  EXPECT_EQ(image(1), "0,private");
}

// A text that does not fit is an error of the write that brings it, never cut in silence.
TEST_F(Sync, WhatDoesNotFitIsRefused) {
  session_.must("CREATE TABLE t (id integer PRIMARY KEY, o text, n varchar(5))");
  schema::Table table;
  table.name.name = id("t");
  table.columns = {make_column("id", "integer", true), make_column("o", "text"), make_column("n", "varchar(5)")};
  table.primary_key = schema::PrimaryKey{{}, {{schema::Fragment::column(id("id")), {}}}};
  const schema::Schema schema = make_schema({table});
  const plan::SyncGroup group = rename_group("t", "o", "n");
  session_.must("INSERT INTO t VALUES (1, 'abcde', NULL), (2, 'abcdefgh', NULL)");
  start_sync(session_, group, schema);
  EXPECT_EQ(session_.run("UPDATE t SET o = 'abcdeXYZ' WHERE id = 1").sqlstate, "22001");
  EXPECT_EQ(session_.run("INSERT INTO t (id, o) VALUES (3, 'abcdeXYZ')").sqlstate, "22001");
  const std::string backfill = postgres::render_backfill({group.table, {group}}, schema).single_update;
  EXPECT_EQ(session_.run(backfill).sqlstate, "22001");
  session_.must("UPDATE t SET n = 'abcde' WHERE id = 1");
  session_.must("SET emcee.bypass = 'on'; UPDATE t SET o = 'abcdeXYZ', n = 'abcde' WHERE id = 1; RESET emcee.bypass");
  const auto queries = postgres::verify_queries(group, schema);
  EXPECT_EQ(session_.rows(queries[1].sql).size(), 1u) << "not equal because a cast would cut it";
}

// An explicit value, a sequence's and an identity's are all "given" or not by value.
TEST_F(Sync, AnOldColumnThatNumbersItself) {
  session_.must("CREATE TABLE t (id integer PRIMARY KEY, number integer GENERATED ALWAYS AS IDENTITY, label text)");
  schema::Table table;
  table.name.name = id("t");
  table.columns = {make_column("id", "integer", true), make_column("number", "integer", true),
                   make_column("label", "text")};
  table.columns[1].identity = schema::Identity{true, {}};
  plan::SyncGroup group;
  group.name = "t_label";
  group.table.name = id("t");
  group.old_columns = {{id("number"), parse("CAST(substr(label, 3) AS integer)"), {}, true}};
  group.new_columns = {{id("label"), parse("'n-' || number"), {}, false}};
  start_sync(session_, group, make_schema({table}));
  session_.must("INSERT INTO t (id) VALUES (1)");
  session_.must("INSERT INTO t (id, label) VALUES (2, 'n-77')");
  EXPECT_EQ(value("SELECT string_agg(concat(number, label), ' ' ORDER BY id) FROM t"), "1n-1 77n-77");
}

// What is not deterministic is computed once.
TEST_F(Sync, ARandomValueIsComputedOnce) {
  session_.must("CREATE TABLE t (id integer PRIMARY KEY, o text, token uuid)");
  schema::Table table;
  table.name.name = id("t");
  table.columns = {make_column("id", "integer", true), make_column("o", "text"), make_column("token", "uuid")};
  table.primary_key = schema::PrimaryKey{{}, {{schema::Fragment::column(id("id")), {}}}};
  const schema::Schema schema = make_schema({table});
  plan::SyncGroup group;
  group.name = "t_token";
  group.table.name = id("t");
  group.new_columns = {{id("token"), parse("gen_random_uuid()"), {}, true}};
  group.deterministic = false;
  session_.must("INSERT INTO t VALUES (1, 'a', NULL)");
  start_sync(session_, group, schema);
  session_.must("INSERT INTO t (id, o) VALUES (2, 'b')");
  session_.must("UPDATE t SET o = 'c'");
  const std::string backfill = postgres::render_backfill({group.table, {group}}, schema).single_update;
  session_.must(backfill);
  const std::string tokens = value("SELECT string_agg(token::text, ' ' ORDER BY id) FROM t WHERE token IS NOT NULL");
  EXPECT_EQ(tokens.size(), 73u);
  session_.must("UPDATE t SET o = 'd'; " + backfill);
  EXPECT_EQ(value("SELECT string_agg(token::text, ' ' ORDER BY id) FROM t"), tokens);
}

// Rule 8, on a nullable column: only a session that says so can insert NULL for both.
TEST_F(Sync, ASessionThatSaysWhichReleaseItIs) {
  session_.must("CREATE TABLE t (id integer PRIMARY KEY, o text DEFAULT 'x', n text)");
  schema::Table table;
  table.name.name = id("t");
  table.columns = {make_column("id", "integer", true), make_column("o", "text", false, "'x'"),
                   make_column("n", "text")};
  plan::SyncGroup group = rename_group("t", "o", "n");
  group.old_columns[0].default_value = parse("'x'");
  start_sync(session_, group, make_schema({table}));
  session_.must("INSERT INTO t (id, n) VALUES (1, NULL)");
  session_.must("SET emcee.release = 'new'; INSERT INTO t (id, n) VALUES (2, NULL)");
  session_.must("SET emcee.release = 'old'; INSERT INTO t (id) VALUES (3)");
  // After SET LOCAL and COMMIT the setting is an empty text, not NULL.
  session_.must("RESET emcee.release; BEGIN; SET LOCAL emcee.release = 'new'; COMMIT");
  session_.must("INSERT INTO t (id, n) VALUES (4, NULL)");
  EXPECT_EQ(value("SELECT string_agg(concat(id, '=', coalesce(o, '-'), coalesce(n, '-')), ' ' ORDER BY id) FROM t"),
            "1=xx 2=-- 3=xx 4=xx");
}

}  // namespace
}  // namespace emcee::postgres_test
