// What columns store, on the servers: comparisons with values that are not stored yet, byte for
// byte, and the defaults that tell that a column was left out.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "dialects/mysql/group_sql.h"
#include "dialects/mysql/quoting.h"
#include "dialects/mysql/stored_value.h"
#include "tests/mysql/sync_table.h"

namespace emcee::sync_test {
namespace {

using servers::MysqlClient;
using servers::MysqlFlavour;
using servers::MysqlServer;

struct TypeCase {
  std::string type;
  // Expressions, each list stored as one value, and no two lists as the same.
  std::vector<std::vector<std::string>> values;
};

std::vector<TypeCase> types(MysqlFlavour flavour) {
  std::vector<TypeCase> result = {
      {"TINYINT(1)", {{"0", "'0'", "FALSE", "0.4"}, {"1", "'1'", "TRUE", "0.5", "'0.6'"}, {"-128"}, {"127"}}},
      {"INT", {{"0"}, {"3", "2.5", "'2.5'", "' 3'"}, {"2", "2.4"}, {"-2147483648"}, {"2147483647", "'2147483647'"}}},
      {"BIGINT", {{"9223372036854775807", "'9223372036854775807'"}, {"9223372036854775806"}, {"-9223372036854775808"}}},
      {"BIGINT UNSIGNED", {{"18446744073709551615"}, {"18446744073709551614"}, {"0"}}},
      {"YEAR", {{"2024", "'2024'"}, {"1999"}}},
      {"DECIMAL(10,2)", {{"1.25", "1.254", "'1.25'", "1.25e0"}, {"1.26", "1.255"}, {"1.3", "1.30"}, {"-99999999.99"}}},
      {"DECIMAL(65,30)", {{"0.000000000000000000000000000001"}, {"0"}, {"12345678901234567890123456789012345"}}},
      {"FLOAT", {{"0.1", "'0.1'", "1e-1"}, {"16777216", "16777217"}, {"0.25"}, {"-0.1"}}},
      {"DOUBLE", {{"0.1", "'0.1'"}, {"0.1e0 + 0.2e0"}, {"0.3"}, {"1e300"}}},
      {"DOUBLE(8,2)", {{"1.25", "1.251", "1.249"}, {"1.3"}}},
      {"BIT(1)", {{"b'0'", "0"}, {"b'1'", "1"}}},
      {"BIT(20)", {{"b'101'", "5"}, {"1048575"}, {"0"}}},
      {"CHAR(9)", {{"'a'", "'a  '"}, {"'A'"}, {"' a'"}, {"''", "'  '"}, {"5", "'5'"}, {"'\\0'"}}},
      {"VARCHAR(9)", {{"'a'"}, {"'A'"}, {"'a '"}, {"'\u00e4'"}, {"'\u00c4'"}, {"''"}, {"5", "'5'"}, {"'a\\0'"}}},
      {"VARCHAR(9) COLLATE utf8mb4_bin", {{"'a'"}, {"'A'"}, {"'a '"}, {"'\U0001F600'"}}},
      {"TEXT", {{"'a'", "concat('', 'a')"}, {"'a '"}, {"'A'"}, {"1.50", "'1.50'"}}},
      {"BINARY(4)", {{"'a'", "'a\\0'", "x'61000000'"}, {"'a '"}, {"'A'"}, {"x'00000061'"}}},
      {"VARBINARY(9)", {{"'a'", "x'61'"}, {"'a\\0'"}, {"'A'"}, {"''"}}},
      {"BLOB", {{"'a'"}, {"'A'"}, {"x'00ff'"}}},
      {"DATE", {{"'2024-02-29'", "20240229", "'2024-2-29'"}, {"'2024-03-01'"}, {"'1000-01-01'"}}},
      {"DATETIME", {{"'2024-02-29 10:11:12'", "20240229101112"}, {"'2024-02-29'"}, {"'2024-02-29 10:11:13'"}}},
      {"DATETIME(3)", {{"'2024-02-29 10:11:12.345'"}, {"'2024-02-29 10:11:12'"}, {"'2024-02-29 10:11:12.346'"}}},
      {"TIMESTAMP", {{"'2024-02-29 10:11:12'"}, {"'2024-02-29 10:11:13'"}}},
      {"TIME", {{"'10:11:12'", "101112"}, {"'-838:59:59'"}, {"'838:59:59'"}}},
      {"TIME(1)", {{"'10:11:12.3'"}, {"'10:11:12'"}}},
      {"ENUM('a','b')", {{"'a'", "'A'", "concat('a')"}, {"'b'"}}},
      {"ENUM('a','A') COLLATE utf8mb4_bin", {{"'a'"}, {"'A'"}}},
      {"SET('a','b','c')", {{"'a'", "'A'"}, {"'a,b'", "'b,a'"}, {"''"}, {"'a,b,c'", "'c,a,b'"}}},
  };
  if (flavour == MysqlFlavour::mysql) {
    result.push_back(
        {"JSON", {{"'1'", "' 1 '"}, {"'1.0'"}, {"'{\"a\": 1, \"b\": 2}'", "'{\"b\":2,\"a\":1}'"}, {"'null'"}}});
    // MySQL rounds fractions of seconds; MariaDB cuts them off.
    result.push_back({"DATETIME", {{"'2024-02-29 10:11:12.6'", "'2024-02-29 10:11:13'"}}});
  } else {
    result.push_back({"JSON", {{"'1'"}, {"'1.0'"}, {"'{\"a\":1}'"}, {"'{\"a\": 1}'"}}});
    result.push_back({"DATETIME", {{"'2024-02-29 10:11:12.6'", "'2024-02-29 10:11:12'"}}});
    result.push_back({"UUID",
                      {{"'123e4567-e89b-12d3-a456-426655440000'", "'123E4567E89B12D3A456426655440000'"},
                       {"'123e4567-e89b-12d3-a456-426655440001'"}}});
    result.push_back({"INET6", {{"'::1'", "'0:0::1'"}, {"'::2'"}}});
  }
  return result;
}

class StoredValue : public ::testing::TestWithParam<MysqlFlavour> {
 protected:
  void SetUp() override { EMCEE_NEEDS_MYSQL(GetParam()); }
  mysql::Server server() const { return server_of(GetParam()); }
};

std::string create(const std::string& type, const char* null) {
  return fmt::format("DROP TABLE IF EXISTS v; CREATE TABLE v (i INT PRIMARY KEY, c {} {})", type, null);
}

TEST_P(StoredValue, EqualsWhatStoringGives) {
  MysqlServer& host = MysqlServer::shared(GetParam());
  MysqlClient client(host.root(host.fresh_database()));
  client.run("SET sql_mode = 'STRICT_ALL_TABLES'");
  int checked = 0;
  for (const TypeCase& c : types(GetParam())) {
    const schema::Column column = make_column("c", c.type);
    std::vector<std::pair<std::size_t, std::string>> all{{999, "NULL"}};
    for (std::size_t i = 0; i < c.values.size(); ++i)
      for (const std::string& value : c.values[i]) all.emplace_back(i, value);
    client.run(create(c.type, "NULL"));
    for (std::size_t n = 0; n < all.size(); ++n)
      client.run(fmt::format("INSERT INTO v VALUES ({}, {})", n, all[n].second));
    for (std::size_t n = 0; n < all.size(); ++n)
      for (std::size_t m = 0; m < all.size(); ++m) {
        const std::string where = fmt::format("{}: stored {} against {}", c.type, all[n].second, all[m].second);
        const std::string same = all[n].first == all[m].first ? "1" : "0";
        EXPECT_EQ(client.value(fmt::format("SELECT {} FROM v WHERE i = {}",
                                           mysql::stored_equal(column, "c", all[m].second, server()), n)),
                  same)
            << where;
        EXPECT_EQ(client.value(fmt::format("SELECT NOT ({}) FROM v AS a JOIN v AS b WHERE a.i = {} AND b.i = {}",
                                           mysql::stored_differ(column, "a.c", "b.c", server()), n, m)),
                  same)
            << where;
        ++checked;
      }
  }
  EXPECT_GT(checked, 500);
}

// Comparing must not fail for want of a common collation, whatever the session says.
TEST_P(StoredValue, CollationsNeverClash) {
  MysqlServer& host = MysqlServer::shared(GetParam());
  MysqlClient client(host.root(host.fresh_database()));
  client.run(
      "CREATE TABLE v (a VARCHAR(9) CHARACTER SET latin1, b VARCHAR(9) COLLATE utf8mb4_bin, "
      "e ENUM('x', 'y') COLLATE utf8mb4_unicode_ci, s SET('x') CHARACTER SET latin1)");
  client.run("INSERT INTO v VALUES ('x', 'x', 'x', 'x')");
  for (const char* session : {"utf8mb4_general_ci", "utf8mb4_unicode_ci", "latin1_bin"}) {
    client.run(fmt::format("SET collation_connection = '{}'", session));
    for (const char* to : {"a", "b", "e", "s"})
      for (const char* from : {"a", "b", "e", "s", "'x'", "concat(a, '')", "concat(b, '')"}) {
        const std::string type = std::string(to) == "e"   ? "ENUM('x','y')"
                                 : std::string(to) == "s" ? "SET('x')"
                                                          : "VARCHAR(9)";
        EXPECT_EQ(client.value(
                      fmt::format("SELECT {} FROM v", mysql::stored_equal(make_column(to, type), to, from, server()))),
                  "1")
            << to << " and " << from << " under " << session;
      }
  }
}

TEST_P(StoredValue, OmissionIsSeenAndCostsNoRewrite) {
  MysqlServer& host = MysqlServer::shared(GetParam());
  MysqlClient client(host.root(host.fresh_database()));
  client.run("SET sql_mode = 'STRICT_ALL_TABLES'");
  int with_default = 0;
  for (const TypeCase& c : types(GetParam())) {
    schema::Column column = make_column("c", c.type);
    column.not_null = true;
    const auto value = mysql::omission_default(column, server());
    client.run(create(c.type, "NOT NULL"));
    if (!value) continue;
    ++with_default;
    const std::string sql = mysql::expression_sql(*value);
    client.run(fmt::format("ALTER TABLE v ALTER COLUMN c SET DEFAULT {}, ALGORITHM = INSTANT",
                           sql.starts_with("concat") ? "(" + sql + ")" : sql));
    client.run("INSERT INTO v (i) VALUES (1)");
    EXPECT_EQ(client.value("SELECT " + mysql::stored_equal(column, "c", sql, server()) + " FROM v"), "1") << c.type;
  }
  EXPECT_GE(with_default, 14);
}

TEST_P(StoredValue, FitsIsWhatTheServerAccepts) {
  MysqlServer& host = MysqlServer::shared(GetParam());
  MysqlClient client(host.root(host.fresh_database()));
  client.run("SET sql_mode = 'STRICT_ALL_TABLES'");
  struct Narrowing {
    std::string from, to;
    std::vector<std::string> fit, misfit;
  };
  const std::vector<std::string> none, late = {"'2040-01-01'"};
  const bool late_fits = server().is_mariadb() && server().version >= 110501;
  const std::vector<Narrowing> cases = {
      {"BIGINT", "INT", {"2147483647", "-2147483648", "NULL"}, {"2147483648", "-2147483649"}},
      {"INT", "TINYINT UNSIGNED", {"0", "255"}, {"-1", "256"}},
      {"BIGINT UNSIGNED", "BIGINT", {"9223372036854775807"}, {"9223372036854775808"}},
      {"DECIMAL(10,3)", "DECIMAL(6,2)", {"1.25", "9999.99"}, {"10000", "1.255"}},
      {"VARCHAR(20)", "VARCHAR(3)", {"'abc'", "'\u00e4\u00e4\u00e4'", "NULL"}, {"'abcd'"}},
      {"VARBINARY(20)", "VARBINARY(2)", {"'ab'"}, {"'\u00e4\u00e4'"}},
      {"DATETIME(6)", "DATETIME", {"'2024-01-01 10:00:00'"}, {"'2024-01-01 10:00:00.5'"}},
      {"DATETIME", "DATE", {"'2024-01-01'"}, {"'2024-01-01 10:00:00'"}},
      {"DATETIME", "TIMESTAMP", {"'2030-01-01'", "NULL"}, {"'1960-01-01'", "'2110-01-01'"}},
      {"DATETIME", "TIMESTAMP", late_fits ? late : none, late_fits ? none : late},
      {"ENUM('a','b','c')", "ENUM('c','a')", {"'a'", "'c'"}, {"'b'"}},
      {"SET('a','b')", "SET('b')", {"'b'", "''"}, {"'a'", "'a,b'"}},
  };
  for (const Narrowing& c : cases)
    for (const bool fits : {true, false})
      for (const std::string& value : fits ? c.fit : c.misfit) {
        client.run(create(c.from, "NULL"));
        client.run(fmt::format("INSERT INTO v VALUES (1, {})", value));
        const auto condition = mysql::stored_fits(make_column("c", c.to), "c", server());
        ASSERT_TRUE(condition) << c.to;
        EXPECT_EQ(client.value("SELECT " + *condition + " FROM v"), fits ? "1" : "0") << c.from << " " << value;
        // The server as judge: the values are the same after the change, or it refuses.
        const std::string before = client.value("SELECT CAST(c AS CHAR) FROM v");
        const bool taken = client.try_sql("ALTER TABLE v MODIFY c " + c.to) == 0;
        const bool kept = taken && client.value("SELECT count(*) FROM v WHERE c <=> " + value) == "1";
        EXPECT_EQ(kept, fits) << c.from << " to " << c.to << ": " << before;
      }
}

// Values become others here: the server as judge of which it takes at all.
TEST_P(StoredValue, ConvertsIsWhatTheServerAccepts) {
  MysqlServer& host = MysqlServer::shared(GetParam());
  MysqlClient client(host.root(host.fresh_database()));
  client.run("SET sql_mode = 'STRICT_ALL_TABLES'");
  struct Conversion {
    std::string from, to;
    std::vector<std::string> taken, refused;
  };
  const std::vector<Conversion> cases = {
      {"VARCHAR(20)", "INT", {"'12'", "'-3'", "NULL"}, {"'abc'", "''", "'99999999999'"}},
      {"VARBINARY(14)", "INT", {"'12'"}, {"'1x'"}},
      {"BINARY(4)", "INT", {"'1234'"}, {"'12'"}},
      {"TEXT", "DOUBLE", {"'1e3'", "'.5'"}, {"'1x'"}},
      {"INT", "DATETIME", {"20200101", "NULL"}, {"1"}},
      {"INT", "TIMESTAMP", {"20200101"}, {"1", "19600101"}},
      {"VARCHAR(20)", "DATE", {"'2020-01-01'", "NULL"}, {"'soon'", "''"}},
  };
  for (const Conversion& c : cases)
    for (const bool taken : {true, false})
      for (const std::string& value : taken ? c.taken : c.refused) {
        client.run(create(c.from, "NULL"));
        client.run(fmt::format("INSERT INTO v VALUES (1, {})", value));
        const auto condition = mysql::stored_converts(make_column("c", c.from), make_column("c", c.to), "c", server());
        ASSERT_TRUE(condition) << c.to;
        EXPECT_EQ(client.value("SELECT " + *condition + " FROM v"), taken ? "1" : "0") << c.from << " " << value;
        EXPECT_EQ(client.try_sql("ALTER TABLE v MODIFY c " + c.to) == 0, taken) << c.from << " " << value;
      }
}

INSTANTIATE_TEST_SUITE_P(Both, StoredValue, ::testing::ValuesIn(servers::kMysqlFlavours),
                         [](const auto& info) { return std::string(to_string(info.param)); });

}  // namespace
}  // namespace emcee::sync_test
