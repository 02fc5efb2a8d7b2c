// The table of docs/sqlite-types.md, and the library's own answer: what a type holds that another
// type contains is the same value, of the same storage class, after the column has the other type.
#include "dialects/sqlite/types.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <fmt/format.h>

#include "dialects/sqlite/parse.h"

namespace emcee::sqlite {
namespace {

using plan::TypeRelation;

schema::Type type(const std::string& text) {
  parser::Coverage coverage;
  const auto schema = read({parser::Source("t", "CREATE TABLE t (c " + text + ");")}, false, coverage);
  return schema->tables().front().columns.front().type;
}

struct Case {
  const char *from, *to;
  TypeRelation relation;
};
const Case kCases[] = {
    {"VARCHAR(64)", "VARCHAR(255)", TypeRelation::widen_metadata},
    {"VARCHAR(255)", "VARCHAR(64)", TypeRelation::narrow},
    {"varchar(64)", "VARCHAR( 64 )", TypeRelation::same},
    {"VARCHAR(10)", "TEXT", TypeRelation::widen_metadata},
    {"TEXT", "VARCHAR(10)", TypeRelation::narrow},
    {"INTEGER", "BIGINT", TypeRelation::widen_metadata},
    {"BIGINT", "INTEGER", TypeRelation::widen_metadata},
    {"SMALLINT", "INTEGER", TypeRelation::widen_metadata},
    {"INTEGER", "SMALLINT", TypeRelation::narrow},
    {"BOOLEAN", "INTEGER", TypeRelation::widen_metadata},
    {"DECIMAL(10,2)", "DECIMAL(12,2)", TypeRelation::widen_metadata},
    {"DECIMAL(10,2)", "DECIMAL(10,1)", TypeRelation::narrow},
    {"INTEGER", "TEXT", TypeRelation::other},
    {"TEXT", "INTEGER", TypeRelation::other},
    {"TEXT", "BLOB", TypeRelation::other},
    {"NUMERIC", "REAL", TypeRelation::other},
};

TEST(Types, RelateAsDocumented) {
  for (const Case& c : kCases) EXPECT_EQ(relate(type(c.from), type(c.to)), c.relation) << c.from << " -> " << c.to;
}

std::string stored(const std::string& declaration, const std::string& value) {
  sqlite3* db = nullptr;
  sqlite3_open(":memory:", &db);
  sqlite3_exec(db, fmt::format("CREATE TABLE t (c {}); INSERT INTO t VALUES ({})", declaration, value).c_str(), nullptr,
               nullptr, nullptr);
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v2(db, "SELECT typeof(c) || ' ' || quote(c) FROM t", -1, &statement, nullptr);
  std::string result = "nothing";
  if (sqlite3_step(statement) == SQLITE_ROW) result = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
  sqlite3_finalize(statement);
  sqlite3_close(db);
  return result;
}

std::string literal(const std::string& stored_text) { return stored_text.substr(stored_text.find(' ') + 1); }

TEST(Types, WhatWidensKeepsEveryValue) {
  const char* const kValues[] = {
      "NULL",  "0",     "-1", "127",     "9223372036854775807", "1.5", "1e300", "'a'", "'0012'",
      "'1.0'", "x'00'", "''", "'12abc'", "-9223372036854775808"};
  for (const Case& c : kCases) {
    if (c.relation != TypeRelation::widen_metadata && c.relation != TypeRelation::same) continue;
    for (const char* value : kValues) {
      const std::string before = stored(c.from, value);
      EXPECT_EQ(stored(c.to, literal(before)), before) << c.from << " -> " << c.to << ": " << value;
    }
  }
}

TEST(Types, SomeValueChangesWhereTheRelationIsOther) {
  const char* const kValues[] = {"1", "1.5", "'1'", "'a'", "x'31'"};
  for (const Case& c : kCases) {
    if (c.relation != TypeRelation::other) continue;
    bool changes = false;
    for (const char* value : kValues) {
      // What one release writes, read by the other: the value as given, in both columns.
      changes = changes || stored(c.from, value) != stored(c.to, value);
    }
    EXPECT_TRUE(changes) << c.from << " -> " << c.to;
  }
}

TEST(Types, FitsTellsTheValuesThatDoNot) {
  EXPECT_EQ(fits("c", type("TEXT"), type("VARCHAR(3)")), "c IS NULL OR length(c) <= 3");
  EXPECT_FALSE(fits("c", type("VARCHAR(3)"), type("TEXT")).has_value());
  EXPECT_TRUE(fits("c", type("INTEGER"), type("TINYINT")).has_value());
}

}  // namespace
}  // namespace emcee::sqlite
