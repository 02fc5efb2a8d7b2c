// The text of a program is what the server would store of it.
#include <gtest/gtest.h>

#include "dialects/mysql/ddl.h"
#include "dialects/mysql/dialect.h"
#include "dialects/mysql/parse.h"

namespace emcee::mysql {
namespace {

schema::Schema parsed(const char* sql) {
  parser::Coverage coverage;
  auto schema = read({parser::Source("t.sql", sql)}, kMysql, false, coverage);
  EXPECT_TRUE(schema) << to_text(schema.error());
  return *std::move(schema);
}

TEST(ProgramText, KeepsCommentsBeforeTheBodyOfATrigger) {
  const auto schema = parsed(
      "CREATE TABLE t (a int);\nDELIMITER $$\nCREATE TRIGGER tr BEFORE DELETE ON t FOR EACH ROW\n-- of the tool\n"
      "BEGIN\n  SET @x = 1; -- inner\nEND\n$$\nDELIMITER ;\n");
  EXPECT_NE(print(schema, kMysql).find("FOR EACH ROW -- of the tool\nBEGIN\n  SET @x = 1; -- inner\nEND"),
            std::string::npos)
      << print(schema, kMysql);
}

TEST(ProgramText, LosesTheBackslashThatTheClientDrops) {
  const auto schema = parsed(
      "DELIMITER $$\nCREATE PROCEDURE p()\nBEGIN\n  SET @x = 1, \\\n    @y = 'a\\\\b'; -- kept\nEND\n$$\nDELIMITER "
      ";\n");
  EXPECT_NE(print(schema, kMysql).find("SET @x = 1, \n    @y = 'a\\\\b'; -- kept"), std::string::npos)
      << print(schema, kMysql);
}

TEST(ProgramText, ForgetsTheEmptyDefaultOfATextAsMysqlDoes) {
  const auto schema = parsed("CREATE TABLE t (a text DEFAULT '', b text DEFAULT (''), c varchar(9) DEFAULT '');");
  const schema::Table& table = schema.tables().front();
  EXPECT_FALSE(table.columns[0].default_value.has_value());
  EXPECT_TRUE(table.columns[1].default_value.has_value());
  EXPECT_TRUE(table.columns[2].default_value.has_value());
}

// The server refuses another precision (1067, 1294), and a change of the type is one statement.
TEST(ProgramText, AClockIsAsExactAsItsColumn) {
  const auto schema =
      parsed("CREATE TABLE t (a timestamp(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6));");
  schema::Column column = schema.tables().front().columns.front();
  column.type = {"timestamp", "timestamp", {}};
  const std::string sql = column_definition(column, schema.tables().front(), kMysql);
  EXPECT_EQ(sql, "`a` timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP");
}

}  // namespace
}  // namespace emcee::mysql
