// The commands on a PostgreSQL database, through the binary: codes, refusals that touch nothing,
// drift against a scratch database, signals.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "applier/postgres_connection.h"
#include "schema/checksum.h"
#include "tests/catalogue/postgres_catalogue.h"
#include "tests/cli/sandbox.h"
#include "tests/servers/postgres_server.h"

namespace emcee::testing {
namespace {

using OrderedJson = nlohmann::ordered_json;
using servers::PostgresDatabase;
using servers::run_postgres;

// As pg_dump has them, with the owner.
constexpr const char* kPostgresOld =
    "CREATE TABLE notes (id bigint PRIMARY KEY, title text NOT NULL);\nALTER TABLE notes OWNER TO app;\n";
constexpr const char* kPostgresNew =
    "CREATE TABLE notes (id bigint PRIMARY KEY, title text NOT NULL, body text);\nALTER TABLE notes OWNER TO app;\n";

// Adds a column and fills it.
OrderedJson plan_of_body() {
  const auto step = [](int number, const std::string& title, const std::string& kind) -> OrderedJson {
    return {{"number", number},
            {"title", title},
            {"kind", kind},
            {"reasons", OrderedJson::array()},
            {"hazards", OrderedJson::array()},
            {"lock", {{"time", "instant"}, {"what", "notes"}}},
            {"transactional", true},
            {"before", OrderedJson::array()},
            {"run", OrderedJson::array()},
            {"after", OrderedJson::array()},
            {"verify", OrderedJson::array()},
            {"probe", ""},
            {"undo", nullptr}};
  };
  OrderedJson add = step(1, "add column notes.body", "ddl");
  add["run"] = {"ALTER TABLE notes ADD COLUMN body text"};
  add["undo"] = {{"before", OrderedJson::array()},
                 {"run", {"ALTER TABLE notes DROP COLUMN body"}},
                 {"after", OrderedJson::array()},
                 {"verify", OrderedJson::array()},
                 {"loses", ""}};
  OrderedJson fill = step(1, "fill notes.body", "backfill");
  fill["backfill"] = {{"table", "notes"},        {"table_sql", "notes"},      {"key", {"id"}},
                      {"key_sql", {"id"}},       {"pending", "body IS NULL"}, {"set", "body = title"},
                      {"bypass_triggers", true}, {"single_update", ""}};
  OrderedJson plan = {{"format", 1},
                      {"tool", "0.1.0"},
                      {"dialect", "postgres"},
                      {"component", "main"},
                      {"release", "r"},
                      {"from", "q"},
                      {"schemas", {{"old", kPostgresOld}, {"new", kPostgresNew}}},
                      {"scripts", OrderedJson::array()},
                      {"verify", OrderedJson::array()},
                      {"resolve", {{"old", OrderedJson::array()}, {"new", OrderedJson::array()}}},
                      {"sync_objects", OrderedJson::array()},
                      {"hazards", OrderedJson::array()},
                      {"choices", OrderedJson::array()},
                      {"notes", OrderedJson::array()}};
  const auto script = [&](const std::string& phase, OrderedJson steps) {
    const std::string name = fmt::format("r_{}01", phase);
    plan["scripts"].push_back({{"name", name},
                               {"phase", phase},
                               {"number", 1},
                               {"checksum", schema::checksum(steps.dump())},
                               {"file_checksum", schema::checksum("-- " + name + "\n")},
                               {"steps", steps}});
  };
  script("expand", {add});
  script("migrate", {fill});
  script("contract", OrderedJson::array());
  return plan;
}

class PostgresCommands : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* role : {"DROP ROLE IF EXISTS app", "CREATE ROLE app LOGIN CREATEDB"}) sql(role);
    sql("GRANT CREATE ON DATABASE " + database_.name() + " TO app; GRANT CREATE, USAGE ON SCHEMA public TO app");
    run_postgres(database_.url("app"), std::string(kPostgresOld) + "INSERT INTO notes VALUES (1, 'a'), (2, 'b')");
    sandbox_.write("r/plan.json", plan_of_body().dump(2));
    for (const char* phase : {"expand", "migrate", "contract"})
      sandbox_.write(fmt::format("r/r_{}01.sql", phase), fmt::format("-- r_{}01\n", phase));
  }
  void TearDown() override {
    sql("REASSIGN OWNED BY app TO postgres");
    sql("DROP OWNED BY app");
    sql("DROP ROLE app");
  }

  std::string sql(const std::string& text) const { return run_postgres(database_.url(), text); }
  cli::ProgramResult run(const std::string& command) const {
    return sandbox_.emcee(fmt::format("{} --db '{}' --plan r", command, database_.url("app")));
  }
  int code(const std::string& command) const {
    const cli::ProgramResult result = run(command);
    if (result.status >= 4) ADD_FAILURE() << command << ": " << result.err;
    return result.status;
  }

  PostgresDatabase database_;
  Sandbox sandbox_;
};

