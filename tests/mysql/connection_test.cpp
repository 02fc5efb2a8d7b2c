#include "applier/mysql_connection.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <thread>

#include "applier/mysql_statement.h"
#include "applier/mysql_url.h"
#include "servers/mysql_server.h"

namespace emcee::applier {
namespace {

using servers::kMysqlFlavours;
using servers::MysqlClient;
using servers::MysqlFlavour;
using servers::MysqlServer;

#define ASSERT_OK(result) ASSERT_TRUE((result).has_value()) << schema::to_text((result).error())

class MysqlConnections : public ::testing::TestWithParam<MysqlFlavour> {
 protected:
  void SetUp() override {
    EMCEE_NEEDS_MYSQL(GetParam());
    server_ = &MysqlServer::shared(GetParam());
    database_ = server_->fresh_database();
  }
  std::unique_ptr<Connection> open(const MysqlOptions& options = {}) {
    auto opened = open_mysql(server_->url(database_), options);
    if (!opened) throw std::runtime_error(schema::to_text(opened.error()));
    return *std::move(opened);
  }
  MysqlClient client() { return MysqlClient(server_->root(database_)); }

  MysqlServer* server_ = nullptr;
  std::string database_;
};
INSTANTIATE_TEST_SUITE_P(Mysql, MysqlConnections, ::testing::ValuesIn(kMysqlFlavours),
                         ::testing::PrintToStringParamName());

TEST(MysqlUrl, IsTakenApart) {
  const auto a = parse_mysql_url("mysql://me:p%40ss:w/rd@db.example:3307/shop?tls=required&tls-ca=/ca.pem");
  ASSERT_OK(a);
  EXPECT_EQ(a->user, "me");
  EXPECT_EQ(a->password, "p@ss:w/rd");
  EXPECT_EQ(a->host, "db.example");
  EXPECT_EQ(a->port, 3307U);
  EXPECT_EQ(a->database, "shop");
  EXPECT_EQ(a->tls, TlsMode::required);
  EXPECT_EQ(a->ca, "/ca.pem");
  EXPECT_EQ(a->shown(), "mysql://me@db.example:3307/shop");

  const auto b = parse_mysql_url("mariadb://root@localhost/a%2Fb?socket=/run/s%20k");
  ASSERT_OK(b);
  EXPECT_FALSE(b->password.has_value());
  EXPECT_EQ(b->database, "a/b");
  EXPECT_EQ(b->socket, "/run/s k");

  const auto c = parse_mysql_url("mysql://[::1]:3306/d");
  ASSERT_OK(c);
  EXPECT_EQ(c->host, "::1");
}

TEST(MysqlUrl, ErrorsNeverShowThePassword) {
  for (const char* url : {"mysql://me:secret@host", "mysql://me:secret@host:port/d", "mysql://me:secret@host/d?x=y",
                          "mysql://me:secret%", "mysql://me:secret@host:0/d", "mysql://me:secret@host/d?tls",
                          "mysql://me:secret@host/d?tls=maybe", "mysql://me:secret@[::1/d"}) {
    const auto parsed = parse_mysql_url(url);
    ASSERT_FALSE(parsed.has_value()) << url;
    EXPECT_EQ(parsed.error().code, ErrorCode::usage);
    EXPECT_EQ(schema::to_text(parsed.error()).find("secret"), std::string::npos) << url;
  }
}

TEST(MysqlParameters, AreFoundOutsideOfStringsNamesAndComments) {
  const auto placed =
      place_parameters("SELECT ?2, '?1''\\'?1', \"?1\", `?1`, ?1 -- ?1\n, ?2 /* ?1 */ # ?1\n, a--?1, b ? c");
  EXPECT_EQ(placed.sql, "SELECT ?, '?1''\\'?1', \"?1\", `?1`, ? -- ?1\n, ? /* ?1 */ # ?1\n, a--?, b ? c");
  EXPECT_EQ(placed.places, (std::vector<std::size_t>{1, 0, 1, 0}));
  EXPECT_EQ(place_parameters("'open ?1").places.size(), 0U);
  EXPECT_EQ(place_parameters("/*?1").sql, "/*?1");
}

TEST_P(MysqlConnections, SpeaksOnlyToItsFlavour) {
  const std::string url = server_->url(database_);
  const std::string rest = url.substr(url.find(':'));
  const auto opened = open_mysql((GetParam() == MysqlFlavour::mysql ? "mariadb" : "mysql") + rest);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::usage);
  EXPECT_EQ(open()->dialect(), servers::to_string(GetParam()));
}

TEST_P(MysqlConnections, PasswordsComeFromUrlEnvironmentAndOptionFile) {
  client().run("CREATE USER pw@localhost IDENTIFIED BY 'a:/b@?'; GRANT ALL ON *.* TO pw@localhost");
  const auto opens = [&](const std::string& user, const std::string& more) {
    return open_mysql(fmt::format("{}://{}@localhost/{}?socket={}{}", servers::to_string(GetParam()), user, database_,
                                  server_->socket(), more));
  };
  ASSERT_OK(opens("pw:a%3A%2Fb%40%3F", ""));
  const auto refused = opens("pw:wrong", "");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::grant_privilege);
  EXPECT_EQ(refused.error().message.find("wrong"), std::string::npos);
  setenv("MYSQL_PWD", "a:/b@?", 1);
  const auto by_environment = opens("pw", "");
  unsetenv("MYSQL_PWD");
  ASSERT_OK(by_environment);

