// A real cluster of three nodes: one applier on all of them, a node that is cut off, flow control, certification, and
// what is of one node only. The upgrade under the traffic of both releases is the soak's.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "tests/cli/sandbox.h"
#include "tests/servers/galera_cluster.h"

namespace emcee::testing {
namespace {

using servers::GaleraCluster;
using servers::MysqlClient;
using std::chrono::milliseconds;

constexpr int kRows = 3000;

class Galera : public ::testing::Test {
 protected:
  static void TearDownTestSuite() { cluster().reset(); }
  static std::unique_ptr<GaleraCluster>& cluster() {
    static std::unique_ptr<GaleraCluster> shared;
    return shared;
  }

  void SetUp() override {
    EMCEE_NEEDS_GALERA
    if (!cluster()) cluster() = std::make_unique<GaleraCluster>();
    database_ = cluster()->node(0).fresh_database();
    box_.write("old.sql", "CREATE TABLE images (id INT PRIMARY KEY, is_public TINYINT(1) NOT NULL);\n");
    box_.write("new.sql",
               "CREATE TABLE images (id INT PRIMARY KEY, visibility ENUM('private', 'public', 'shared', 'community') "
               "NOT NULL DEFAULT 'shared');\n");
    box_.write("ocata.toml",
               "name = \"ocata\"\n[[map]]\ntable = \"images\"\nold = [\"is_public\"]\nnew = [\"visibility\"]\n"
               "up.visibility = \"CASE WHEN is_public = 1 THEN 'public' ELSE 'shared' END\"\n"
               "down.is_public = \"CASE WHEN visibility = 'public' THEN 1 ELSE 0 END\"\n");
    planned_ = box_.emcee("plan old.sql new.sql --map ocata.toml --out r --dialect mariadb --topology galera");
    ASSERT_EQ(planned_.status, 0) << planned_.err;
    MysqlClient client = on(0);
    client.run(box_.read("old.sql"));
    client.run(fmt::format("INSERT INTO images SELECT seq, seq % 2 FROM seq_1_to_{}", kRows));
    for (std::size_t i = 1; i < GaleraCluster::kNodes; ++i) cluster()->wait_until_caught_up(i);
  }

  // A session of an application, which sees what was committed on any node.
  MysqlClient on(std::size_t node) {
    MysqlClient client(cluster()->node(node).root(database_));
    client.run("SET SESSION wsrep_sync_wait = 7");
    return client;
  }
  std::string command(const std::string& words, std::size_t node) {
    return fmt::format("emcee {} --db '{}' --plan r", words, cluster()->node(node).url(database_));
  }
  cli::ProgramResult run(const std::string& words, std::size_t node = 0) { return box_.shell(command(words, node)); }
  void must(const std::string& words, std::size_t node = 0) {
    const auto result = run(words, node);
    EXPECT_EQ(result.status, 0) << words << "\n" << result.out << result.err;
  }
  // A command that runs while the test does other things; its output and `code` are in files `NAME.*`.
  void start(const std::string& name, const std::string& words, std::size_t node = 0) {
    const int before = migrated(node);
    box_.shell(
        fmt::format("({} >{}.out 2>{}.err & echo $! >{}.pid; wait $!; echo $? >{}.tmp; mv {}.tmp {}.code) "
                    ">/dev/null 2>&1 </dev/null &",
                    command(words, node), name, name, name, name, name, name));
    until([&] { return migrated(node) > before; });
  }
  void signal(const std::string& name, const std::string& signal) {
    EXPECT_EQ(box_.shell(fmt::format("kill -{} $(cat {}.pid)", signal, name)).status, 0);
  }
  std::string code_of(const std::string& name) {
    until([&] { return box_.exists(name + ".code"); });
    return box_.read(name + ".code");
  }
  template <class Condition>
  void until(const Condition& condition) {
    for (int i = 0; i < 3000; ++i) {
      if (condition()) return;
      std::this_thread::sleep_for(milliseconds(10));
    }
    FAIL() << "it does not come to that";
  }
  int migrated(std::size_t node) {
    return std::stoi(MysqlClient(cluster()->node(node).root(database_)).value("SELECT COUNT(visibility) FROM images"));
  }
  void expect_all_migrated() {
    for (std::size_t i = 0; i < GaleraCluster::kNodes; ++i) {
      EXPECT_EQ(on(i).value("SELECT COUNT(*) FROM images WHERE visibility = IF(is_public, 'public', 'shared')"),
                std::to_string(kRows));
      EXPECT_EQ(on(i).value("SELECT COUNT(*) FROM emcee_ledger WHERE component = 'emcee.lock'"), "0");
    }
  }
  static void expect_text(const std::string& text, const std::string& words) {
    EXPECT_NE(text.find(words), std::string::npos) << "not there: " << words << "\n" << text;
  }