TEST_F(PostgresCommands, LeadThroughAnUpgrade) {
  EXPECT_EQ(code("check"), 2);
  EXPECT_EQ(code("migrate"), 3);
  EXPECT_EQ(code("expand"), 0);
  EXPECT_EQ(code("expand"), 0);
  EXPECT_EQ(code("check"), 3);
  EXPECT_EQ(code("contract"), 3);
  EXPECT_EQ(code("migrate --batch 1 --max-rows 1"), 1);
  EXPECT_EQ(code("migrate"), 0);
  EXPECT_EQ(code("status"), 0);
  EXPECT_EQ(code("verify --drift"), 0);
  EXPECT_EQ(code("contract"), 0);
  EXPECT_EQ(code("check"), 0);
  EXPECT_EQ(code("verify --drift"), 0);
  EXPECT_EQ(sql("SELECT string_agg(body, ',' ORDER BY id) FROM notes"), "a,b");
  const auto version = sandbox_.emcee("version --db '" + database_.url("app") + "'");
  EXPECT_EQ(version.out, "r_expand01, r_contract01\n");
  const auto inspected = sandbox_.emcee("inspect '" + database_.url("app") + "'");
  EXPECT_EQ(inspected.status, 0) << inspected.err;
  EXPECT_NE(inspected.out.find("body text"), std::string::npos) << inspected.out;
  EXPECT_EQ(inspected.out.find("emcee"), std::string::npos) << inspected.out;
  EXPECT_EQ(sql("SELECT count(*) FROM pg_database WHERE datname LIKE 'emcee_scratch%'"), "0");
}

TEST_F(PostgresCommands, RollBack) {
  const std::string before = postgres_catalogue(database_.url());
  ASSERT_EQ(code("expand"), 0);
  ASSERT_EQ(code("rollback"), 0);
  EXPECT_EQ(postgres_catalogue(database_.url()), before);
}

// Owners count where the schema names them.
TEST_F(PostgresCommands, SeeThatAnotherRoleOwnsATable) {
  const auto as_superuser = [&](const std::string& command) {
    const auto result = sandbox_.emcee(fmt::format("{} --db '{}' --plan r 2>&1", command, database_.url()));
    return fmt::format("{}: {}", result.status, result.out);
  };
  constexpr const char* kDrift = "owner of table notes is postgres, not app";
  sql("CREATE TABLE others (id integer); ALTER TABLE notes OWNER TO postgres");
  const std::string refused = as_superuser("expand");
  EXPECT_EQ(refused.substr(0, 2), "3:") << refused;
  EXPECT_NE(refused.find(kDrift), std::string::npos) << refused;
  sql("ALTER TABLE notes OWNER TO app");
  EXPECT_EQ(code("expand"), 0);
  EXPECT_EQ(code("verify --drift"), 0);
  sql("ALTER TABLE notes OWNER TO postgres");
  const std::string drifted = as_superuser("verify --drift");
  EXPECT_EQ(drifted.substr(0, 2), "1:") << drifted;
  EXPECT_NE(drifted.find(kDrift), std::string::npos) << drifted;
}