  const servers::ServerFolder folder("option");
  FILE* file = fopen(folder.file("my.cnf").c_str(), "w");
  ASSERT_NE(file, nullptr);
  fputs("[emcee]\npassword='a:/b@?'\n", file);
  fclose(file);
  ASSERT_OK(opens("pw", "&option-file=" + folder.file("my.cnf")));
  client().run("DROP USER pw@localhost");
}

TEST_P(MysqlConnections, ValuesComeBackAsTheyAre) {
  const auto connection = open();
  ASSERT_OK(connection->execute(
      "CREATE TABLE t (i INT, u BIGINT UNSIGNED, f FLOAT, d DOUBLE, n DECIMAL(30,10), s VARCHAR(20), x VARBINARY(20), "
      "ts DATETIME(6), da DATE, ti TIME(3), b BIT(40), e ENUM('b','a'), j JSON, y YEAR, l LONGTEXT)"));
  ASSERT_OK(connection->change(
      "INSERT INTO t VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
      {std::int64_t{-5}, "18446744073709551615", 0.1, 1e300, "-12345678901234567890.0123456789", "\xc3\xa4'\\\"",
       Blob{0, 255, 39, 92}, "2024-02-29 23:59:59.999999", "0001-01-01", "-838:59:58.999", std::int64_t{1} << 39, "a",
       "{\"a\": [1, 2]}", std::int64_t{1999}, std::string(100000, 'x')}));
  const auto rows = connection->query("SELECT * FROM t");
  ASSERT_OK(rows);
  ASSERT_EQ(rows->size(), 1U);
  const Row expected = {std::int64_t{-5},
                        "18446744073709551615",
                        static_cast<double>(0.1F),
                        1e300,
                        "-12345678901234567890.0123456789",
                        "\xc3\xa4'\\\"",
                        Blob{0, 255, 39, 92},
                        "2024-02-29 23:59:59.999999",
                        "0001-01-01",
                        "-838:59:58.999",
                        std::int64_t{1} << 39,
                        "a",
                        "{\"a\": [1, 2]}",
                        std::int64_t{1999},
                        std::string(100000, 'x')};
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_TRUE(rows->front()[i] == expected[i])
        << i << ": " << to_text(rows->front()[i]) << " (" << rows->front()[i].index() << ")";
  const auto null = connection->query("SELECT NULL, COUNT(*) FROM t WHERE s = ?1", {std::monostate{}});
  ASSERT_OK(null);
  EXPECT_TRUE(null->front() == (Row{std::monostate{}, std::int64_t{0}}));
  const auto limited = connection->query("SELECT 1 UNION SELECT 2 UNION SELECT 3", {}, 2);
  ASSERT_OK(limited);
  EXPECT_EQ(limited->size(), 2U);
  ASSERT_OK(connection->query("SHOW GRANTS"));
}

