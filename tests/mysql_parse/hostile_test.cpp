// Texts that want to break the reader end in an error, or are read.
#include <gtest/gtest.h>

#include <random>

#include "dialects/mysql/dialect.h"
#include "dialects/mysql/parse.h"

namespace emcee::mysql {
namespace {

schema::Result<schema::Schema> read_as(const std::string& sql, const Server& server) {
  parser::Coverage coverage;
  return read({parser::Source("text.sql", sql)}, server, false, coverage);
}

std::string message_of(const std::string& sql) {
  const auto schema = read_as(sql, kMysql);
  return schema ? "" : to_text(schema.error());
}

TEST(MysqlHostile, NestingHasALimit) {
  for (const char* open : {"(", "NOT ", "-", "CASE WHEN ", "(SELECT "}) {
    std::string text = "CREATE TABLE t (a INT CHECK (";
    for (int i = 0; i < 1000000; ++i) text += open;
    EXPECT_FALSE(read_as(text, kMysql)) << open;
    EXPECT_FALSE(read_as(text, kMariadb)) << open;
  }
  std::string deep = "CREATE TABLE t (a INT, CHECK (";
  for (int i = 0; i < 1000; ++i) deep += "(";
  EXPECT_NE(message_of(deep).find("nested too deeply"), std::string::npos) << message_of(deep);
}

TEST(MysqlHostile, WhatIsNotClosedIsAnError) {
  EXPECT_NE(message_of("CREATE TABLE t (a INT COMMENT 'x").find("a string that is not closed"), std::string::npos);
  EXPECT_NE(message_of("CREATE TABLE `t (a INT)").find("a quoted name that is not closed"), std::string::npos);
  EXPECT_NE(message_of("CREATE TABLE t (a INT").find("ends too early"), std::string::npos);
  EXPECT_NE(message_of("CREATE TABLE t (a INT,)").find("a comma too many"), std::string::npos);
  EXPECT_NE(message_of("CREATE TABLE t (key INT)").find(":1:"), std::string::npos);
  EXPECT_FALSE(message_of(std::string("CREATE TABLE t (a INT)\0;", 24)).empty());
}

TEST(MysqlHostile, NoiseNeverCrashes) {
  std::mt19937 random(7);
  const std::string seed =
      "CREATE TABLE `t` (a INT(10) DEFAULT '0' /*!50001 , b TEXT */, KEY (a)) ENGINE=InnoDB; -- x\n# y\nDELIMITER "
      "//\nCREATE TRIGGER "
      "g BEFORE INSERT ON t FOR EACH ROW BEGIN SET NEW.a = 1; END//\nDELIMITER ;\nALTER TABLE t ADD c ENUM('a','b') "
      "AFTER a;\n"
      "CREATE VIEW v AS SELECT a, (SELECT 1) FROM t x JOIN t y USING (a) WHERE x.a IN (1,2) ORDER BY 1;\n";
  for (int i = 0; i < 4000; ++i) {
    std::string text = seed;
    for (int n = 0; n < 1 + i % 8; ++n) {
      const std::size_t place = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[place] = static_cast<char>(random() % 256);
          break;
        case 1:
          text.erase(place, 1 + random() % 20);
          break;
        default:
          text.insert(place, text.substr(random() % text.size(), random() % 30));
      }
      if (text.empty()) text = ";";
    }
    parser::Coverage coverage;
    const auto schema = read({parser::Source("noise.sql", text)}, i % 2 ? kMysql : kMariadb, i % 3 == 0, coverage);
    EXPECT_TRUE(schema || !schema.error().message.empty());
  }
}

}  // namespace
}  // namespace emcee::mysql