// Who is not the owner could begin, and never finish.
TEST_F(PostgresCommands, RefuseBeforeAnythingIsWritten) {
  sql("ALTER TABLE notes OWNER TO postgres; GRANT ALL ON notes TO app");
  const std::string before = postgres_catalogue(database_.url());
  for (const char* command : {"expand", "sync"}) {
    const auto refused = run(command);
    EXPECT_EQ(refused.status, 5) << refused.err;
    EXPECT_NE(refused.err.find("ALTER TABLE notes OWNER TO app; or GRANT postgres TO app"), std::string::npos)
        << refused.err;
  }
  EXPECT_EQ(postgres_catalogue(database_.url()), before);
  EXPECT_EQ(sql("SELECT to_regnamespace('emcee')"), "NULL");

  const auto doctor = sandbox_.emcee(fmt::format("doctor '{}' --plan r --json", database_.url("app")));
  EXPECT_EQ(doctor.status, 5) << doctor.err;
  EXPECT_FALSE(OrderedJson::parse(doctor.out)["healthy"]);

  sql("ALTER TABLE notes OWNER TO app");
  ASSERT_EQ(code("expand"), 0);
  // Contract looks again.
  ASSERT_EQ(code("migrate"), 0);
  sql("ALTER TABLE notes OWNER TO postgres; GRANT ALL ON notes TO app");
  EXPECT_EQ(run("contract").status, 5);
  sql("ALTER TABLE notes OWNER TO app");
  EXPECT_EQ(code("contract"), 0);
}

TEST_F(PostgresCommands, RefuseADatabaseThatSomebodyChanged) {
  sql("ALTER TABLE notes ADD COLUMN surprise int");
  const auto refused = run("expand");
  EXPECT_EQ(refused.status, 3) << refused.err;
  EXPECT_NE(refused.err.find("surprise"), std::string::npos) << refused.err;
  sql("ALTER TABLE notes DROP COLUMN surprise");
  ASSERT_EQ(code("expand"), 0);
  ASSERT_EQ(code("migrate"), 0);
  sql("ALTER TABLE notes ALTER COLUMN title DROP NOT NULL");
  EXPECT_EQ(code("verify --drift"), 1);
  EXPECT_EQ(code("contract"), 3);
  EXPECT_EQ(code("contract --ignore-drift"), 0);
}

TEST_F(PostgresCommands, OneApplierAtATime) {
  const auto other = applier::open_postgres(database_.url());
  ASSERT_TRUE(other && (*other)->lock_runner());
  const auto refused = run("expand");
  EXPECT_EQ(refused.status, 3);
  EXPECT_NE(refused.err.find("another applier works on"), std::string::npos) << refused.err;
}

TEST_F(PostgresCommands, StopAtASignalWhileTheyWait) {
  const auto other = applier::open_postgres(database_.url());
  ASSERT_TRUE(other && (*other)->begin() && (*other)->execute("LOCK TABLE notes IN ACCESS SHARE MODE"));
  const auto stopped = sandbox_.shell(
      fmt::format("emcee expand --db '{}' --plan r --lock-timeout 100 --json > events & expand=$!\n"
                  "for i in $(seq 1200); do grep -q 'in the way: server process' events && break; sleep 0.05; done\n"
                  "kill -INT $expand; wait $expand; echo $?",
                  database_.url("app")));
  EXPECT_EQ(stopped.out, "6\n") << sandbox_.read("events");
  EXPECT_NE(stopped.err.find("stopped on request"), std::string::npos) << stopped.err;
  (*other)->rollback();
  EXPECT_EQ(code("expand"), 0);
}

TEST_F(PostgresCommands, GiveUpWithCode4) {
  const auto other = applier::open_postgres(database_.url());
  ASSERT_TRUE(other && (*other)->begin() && (*other)->execute("LOCK TABLE notes IN ACCESS SHARE MODE"));
  const auto failed = run("expand --lock-timeout 50 --retry 1");
  EXPECT_EQ(failed.status, 4) << failed.err;
}

TEST_F(PostgresCommands, NeverShowAPassword) {
  for (const std::string url :
       {"postgresql://app:s3cret@localhost:1/x", "postgresql:///x?host=/nowhere&password=s3cret",
        "postgresql://app:s3cret@localhost:one/x"})
    for (const std::string command : {"version --db", "inspect", "doctor"}) {
      const auto failed = sandbox_.emcee(fmt::format("{} '{}'", command, url));
      EXPECT_NE(failed.status, 0);
      EXPECT_EQ((failed.out + failed.err).find("s3cret"), std::string::npos) << failed.out << failed.err;
    }
  const auto wrong = sandbox_.emcee(fmt::format("check --db 'sqlite:app.db' --plan r"));
  EXPECT_EQ(wrong.status, 1);
}

}  // namespace
}  // namespace emcee::testing