TEST_P(MysqlConnections, ChangesAreCountedWithoutThoseOfTriggers) {
  const auto connection = open();
  ASSERT_OK(
      connection->execute("CREATE TABLE t (a INT); CREATE TABLE l (a INT); CREATE TRIGGER tr AFTER UPDATE ON t "
                          "FOR EACH ROW BEGIN INSERT INTO l VALUES (1); INSERT INTO l VALUES (2); END; "
                          "INSERT INTO t VALUES (1), (2), (3)"));
  const auto changed = connection->change("UPDATE t SET a = a + 10 WHERE a >= ?1", {std::int64_t{2}});
  ASSERT_OK(changed);
  EXPECT_EQ(*changed, 2);
}

// Every column type that a key can have: the walk in batches of three meets every row once, in the
// order of the index, with its cursor as text in between.
TEST_P(MysqlConnections, EveryKeySurvivesTheCursor) {
  struct Key {
    const char* type;
    const char* value;  // of row n
  };
  std::vector<Key> keys = {
      {"INT", "n - 20"},
      {"BIGINT UNSIGNED", "18446744073709551615 - n"},
      {"DECIMAL(40,20)", "n * 0.00000000000000000001 + 12345678901234567890"},
      {"DECIMAL(20,0) UNSIGNED", "99999999999999999999 - n"},
      {"FLOAT", "n / 10"},
      {"DOUBLE", "n / 7"},
      {"DATETIME(6)", "'2024-10-27 01:59:59.999990' + INTERVAL n MICROSECOND"},
      {"TIMESTAMP(6) NULL", "'2024-10-27 00:59:59.999990' + INTERVAL n * 600 SECOND"},
      {"DATE", "'1000-01-01' + INTERVAL n DAY"},
      {"TIME(6)", "SEC_TO_TIME((n - 20) / 3)"},
      {"YEAR", "1950 + n"},
      {"BIT(33)", "n * 200000000"},
      {"VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci", "CONCAT(CHAR(64 + n), n, '''\\\\')"},
      {"VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", "CONCAT(CHAR(64 + n), n)"},
      {"VARCHAR(20) CHARACTER SET latin1", "CONCAT(CHAR(224 + n USING latin1), n)"},
      {"CHAR(8) CHARACTER SET ascii COLLATE ascii_bin", "n"},
      {"VARBINARY(20)", "LEFT(UNHEX(SHA2(n, 256)), 16)"},
      {"BINARY(16)", "LEFT(UNHEX(SHA2(n, 256)), 16)"},
      {"ENUM('z','y','x','w','v','u','t','s','r','q','p','o','n','m','l','k','j','i','h','g','f','e','d','c','b','a')",
       "CAST(n AS UNSIGNED)"},
      {"SET('z','y','x','w','v','u')", "CAST(n AS UNSIGNED)"},
  };
  if (GetParam() == MysqlFlavour::mariadb) {
    keys.push_back({"UUID", "CONCAT(LPAD(HEX(n * 7777 % 251), 8, '0'), '-0000-4000-8000-', LPAD(n, 12, '0'))"});
    keys.push_back({"INET6", "CONCAT('::', n)"});
  } else {
    keys.push_back({"VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci", "CONCAT(CHAR(64 + n), n)"});
  }
  const auto connection = open();
  for (const Key& key : keys) {
    for (const bool composite : {false, true}) {
      SCOPED_TRACE(fmt::format("{} {}", key.type, composite ? "composite" : ""));
      ASSERT_OK(connection->execute("DROP TABLE IF EXISTS t"));
      ASSERT_OK(connection->execute(fmt::format("CREATE TABLE t (n INT, k {0}{1}, KEY (k{2}))", key.type,
                                                composite ? ", k2 INT" : "", composite ? ", k2" : "")));
      // In the composite key every value of k stands twice.
      const std::string numbers = "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 25) ";
      ASSERT_OK(connection->execute(
          composite
              ? fmt::format("INSERT INTO t {}SELECT n * 2 + x.v, {}, x.v FROM s, (SELECT 0 AS v UNION SELECT 1) x",
                            numbers, key.value)
              : fmt::format("INSERT INTO t {}SELECT n, {} FROM s", numbers, key.value)));
      std::vector<std::string> columns = {"`k`"};
      if (composite) columns.push_back("`k2`");
      const auto parts = connection->key_parts("t", columns);
      ASSERT_OK(parts);
      const std::string read = composite ? parts->at(0).read + ", " + parts->at(1).read : parts->at(0).read;
      const std::string order = fmt::format("{}", fmt::join(columns, ", "));

      const auto all = connection->query(fmt::format("SELECT n FROM t ORDER BY {}", order));
      ASSERT_OK(all);
      ASSERT_EQ(all->size(), composite ? 50U : 25U);
      std::vector<Row> walked;
      std::optional<Row> cursor;
      for (int batch = 0; batch < 40; ++batch) {
        const std::string after = cursor ? connection->key_comparison(*parts, ">", 1) : "TRUE";
        const auto end =
            connection->query(fmt::format("SELECT {} FROM t WHERE {} ORDER BY {} LIMIT 1 OFFSET 2", read, after, order),
                              cursor ? *cursor : Row{}, 1);
        ASSERT_OK(end);
        Row parameters = cursor ? *cursor : Row{};
        std::string range = after;
        if (!end->empty()) {
          range += " AND " + connection->key_comparison(*parts, "<=", parameters.size() + 1);
          parameters.insert(parameters.end(), end->front().begin(), end->front().end());
        }
        const auto rows =
            connection->query(fmt::format("SELECT n FROM t WHERE {} ORDER BY {}", range, order), parameters);
        ASSERT_OK(rows);
        walked.insert(walked.end(), rows->begin(), rows->end());
        if (end->empty()) break;
        cursor = decode_cursor(encode_cursor(end->front()));
        ASSERT_TRUE(cursor.has_value());
      }
      EXPECT_TRUE(walked == *all) << walked.size() << " rows of " << all->size();
    }
  }
}

