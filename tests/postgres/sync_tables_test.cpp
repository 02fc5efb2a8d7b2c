// Tables that are not plain, and groups that no trigger could keep.
#include <fmt/format.h>

#include "tests/postgres/sync_fixture.h"

namespace emcee::postgres_test {
namespace {

schema::Table table_of(const std::string& name, std::vector<schema::Column> columns) {
  schema::Table table;
  table.name.name = id(name);
  table.columns = std::move(columns);
  return table;
}

std::string refusal(const plan::SyncGroup& group, const schema::Schema& schema) {
  const auto result = postgres::create_sync(group, schema);
  return result ? "" : result.error().message + " | " + result.error().hint;
}

TEST_F(Sync, ChildrenOfATableAreKeptAsWell) {
  session_.must(
      "CREATE TABLE t (id integer, o text, n text); CREATE TABLE child (more text) INHERITS (t); "
      "CREATE TABLE grandchild () INHERITS (child)");
  schema::Table parent =
      table_of("t", {make_column("id", "integer"), make_column("o", "text"), make_column("n", "text")});
  schema::Table child = parent, grandchild = parent;
  child.name.name = id("child");
  child.options.other["inherits"] = "t";
  grandchild.name.name = id("grandchild");
  grandchild.options.other["inherits"] = "child";
  const schema::Schema schema = make_schema({parent, child, grandchild});
  const plan::SyncGroup group = rename_group("t", "o", "n");
  start_sync(session_, group, schema);
  session_.must(
      "INSERT INTO t (id, o) VALUES (1, 'a'); INSERT INTO child (id, o) VALUES (2, 'b'); "
      "INSERT INTO grandchild (id, n) VALUES (3, 'c'); UPDATE t SET n = n || '!'");
  EXPECT_EQ(value("SELECT string_agg(concat(o, n), ' ' ORDER BY id) FROM t"), "a!a! b!b! c!c!");
  for (const std::string& statement : postgres::drop_sync(group, schema)) session_.must(statement);
  EXPECT_EQ(value("SELECT count(*) FROM pg_trigger"), "0");
}

// A row that moves to another partition is inserted there with both forms, and is not a new row.
TEST_F(Sync, ARowThatMovesToAnotherPartitionStaysWhatItIs) {
  session_.must(
      "CREATE TABLE t (id integer, region text, o text DEFAULT 'x', n text, other text, "
      "PRIMARY KEY (id, region)) PARTITION BY LIST (region); "
      "CREATE TABLE t_north PARTITION OF t FOR VALUES IN ('north'); "
      // Its columns stand in another order.
      "CREATE TABLE t_rest (other text, n text, region text NOT NULL, o text DEFAULT 'x', id integer NOT NULL); "
      "ALTER TABLE t ATTACH PARTITION t_rest DEFAULT");
  schema::Table table =
      table_of("t", {make_column("id", "integer", true), make_column("region", "text", true),
                     make_column("o", "text", false, "'x'"), make_column("n", "text"), make_column("other", "text")});
  table.primary_key =
      schema::PrimaryKey{{}, {{schema::Fragment::column(id("id")), {}}, {schema::Fragment::column(id("region")), {}}}};
  table.options.other["partition_by"] = "LIST (region)";
  const schema::Schema schema = make_schema({table});
  plan::SyncGroup group = rename_group("t", "o", "n");
  group.old_columns[0].default_value = parse("'x'");
  group.old_columns[0].down = parse("lower(n)");
  group.new_columns[0].up = parse("upper(o)");
  group.new_columns[0].default_value = parse("'NONE'");
  group.both_given = plan::BothGiven::error;
  session_.must("INSERT INTO t VALUES (1, 'north', 'x', NULL), (2, 'north', 'behind', 'our back')");
  start_sync(session_, group, schema);
  session_.must("INSERT INTO t (id, region, n) VALUES (3, 'north', 'MiXed')");
  session_.must("UPDATE t SET region = 'south', other = 'moved'");
  EXPECT_EQ(value("SELECT string_agg(concat(o, ':', n), ' ' ORDER BY id) FROM t_rest"),
            "x: behind:our back mixed:MiXed");
  session_.must("UPDATE t SET region = 'north', n = 'neW' WHERE id = 3");
  session_.must("UPDATE t SET region = 'north', o = 'OlD' WHERE id = 1");
  EXPECT_EQ(value("SELECT string_agg(concat(o, ':', n), ' ' ORDER BY id) FROM t_north"), "OlD:OLD new:neW");
  // Not a move: both forms given by one statement, after a move in the same transaction.
  EXPECT_EQ(session_
                .run("BEGIN; UPDATE t SET region = 'south' WHERE id = 3; DELETE FROM t WHERE id = 3; "
                     "INSERT INTO t (id, region, o, n) VALUES (3, 'south', 'new', 'other')")
                .sqlstate,
            "23514");
  session_.must("ROLLBACK");
}

TEST_F(Sync, GeneratedColumnsAreComputedFromWhatTheyNeed) {
  session_.must(
      "CREATE TABLE t (id integer PRIMARY KEY, s integer, twice integer GENERATED ALWAYS AS (s * 2) STORED, "
      "o integer, n integer)");
  schema::Table table =
      table_of("t", {make_column("id", "integer", true), make_column("s", "integer"), make_column("twice", "integer"),
                     make_column("o", "integer"), make_column("n", "integer")});
  table.columns[2].generated = schema::Generated{parse("s * 2"), true};
  plan::SyncGroup group = rename_group("t", "o", "n");
  group.new_columns[0].up = parse("o + twice");
  group.old_columns[0].down = parse("n - twice");
  group.shared = {id("twice")};
  const schema::Schema schema = make_schema({table});
  start_sync(session_, group, schema);
  session_.must(
      "INSERT INTO t (id, s, o) VALUES (1, 10, 1); INSERT INTO t (id, s, n) VALUES (2, 10, 25); "
      "UPDATE t SET s = 100 WHERE id = 1");
  EXPECT_EQ(value("SELECT string_agg(concat(o, '+', twice, '=', n), ' ' ORDER BY id) FROM t"), "1+200=201 5+20=25");
  EXPECT_EQ(session_.rows(postgres::verify_queries(group, schema)[1].sql).size(), 0u);

  group.old_columns[0].name = id("twice");
  EXPECT_NE(refusal(group, schema).find("t.twice is a generated column"), std::string::npos);
}

// The server sends a row to its partition, and asks a NOT NULL domain, before any trigger runs.
TEST_F(Sync, WhatNoTriggerCouldFillIsRefused) {
  schema::Table table =
      table_of("t", {make_column("id", "integer"), make_column("o", "text"), make_column("n", "text")});
  const plan::SyncGroup group = rename_group("t", "o", "n");
  schema::Table partitioned = table;
  partitioned.options.other["partition_by"] = "RANGE (lower(o))";
  EXPECT_EQ(refusal(group, make_schema({partitioned})),
            "t.o is part of the partition key: a row is sent to its partition before any trigger could give it a value "
            "| keep the column in this release, or move the rows to a new table");

  schema::SchemaParts parts;
  table.columns[1].type = {"filled", "filled", {}};
  parts.tables = {table};
  parts.objects = {{"domain",
                    {{}, id("filled")},
                    schema::Fragment({{schema::Role::keyword, "NOT", {}, {}}, {schema::Role::keyword, "NULL", {}, {}}}),
                    "CREATE DOMAIN filled AS text NOT NULL"}};
  auto schema = schema::Schema::make(parts);
  ASSERT_TRUE(schema);
  EXPECT_EQ(
      refusal(group, *schema),
      "t.o has the domain filled, which refuses NULL before any trigger could give a value | use a domain without "
      "NOT NULL until contract, or its base type");

  plan::SyncGroup system = rename_group("t", "o", "n");
  system.shared = {id("ctid")};
  EXPECT_NE(refusal(system, make_schema({table})).find("reads ctid"), std::string::npos);
}

// Triggers run in the order of their names: what an earlier one changes is seen, a later one refused.
TEST_F(Sync, TriggersOfTheApplicationComeFirst) {
  start_images();
  session_.must(
      "CREATE FUNCTION hide() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.is_public := 0; RETURN NEW; END "
      "$$; CREATE TRIGGER audit BEFORE UPDATE OF other ON images FOR EACH ROW EXECUTE FUNCTION hide()");
  session_.must("INSERT INTO images (id, is_public) VALUES (1, 1); UPDATE images SET other = 'x'");
  EXPECT_EQ(image(1), "0,shared");

  schema::Schema schema = images_schema();
  schema::Trigger later;
  later.name = {id("images"), id("zzzz")};
  later.table.name = id("images");
  later.events = {schema::TriggerEvent::update};
  schema.put(later);
  EXPECT_EQ(refusal(images_group(), schema),
            "trigger zzzz of images would run after zzz_emcee_images_visibility_insert: triggers run in the order of "
            "their names | rename the trigger, so that it sorts before zzz_emcee");
  EXPECT_FALSE(postgres::render_backfill({images_group().table, {images_group()}}, schema).bypass_triggers);
  EXPECT_TRUE(postgres::render_backfill({images_group().table, {images_group()}}, images_schema()).bypass_triggers);
}

// A foreign key's cascade writes like any other.
TEST_F(Sync, CascadesAreWrites) {
  session_.must(
      "CREATE TABLE users (id integer PRIMARY KEY); CREATE TABLE t (id integer PRIMARY KEY, o integer "
      "REFERENCES users ON DELETE SET NULL ON UPDATE CASCADE, n integer)");
  const schema::Schema schema = make_schema(
      {table_of("t", {make_column("id", "integer", true), make_column("o", "integer"), make_column("n", "integer")})});
  start_sync(session_, rename_group("t", "o", "n"), schema);
  session_.must(
      "INSERT INTO users VALUES (1), (2); INSERT INTO t (id, o) VALUES (1, 1), (2, 2); "
      "UPDATE users SET id = 10 WHERE id = 1; DELETE FROM users WHERE id = 2");
  EXPECT_EQ(value("SELECT string_agg(concat(o, ':', n), ' ' ORDER BY id) FROM t"), "10:10 :");
}

TEST_F(Sync, NamesOfAnyKind) {
  const std::string odd = "Sch\"ema $emcee$", column = "select", other = std::string(62, 'n');
  session_.must(
      "CREATE SCHEMA \"Sch\"\"ema $emcee$\"; CREATE TABLE \"Sch\"\"ema $emcee$\".\"NEW\" (id integer, \"select\" "
      "text DEFAULT '$emcee$ it''s', \"" +
      other + "\" text)");
  schema::Table table =
      table_of("NEW", {make_column("id", "integer"), make_column(column, "text", false, "'$emcee$ it''s'"),
                       make_column(other, "text")});
  table.name.schema = id(odd);
  plan::SyncGroup group = rename_group("NEW", column, other);
  group.table.schema = id(odd);
  group.old_columns[0].default_value = parse("'$emcee$ it''s'");
  group.name = std::string(70, 'g') + "1";
  plan::SyncGroup second = group;
  second.name = std::string(70, 'g') + "2";
  const schema::Schema schema = make_schema({table});
  start_sync(session_, group, schema);
  start_sync(session_, second, schema);
  const std::string name = "\"Sch\"\"ema $emcee$\".\"NEW\"";
  session_.must("INSERT INTO " + name + " (id) VALUES (1); INSERT INTO " + name + " (id, \"" + other +
                "\") VALUES (2, 'b')");
  EXPECT_EQ(value("SELECT string_agg(concat(\"select\", ':', \"" + other + "\"), ' ' ORDER BY id) FROM " + name),
            "$emcee$ it's:$emcee$ it's b:b");
  const auto probe = [&](const plan::SyncGroup& g) {
    std::string all;
    for (const std::string& condition : postgres::sync_probes(g, schema)) all += value("SELECT " + condition);
    return all;
  };
  EXPECT_EQ(probe(group) + probe(second), "tttt");
  for (const std::string& statement : postgres::drop_sync(group, schema)) session_.must(statement);
  EXPECT_EQ(probe(group) + probe(second), "fftt");
  for (const std::string& statement : postgres::drop_sync(second, schema)) session_.must(statement);
  EXPECT_EQ(value("SELECT count(*) FROM pg_proc WHERE pronamespace = 'emcee'::regnamespace"), "0");
}

// The fence of contract: the old release is refused, the new one notices nothing.
TEST_F(Sync, TheFenceRefusesTheOldReleaseOnly) {
  start_images();
  session_.must("INSERT INTO images (id, is_public) VALUES (1, 1)");
  const auto fenced = [&] { return value("SELECT " + postgres::fence_probe(images_group())); };
  EXPECT_EQ(fenced(), "f");
  for (const std::string& statement : postgres::fence_sync(images_group(), images_schema())) session_.must(statement);
  EXPECT_EQ(fenced(), "t");
  EXPECT_EQ(session_.run("INSERT INTO images (id, is_public) VALUES (2, 1)").sqlstate, "23514");
  EXPECT_EQ(session_.run("UPDATE images SET is_public = 0").sqlstate, "23514");
  session_.must(
      "UPDATE images SET visibility = 'private'; INSERT INTO images (id, visibility) VALUES (3, 'public'); "
      "INSERT INTO images (id) VALUES (4); UPDATE images SET other = 'x'");
  EXPECT_EQ(image(1) + " " + image(3) + " " + image(4), "0,private 1,public 0,shared");
}

}  // namespace
}  // namespace emcee::postgres_test
