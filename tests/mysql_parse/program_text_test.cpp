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

// As the catalogue gives them: a body that is no BEGIN ... END has semicolons of its own, too.
TEST(ProgramText, ABlockIsAWholeBody) {
  const auto schema = read_text(
      "CREATE TABLE t (a int, b int);\nCREATE TRIGGER tr BEFORE UPDATE ON t FOR EACH ROW IF NEW.a > 1 THEN SET NEW.a = "
      "IF(NEW.b, 1, 2); IF NEW.b THEN SET NEW.b = 2; END IF; ELSE SET NEW.b = 3; END IF;\nCREATE TRIGGER tr2 BEFORE "
      "UPDATE ON t FOR EACH ROW FOLLOWS tr WHILE NEW.a > 9 DO SET NEW.a = NEW.a - 1; END WHILE;\nCREATE PROCEDURE p() "
      "IF @a THEN SELECT 1; END IF;\nCREATE TABLE IF NOT EXISTS u (a int);\n",
      servers::MysqlFlavour::mysql);
  ASSERT_TRUE(schema) << to_text(schema.error());
  EXPECT_EQ(schema->triggers().size(), 2U);
  EXPECT_EQ(schema->objects().size(), 1U);
  EXPECT_EQ(schema->tables().size(), 2U);
}

// As the client sees it, a delimiter may stand right behind a word whose letters it has.
TEST(ProgramText, TheDelimiterEndsAWord) {
  const auto schema = read_text(
      "CREATE TABLE t (a int, b$$ int);\nDELIMITER $$\nCREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW IF NEW.a THEN "
      "SET NEW.a = 1; END IF$$\nCREATE PROCEDURE p() BEGIN SET @x = 1; END$$\nDELIMITER ;\nDELIMITER go\nCREATE "
      "PROCEDURE q() SET @x = 7go\nDELIMITER ;\n",
      servers::MysqlFlavour::mysql);
  ASSERT_TRUE(schema) << to_text(schema.error());
  EXPECT_EQ(schema->triggers().size() + schema->objects().size(), 3U);
  EXPECT_TRUE(schema->tables().front().find_column(schema::Identifier("b$$")));
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
