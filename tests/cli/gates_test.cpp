// What a project asks for before a phase: backups, manual steps, the old release gone; and servers that
// are not there yet.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <thread>

#include "applier/postgres_connection.h"
#include "tests/cli/sandbox.h"
#include "tests/servers/mysql_client.h"
#include "tests/servers/mysql_server.h"
#include "tests/servers/postgres_server.h"

namespace emcee::testing {
namespace {

using cli::ProgramResult;

constexpr const char* kOld = "CREATE TABLE t (id INTEGER PRIMARY KEY);\n";
constexpr const char* kNew = "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER);\n";

class Gates : public ::testing::Test {
 protected:
  void use(const std::string& db, const std::string& dialect, const std::string& rules) {
    sandbox_.write("old.sql", kOld);
    sandbox_.write("new.sql", kNew);
    sandbox_.write("r.toml", "name = \"r\"\nfrom = \"q\"\n");
    const auto planned = sandbox_.emcee("plan old.sql new.sql --map r.toml --out r --dialect " + dialect);
    ASSERT_EQ(planned.status, 0) << planned.err;
    sandbox_.write("emcee.toml", "[[component]]\nname = \"shop\"\ndb = \"" + db + "\"\nreleases = [\"r\"]\n" + rules);
  }
  void use_sqlite(const std::string& rules) {
    sandbox_.shell("sqlite3 app.db 'CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)'");
    use("sqlite:app.db", "sqlite", rules);
  }
  ProgramResult run(const std::string& command) const { return sandbox_.emcee(command + " --project emcee.toml"); }
  void run_well(const std::string& command) const {
    const auto result = run(command);
    EXPECT_EQ(result.status, 0) << command << "\n" << result.out << result.err;
  }

