// The connection to PostgreSQL: values, keys, errors, the one applier, interruption, reconnection.
#include "applier/postgres_connection.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <thread>

#include "applier/url.h"
#include "fixture.h"
#include "servers/postgres_server.h"

namespace emcee::applier {
namespace {

using servers::PostgresDatabase;
using servers::PostgresServer;
using servers::run_postgres;

std::unique_ptr<Connection> open_url(const std::string& url, std::chrono::milliseconds lock_timeout) {
  auto connection = open_postgres(url, {.lock_timeout = lock_timeout});
  EXPECT_OK(connection);
  return connection ? std::move(*connection) : nullptr;
}

class PostgresConnection : public ::testing::Test {
 protected:
  std::string sql(const std::string& text) { return run_postgres(database.url(), text); }

  PostgresDatabase database;
  std::unique_ptr<Connection> connection = open_url(database.url(), std::chrono::milliseconds(200));
};

TEST_F(PostgresConnection, GivesValuesAsTheyAre) {
  const auto rows = connection->query(
      "SELECT -5::bigint, 7::smallint, true, false, NULL::int, 0.10::numeric, '\\x00ff'::bytea, 'a''b\\n'::text, "
      "'NaN'::float8, count(*) FROM pg_class WHERE relname = 'pg_class'");
  ASSERT_OK(rows);
  EXPECT_EQ(rows->front(),
            (Row{std::int64_t{-5}, std::int64_t{7}, std::int64_t{1}, std::int64_t{0}, std::monostate{},
                 std::string("0.10"), Blob{0, 255}, std::string("a'b\\n"), std::string("NaN"), std::int64_t{1}}));
}

TEST_F(PostgresConnection, LimitsAQuery) {
  const auto rows = connection->query("SELECT i, i FROM generate_series(1, 1000000) AS i ORDER BY i DESC;\n", {}, 2);
  ASSERT_OK(rows);
  ASSERT_EQ(rows->size(), 2u);
  EXPECT_EQ(to_text((*rows)[0][0]), "1000000");
}

TEST_F(PostgresConnection, CountsRowsThatAStatementChanged) {
  ASSERT_OK(connection->execute("CREATE TABLE t (id int); INSERT INTO t SELECT generate_series(1, 7)"));
  const auto changed =
      connection->change("UPDATE t SET id = id + $1 WHERE id > $2", {std::int64_t{1}, std::int64_t{3}});
  ASSERT_OK(changed);
  EXPECT_EQ(*changed, 4);
}

// Each key comes from a query, goes through the text of the ledger's cursor, and has to find its
// place again: exactly the rows behind it.
struct PostgresKeyCase {
  std::string name, columns, key, values;
  int rows;
};
void PrintTo(const PostgresKeyCase& each, std::ostream* out) { *out << each.name; }

class PostgresKeys : public ::testing::TestWithParam<PostgresKeyCase> {};

TEST_P(PostgresKeys, SurviveTheCursor) {
  const PostgresDatabase database;
  const PostgresKeyCase& with = GetParam();
  run_postgres(database.url(),
               "CREATE EXTENSION citext; CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy'); CREATE DOMAIN code AS text; "
               "CREATE TYPE pair AS (a int, b text); "
               "CREATE COLLATION german (provider = icu, locale = 'de'); CREATE COLLATION nocase (provider = icu, "
               "locale = 'und-u-ks-level2', deterministic = false)");
  run_postgres(database.url(), fmt::format("CREATE TABLE t ({}); INSERT INTO t VALUES {}", with.columns, with.values));
  // Whatever the role or database is set to.
  run_postgres(database.url(),
               fmt::format("ALTER DATABASE {} SET datestyle = 'German'; ALTER DATABASE {} SET timezone = "
                           "'Asia/Kathmandu'; ALTER DATABASE {} SET extra_float_digits = -10; ALTER "
                           "DATABASE {} SET bytea_output = escape; ALTER DATABASE {} SET intervalstyle "
                           "= sql_standard",
                           database.name(), database.name(), database.name(), database.name(), database.name()));
  const auto connection = open_url(database.url(), std::chrono::seconds(1));
  std::vector<std::string> key;
  for (std::size_t begin = 0; begin < with.key.size();) {
    const std::size_t end = std::min(with.key.find(' ', begin), with.key.size());
    key.push_back(with.key.substr(begin, end - begin));
    begin = end + 1;
  }
  std::string list;
  for (const std::string& part : key) list += (list.empty() ? "" : ", ") + part;

  const auto all = connection->query(fmt::format("SELECT {0} FROM t ORDER BY {0}", list));
  ASSERT_OK(all);
  ASSERT_EQ(all->size(), static_cast<std::size_t>(with.rows));
  const auto parts = connection->key_parts("t", key);
  ASSERT_OK(parts);
  for (std::size_t i = 0; i < all->size(); ++i) {
    const auto cursor = decode_cursor(encode_cursor((*all)[i]));
    ASSERT_TRUE(cursor) << i;
    for (const auto& [op, count] : {std::pair{">", all->size() - i - 1}, std::pair{"<=", i + 1}}) {
      const auto rows = connection->query(
          fmt::format("SELECT 1 FROM t WHERE {}", connection->key_comparison(*parts, op, 1)), *cursor);
      ASSERT_OK(rows);
      EXPECT_EQ(rows->size(), count) << op << " row " << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, PostgresKeys,
    ::testing::Values(
        PostgresKeyCase{"int", "a int", "a", "(-2147483648), (-1), (0), (5)", 4},
        PostgresKeyCase{"bigint", "a bigint", "a", "(-9223372036854775808), (9223372036854775807), (0)", 3},
        PostgresKeyCase{"numeric", "a numeric", "a",
                        "(0.1), (0.10000000000000000000000001), (-1e40), ('NaN'), ('Infinity')", 5},
        PostgresKeyCase{"real", "a real", "a", "(0.1), (0.10000001), ('-Infinity'), ('NaN'), (1e-40)", 5},
        PostgresKeyCase{"double", "a double precision", "a", "(0.1), (0.30000000000000004), (0.3), (5e-324), ('NaN')",
                        5},
        PostgresKeyCase{"text", "a text", "a", "(''), ('a'), ('A'), ('ä'), ('it''s'), (E'\\n\\t\\\\')", 6},
        PostgresKeyCase{"text_c", "a text COLLATE \"C\"", "a", "(''), ('a'), ('B'), ('ä'), ('z')", 5},
        PostgresKeyCase{"text_icu", "a text COLLATE german", "a", "('a'), ('B'), ('ä'), ('z'), ('Z')", 5},
        PostgresKeyCase{"text_nondeterministic", "a text COLLATE nocase", "a", "('a'), ('B'), ('ä'), ('z')", 4},
        PostgresKeyCase{"varchar", "a varchar(10)", "a", "('a '), ('a'), ('b')", 3},
        PostgresKeyCase{"char", "a char(5)", "a", "('a'), ('b'), ('')", 3},
        PostgresKeyCase{"citext", "a citext", "a", "('a'), ('B'), ('c')", 3},
        PostgresKeyCase{"domain", "a code", "a", "('a'), ('B'), ('c')", 3},
        PostgresKeyCase{"enum", "a mood", "a", "('happy'), ('sad'), ('ok')", 3},
        PostgresKeyCase{"bool", "a bool", "a", "(true), (false)", 2},
        PostgresKeyCase{"uuid", "a uuid", "a",
                        "('00000000-0000-0000-0000-000000000001'), ('ffffffff-ffff-ffff-ffff-ffffffffffff')", 2},
        PostgresKeyCase{"bytea", "a bytea", "a", "('\\x'), ('\\x00'), ('\\x00ff'), ('\\x5c27'), ('\\xff')", 5},
        PostgresKeyCase{"date", "a date", "a", "('2024-03-04'), ('2024-04-03'), ('infinity'), ('0044-03-15 BC')", 4},
        PostgresKeyCase{"timestamp", "a timestamp", "a",
                        "('2024-03-04 05:06:07.000001'), ('2024-03-04 05:06:07.000002')", 2},
        PostgresKeyCase{"timestamptz", "a timestamptz", "a",
                        "('2024-10-27 00:30:00Z'), ('2024-10-27 01:30:00Z'), ('-infinity'), ('1800-01-01 00:00:00Z')",
                        4},
        PostgresKeyCase{"timetz", "a timetz", "a", "('12:00+05:45'), ('12:00-03')", 2},
        PostgresKeyCase{"interval", "a interval", "a", "('-1 month 3 days'), ('1 day -00:00:01'), ('0')", 3},
        PostgresKeyCase{"inet", "a inet", "a", "('10.0.0.1/8'), ('::1')", 2},
        PostgresKeyCase{"money", "a money", "a", "(1.23), (-1.23)", 2},
        PostgresKeyCase{"bit", "a bit(4)", "a", "('0001'), ('1111')", 2},
        PostgresKeyCase{"oid", "a oid", "a", "(1), (4294967295)", 2},
        PostgresKeyCase{"array", "a int[]", "a", "('{}'), ('{1,2}'), ('{1,NULL}')", 3},
        PostgresKeyCase{"jsonb", "a jsonb", "a", "('{\"b\": 1, \"a\": [2]}'), ('null'), ('\"x\"')", 3},
        PostgresKeyCase{"range", "a int4range", "a", "('[1,5)'), ('empty'), ('(,3]')", 3},
        PostgresKeyCase{"lsn", "a pg_lsn", "a", "('0/1'), ('16/B374D848')", 2},
        PostgresKeyCase{"two", "a int, b text", "a b", "(1, 'x'), (1, 'y'), (2, ''), (-2, 'z')", 4},
        PostgresKeyCase{"three", "a uuid, b timestamptz, c mood", "a b c",
                        "('00000000-0000-0000-0000-000000000001', '2024-01-01Z', 'sad'), "
                        "('00000000-0000-0000-0000-000000000001', '2024-01-01Z', 'ok'), "
                        "('00000000-0000-0000-0000-000000000001', '2023-01-01Z', 'happy')",
                        3},
        PostgresKeyCase{"composite", "a pair", "a", "('(1,x)'), ('(1,\"a,b\")'), ('(-1,)')", 3},
        PostgresKeyCase{"ctid", "a int", "ctid", "(1), (2), (3)", 3}),
    [](const auto& info) { return info.param.name; });

TEST_F(PostgresConnection, SeeksTheIndexOfACompositeKey) {
  ASSERT_OK(connection->execute(
      "CREATE TABLE t (a int, b text, PRIMARY KEY (a, b)); INSERT INTO t SELECT i / 100, (i % 100)::text FROM "
      "generate_series(1, 20000) AS i; ANALYZE t"));
  const auto plan =
      connection->query("EXPLAIN " + connection->nth_key("t", {{"a", "a"}, {"b", "b"}}, "(a, b) > (100, '5')", 100));
  ASSERT_OK(plan);
  std::string text;
  for (const Row& row : *plan) text += to_text(row.front()) + "\n";
  EXPECT_NE(text.find("Index Cond: (ROW(a, b) > ROW(100, '5'::text))"), std::string::npos) << text;
}

TEST_F(PostgresConnection, WalksCtidsWithoutSorting) {
  ASSERT_OK(connection->execute("CREATE TABLE t (a int); INSERT INTO t SELECT generate_series(1, 1000); ANALYZE t"));
  const std::string first = connection->nth_key("t", {{"ctid", "ctid"}}, "ctid IS NOT NULL", 400);
  const auto end = connection->query(first, {}, 1);
  ASSERT_OK(end);
  ASSERT_EQ(end->size(), 1u);
  const auto covered = connection->query("SELECT count(*) FROM t WHERE ctid <= $1", end->front());
  ASSERT_OK(covered);
  EXPECT_EQ(covered->front().front(), Value(std::int64_t{400}));
  const auto rest = connection->query(connection->nth_key("t", {{"ctid", "ctid"}}, "ctid > $1", 601), end->front(), 1);
  ASSERT_OK(rest);
  EXPECT_TRUE(rest->empty());
  const auto plan = connection->query("EXPLAIN " + connection->nth_key("t", {{"ctid", "ctid"}}, "ctid > '(1,5)'", 100));
  ASSERT_OK(plan);
  std::string text;
  for (const Row& row : *plan) text += to_text(row.front()) + "\n";
  EXPECT_NE(text.find("Tid Range Scan"), std::string::npos) << text;
  EXPECT_EQ(text.find("Sort"), std::string::npos) << text;
}

TEST_F(PostgresConnection, ATransactionWithAnErrorDoesNotCommit) {
  ASSERT_OK(connection->execute("CREATE TABLE t (a int)"));
  ASSERT_OK(connection->begin());
  ASSERT_OK(connection->execute("INSERT INTO t VALUES (1)"));
  EXPECT_FALSE(connection->execute("SELECT 1 / 0"));
  EXPECT_FALSE(connection->commit());
  EXPECT_EQ(sql("SELECT count(*) FROM t"), "0");
  ASSERT_OK(connection->begin());
  ASSERT_OK(connection->commit());
}

TEST_F(PostgresConnection, ACommitThatFailsRollsBack) {
  ASSERT_OK(
      connection->execute("CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p int REFERENCES p DEFERRABLE "
                          "INITIALLY DEFERRED)"));
  ASSERT_OK(connection->begin());
  ASSERT_OK(connection->execute("INSERT INTO c VALUES (1)"));
  const auto committed = connection->commit();
  ASSERT_FALSE(committed);
  EXPECT_NE(committed.error().message.find("23503"), std::string::npos) << committed.error().message;
  EXPECT_EQ(sql("SELECT count(*) FROM c"), "0");
  ASSERT_OK(connection->begin());
  ASSERT_OK(connection->commit());
}

TEST_F(PostgresConnection, ErrorsNameStateAndStatement) {
  const auto failed = connection->execute("SELECT nothing FROM pg_class");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::look_at_server);
  EXPECT_NE(failed.error().message.find("column \"nothing\" does not exist (42703)"), std::string::npos);
  EXPECT_NE(failed.error().message.find("SELECT nothing"), std::string::npos);
}

TEST_F(PostgresConnection, AMissingRightIsAPrivilege) {
  sql("CREATE TABLE secrets (a int); DROP ROLE IF EXISTS pleb; CREATE ROLE pleb LOGIN");
  const auto pleb = open_url(database.url("pleb"), std::chrono::seconds(1));
  const auto failed = pleb->query("SELECT * FROM secrets");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::grant_privilege);
}

TEST_F(PostgresConnection, RowsHiddenByAPolicyAreAnError) {
  sql("CREATE TABLE hidden (a int); INSERT INTO hidden VALUES (1); ALTER TABLE hidden ENABLE ROW LEVEL SECURITY; DROP "
      "ROLE IF EXISTS policed; CREATE ROLE policed LOGIN; GRANT SELECT ON hidden TO policed");
  const auto policed = open_url(database.url("policed"), std::chrono::seconds(1));
  const auto failed = policed->query("SELECT * FROM hidden");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::grant_privilege) << failed.error().message;
}

TEST_F(PostgresConnection, WaitsForALockNoLongerThanAsked) {
  ASSERT_OK(connection->execute("CREATE TABLE t (a int)"));
  const auto other = open_url(database.url(), std::chrono::seconds(1));
  ASSERT_OK(other->begin());
  ASSERT_OK(other->execute("LOCK TABLE t"));
  ASSERT_OK(connection->begin());
  const auto start = std::chrono::steady_clock::now();
  const auto failed = connection->execute("ALTER TABLE t ADD COLUMN b int");
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::try_again);
  const auto pid = other->query("SELECT pg_backend_pid()");
  EXPECT_NE(failed.error().message.find(fmt::format("in the way: server process {} (emcee, user postgres, idle in "
                                                    "transaction for 0 s)",
                                                    to_text(pid->front().front()))),
            std::string::npos)
      << failed.error().message;
  EXPECT_GT(seconds.count(), 0.15);
  EXPECT_LT(seconds.count(), 1.5);
  connection->rollback();
  other->rollback();
  ASSERT_OK(connection->execute("ALTER TABLE t ADD COLUMN b int"));
}