// What E of the engine facts measured: a range of the index, not a scan from its start.
TEST_P(MysqlConnections, CompositeKeysAreSought) {
  const auto connection = open();
  ASSERT_OK(connection->execute(
      "CREATE TABLE t (a INT, b INT, c INT, PRIMARY KEY (a, b)); INSERT INTO t WITH RECURSIVE s(n) AS (SELECT 0 UNION "
      "ALL SELECT n + 1 FROM s WHERE n < 999) SELECT n DIV 10, n % 10, n FROM s; ANALYZE TABLE t; FLUSH STATUS"));
  const auto parts = connection->key_parts("t", {"a", "b"});
  ASSERT_OK(parts);
  const auto reads = [&]() -> std::int64_t {
    const auto rows = connection->query("SHOW SESSION STATUS WHERE Variable_name LIKE 'Handler_read%'");
    std::int64_t sum = 0;
    for (const Row& row : *rows) sum += std::stoll(to_text(row[1]));
    return sum;
  };
  const std::int64_t before = reads();
  ASSERT_OK(connection->query(fmt::format("SELECT a, b FROM t WHERE {} ORDER BY a, b LIMIT 1 OFFSET 9",
                                          connection->key_comparison(*parts, ">", 1)),
                              {std::int64_t{50}, std::int64_t{5}}));
  EXPECT_LT(reads() - before, 60);
  const std::int64_t before_update = reads();
  const auto changed =
      connection->change(fmt::format("UPDATE t SET c = -1 WHERE {} AND {}", connection->key_comparison(*parts, ">", 1),
                                     connection->key_comparison(*parts, "<=", 3)),
                         {std::int64_t{50}, std::int64_t{5}, std::int64_t{52}, std::int64_t{5}});
  ASSERT_OK(changed);
  EXPECT_EQ(*changed, 20);
  EXPECT_LT(reads() - before_update, 80);
}