  Sandbox sandbox_;
};

void expect_text(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << text;
}

// A server needs a moment to see that a connection was closed.
void wait_until_none(const std::function<std::string()>& count) {
  for (int i = 0; i < 200 && count() != "0"; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(50));
}

TEST_F(Gates, ABackupIsMadeAndRecordedBeforeEachPhaseThatAsksForIt) {
  use_sqlite("[component.backup]\nbefore = [\"expand\", \"contract\"]\n");
  const auto refused = run("expand");
  EXPECT_EQ(refused.status, 3);
  expect_text(refused.err, "emcee backup --project … --component shop");
  EXPECT_EQ(sandbox_.shell("sqlite3 app.db .tables").out, "t\n");  // not even the ledger
  expect_text(run("status").out, "there is no backup of component shop");
  run_well("backup");
  EXPECT_EQ(sandbox_.shell("sqlite3 main-r-before-expand.backup 'SELECT * FROM t; PRAGMA integrity_check'").out,
            "1\nok\n");
  EXPECT_EQ(run("backup").status, 2);  // the file is there
  run_well("expand");
  run_well("migrate");
  EXPECT_EQ(run("contract").status, 3);  // the one before expand is no backup of what is there now
  EXPECT_EQ(run("confirm backup").status, 2);
  run_well("confirm backup --note 'tape 42'");
  expect_text(run("status").out, "backup before contract: tape 42");
  run_well("contract");
  run_well("contract");  // nothing to do, nothing asked
  EXPECT_EQ(run("backup --to x").status, 3);
}

TEST_F(Gates, ABackupIsMadeByTheOperatorsCommand) {
  use_sqlite("[component.backup]\ncommand = 'test $EMCEE_PHASE = contract && cp app.db $EMCEE_FILE'\n");
  const auto failed = run("backup");
  EXPECT_EQ(failed.status, 4);
  expect_text(failed.err, "the backup failed with code 1");
  run_well("expand");
  run_well("migrate");
  run_well("backup --to kept.db");
  EXPECT_TRUE(sandbox_.exists("kept.db"));
  run_well("contract");
}

TEST_F(Gates, AManualStepIsConfirmed) {
  use_sqlite(
      "[[component.manual]]\nname = \"settings\"\nbefore = \"migrate\"\ntext = \"set NEW_MODE on every node\"\n");
  run_well("expand");
  const auto refused = run("migrate");
  EXPECT_EQ(refused.status, 3);
  expect_text(refused.err, "set NEW_MODE on every node");
  expect_text(refused.err, "emcee confirm settings --project");
  EXPECT_EQ(run("confirm setting").status, 2);
  run_well("confirm settings --note 'by Ann'");
  const auto status = nlohmann::json::parse(run("status --json").out);
  EXPECT_EQ(status["notes"][0]["text"], "by Ann");
  EXPECT_FALSE(status.contains("waits_for"));
  run_well("migrate");
  // A rollback takes the confirmations with it.
  run_well("rollback");
  run_well("expand");
  EXPECT_EQ(run("migrate").status, 3);
}

TEST_F(Gates, OfflineAllIsAskedAtOnceAndAReasonPassesOver) {
  use_sqlite("[component.backup]\n[[component.manual]]\nname = \"stop\"\nbefore = \"contract\"\ntext = \"stop it\"\n");
  const auto refused = run("sync");
  EXPECT_EQ(refused.status, 3);
  expect_text(refused.err, "no backup");
  expect_text(refused.err, "stop it");
  EXPECT_EQ(run("sync --dry-run").status, 0);
  // What refuses for another reason records nothing.
  sandbox_.shell("sqlite3 app.db 'ALTER TABLE t ADD COLUMN strange TEXT'");
  EXPECT_EQ(run("sync --despite 'test system'").status, 3);
  EXPECT_EQ(sandbox_.shell("sqlite3 app.db .tables").out, "t\n");
  sandbox_.shell("sqlite3 app.db 'ALTER TABLE t DROP COLUMN strange'");
  run_well("sync --despite 'test system'");
  const auto status = run("status");
  expect_text(status.out, "test system (passed over: there is no backup of component shop; the manual step stop");
}

// Tables go with all their rows: that has a confirmation of its own.
TEST_F(Gates, DroppedTablesAreConfirmed) {
  use_sqlite("");
  sandbox_.shell("sqlite3 app.db 'CREATE TABLE gone (id INTEGER PRIMARY KEY); INSERT INTO gone VALUES (7)'");
  sandbox_.write("old.sql", kOld + std::string("CREATE TABLE gone (id INTEGER PRIMARY KEY);\n"));
  ASSERT_EQ(sandbox_.emcee("plan old.sql new.sql --map r.toml --out r2").status, 0);
  sandbox_.write("emcee.toml", "[[component]]\nname = \"shop\"\ndb = \"sqlite:app.db\"\nreleases = [\"r2\"]\n");
  EXPECT_EQ(run("sync").status, 3);
  run_well("expand");
  run_well("migrate");
  const auto refused = run("contract");
  EXPECT_EQ(refused.status, 3);
  expect_text(refused.err, "contract drops with all rows: gone");
  expect_text(refused.err, "emcee confirm dropped-tables");
  run_well("confirm dropped-tables --note 'nobody reads it'");
  run_well("contract");
  EXPECT_EQ(sandbox_.shell("sqlite3 app.db 'SELECT * FROM gone'").status, 1);
  use_sqlite("[[component.manual]]\nname = \"dropped-tables\"\nbefore = \"expand\"\ntext = \"x\"\n");
  expect_text(run("status").err, "contract asks for by itself");
}

TEST_F(Gates, WhatIsWrittenWronglyIsRefusedAtItsPlace) {
  use_sqlite("old_clients = [\"glance\"]\n");
  expect_text(run("status").err, "'glance' names no client");
  use_sqlite("old_clients = [\"user:glance\"]\n");
  const auto refused = run("sync");
  EXPECT_EQ(refused.status, 2);
  expect_text(refused.err, "is a file: who has it open is not known");
  use_sqlite("old_statements = \"10s\"\n");
  run_well("expand");
  run_well("migrate");
  expect_text(run("contract").err, "which statements others run is not known");
  use_sqlite("old_statements = \"soon\"\n");
  expect_text(run("status").err, "'soon' is no time");
  use_sqlite("[component.backup]\nbefore = \"later\"\n");
  expect_text(run("status").err, "'later' is no phase");
  use_sqlite("[[component.manual]]\nname = \"backup\"\nbefore = \"expand\"\ntext = \"x\"\n");
  expect_text(run("status").err, "'backup' is the name of the component's backup");
}

TEST_F(Gates, ContractWaitsUntilTheOldReleaseIsGoneOnPostgres) {
  const servers::PostgresDatabase database;
  servers::run_postgres(database.url(), kOld);
  use(database.url(), "postgres", "old_clients = [\"program:glance-ocata*\"]\n");
  run_well("expand");
  run_well("migrate");
  {
    const auto old = applier::open_postgres(database.url() + "&application_name=glance-ocata-api", {});
    ASSERT_TRUE(old);
    const auto refused = run("contract");
    EXPECT_EQ(refused.status, 3);
    expect_text(refused.err, "glance-ocata-api");
    expect_text(run("status").out, "the old release is still connected");
  }
  wait_until_none([&] {
    return servers::run_postgres(database.url(),
                                 "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'glance%'");
  });
  run_well("contract");
}

class GatesOnMysql : public Gates, public ::testing::WithParamInterface<servers::MysqlFlavour> {};

TEST_P(GatesOnMysql, ContractWaitsUntilTheOldReleaseIsGone) {
  EMCEE_NEEDS_MYSQL(GetParam());
  servers::MysqlServer& server = servers::MysqlServer::shared(GetParam());
  const std::string database = server.fresh_database();
  const std::string dialect(to_string(GetParam()));
  servers::MysqlClient client(server.root(database));
  client.run(kOld);
  use(server.url(database), dialect, "old_clients = [\"user:ocata\"]\n");
  run_well("expand");
  run_well("migrate");
  client.run("CREATE USER IF NOT EXISTS ocata@localhost IDENTIFIED BY 'secret'");
  client.run("GRANT ALL ON " + database + ".* TO ocata@localhost");
  {
    const servers::MysqlClient old({server.socket(), "ocata", "secret", database});
    const auto refused = run("contract");
    EXPECT_EQ(refused.status, 3);
    expect_text(refused.err, "user ocata");
    // Who may not see the sessions of others would miss them.
    use(server.url(database, "ocata", "secret"), dialect, "old_clients = [\"user:somebody\"]\n");
    const auto blind = run("contract");
    EXPECT_EQ(blind.status, 5);
    expect_text(blind.err, "GRANT PROCESS");
  }
  use(server.url(database), dialect, "old_clients = [\"user:ocata\"]\n");
  wait_until_none(
      [&] { return client.value("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = 'ocata'"); });
  run_well("contract");
}

TEST_P(GatesOnMysql, ProgramsAreKnownByTheirNames) {
  EMCEE_NEEDS_MYSQL(GetParam());
  servers::MysqlServer& server = servers::MysqlServer::shared(GetParam());
  const std::string database = server.fresh_database();
  servers::MysqlClient(server.root(database)).run(kOld);
  use(server.url(database), std::string(to_string(GetParam())), "old_clients = [\"program:my*\"]\n");
  run_well("expand");
  run_well("migrate");
  if (GetParam() == servers::MysqlFlavour::mariadb) {
    const auto refused = run("contract");
    EXPECT_EQ(refused.status, 4);
    expect_text(refused.err, "performance_schema is off");
    return;
  }
  const auto refused =
      sandbox_.shell(servers::mysql_program(GetParam(), "mysql") + " --user=root --socket=" + server.socket() + " " +
                     database + " -e 'SELECT SLEEP(60)' > /dev/null & client=$!\n" +
                     "for i in $(seq 200); do emcee status --project emcee.toml | grep -q 'still connected' && break; "
                     "sleep 0.05; done\n"
                     "emcee contract --project emcee.toml; echo $?; kill $client");
  EXPECT_EQ(refused.out, "3\n") << refused.err;
  expect_text(refused.err, "user root, mysql");
}

INSTANTIATE_TEST_SUITE_P(Servers, GatesOnMysql, ::testing::ValuesIn(servers::kMysqlFlavours),
                         ::testing::PrintToStringParamName());

TEST_F(Gates, AServerThatIsNotThereYetIsWaitedFor) {
  use("postgresql:///x?host=/nowhere", "postgres", "");
  const auto at_once = run("expand --retry 0");
  EXPECT_EQ(at_once.status, 4);
  const auto tried = run("expand --retry 2 --retry-interval 10");
  EXPECT_EQ(tried.status, 4);
  std::size_t waits = 0;
  for (std::size_t at = 0; (at = tried.err.find("waiting for the database", at)) != std::string::npos; ++at) ++waits;
  EXPECT_EQ(waits, 2U) << tried.err;
}

}  // namespace
}  // namespace emcee::testing
