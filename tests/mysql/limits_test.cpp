// What a table cannot be: the verdict is the servers' own, on both sides of every limit.
#include "dialects/mysql/limits.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>

#include "dialects/mysql/dialect.h"
#include "dialects/mysql/parse.h"
#include "servers/mysql_server.h"

namespace emcee::mysql {
namespace {

using servers::kMysqlFlavours;
using servers::MysqlClient;
using servers::MysqlFlavour;
using servers::MysqlServer;

std::string repeated(int times, const char* pattern) {
  std::string text;
  for (int i = 0; i < times; ++i) text += fmt::format(fmt::runtime(pattern), i);
  return text;
}

struct LimitCase {
  const char* name;
  int largest;     // that the servers take
  int on_mariadb;  // that it takes, where it differs; 0: the same
  std::function<std::string(int)> table;
};

const std::vector<LimitCase>& limit_cases() {
  static const std::string kLatin = " CHARACTER SET latin1";
  static const std::vector<LimitCase> kCases = {
      {"row", 65433, 0,
       [](int n) { return fmt::format("CREATE TABLE t (a varchar({}) NOT NULL, b char(100) NOT NULL)", n) + kLatin; }},
      {"row_of_nulls", 65532, 0, [](int n) { return fmt::format("CREATE TABLE t (a varchar({}))", n) + kLatin; }},
      {"row_of_everything", 65396, 0,
       [](int n) {
         return fmt::format(
                    "CREATE TABLE t (a varchar({}) NOT NULL, b int NOT NULL, c text NOT NULL, d decimal(20,5) NOT NULL,"
                    " e char(60) NOT NULL, f datetime(3) NOT NULL, g date NOT NULL, h tinyint NOT NULL, i mediumblob "
                    "NOT "
                    "NULL, j varchar(20) NOT NULL, k bit(9) NOT NULL, l double NOT NULL)",
                    n) +
                kLatin;
       }},
      {"page_of_texts", 197, 385,
       [](int n) { return fmt::format("CREATE TABLE t (id int PRIMARY KEY{})", repeated(n, ", c{} text NOT NULL")); }},
      {"page_of_varchars", 197, 31,
       [](int n) {
         return fmt::format("CREATE TABLE t (id int PRIMARY KEY{})", repeated(n, ", c{} varchar(255) NOT NULL")) +
                kLatin;
       }},
      {"page_of_long_varchars", 163, 0,
       [](int n) {
         return fmt::format("CREATE TABLE t (id int PRIMARY KEY{})", repeated(n, ", c{} varchar(100) NOT NULL")) +
                " CHARACTER SET utf8mb4";
       }},
      {"page_of_short_varchars", 261, 0,
       [](int n) {
         return fmt::format("CREATE TABLE t (id int PRIMARY KEY{})", repeated(n, ", c{} varchar(30) NOT NULL")) +
                kLatin;
       }},
      {"page_of_nulls", 197, 383,
       [](int n) { return fmt::format("CREATE TABLE t (id int PRIMARY KEY{})", repeated(n, ", c{} text")); }},
      {"page_of_chars", 31, 0,
       [](int n) {
         return fmt::format("CREATE TABLE t (id int PRIMARY KEY{})", repeated(n, ", c{} char(255) NOT NULL")) + kLatin;
       }},
      {"primary_key", 3072, 0,
       [](int n) { return fmt::format("CREATE TABLE t (a varchar({}) PRIMARY KEY)", n) + kLatin; }},
      {"two_parts", 3068, 0,
       [](int n) { return fmt::format("CREATE TABLE t (a varchar({}), b int, KEY k (a, b))", n) + kLatin; }},
      {"parts_of_every_kind", 3043, 0,
       [](int n) {
         return fmt::format(
                    "CREATE TABLE t (a varchar({}), b decimal(20,5), c datetime(3), d date, e enum('x','y'), f bigint, "
                    "KEY "
                    "k (a, b, c, d, e, f))",
                    n) +
                kLatin;
       }},
      {"wide_characters", 767, 0,
       [](int n) {
         return fmt::format("CREATE TABLE t (a varchar({}), b int, KEY k (a, b))", n) + " CHARACTER SET utf8mb4";
       }},
      {"myisam", 996, 0,
       [](int n) {
         return fmt::format("CREATE TABLE t (a varchar({}), b int, KEY k (a, b)) ENGINE=MyISAM", n) + kLatin;
       }},
      {"keys", 64, 0, [](int n) { return fmt::format("CREATE TABLE t (a int{})", repeated(n, ", KEY k{} (a)")); }},
      {"keys_and_primary_key", 63, 0,
       [](int n) { return fmt::format("CREATE TABLE t (a int PRIMARY KEY{})", repeated(n, ", KEY k{} (a)")); }},
  };
  return kCases;
}

std::ostream& operator<<(std::ostream& out, const LimitCase& which) { return out << which.name; }

class Limits : public ::testing::TestWithParam<std::tuple<MysqlFlavour, LimitCase>> {};

TEST_P(Limits, AreTheServers) {
  const auto& [flavour, which] = GetParam();
  EMCEE_NEEDS_MYSQL(flavour);
  auto& shared = MysqlServer::shared(flavour);
  MysqlClient client(shared.root(shared.fresh_database()));
  client.run("SET SESSION sql_mode = 'STRICT_TRANS_TABLES'");
  const Server server = flavour == MysqlFlavour::mariadb ? kMariadb : kMysql;
  const int largest = server.is_mariadb() && which.on_mariadb > 0 ? which.on_mariadb : which.largest;
  for (const int size : {largest - 1, largest, largest + 1}) {
    const std::string sql = which.table(size);
    parser::Coverage coverage;
    const auto schema = read({parser::Source("t.sql", sql)}, server, false, coverage);
    ASSERT_TRUE(schema) << to_text(schema.error());
    const auto limit = broken_limit(*schema->find_table({{}, schema::Identifier("t")}), server);
    const bool taken = client.try_sql(sql) == 0;
    EXPECT_EQ(!limit.has_value(), taken) << size << ": " << limit.value_or("fits") << "; " << client.message();
    EXPECT_EQ(taken, size <= largest) << size << ": " << client.message();
    client.run("DROP TABLE IF EXISTS t");
  }
}

INSTANTIATE_TEST_SUITE_P(Both, Limits,
                         ::testing::Combine(::testing::ValuesIn(kMysqlFlavours), ::testing::ValuesIn(limit_cases())),
                         [](const auto& info) {
                           return fmt::format("{}_{}", to_string(std::get<0>(info.param)),
                                              std::get<1>(info.param).name);
                         });

}  // namespace
}  // namespace emcee::mysql