TEST_F(PostgresConnection, TheVictimOfADeadlockMayTryAgain) {
  ASSERT_OK(connection->execute("CREATE TABLE t (a int PRIMARY KEY, b int); INSERT INTO t VALUES (1, 0), (2, 0)"));
  const auto patient = open_url(database.url(), std::chrono::seconds(10));
  const auto other = open_url(database.url(), std::chrono::seconds(10));
  for (const auto* each : {&patient, &other}) {
    ASSERT_OK((*each)->execute("SET deadlock_timeout = '50ms'"));
    ASSERT_OK((*each)->begin());
  }
  ASSERT_OK(patient->execute("UPDATE t SET b = 1 WHERE a = 1"));
  ASSERT_OK(other->execute("UPDATE t SET b = 1 WHERE a = 2"));
  auto second = std::async(std::launch::async, [&] { return other->execute("UPDATE t SET b = 1 WHERE a = 1"); });
  const auto first = patient->execute("UPDATE t SET b = 1 WHERE a = 2");
  if (!first) patient->rollback();
  const auto last = second.get();
  const auto& victim = first ? last : first;
  ASSERT_FALSE(victim);
  EXPECT_EQ(victim.error().code, ErrorCode::try_again);
  EXPECT_NE(victim.error().message.find("40P01"), std::string::npos);
}

