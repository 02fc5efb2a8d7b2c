// The examination of PostgreSQL: each finding provoked on a real server, and gone after its remedy.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <libpq-fe.h>
#include <memory>
#include <regex>
#include <thread>

#include "applier/postgres_connection.h"
#include "cli/doctor.h"
#include "tests/servers/postgres_server.h"

namespace emcee::cli {
namespace {

using servers::PostgresDatabase;
using servers::PostgresServer;
using servers::run_postgres;

// The application's owner is no superuser, as it should be.
class PostgresDoctor : public ::testing::Test {
 protected:
  void SetUp() override {
    sql("DROP ROLE IF EXISTS app");
    sql("CREATE ROLE app LOGIN");
    sql("GRANT CREATE ON DATABASE " + database.name() + " TO app; GRANT CREATE, USAGE ON SCHEMA public TO app");
    sql("CREATE TABLE images (id int PRIMARY KEY, name text); ALTER TABLE images OWNER TO app");
  }
  void TearDown() override {
    sql("REASSIGN OWNED BY app TO postgres");
    sql("DROP OWNED BY app");
    sql("DROP ROLE app");
  }

  void sql(const std::string& text) { run_postgres(database.url(), text); }

  // Of a plan that changes `images`.
  std::vector<Symptom> symptoms(const std::string& user = "app") {
    const auto connection = applier::open_postgres(database.url(user));
    EXPECT_TRUE(connection) << (connection ? "" : schema::to_text(connection.error()));
    if (!connection) return {};
    Examination examination;
    examination.all_tables = false;
    examination.tables = {{{}, schema::Identifier("images")}};
    examination.long_transaction = std::chrono::milliseconds(100);
    const auto found = examine_postgres(**connection, examination);
    EXPECT_TRUE(found) << (found ? "" : schema::to_text(found.error()));
    return found ? *found : std::vector<Symptom>();
  }

  // All but what is good, one line each.
  std::string found(const std::string& user = "app") {
    std::string lines;
    for (const Symptom& each : symptoms(user))
      if (each.severity != Severity::good)
        lines += fmt::format("{}{}\n  {}\n", each.blocks ? "blocks: " : "", each.what, each.remedy);
    return lines;
  }

  // Exactly this is found, and nothing once the remedy has run.
  void expect_cured(const std::string& what, const std::string& remedy) {
    EXPECT_EQ(found(), what + "\n  " + remedy + "\n");
    sql(remedy.substr(0, remedy.find("; or")));
    EXPECT_EQ(found(), "");
  }

