// Contract looks for statements of the old release on the servers, and waits until there are none.
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <thread>

#include "applier/postgres_connection.h"
#include "cli/old_statements.h"
#include "dialects/registry.h"
#include "tests/cli/sandbox.h"
#include "tests/servers/mysql_client.h"
#include "tests/servers/mysql_server.h"
#include "tests/servers/postgres_server.h"

namespace emcee::testing {
namespace {

constexpr const char* kStatementsOld =
    "CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(40));\n"
    "CREATE TABLE pets (id INTEGER PRIMARY KEY, name VARCHAR(40));\n";
constexpr const char* kStatementsNew =
    "CREATE TABLE users (id INTEGER PRIMARY KEY, full_name VARCHAR(40));\n"
    "CREATE TABLE pets (id INTEGER PRIMARY KEY, name VARCHAR(40));\n";
const std::string kOldWrite = "UPDATE users SET name = 'a' WHERE id = 1";
const std::string kNewWrite = "UPDATE users SET full_name = 'b' WHERE id = 1";

// One statement after the other, until it goes away.
class Busy {
 public:
  Busy(std::function<void(const std::string&)> run, const std::string& statement)
      : thread_([this, run = std::move(run), statement] {
          while (!stop_) {
            run(statement);
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
          }
        }) {}
  ~Busy() {
    stop_ = true;
    thread_.join();
  }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

 private:
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

class OldStatements : public ::testing::Test {
 protected:
  void use(const std::string& db, const std::string& dialect) {
    sandbox_.write("old.sql", kStatementsOld);
    sandbox_.write("new.sql", kStatementsNew);
    sandbox_.write("r.toml", "name = \"r\"\n[[rename]]\ntable = \"users\"\nfrom = \"name\"\nto = \"full_name\"\n");
    const auto planned = sandbox_.emcee("plan old.sql new.sql --map r.toml --out r --dialect " + dialect);
    ASSERT_EQ(planned.status, 0) << planned.err;
    sandbox_.write("emcee.toml", "[[component]]\nname = \"shop\"\ndb = \"" + db +
                                     "\"\nreleases = [\"r\"]\nold_statements = \"2s\"\n");
    for (const char* phase : {"expand", "migrate"}) {
      ASSERT_EQ(run(phase).status, 0);
    }
  }
  cli::ProgramResult run(const std::string& command) const { return sandbox_.emcee(command + " --project emcee.toml"); }

  // `run`: one statement, on one session that stays. REQUIRES: the database is expanded and migrated.
  void check_that_contract_waits(const std::function<void(const std::string&)>& statement) const {
    {
      const Busy old_release(statement, kOldWrite);
      const auto refused = run("contract");
      EXPECT_EQ(refused.status, 3) << refused.out << refused.err;
      EXPECT_NE(refused.err.find("the old release was at work:\n    users.name: "), std::string::npos) << refused.err;
    }
    const Busy new_release(statement, kNewWrite);
    const auto contracted = run("contract");
    EXPECT_EQ(contracted.status, 0) << contracted.err;
    EXPECT_EQ(run("contract").status, 0);
  }

  void check_on(servers::PostgresServer& server, const std::string& before) {
    const servers::PostgresDatabase database(server);
    servers::run_postgres(database.url(), before + kStatementsOld + "INSERT INTO users VALUES (1, 'x')");
    use(database.url(), "postgres");
    const auto session = applier::open_postgres(database.url() + "&application_name=shop", {});
    ASSERT_TRUE(session);
    check_that_contract_waits([&](const std::string& sql) { static_cast<void>((*session)->execute(sql)); });
  }

  Sandbox sandbox_;
};

TEST_F(OldStatements, AreSeenInTheSessionsOfPostgres) { check_on(servers::PostgresServer::shared(), ""); }

TEST_F(OldStatements, AreCountedByPgStatStatements) {
  servers::PostgresServer server({"shared_preload_libraries=pg_stat_statements", "pg_stat_statements.track=all"});
  check_on(server, "CREATE SCHEMA \"Monitor\"; CREATE EXTENSION pg_stat_statements SCHEMA \"Monitor\";");
}

class OldStatementsOnMysql : public OldStatements, public ::testing::WithParamInterface<servers::MysqlFlavour> {};

TEST_P(OldStatementsOnMysql, AreCountedByTheServer) {
  EMCEE_NEEDS_MYSQL(GetParam());
  servers::MysqlServer server(GetParam(), {true, {"--performance-schema=ON"}});
  const std::string database = server.fresh_database();
  servers::MysqlClient client(server.root(database));
  client.run(kStatementsOld + std::string("INSERT INTO users VALUES (1, 'x')"));
  use(server.url(database), std::string(to_string(GetParam())));
  client.run("UPDATE performance_schema.setup_consumers SET ENABLED = 'NO' WHERE NAME = 'statements_digest'");
  const auto blind = run("contract");
  EXPECT_EQ(blind.status, 4);
  EXPECT_NE(blind.err.find("the server keeps no statements"), std::string::npos) << blind.err;
  client.run("UPDATE performance_schema.setup_consumers SET ENABLED = 'YES' WHERE NAME = 'statements_digest'");
  check_that_contract_waits([&](const std::string& sql) { client.try_sql(sql); });
}

INSTANTIATE_TEST_SUITE_P(Servers, OldStatementsOnMysql, ::testing::ValuesIn(servers::kMysqlFlavours),
                         ::testing::PrintToStringParamName());

TEST(OldNames, AreThoseThatTheNewSchemaLacks) {
  const auto dialect = dialects::make("postgres", "");
  ASSERT_TRUE(dialect);
  const auto read = [&](const std::string& ddl) {
    parser::Coverage coverage;
    return *(*dialect)->read({parser::Source("test", ddl)}, true, coverage);
  };
  const cli::OldNames names(read(kStatementsOld + std::string("CREATE TABLE gone (id INTEGER);")),
                            read(kStatementsNew));
  EXPECT_EQ(names.find_in("UPDATE `users` SET `name` = ?"), "users.name");
  EXPECT_EQ(names.find_in("select \"NAME\" from Users"), "users.name");
  EXPECT_EQ(names.find_in("DELETE FROM gone"), "gone");
  EXPECT_EQ(names.find_in("UPDATE users SET full_name = 'name of gone'"), "");
  EXPECT_EQ(names.find_in("SELECT name FROM pets"), "");
  EXPECT_EQ(names.find_in("SELECT p.name FROM pets p JOIN users u USING (id)"), "");  // it may be that of pets
  EXPECT_EQ(names.find_in("SELECT 'unfinished"), "");
  EXPECT_EQ(names.find_in(""), "");
}

}  // namespace
}  // namespace emcee::testing