TEST_F(PostgresConnection, OnlyOneApplierPerDatabase) {
  ASSERT_OK(connection->lock_runner());
  ASSERT_OK(connection->lock_runner());
  const auto other = open_url(database.url(), std::chrono::seconds(1));
  const auto refused = other->lock_runner();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::wrong_order);
  const auto pid = connection->query("SELECT pg_backend_pid()");
  ASSERT_OK(pid);
  EXPECT_NE(
      refused.error().message.find(fmt::format("server process {}, application emcee", to_text(pid->front().front()))),
      std::string::npos)
      << refused.error().message;

  const PostgresDatabase elsewhere;
  ASSERT_OK(open_url(elsewhere.url(), std::chrono::seconds(1))->lock_runner());
  connection->unlock_runner();
  ASSERT_OK(other->lock_runner());
}

TEST_F(PostgresConnection, StopsWithinAMoment) {
  std::atomic<bool> stop = false;
  const Watch watch(*connection, &stop);
  auto signal = std::async(std::launch::async, [&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    stop = true;
  });
  const auto start = std::chrono::steady_clock::now();
  ASSERT_OK(connection->begin());
  const auto stopped = connection->execute("SELECT pg_sleep(60)");
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::interrupted);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  connection->rollback();
  stop = false;
  ASSERT_OK(connection->query("SELECT 1"));
}