  PostgresDatabase database;
};

TEST_F(PostgresDoctor, FindsNothingWhereAllIsWell) {
  EXPECT_EQ(found(), "");
  EXPECT_EQ(found("postgres"), "");
  EXPECT_GT(symptoms().size(), 10u);  // each good check says so
}

TEST_F(PostgresDoctor, SeesATableOfAnotherOwner) {
  sql("ALTER TABLE images OWNER TO postgres; GRANT ALL ON images TO app");
  // The server agrees: triggers can be made, and not be dropped.
  run_postgres(database.url("app"), "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'");
  run_postgres(database.url("app"), "CREATE TRIGGER t BEFORE INSERT ON images FOR EACH ROW EXECUTE FUNCTION f()");
  EXPECT_THROW(run_postgres(database.url("app"), "DROP TRIGGER t ON images"), std::runtime_error);
  expect_cured("blocks: table images belongs to postgres: app could make triggers on it, and never drop them",
               "ALTER TABLE images OWNER TO app; or GRANT postgres TO app");
  run_postgres(database.url("app"), "DROP TRIGGER t ON images");
}

TEST_F(PostgresDoctor, AMemberOfTheOwnerMayChangeTheTable) {
  sql("DROP ROLE IF EXISTS owners");
  sql("CREATE ROLE owners; ALTER TABLE images OWNER TO owners; GRANT CREATE ON SCHEMA public TO owners");
  EXPECT_NE(found(), "");
  sql("GRANT owners TO app");
  EXPECT_EQ(found(), "");
  run_postgres(database.url("app"), "ALTER TABLE images ADD COLUMN more int");
  sql("REASSIGN OWNED BY owners TO app");
  sql("DROP OWNED BY owners; DROP ROLE owners");
}

TEST_F(PostgresDoctor, LeavesTablesOutOfThePlanAlone) {
  sql("CREATE TABLE others (id int)");
  EXPECT_EQ(found(), "");
}

TEST_F(PostgresDoctor, SeesASchemaThatIsClosed) {
  sql("REVOKE CREATE ON SCHEMA public FROM app");
  expect_cured("blocks: app may not create objects in schema public", "GRANT USAGE, CREATE ON SCHEMA public TO app");
}

TEST_F(PostgresDoctor, SeesThatThereIsNoPlaceForTheLedger) {
  sql("REVOKE CREATE ON DATABASE " + database.name() + " FROM app");
  expect_cured("blocks: app may not create the schema emcee, where the ledger lies",
               "CREATE SCHEMA emcee AUTHORIZATION app; or GRANT CREATE ON DATABASE " + database.name() + " TO app");
}

TEST_F(PostgresDoctor, SeesALedgerOfSomebodyElse) {
  sql("CREATE SCHEMA emcee; CREATE TABLE emcee.ledger (id int)");
  EXPECT_EQ(found(),
            "blocks: app may not use and create objects in schema emcee\n  GRANT USAGE, CREATE ON SCHEMA emcee TO app\n"
            "blocks: app may not write the ledger\n  GRANT SELECT, INSERT, UPDATE, DELETE ON emcee.ledger TO app\n");
  sql("GRANT USAGE, CREATE ON SCHEMA emcee TO app; GRANT SELECT, INSERT, UPDATE, DELETE ON emcee.ledger TO app");
  EXPECT_EQ(found(), "");
}

TEST_F(PostgresDoctor, SeesRowsThatAPolicyHides) {
  sql("ALTER TABLE images ENABLE ROW LEVEL SECURITY");
  EXPECT_EQ(found(), "");  // not from the owner
  sql("ALTER TABLE images FORCE ROW LEVEL SECURITY");
  EXPECT_THROW(run_postgres(database.url("app"), "SET row_security = off; SELECT * FROM images"), std::runtime_error);
  expect_cured(
      "blocks: row level security hides rows of images from app: a backfill would not see them (it is forced upon the "
      "owner)",
      "ALTER ROLE app BYPASSRLS; or ALTER TABLE images NO FORCE ROW LEVEL SECURITY until the upgrade is done");
}

TEST_F(PostgresDoctor, SeesAPublishedTableWithoutIdentity) {
  sql("ALTER TABLE images DROP CONSTRAINT images_pkey; CREATE PUBLICATION everything FOR ALL TABLES");
  EXPECT_THROW(run_postgres(database.url("app"), "INSERT INTO images VALUES (1, 'a'); UPDATE images SET name = 'b'"),
               std::runtime_error);
  const std::string note =
      "publication everything is FOR ALL TABLES, the ledger included: a subscriber stops at a column that it does not "
      "have\n  run expand on the subscribers first, contract on them last\n";
  EXPECT_EQ(found(),
            "blocks: table images is published (everything) and has no replica identity: every UPDATE of it fails\n"
            "  give it a primary key, or ALTER TABLE images REPLICA IDENTITY FULL\n" +
                note);
  sql("ALTER TABLE images REPLICA IDENTITY FULL");
  EXPECT_EQ(found(), note);
}

TEST_F(PostgresDoctor, SeesSessionsWithoutTriggers) {
  sql("ALTER ROLE app SET session_replication_role = replica");
  // The role's own session is one of them.
  EXPECT_NE(found("postgres")
                .find("blocks: role app has session_replication_role=replica: triggers do not fire for what "
                      "it writes\n  ALTER ROLE app RESET session_replication_role\n"),
            std::string::npos)
      << found("postgres");
  sql("ALTER ROLE app RESET session_replication_role");
  sql("ALTER DATABASE " + database.name() + " SET session_replication_role = replica");
  EXPECT_NE(found("postgres").find("session_replication_role is replica here"), std::string::npos);
  EXPECT_NE(found("postgres").find("ALTER DATABASE " + database.name() + " RESET session_replication_role"),
            std::string::npos)
      << found("postgres");
}

TEST_F(PostgresDoctor, SeesEventTriggers) {
  sql("CREATE FUNCTION veto() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER watch ON "
      "ddl_command_start EXECUTE FUNCTION veto()");
  expect_cured("event trigger watch runs veto() at every ddl_command_start, and may refuse what Emcee does",
               "ALTER EVENT TRIGGER watch DISABLE; or see that veto() lets it pass");
}

TEST_F(PostgresDoctor, SeesLongTransactions) {
  const auto other = applier::open_postgres(database.url("app"));
  ASSERT_TRUE(other);
  ASSERT_TRUE((*other)->begin());
  const auto pid = (*other)->query("SELECT pg_backend_pid() FROM images RIGHT JOIN (SELECT 1) AS one ON true");
  ASSERT_TRUE(pid);
  const std::string number = applier::to_text(pid->front().front());
  std::this_thread::sleep_for(std::chrono::milliseconds(150));
  // How long it has been open depends on how busy the machine is.
  EXPECT_EQ(
      std::regex_replace(found(), std::regex("for [0-9]+ s:"), "for N s:"),
      fmt::format("server process {0} (emcee, user app, idle in transaction) has had a transaction open for N s: it "
                  "holds up every change of a table that it read\n  let it end, or SELECT pg_terminate_backend({0})\n",
                  number));
  sql(fmt::format("SELECT pg_terminate_backend({}, 5000)", number));
  EXPECT_EQ(found(), "");
}

TEST_F(PostgresDoctor, SeesPreparedTransactions) {
  run_postgres(database.url("app"), "BEGIN; INSERT INTO images VALUES (1, 'a'); PREPARE TRANSACTION 'forgotten'");
  std::this_thread::sleep_for(std::chrono::milliseconds(150));
  const std::string lines = found();
  EXPECT_NE(lines.find("prepared transaction 'forgotten' of app is open since"), std::string::npos) << lines;
  EXPECT_NE(lines.find("COMMIT PREPARED 'forgotten' or ROLLBACK PREPARED 'forgotten'"), std::string::npos) << lines;
  sql("ROLLBACK PREPARED 'forgotten'");
  EXPECT_EQ(found(), "");
}

TEST_F(PostgresDoctor, SeesAnInvalidIndex) {
  sql("INSERT INTO images VALUES (1, 'a'), (2, 'a')");
  EXPECT_THROW(sql("CREATE UNIQUE INDEX CONCURRENTLY images_name ON images (name)"), std::runtime_error);
  expect_cured(
      "index images_name of images is invalid: CREATE INDEX CONCURRENTLY failed, or an index of a partition is missing",
      "DROP INDEX CONCURRENTLY images_name; or REINDEX INDEX CONCURRENTLY images_name");
}

TEST_F(PostgresDoctor, SeesAConstraintThatWasNotValidated) {
  sql("ALTER TABLE images ADD CONSTRAINT positive CHECK (id > 0) NOT VALID");
  expect_cured("constraint positive of images is not validated: rows that were there may break it",
               "ALTER TABLE images VALIDATE CONSTRAINT positive");
}

TEST_F(PostgresDoctor, SeesAForgottenReplicationSlot) {
  sql("SELECT pg_create_logical_replication_slot('stale', 'pgoutput')");
  const std::string lines = found();
  EXPECT_EQ(lines.find("replication slot stale is not in use and keeps "), 0u) << lines;
  sql("SELECT pg_drop_replication_slot('stale')");
  EXPECT_EQ(found(), "");
}

TEST_F(PostgresDoctor, SeesASubscription) {
  sql("CREATE SUBSCRIPTION feed CONNECTION 'host=/nowhere' PUBLICATION p WITH (connect = false)");
  EXPECT_EQ(found(), "");  // not enabled
  sql("ALTER SUBSCRIPTION feed ENABLE");
  const std::string lines = found();
  EXPECT_NE(lines.find("subscription feed writes here as a replica: ordinary triggers do not see its rows"),
            std::string::npos)
      << lines;
  sql("ALTER SUBSCRIPTION feed DISABLE");
  sql("ALTER SUBSCRIPTION feed SET (slot_name = NONE)");
  sql("DROP SUBSCRIPTION feed");
}

TEST_F(PostgresDoctor, SeesOtherSessions) {
  const std::string url = database.url("app") + "&application_name=shop";
  const std::unique_ptr<PGconn, decltype(&PQfinish)> session(PQconnectdb(url.c_str()), &PQfinish);
  ASSERT_EQ(PQstatus(session.get()), CONNECTION_OK);
  EXPECT_EQ(found().find("1 sessions of shop (user app) are connected"), 0u) << found();
}

TEST_F(PostgresDoctor, SeesWhatAnUpgradeLeftBehind) {
  sql("CREATE FUNCTION emcee_sync() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'; CREATE TRIGGER "
      "zzz_emcee_sync BEFORE INSERT ON images FOR EACH ROW EXECUTE FUNCTION emcee_sync(); CREATE INDEX emcee_i ON "
      "images "
      "(name)");
  EXPECT_EQ(
      found(),
      "objects of an upgrade that is not finished: function emcee_sync(), index emcee_i, trigger zzz_emcee_sync on "
      "images\n  finish it with contract, or go back with rollback; `emcee status` says where it stands\n");
}

TEST_F(PostgresDoctor, SeesAReadOnlyRole) {
  sql("ALTER ROLE app SET default_transaction_read_only = on");
  const auto connection = applier::open_postgres(database.url("app"));
  EXPECT_EQ(found().find("blocks: sessions of app are read-only by default\n  ALTER ROLE app SET "
                         "default_transaction_read_only = off\n"),
            0u)
      << found();
}

TEST_F(PostgresDoctor, WithoutAPlanListsEveryTableAndBlocksForNone) {
  sql("CREATE TABLE a (id int); CREATE TABLE \"Odd name\" (id int)");
  const auto connection = applier::open_postgres(database.url("app"));
  ASSERT_TRUE(connection);
  const auto all = examine_postgres(**connection, {});
  ASSERT_TRUE(all) << schema::to_text(all.error());
  std::string missing;
  for (const Symptom& each : *all) {
    EXPECT_FALSE(each.blocks) << each.what;
    if (each.severity == Severity::missing) missing += each.remedy + "\n";
  }
  EXPECT_EQ(missing,
            "ALTER TABLE \"Odd name\" OWNER TO app; or GRANT postgres TO app\nALTER TABLE a OWNER TO app; or GRANT "
            "postgres TO app\n");
}

}  // namespace
}  // namespace emcee::cli
