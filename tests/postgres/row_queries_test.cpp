// Queries over rows: keys for batches, values that would not survive a narrower type, duplicates and
// orphans. The server is the judge of what survives.
#include <fmt/format.h>

#include "dialects/postgres/alter_table.h"
#include "dialects/postgres/row_key.h"
#include "dialects/postgres/value_fits.h"
#include "tests/postgres/sync_fixture.h"

namespace emcee::postgres_test {
namespace {

schema::PrimaryKey key(const std::string& column) { return {{}, {{schema::Fragment::column(id(column)), {}}}}; }

std::vector<std::string> names(const std::vector<schema::Identifier>& columns) {
  std::vector<std::string> result;
  for (const auto& column : columns) result.push_back(column.text());
  return result;
}

TEST(PostgresBatchKey, IsWhatTellsRowsApart) {
  schema::Table table;
  table.name.name = id("t");
  table.columns = {make_column("a", "integer", true), make_column("b", "integer"), make_column("c", "integer", true)};
  using Names = std::vector<std::string>;
  EXPECT_EQ(names(postgres::batch_key(table)), Names{"ctid"});
  table.uniques = {{{}, key("b").parts}};
  EXPECT_EQ(names(postgres::batch_key(table)), Names{"ctid"}) << "b may be NULL in many rows";
  schema::Index partial;
  partial.unique = true;
  partial.parts = key("a").parts;
  partial.where = parse("b = 1");
  table.indexes = {partial};
  EXPECT_EQ(names(postgres::batch_key(table)), Names{"ctid"}) << "the index does not hold all rows";
  table.indexes[0].where.reset();
  EXPECT_EQ(names(postgres::batch_key(table)), Names{"a"});
  table.uniques = {{{}, key("c").parts}};
  EXPECT_EQ(names(postgres::batch_key(table)), Names{"c"});
  table.primary_key = key("b");
  EXPECT_EQ(names(postgres::batch_key(table)), Names{"b"});
}

struct Narrowing {
  std::string before, after;
  std::vector<std::string> values;
};

// A value fits where the server takes it into the narrower type and gives the same back.
TEST_F(Sync, ValuesFitWhereTheServerKeepsThem) {
  const std::vector<Narrowing> cases = {
      {"bigint", "integer", {"0", "2147483647", "2147483648", "-2147483648", "-2147483649"}},
      {"integer", "smallint", {"32767", "32768", "-32769", "7"}},
      {"numeric", "integer", {"1", "1.5", "3000000000", "'NaN'", "'Infinity'"}},
      {"numeric", "numeric(5,2)", {"1.25", "1.255", "999.99", "999.995", "1000", "-1000", "'NaN'"}},
      {"numeric(10,3)", "numeric(4,0)", {"12", "12.5", "9999", "10000"}},
      {"double precision", "integer", {"1", "1.5", "1e10", "'NaN'", "'-Infinity'"}},
      {"text", "varchar(3)", {"'abc'", "'abcd'", "'abc '", "''", "'äöü'"}},
      {"varchar(10)", "char(3)", {"'abc'", "'abcd'", "'ab'"}},
      {"varchar(10)", "varchar(5)", {"'abcde'", "'abcdef'", "'abcde '"}},
      {"bit varying", "bit(3)", {"'101'", "'10'", "'1010'"}},
      {"bit varying", "bit varying(3)", {"'101'", "'10'", "'1010'"}},
      {"timestamp", "timestamp(0)", {"'2024-01-01 00:00:00'", "'2024-01-01 00:00:00.5'", "'infinity'"}},
      {"timestamp", "date", {"'2024-01-01'", "'2024-01-01 12:00'"}},
  };
  int kept = 0, not_kept = 0;
  for (const Narrowing& c : cases) {
    session_.must(
        fmt::format("DROP TABLE IF EXISTS t, u; CREATE TABLE t (id integer PRIMARY KEY, c {}); CREATE TABLE u "
                    "(id integer, c {})",
                    c.before, c.after));
    schema::Table table;
    table.name.name = id("t");
    table.columns = {make_column("id", "integer", true), make_column("c", c.before)};
    table.primary_key = key("id");
    const diff::ChangeType change{table.name, id("c"), make_column("c", c.before).type, make_column("c", c.after).type};
    const auto query = postgres::requirement_query({plan::Requirement::fits, table.name, change}, make_schema({table}));
    for (const std::string& value : c.values) {
      session_.must("TRUNCATE t, u; INSERT INTO t VALUES (1, " + value + "), (2, NULL)");
      const Answer taken = session_.run("INSERT INTO u SELECT id, c FROM t WHERE id = 1");
      const bool survives =
          taken.ok() && session_.value(fmt::format("SELECT count(*) FROM t JOIN u USING (id) WHERE "
                                                   "rtrim(t.c::text) = rtrim((u.c::{})::text) AND "
                                                   "(t.c::text = (u.c::{})::text OR '{}' LIKE 'char%')",
                                                   c.before, c.before, c.after)) == "1";
      const Answer answer = session_.run(query.sql);
      EXPECT_EQ(answer.error, "") << c.before << " to " << c.after;
      EXPECT_EQ(answer.rows.empty(), survives) << value << ": " << c.before << " to " << c.after;
      EXPECT_EQ(session_.value(query.count), survives ? "0" : "1");
      ++(survives ? kept : not_kept);
    }
  }
  EXPECT_GT(kept, 15);
  EXPECT_GT(not_kept, 15);
}

// An empty text becomes NULL in a column of another type, which a NOT NULL column does not take.
TEST_F(Sync, EmptyTextsDoNotFitWhereTheColumnIsNotNull) {
  for (const std::string type : {"integer", "date", "uuid", "jsonb"}) {
    for (const bool not_null : {false, true}) {
      session_.must(
          fmt::format("DROP TABLE IF EXISTS t; CREATE TABLE t (id integer PRIMARY KEY, c text {}); INSERT INTO "
                      "t VALUES (1, '')",
                      not_null ? "NOT NULL" : ""));
      schema::Table table;
      table.name.name = id("t");
      table.columns = {make_column("id", "integer", true), make_column("c", "text", not_null)};
      table.primary_key = key("id");
      const diff::ChangeType change{table.name, id("c"), make_column("c", "text").type, make_column("c", type).type};
      const auto query =
          postgres::requirement_query({plan::Requirement::fits, table.name, change}, make_schema({table}));
      const bool taken = session_
                             .run(fmt::format("ALTER TABLE t ALTER c TYPE {} USING {}", type,
                                              postgres::conversion("c", change.before, change.after)))
                             .ok();
      if (taken) session_.must("ALTER TABLE t ALTER c TYPE text USING coalesce(c::text, '')");
      EXPECT_EQ(session_.value(query.count), taken ? "0" : "1") << type << (not_null ? " NOT NULL" : "");
      EXPECT_EQ(taken, !not_null) << type;
    }
  }
}

TEST_F(Sync, DuplicatesOrphansAndNullsAreListedByTheirKeys) {
  session_.must(
      "CREATE TABLE p (id integer PRIMARY KEY); CREATE TABLE t (a text, b integer, PRIMARY KEY (a, b), c text, "
      "ref integer); INSERT INTO p VALUES (1); INSERT INTO t VALUES ('x', 1, 'same', 1), ('x', 2, 'same', 2), "
      "('y', 1, NULL, NULL), ('z', 1, NULL, 9)");
  schema::Table parent, table;
  parent.name.name = id("p");
  parent.columns = {make_column("id", "integer", true)};
  parent.primary_key = key("id");
  table.name.name = id("t");
  table.columns = {make_column("a", "text", true), make_column("b", "integer", true), make_column("c", "text"),
                   make_column("ref", "integer")};
  table.primary_key = key("a");
  table.primary_key->parts.push_back({schema::Fragment::column(id("b")), {}});
  const schema::Schema schema = make_schema({parent, table});
  const auto keys = [&](plan::Requirement requirement, const diff::Change& change) {
    const auto query = postgres::requirement_query({requirement, table.name, change}, schema);
    std::string result;
    for (const auto& row : session_.rows(query.sql + " ORDER BY 1")) result += "[" + *row[0] + "]";
    EXPECT_EQ(session_.value(query.count), std::to_string(std::count(result.begin(), result.end(), '[')));
    return result;
  };
  EXPECT_EQ(keys(plan::Requirement::unique, diff::AddUnique{table.name, {{}, key("c").parts}}), "[x, 1][x, 2]");
  schema::ForeignKey foreign;
  foreign.columns = {id("ref")};
  foreign.references.name = id("p");
  EXPECT_EQ(keys(plan::Requirement::foreign_key, diff::AddForeignKey{table.name, foreign}), "[x, 2][z, 1]");
  EXPECT_EQ(keys(plan::Requirement::not_null, diff::SetNotNull{table.name, id("c")}), "[y, 1][z, 1]");
  EXPECT_EQ(keys(plan::Requirement::check, diff::AddCheck{table.name, {{}, parse("ref < 5")}}), "[z, 1]");
}

TEST_F(Sync, ConflictsAreListedAndSettledEitherWay) {
  start_images();
  const auto break_pair = [&] {
    session_.must(
        "TRUNCATE images; SET emcee.bypass = 'on'; INSERT INTO images (id, is_public, visibility) VALUES "
        "(1, 1, 'private'), (2, 0, 'community'), (3, 0, 'public'); RESET emcee.bypass");
  };
  break_pair();
  const auto queries = postgres::verify_queries(images_group(), images_schema());
  ASSERT_EQ(queries.size(), 2u);
  const auto rows = session_.rows(queries[1].sql + " ORDER BY 1");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(*rows[0][0] + *rows[1][0], "13");
  for (const std::string& statement : postgres::resolve(images_group(), images_schema(), true))
    session_.must(statement);
  EXPECT_EQ(image(1) + " " + image(2) + " " + image(3), "1,public 0,community 0,shared");
  EXPECT_EQ(value(queries[1].count), "0");
  break_pair();
  for (const std::string& statement : postgres::resolve(images_group(), images_schema(), false))
    session_.must(statement);
  EXPECT_EQ(image(1) + " " + image(2) + " " + image(3), "0,private 0,community 1,public");
}

}  // namespace
}  // namespace emcee::postgres_test