TEST_F(PostgresConnection, BypassesSyncTriggersInItsOwnSessionOnly) {
  const char* const marker = "SELECT current_setting('emcee.bypass', true) IS NOT DISTINCT FROM 'on'";
  ASSERT_OK(connection->fire_triggers(false));
  EXPECT_EQ(to_text(connection->query(marker)->front().front()), "1");
  EXPECT_EQ(sql(marker), "f");
  ASSERT_OK(connection->fire_triggers(true));
  EXPECT_EQ(to_text(connection->query(marker)->front().front()), "0");
}

// A server of its own, since it crashes.
TEST(PostgresReconnect, ConnectsAgainAfterARestartOfTheServer) {
  PostgresServer server;
  const PostgresDatabase database(server);
  const auto connection = open_url(database.url(), std::chrono::seconds(1));
  ASSERT_OK(connection->execute("CREATE TABLE t (a int)"));
  ASSERT_OK(connection->lock_runner());
  ASSERT_OK(connection->fire_triggers(false));
  ASSERT_OK(connection->begin());
  ASSERT_OK(connection->execute("INSERT INTO t VALUES (1)"));
  server.crash();
  const auto lost = connection->execute("INSERT INTO t VALUES (2)");
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, ErrorCode::try_again) << lost.error().message;
  connection->rollback();
  const auto down = connection->begin();
  ASSERT_FALSE(down);
  EXPECT_EQ(down.error().code, ErrorCode::try_again) << down.error().message;
  server.start();
  ASSERT_OK(connection->begin());
  ASSERT_OK(connection->commit());
  // Nothing of the lost transaction, and the session is what it was.
  EXPECT_EQ(to_text(connection->query("SELECT count(*) FROM t")->front().front()), "0");
  EXPECT_EQ(to_text(connection->query("SELECT current_setting('emcee.bypass')")->front().front()), "on");
  EXPECT_FALSE(open_url(database.url(), std::chrono::seconds(1))->lock_runner());
}