  Sandbox box_;
  std::string database_;
  cli::ProgramResult planned_;
};

// GET_LOCK is of one node.
TEST_F(Galera, OneApplierAtATimeOnAllNodes) {
  must("expand");
  start("first", "migrate --batch 100 --sleep 100");
  const auto second = run("migrate", 1);
  EXPECT_EQ(second.status, 3) << second.out << second.err;
  expect_text(second.err, "another applier works on");
  expect_text(second.err, "on another node: node node1");
  EXPECT_EQ(run("rollback --discard", 2).status, 3);
  EXPECT_EQ(code_of("first"), "0\n") << box_.read("first.err");
  expect_all_migrated();
  must("contract", 1);  // the lock was given back
  EXPECT_EQ(on(2).value("SELECT GROUP_CONCAT(COLUMN_NAME) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = "
                        "DATABASE() AND TABLE_NAME = 'images'"),
            "id,visibility");
}

TEST_F(Galera, TheWorkOfAnApplierThatWasKilledIsTakenOverOnAnyNode) {
  must("expand");
  start("first", "migrate --batch 100 --sleep 200");
  signal("first", "KILL");
  EXPECT_EQ(code_of("first"), "137\n");
  // As if it still counted up: another node has to believe that, and its own node knows better.
  std::atomic<bool> stop{false};
  std::thread ghost([&] {
    for (MysqlClient client = on(0); !stop; std::this_thread::sleep_for(milliseconds(300)))
      client.try_sql("UPDATE emcee_ledger SET rows_done = rows_done + 1 WHERE component = 'emcee.lock'");
  });
  const int elsewhere = run("migrate --max-rows 100", 1).status, here = run("migrate --max-rows 100").status;
  stop = true;
  ghost.join();
  EXPECT_EQ(elsewhere, 3);
  EXPECT_EQ(here, 1);

  start("second", "migrate --batch 100 --sleep 200");
  signal("second", "KILL");
  must("migrate", 1);  // it sees that nobody counts up any more
  expect_all_migrated();
}

// A process that sleeps, as a node that is cut off, does not know that somebody else works.
TEST_F(Galera, AnApplierThatWasTakenForDeadChangesNothingAnyMore) {
  must("expand");
  start("first", "migrate --batch 100 --sleep 200");
  signal("first", "STOP");
  must("migrate", 1);
  must("contract", 1);
  signal("first", "CONT");
  EXPECT_EQ(code_of("first"), "3\n") << box_.read("first.out") << box_.read("first.err");
  expect_text(box_.read("first.err"), "another applier has taken over");
  EXPECT_EQ(run("check", 2).status, 0);
}

TEST_F(Galera, ANodeThatIsCutOffIsLeftAlone) {
  must("expand");
  must("migrate");
  cluster()->cut_off(2);
  for (const char* words : {"contract", "migrate", "rollback", "verify", "status"}) {
    const auto refused = run(words, 2);
    EXPECT_EQ(refused.status, 4) << words << refused.out;
    expect_text(refused.err, "this node of the cluster answers nobody: wsrep_cluster_status is non-Primary");
    expect_text(refused.err, "work on a node of the primary component");
  }
  EXPECT_EQ(run("check", 2).status, 1);
  EXPECT_EQ(box_.emcee("doctor '" + cluster()->node(2).url(database_) + "' --plan r").status, 4);
  EXPECT_EQ(run("check").status, 4) << "the others go on: contract is next";
  cluster()->rejoin(2);
  must("contract", 2);
  EXPECT_EQ(run("check").status, 0);
}

TEST_F(Galera, MigrateGoesOnWhenItsNodeComesBack) {
  must("expand");
  start("first", "migrate --batch 100 --sleep 100 --json");
  cluster()->cut_off(0);
  EXPECT_FALSE(box_.exists("first.code")) << box_.read("first.out") << box_.read("first.err");
  std::this_thread::sleep_for(std::chrono::seconds(1));
  cluster()->rejoin(0);
  EXPECT_EQ(code_of("first"), "0\n") << box_.read("first.out") << box_.read("first.err");
  expect_text(box_.read("first.out"), "\"waiting\"");
  expect_all_migrated();
}

// A node that cannot keep up makes all others wait at COMMIT: the application must not wait for batches too.
TEST_F(Galera, BatchesWaitForANodeThatIsSlow) {
  must("expand");
  start("first", "migrate --batch 50 --sleep 20 --json");
  MysqlClient slow(cluster()->node(2).root(database_));
  slow.run("SET GLOBAL wsrep_provider_options = 'gcs.fc_limit=1'; LOCK TABLES images WRITE");
  std::this_thread::sleep_for(std::chrono::seconds(2));
  slow.run("UNLOCK TABLES; SET GLOBAL wsrep_provider_options = 'gcs.fc_limit=16'");
  EXPECT_EQ(code_of("first"), "0\n") << box_.read("first.err");
  expect_text(box_.read("first.out"), "flow control: the cluster stood still");
  must("migrate");
  EXPECT_EQ(run("migrate --max-lag 0").status, 0);
  expect_all_migrated();
}

// The other node commits first: the batch loses at COMMIT, and is done again.
TEST_F(Galera, ABatchThatLosesAgainstAnotherNodeIsDoneAgain) {
  must("expand");
  std::atomic<bool> stop{false};
  std::int64_t written = 0;
  std::thread writer([&] {
    MysqlClient client = on(1);
    for (int i = 0; !stop; ++i)
      written += client.try_sql(
                     fmt::format("UPDATE images SET is_public = 1 - is_public WHERE id = {}", 1 + i * 7 % kRows)) == 0;
  });
  start("first", "migrate --batch 3000 --json");
  until([&] { return box_.exists("first.code") || box_.read("first.out").find("1213") != std::string::npos; });
  stop = true;
  writer.join();
  EXPECT_EQ(code_of("first"), "0\n") << box_.read("first.out") << box_.read("first.err");
  expect_text(box_.read("first.out"), "error 1213");
  EXPECT_GT(written, 0);
  must("verify");
  expect_all_migrated();
}

TEST_F(Galera, DoctorTellsWhatIsOfOneNode) {
  MysqlClient root = on(0);
  root.run("CREATE TABLE heap (a INT) ENGINE = MyISAM");
  root.run("SET GLOBAL wsrep_OSU_method = 'RSU', wsrep_trx_fragment_size = 1000, wsrep_max_ws_rows = 100");
  const auto found = box_.emcee("doctor '" + cluster()->node(0).url(database_) + "' --plan r");
  root.run("SET GLOBAL wsrep_OSU_method = 'TOI', wsrep_trx_fragment_size = 0, wsrep_max_ws_rows = 0");
  EXPECT_EQ(found.status, 1) << found.out << found.err;
  for (const char* words : {"a node of a Galera cluster of 3, Synced", "run Emcee against one node, always the same",
                            "wsrep_OSU_method is RSU: DDL of the application changes this node only",
                            "binlog_format is ROW", "innodb_autoinc_lock_mode is 2", "wsrep_trx_fragment_size is 1000",
                            "wsrep_max_ws_rows is 100", "log_bin_trust_function_creators is OFF on this node",
                            "whose rows stay on the node where they are written", "tables without a primary key"})
    expect_text(found.out, words);
  root.run("DROP TABLE heap");
  const auto well = box_.emcee("doctor '" + cluster()->node(0).url(database_) + "' --plan r");
  EXPECT_EQ(well.status, 0) << well.out << well.err;
}

// What a row looks up is locked, but on one node only: in READ COMMITTED nothing holds it. A foreign key takes part in
// certification.
TEST_F(Galera, LookupsNeedAForeignKey) {
  for (const bool foreign_key : {false, true}) {
    const std::string customers = "CREATE TABLE customers (id INT PRIMARY KEY, country VARCHAR(10) NOT NULL);\n";
    const auto orders = [&](const std::string& columns) {
      return fmt::format("CREATE TABLE orders (id INT PRIMARY KEY, customer_id INT NOT NULL{}, KEY (customer_id){});\n",
                         columns, foreign_key ? ", FOREIGN KEY (customer_id) REFERENCES customers (id)" : "");
    };
    on(0).run("DROP TABLE IF EXISTS images, orders, customers, emcee_ledger");
    box_.write("old.sql", customers + orders(""));
    box_.write("new.sql", customers + orders(", country VARCHAR(10) NOT NULL"));
    box_.write("ocata.toml",
               "name = \"ocata\"\n[[fill]]\ntable = \"orders\"\ncolumn = \"country\"\n"
               "value = \"(SELECT c.country FROM customers AS c WHERE c.id = orders.customer_id)\"\n"
               "lookup = [{ table = \"customers\", key = { id = \"customer_id\" } }]\n"
               "[[accept]]\nhazard = \"lookup_in_one_statement\"\nreason = \"no statement names both\"\n"
               "[[accept]]\nhazard = \"lookup_without_foreign_key\"\nreason = \"this is what the test is about\"\n");
    const auto planned = box_.emcee("plan old.sql new.sql --map ocata.toml --out r --dialect mariadb");
    ASSERT_EQ(planned.status, 0) << planned.out << planned.err;
    MysqlClient one = on(0), other = on(1);
    one.run(box_.read("old.sql"));
    one.run("INSERT INTO customers VALUES (1, 'de')");
    must("expand");
    must("migrate");
    const auto doctor = box_.emcee("doctor '" + cluster()->node(0).url(database_) + "' --plan r");
    EXPECT_EQ(doctor.status, foreign_key ? 0 : 1) << doctor.out;
    EXPECT_EQ(doctor.out.find("without a foreign key") == std::string::npos, foreign_key) << doctor.out;

    // In REPEATABLE READ the new row falls into a gap that is locked.
    other.run("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; START TRANSACTION");
    other.run("UPDATE customers SET country = 'fr' WHERE id = 1");
    one.run("INSERT INTO orders (id, customer_id) VALUES (1, 1)");
    cluster()->wait_until_caught_up(1);
    EXPECT_EQ(other.try_sql("COMMIT"), foreign_key ? 1213U : 0U);
    EXPECT_EQ(on(2).value("SELECT COUNT(*) FROM orders WHERE country = (SELECT country FROM customers)"),
              foreign_key ? "1" : "0");
  }
}

// Its own session works everywhere, whatever the application's default is.
TEST_F(Galera, ChangesOfTheSchemaReachAllNodes) {
  MysqlClient root = on(0);
  root.run("SET GLOBAL wsrep_OSU_method = 'RSU'");
  const auto expanded = run("expand");
  root.run("SET GLOBAL wsrep_OSU_method = 'TOI'");
  EXPECT_EQ(expanded.status, 0) << expanded.err;
  for (std::size_t i = 0; i < GaleraCluster::kNodes; ++i)
    EXPECT_EQ(on(i).value("SELECT COUNT(*) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()"), "3");
}

// Only the node where a trigger is made asks for the right.
TEST_F(Galera, TrustIsBorrowedOnOneNode) {
  MysqlClient root = on(0);
  root.run(
      fmt::format("CREATE USER keeper@localhost; GRANT BINLOG ADMIN ON *.* TO keeper@localhost; "
                  "GRANT ALL ON `{}`.* TO keeper@localhost",
                  database_));
  cluster()->wait_until_caught_up(1);
  const std::string as_keeper = fmt::format("expand --db '{}' --plan r", cluster()->node(0).url(database_, "keeper"));
  const auto refused = box_.emcee(as_keeper);
  EXPECT_EQ(refused.status, 5) << refused.out << refused.err;
  expect_text(refused.err, "on the node that Emcee works on: the variable is per node");
  const auto expanded = box_.emcee(as_keeper + " --manage-trust");
  EXPECT_EQ(expanded.status, 0) << expanded.out << expanded.err;
  for (std::size_t i = 0; i < GaleraCluster::kNodes; ++i) {
    EXPECT_EQ(on(i).value("SELECT @@GLOBAL.log_bin_trust_function_creators"), "0");
    EXPECT_EQ(on(i).value("SELECT COUNT(*) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()"), "3");
  }
  root.run("DROP USER keeper@localhost");
}

// Keystone's procedure, in its order.
TEST_F(Galera, TheProcedureIsPrintedWithTheCommands) {
  std::size_t at = 0;
  for (const char* step :
       {"emcee expand --db URL-OF-NODE-1 --plan r", "emcee migrate --db", "emcee contract --db", "make a backup",
        "emcee doctor URL-OF-NODE-1 --plan r", "take all nodes but node 1 out of the traffic",
        "stop the database of node 2", "install the new release on node 1", "downtime begins", "emcee sync --db",
        "downtime ends", "emcee check --db", "upgrade the programs of the other nodes", "start the database of node 2",
        "bootstrap the cluster from node 2"}) {
    at = planned_.out.find(step, at);
    ASSERT_NE(at, std::string::npos) << step << planned_.out;
  }
  EXPECT_EQ(box_.emcee("plan old.sql new.sql --map ocata.toml --out q --dialect mariadb").out.find("Galera"),
            std::string::npos);
  const auto elsewhere =
      box_.emcee("plan old.sql new.sql --map ocata.toml --out p --dialect postgres --topology galera");
  EXPECT_EQ(elsewhere.status, 2);
  expect_text(elsewhere.err, "no such cluster runs postgres");
  EXPECT_FALSE(box_.exists("p"));
  // The offline one, command by command: node 3 stands aside with the old data, and comes back.
  cluster()->cut_off(2);
  must("sync");
  EXPECT_EQ(run("check").status, 0);
  EXPECT_EQ(on(0).value("SELECT GROUP_CONCAT(DISTINCT visibility ORDER BY 1) FROM images"), "public,shared");
  cluster()->rejoin(2);
  EXPECT_EQ(run("check", 2).status, 0);
  EXPECT_EQ(cluster()->rows(2, database_, "images"), cluster()->rows(0, database_, "images"));
}

}  // namespace
}  // namespace emcee::testing