TEST_P(MysqlConnections, TransactionsAreTakenBack) {
  const auto connection = open();
  ASSERT_OK(connection->execute("CREATE TABLE t (a INT)"));
  ASSERT_OK(connection->begin());
  ASSERT_OK(connection->execute("INSERT INTO t VALUES (1)"));
  connection->rollback();
  ASSERT_OK(connection->begin());
  ASSERT_OK(connection->execute("INSERT INTO t VALUES (2)"));
  ASSERT_OK(connection->commit());
  EXPECT_EQ(client().value("SELECT group_concat(a) FROM t"), "2");
}

TEST_P(MysqlConnections, LocksAreWaitedForShortlyAndCanBeTriedAgain) {
  const auto connection = open({.lock_timeout = std::chrono::seconds(1)});
  ASSERT_OK(connection->execute("CREATE TABLE t (a INT PRIMARY KEY); INSERT INTO t VALUES (1)"));
  MysqlClient other = client();
  other.run("BEGIN; UPDATE t SET a = 2");
  for (const char* sql : {"UPDATE t SET a = 3", "ALTER TABLE t ADD COLUMN b INT"}) {
    const auto start = std::chrono::steady_clock::now();
    const auto result = connection->execute(sql);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, ErrorCode::try_again) << schema::to_text(result.error());
    EXPECT_NE(result.error().message.find("1205"), std::string::npos) << result.error().message;
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(4));
  }
  other.run("ROLLBACK");
  ASSERT_OK(connection->execute("UPDATE t SET a = 3"));
}

TEST_P(MysqlConnections, MissingRightsAreToldApart) {
  client().run(fmt::format("CREATE USER poor@localhost; GRANT SELECT ON {}.* TO poor@localhost; CREATE TABLE t (a INT)",
                           database_));
  auto opened = open_mysql(server_->url(database_, "poor"));
  ASSERT_OK(opened);
  const auto result = (*opened)->execute("INSERT INTO t VALUES (1)");
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::grant_privilege);
  client().run("DROP USER poor@localhost");
}

TEST_P(MysqlConnections, OneApplierAtATimePerDatabase) {
  const auto one = open();
  const auto two = open();
  ASSERT_OK(one->lock_runner());
  ASSERT_OK(one->lock_runner());
  const auto refused = two->lock_runner();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::wrong_order);
  const std::string elsewhere = server_->fresh_database();
  auto other = open_mysql(server_->url(elsewhere));
  ASSERT_OK(other);
  ASSERT_OK((*other)->lock_runner());
  one->unlock_runner();
  ASSERT_OK(two->lock_runner());
}

TEST_P(MysqlConnections, AFlagEndsAStatementThatRuns) {
  const auto connection = open();
  std::atomic<bool> stop = false;
  {
    const Watch watch(*connection, &stop);
    std::thread later([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
      stop = true;
    });
    const auto start = std::chrono::steady_clock::now();
    const auto result = connection->query(
        "SELECT COUNT(*) FROM information_schema.columns a, information_schema.columns b, information_schema.columns "
        "c, "
        "information_schema.columns d");
    later.join();
    ASSERT_FALSE(result.has_value()) << to_text(result->at(0).at(0));
    EXPECT_EQ(result.error().code, ErrorCode::interrupted) << schema::to_text(result.error());
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  }
  const auto alive = connection->query("SELECT 1");
  ASSERT_OK(alive);
}

