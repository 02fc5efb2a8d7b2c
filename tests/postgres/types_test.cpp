// Which type holds the values of which: asked of the server, by ALTER COLUMN TYPE on rows.
#include <gtest/gtest.h>

#include "dialects/postgres/parse.h"
#include "dialects/postgres/quoting.h"
#include "dialects/postgres/types.h"
#include "tests/postgres/parse_server.h"

namespace emcee::postgres {
namespace {

using plan::TypeRelation;

schema::Type type_of(const std::string& text) {
  parser::Coverage coverage;
  const auto schema = read({parser::Source("t.sql", "CREATE TABLE t (c " + text + ");")}, false, coverage);
  EXPECT_TRUE(schema) << to_text(schema.error());
  return schema->tables().at(0).columns.at(0).type;
}

// Values at the edges of the types, each as a literal.
const std::vector<std::pair<std::string, std::vector<std::string>>> kTypes = {
    {"smallint", {"-32768", "0", "32767"}},
    {"integer", {"-2147483648", "0", "2147483647"}},
    {"bigint", {"-9223372036854775808", "9223372036854775807"}},
    {"numeric(5,2)", {"-999.99", "0", "999.99"}},
    {"numeric(8,2)", {"999999.99"}},
    {"numeric(8,4)", {"9999.9999"}},
    {"numeric(30,0)", {"999999999999999999999999999999"}},
    {"numeric", {"12345678901234567890.123456789"}},
    {"real", {"3.4e38", "0.1"}},
    {"double precision", {"1.7e308", "0.1"}},
    {"varchar(5)", {"''", "'abcde'"}},
    {"varchar(9)", {"'abcdefghi'"}},
    {"varchar", {"'any length at all'"}},
    {"text", {"'any length at all'"}},
    {"date", {"'0001-01-01'", "'9999-12-31'"}},
    {"timestamp", {"'2020-02-02 02:02:02.123456'"}},
    {"timestamp(3)", {"'2020-02-02 02:02:02.123'"}},
    {"uuid", {"'00000000-0000-0000-0000-00000000000a'"}},
    {"bit varying(4)", {"'1010'"}},
    {"bit varying(8)", {"'10101010'"}},
    {"varchar(5)[]", {"'{abcde}'"}},
    {"varchar(9)[]", {"'{abcdefghi}'"}},
    {"cidr", {"'10.0.0.0/8'"}},
    {"inet", {"'10.0.0.1/8'"}},
};

TEST(PostgresTypes, RelateIsWhatTheServerDoes) {
  const servers::PostgresDatabase database;
  std::size_t metadata = 0, rewrites = 0;
  for (const auto& [before, values] : kTypes)
    for (const auto& [after, unused] : kTypes) {
      SCOPED_TRACE(before + " -> " + after);
      const TypeRelation relation = relate(type_of(before), type_of(after));
      if (before == after) {
        EXPECT_EQ(relation, TypeRelation::same);
        continue;
      }
      if (relation != TypeRelation::widen_metadata && relation != TypeRelation::widen_rewrite) continue;
      std::string rows;
      for (const std::string& value : values) rows += "INSERT INTO t VALUES (" + value + ");";
      ASSERT_EQ(
          load(database, "DROP TABLE IF EXISTS t; CREATE TABLE t (c " + before + ");" + rows +
                             "CREATE TABLE IF NOT EXISTS kept (v text, f oid); TRUNCATE kept; INSERT INTO kept SELECT "
                             "c::text, pg_relation_filenode('t') FROM t; ALTER TABLE t ALTER c TYPE " +
                             after + ";"),
          "");
      // Every value comes back.
      EXPECT_EQ(
          rows_of(database, "SELECT count(*) FROM (SELECT v FROM kept EXCEPT SELECT c::" + before + "::text FROM t) x"),
          std::vector<std::string>{"0"});
      const bool rewritten = rows_of(database, "SELECT bool_or(f <> pg_relation_filenode('t')) FROM kept")[0] == "t";
      EXPECT_EQ(rewritten, relation == TypeRelation::widen_rewrite);
      ++(rewritten ? rewrites : metadata);
    }
  EXPECT_GT(metadata, 5u);
  EXPECT_GT(rewrites, 10u);
}

// A type that does not hold all values of another is not called wider.
TEST(PostgresTypes, NarrowerTypesRefuseOrChangeValues) {
  for (const auto& [before, after] : std::vector<std::pair<std::string, std::string>>{{"integer", "smallint"},
                                                                                      {"varchar(9)", "varchar(5)"},
                                                                                      {"text", "varchar(5)"},
                                                                                      {"numeric(8,2)", "numeric(5,2)"},
                                                                                      {"bigint", "double precision"},
                                                                                      {"integer", "numeric(5,2)"},
                                                                                      {"timestamp", "timestamp(3)"},
                                                                                      {"timestamp", "date"},
                                                                                      {"integer", "text"},
                                                                                      {"timestamp", "timestamptz"},
                                                                                      {"text", "integer"},
                                                                                      {"json", "jsonb"}}) {
    const TypeRelation relation = relate(type_of(before), type_of(after));
    EXPECT_TRUE(relation == TypeRelation::narrow || relation == TypeRelation::other) << before << " -> " << after;
  }
}

TEST(PostgresTypes, ZeroIsAValueOfItsType) {
  const servers::PostgresDatabase database;
  for (const char* type : {"smallint",    "integer", "bigint",     "numeric(8,2)", "real",  "double precision",
                           "boolean",     "text",    "varchar(5)", "char(3)",      "date",  "timestamp",
                           "timestamptz", "time",    "interval",   "json",         "jsonb", "uuid",
                           "bytea",       "inet",    "text[]",     "bit(3)"}) {
    const std::string value = to_canonical_sql(zero(type_of(type)), quoting());
    EXPECT_EQ(load(database, "DROP TABLE IF EXISTS z; CREATE TABLE z (c " + std::string(type) + " NOT NULL DEFAULT " +
                                 value + "); INSERT INTO z DEFAULT VALUES;"),
              "")
        << type << " " << value;
  }
}

TEST(PostgresTypes, ConstantAndDeterministic) {
  const auto parse = [](const char* text) { return *parse_expression(parser::Source("e", text)); };
  for (const char* text : {"1", "'x'::text", "now()", "CURRENT_TIMESTAMP", "1 + 2", "lower('A')"})
    EXPECT_TRUE(is_constant(parse(text))) << text;
  for (const char* text : {"random()", "gen_random_uuid()", "nextval('s')", "clock_timestamp()", "my_function(1)"})
    EXPECT_FALSE(is_constant(parse(text))) << text;
  for (const char* text : {"a + 1", "lower(a)", "my_function(a)", "'now'"})
    EXPECT_TRUE(is_deterministic(parse(text))) << text;
  for (const char* text :
       {"random()", "now()", "CURRENT_DATE", "a || gen_random_uuid()::text", "nextval('s')", "current_user"})
    EXPECT_FALSE(is_deterministic(parse(text))) << text;
}

}  // namespace
}  // namespace emcee::postgres
