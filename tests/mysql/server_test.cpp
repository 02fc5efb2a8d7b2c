#include "servers/mysql_server.h"

#include <gtest/gtest.h>
#include <signal.h>

namespace emcee::servers {
namespace {

class Servers : public ::testing::TestWithParam<MysqlFlavour> {};
INSTANTIATE_TEST_SUITE_P(Mysql, Servers, ::testing::ValuesIn(kMysqlFlavours), ::testing::PrintToStringParamName());

TEST_P(Servers, IsOfItsFlavour) {
  EMCEE_NEEDS_MYSQL(GetParam());
  MysqlClient client(MysqlServer::shared(GetParam()).root());
  const std::string version = client.value("SELECT version()");
  EXPECT_EQ(version.find("MariaDB") != std::string::npos, GetParam() == MysqlFlavour::mariadb) << version;
}

TEST_P(Servers, RunsWithAndWithoutBinaryLog) {
  EMCEE_NEEDS_MYSQL(GetParam());
  for (const bool log_bin : {false, true}) {
    MysqlClient client(MysqlServer::shared(GetParam(), log_bin).root());
    EXPECT_EQ(client.value("SELECT @@log_bin"), log_bin ? "1" : "0");
    EXPECT_EQ(client.value("SELECT @@log_bin_trust_function_creators"), "0");
  }
}

TEST_P(Servers, DatabasesAreApart) {
  EMCEE_NEEDS_MYSQL(GetParam());
  MysqlServer& server = MysqlServer::shared(GetParam());
  const std::string one = server.fresh_database();
  const std::string two = server.fresh_database();
  MysqlClient client(server.root(one));
  client.run("CREATE TABLE t (a INT); INSERT INTO t VALUES (1)");
  EXPECT_EQ(client.value("SELECT count(*) FROM t"), "1");
  EXPECT_EQ(MysqlClient(server.root(two)).try_sql("SELECT * FROM t"), 1146U);
}

TEST_P(Servers, KeepsWhatWasCommittedOverACrash) {
  EMCEE_NEEDS_MYSQL(GetParam());
  MysqlServer server(GetParam(), {});
  const std::string database = server.fresh_database();
  MysqlClient(server.root(database)).run("CREATE TABLE t (a INT PRIMARY KEY); INSERT INTO t VALUES (7)");
  server.crash();
  EXPECT_THROW(MysqlClient(server.root()), std::runtime_error);
  server.start();
  EXPECT_EQ(MysqlClient(server.root(database)).value("SELECT a FROM t"), "7");
}

// A test program that dies takes its server along.
TEST_P(Servers, DiesWithTheProgram) {
  EMCEE_NEEDS_MYSQL(GetParam());
  int channel[2];
  ASSERT_EQ(pipe(channel), 0);
  const pid_t child = fork();
  if (child == 0) {
    ServerFolder folder("test");
    const ServerProcess process({"/bin/sleep", "600"}, folder.file("log"), SIGKILL);
    const pid_t pid = process.pid();
    [[maybe_unused]] const auto written = write(channel[1], &pid, sizeof(pid));
    pause();
    _exit(0);
  }
  pid_t server = 0;
  ASSERT_EQ(read(channel[0], &server, sizeof(server)), static_cast<ssize_t>(sizeof(server)));
  ASSERT_EQ(::kill(server, 0), 0);
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  for (int i = 0; i < 500 && ::kill(server, 0) == 0; ++i) usleep(10000);
  EXPECT_NE(::kill(server, 0), 0);
}

}  // namespace
}  // namespace emcee::servers