TEST_P(MysqlConnections, OwnTriggersAreBypassedOnThisConnectionOnly) {
  const auto connection = open();
  ASSERT_OK(connection->execute(
      "CREATE TABLE t (a INT, b INT); CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW IF NOT (@emcee_bypass <=> "
      "CONNECTION_ID()) THEN SET NEW.b = 1; END IF"));
  ASSERT_OK(connection->execute("INSERT INTO t (a) VALUES (1)"));
  ASSERT_OK(connection->fire_triggers(false));
  ASSERT_OK(connection->execute("INSERT INTO t (a) VALUES (2)"));
  client().run("INSERT INTO t (a) VALUES (3)");
  ASSERT_OK(connection->fire_triggers(true));
  ASSERT_OK(connection->execute("INSERT INTO t (a) VALUES (4)"));
  EXPECT_EQ(client().value("SELECT group_concat(a ORDER BY a) FROM t WHERE b IS NULL"), "2");
}

TEST_P(MysqlConnections, ComesBackAfterARestartButNotInATransaction) {
  MysqlServer server(GetParam(), {});
  const std::string database = server.fresh_database();
  auto opened = open_mysql(server.url(database));
  ASSERT_OK(opened);
  Connection& connection = **opened;
  ASSERT_OK(connection.execute("CREATE TABLE t (a INT)"));
  ASSERT_OK(connection.lock_runner());
  ASSERT_OK(connection.fire_triggers(false));

  server.restart();
  auto lost = connection.execute("INSERT INTO t VALUES (1)");
  ASSERT_FALSE(lost.has_value());
  EXPECT_EQ(lost.error().code, ErrorCode::try_again) << schema::to_text(lost.error());
  ASSERT_OK(connection.execute("INSERT INTO t VALUES (2)"));
  const auto settings = connection.query(
      "SELECT @@time_zone, @emcee_bypass = CONNECTION_ID(), IS_USED_LOCK(CONCAT('emcee.', "
      "LEFT(SHA2(DATABASE(), 256), 40))) = CONNECTION_ID()");
  ASSERT_OK(settings);
  EXPECT_TRUE(settings->front() == (Row{"+00:00", std::int64_t{1}, std::int64_t{1}}));

  ASSERT_OK(connection.begin());
  ASSERT_OK(connection.execute("INSERT INTO t VALUES (3)"));
  server.restart();
  EXPECT_FALSE(connection.execute("INSERT INTO t VALUES (4)").has_value());
  const auto still = connection.execute("INSERT INTO t VALUES (5)");
  ASSERT_FALSE(still.has_value());
  EXPECT_EQ(still.error().code, ErrorCode::try_again);
  connection.rollback();
  ASSERT_OK(connection.execute("INSERT INTO t VALUES (6)"));
  EXPECT_EQ(MysqlClient(server.root(database)).value("SELECT group_concat(a ORDER BY a) FROM t"), "2,6");

  server.crash();
  EXPECT_EQ(connection.execute("DO 1").error().code, ErrorCode::try_again);
  EXPECT_EQ(connection.execute("DO 1").error().code, ErrorCode::try_again);
  server.start();
  ASSERT_OK(connection.execute("INSERT INTO t VALUES (7)"));
}

TEST_P(MysqlConnections, BatchesDoNotLockGapsUnlessTheBinaryLogForcesThem) {
  const auto level = [](const std::string& url) {
    const auto opened = open_mysql(url);
    const auto rows = (*opened)->query("SELECT @@transaction_isolation");
    return to_text(rows->front().front());
  };
  if (GetParam() == MysqlFlavour::mysql) {
    EXPECT_EQ(level(server_->url(database_)), "READ-COMMITTED");
    client().run("SET GLOBAL binlog_format = 'STATEMENT'");
    EXPECT_EQ(level(server_->url(database_)), "REPEATABLE-READ");
    client().run("SET GLOBAL binlog_format = 'ROW'");
  } else {
    const auto opened = open_mysql(server_->url(database_));
    const auto rows = (*opened)->query("SELECT @@tx_isolation");
    EXPECT_EQ(to_text(rows->front().front()), "READ-COMMITTED");
  }
}

}  // namespace
}  // namespace emcee::applier