TEST(PostgresReconnect, NotInTheMiddleOfATransaction) {
  PostgresServer server;
  const PostgresDatabase database(server);
  const auto connection = open_url(database.url(), std::chrono::seconds(1));
  ASSERT_OK(connection->execute("CREATE TABLE t (a int)"));
  ASSERT_OK(connection->begin());
  server.crash();
  server.start();
  EXPECT_FALSE(connection->execute("INSERT INTO t VALUES (1)"));
  EXPECT_FALSE(connection->execute("INSERT INTO t VALUES (1)"));
  EXPECT_FALSE(connection->commit());
  EXPECT_EQ(run_postgres(database.url(), "SELECT count(*) FROM t"), "0");
}

TEST(PostgresUrl, NeverShowsThePassword) {
  const char* const secret = "s3cr/et";
  for (const std::string& url :
       {fmt::format("postgresql://me:{}@localhost:1/app", secret), fmt::format("postgres://me:{}@h/app?x=1", secret),
        fmt::format("postgresql:///app?host=/nowhere&user=me&password={}", secret),
        fmt::format("postgresql://me:{}@localhost:nine/app", secret),
        fmt::format("postgresql://me:{}@[::1/app", secret)}) {
    EXPECT_EQ(without_password(url).find(secret), std::string::npos) << url;
    const auto failed = open_postgres(url);
    ASSERT_FALSE(failed);
    EXPECT_EQ(schema::to_text(failed.error()).find(secret), std::string::npos) << schema::to_text(failed.error());
  }
  EXPECT_EQ(without_password("postgresql://me:x@h/app?sslpassword=y&user=z"),
            "postgresql://me:***@h/app?sslpassword=***&user=z");
  EXPECT_EQ(without_password("postgresql:///app?host=/run"), "postgresql:///app?host=/run");
  EXPECT_EQ(without_password("sqlite:app.db"), "sqlite:app.db");
}

TEST(PostgresUrl, ThatLeadsNowhereIsAnError) {
  const auto nowhere = open_postgres("postgresql:///app?host=/nowhere");
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(schema::exit_code(nowhere.error().code), 4);
  const auto wrong = open_postgres("postgresql:///app?colour=red");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::usage);
}

}  // namespace
}  // namespace emcee::applier
