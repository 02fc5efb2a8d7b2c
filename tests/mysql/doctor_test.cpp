// Every symptom that the doctor knows is provoked on the servers.
#include "cli/doctor.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <thread>

#include "applier/mysql_connection.h"
#include "servers/mysql_server.h"

namespace emcee::cli {
namespace {

using servers::MysqlClient;
using servers::MysqlFlavour;
using servers::MysqlServer;

class MysqlDoctor : public ::testing::TestWithParam<MysqlFlavour> {
 protected:
  void SetUp() override {
    EMCEE_NEEDS_MYSQL(GetParam());
    server_ = &MysqlServer::shared(GetParam());
    database_ = server_->fresh_database();
    root_ = std::make_unique<MysqlClient>(server_->root(database_));
    root_->run("CREATE TABLE t (a INT PRIMARY KEY, b INT)");
  }
  std::vector<Symptom> examine(const Examination& examination = {}, const std::string& user = "root") {
    const auto opened = applier::open_mysql(server_->url(database_, user));
    if (!opened) throw std::runtime_error(schema::to_text(opened.error()));
    const auto symptoms = examine_mysql(**opened, examination);
    if (!symptoms) throw std::runtime_error(schema::to_text(symptoms.error()));
    return *symptoms;
  }
  // The one symptom whose text has these words; fails where there is none.
  static Symptom with(const std::vector<Symptom>& symptoms, const std::string& words) {
    std::string all;
    for (const Symptom& symptom : symptoms) {
      if (symptom.what.find(words) != std::string::npos) return symptom;
      all += symptom.what + "\n";
    }
    ADD_FAILURE() << "no symptom says '" << words << "':\n" << all;
    return {Severity::good, "", ""};
  }
  Symptom find(const std::string& words) { return with(examine(), words); }
  std::string catalogue() {
    return root_->value(
        "SELECT CONCAT((SELECT group_concat(TABLE_NAME ORDER BY 1) FROM information_schema.TABLES WHERE TABLE_SCHEMA = "
        "DATABASE()), ' ', (SELECT COUNT(*) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()))");
  }
  Examination for_plan() {
    Examination examination;
    examination.all_tables = false;
    examination.tables = {schema::QualifiedName{{}, schema::Identifier("t")}};
    return examination;
  }

  MysqlServer* server_ = nullptr;
  std::string database_;
  std::unique_ptr<MysqlClient> root_;
};
INSTANTIATE_TEST_SUITE_P(Mysql, MysqlDoctor, ::testing::ValuesIn(servers::kMysqlFlavours),
                         ::testing::PrintToStringParamName());

TEST_P(MysqlDoctor, NothingIsWrongWithAFreshDatabaseAndNothingIsLeftBehind) {
  const std::string before = catalogue();
  for (const Symptom& symptom : examine()) {
    EXPECT_TRUE(symptom.severity == Severity::good || symptom.severity == Severity::note) << symptom.what;
    EXPECT_FALSE(symptom.blocks) << symptom.what;
  }
  EXPECT_EQ(find("make, drop and run triggers: it was tried").severity, Severity::good);
  EXPECT_EQ(catalogue(), before);
}

TEST_P(MysqlDoctor, MissingRightsBlockAPlanBeforeAnythingIsWritten) {
  root_->run("CREATE USER poor@localhost; GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER ON " + database_ +
             ".* TO poor@localhost");
  const std::string before = catalogue();
  const Symptom by_log = with(examine(for_plan(), "poor"), "1419");
  EXPECT_EQ(by_log.severity, Severity::missing);
  EXPECT_TRUE(by_log.blocks);
  EXPECT_NE(by_log.remedy.find("log_bin_trust_function_creators = 1"), std::string::npos);
  EXPECT_NE(by_log.remedy.find("parameter group"), std::string::npos);

  root_->run("SET GLOBAL log_bin_trust_function_creators = 1");
  const Symptom by_right = with(examine(for_plan(), "poor"), "1142");
  EXPECT_TRUE(by_right.blocks);
  EXPECT_NE(by_right.remedy.find("GRANT TRIGGER ON `" + database_ + "`.`t` TO 'poor'@'localhost'"), std::string::npos)
      << by_right.remedy;
  EXPECT_EQ(catalogue(), before);

  root_->run(fmt::format("GRANT TRIGGER ON `{}`.`t` TO 'poor'@'localhost'", database_));
  EXPECT_EQ(with(examine(for_plan(), "poor"), "may make, drop and run triggers, by its grants").severity,
            Severity::good);
  root_->run(fmt::format("GRANT TRIGGER ON `{}`.* TO 'poor'@'localhost'", database_));
  EXPECT_EQ(with(examine(for_plan(), "poor"), "it was tried").severity, Severity::good);
  EXPECT_EQ(catalogue(), before);

  // Rights on the columns that there are say nothing about those to come.
  root_->run(
      fmt::format("REVOKE SELECT, UPDATE ON `{0}`.* FROM poor@localhost; GRANT SELECT (a, b), UPDATE (a, b) ON "
                  "`{0}`.t TO poor@localhost",
                  database_));
  const Symptom columns = with(examine(for_plan(), "poor"), "1143");
  EXPECT_TRUE(columns.blocks);
  EXPECT_NE(columns.remedy.find("GRANT SELECT, UPDATE ON"), std::string::npos) << columns.remedy;
  root_->run("SET GLOBAL log_bin_trust_function_creators = 0; DROP USER poor@localhost");
}

TEST_P(MysqlDoctor, WithoutTriggersNoRightOnThemIsNeededUnlessSomeAreLeft) {
  root_->run("CREATE USER poor@localhost; GRANT SELECT, INSERT, UPDATE, DELETE ON " + database_ +
             ".* TO poor@localhost");
  Examination offline = for_plan();
  offline.triggers = false;
  EXPECT_EQ(with(examine(offline, "poor"), "no triggers are needed").severity, Severity::good);
  root_->run("GRANT TRIGGER ON " + database_ + ".* TO poor@localhost");
  root_->run("CREATE TRIGGER emcee_t BEFORE INSERT ON t FOR EACH ROW SET NEW.b = 1");
  const auto symptoms = examine(offline, "poor");
  if (GetParam() == MysqlFlavour::mariadb)
    EXPECT_TRUE(with(symptoms, "DROP TRIGGER needs SUPER").blocks);
  else
    EXPECT_EQ(with(symptoms, "may make, drop and run").severity, Severity::good);
  root_->run("DROP USER poor@localhost");
}

TEST_P(MysqlDoctor, Tables) {
  root_->run("CREATE TABLE old (a INT PRIMARY KEY) ENGINE = MyISAM; CREATE TABLE heap (a INT)");
  EXPECT_EQ(find("a batch that is interrupted stays half done: old (MyISAM)").severity, Severity::problem);
  EXPECT_EQ(find("without a primary key, whose rows no batch can walk: heap").severity, Severity::note);
  if (GetParam() != MysqlFlavour::mysql) return;
  root_->run("SET GLOBAL sql_require_primary_key = ON");
  EXPECT_EQ(find("sql_require_primary_key is on").severity, Severity::problem);
  root_->run("SET GLOBAL sql_require_primary_key = OFF");
}

TEST_P(MysqlDoctor, SettingsOfTheServer) {
  root_->run("SET GLOBAL sql_mode = ''");
  EXPECT_EQ(find("sql_mode is not strict").severity, Severity::note);
  root_->run("SET GLOBAL sql_mode = 'STRICT_TRANS_TABLES,ANSI_QUOTES,PIPES_AS_CONCAT'");
  EXPECT_EQ(find("sql_mode has ANSI_QUOTES, PIPES_AS_CONCAT").severity, Severity::note);
  root_->run("SET GLOBAL sql_mode = DEFAULT; SET GLOBAL time_zone = '+05:30'");
  EXPECT_EQ(find("time zone is +05:30").severity, Severity::note);
  root_->run("SET GLOBAL time_zone = 'SYSTEM'; SET GLOBAL binlog_format = 'STATEMENT'");
  EXPECT_EQ(find("binlog_format is STATEMENT").severity, Severity::problem);
  EXPECT_FALSE(find("binlog_format is STATEMENT").blocks);
  Examination random = for_plan();
  random.replicates_rows = true;
  EXPECT_TRUE(with(examine(random), "every replica would evaluate it anew").blocks);
  root_->run("SET GLOBAL binlog_format = 'ROW'");
  EXPECT_EQ(find("binlog_format is ROW").severity, Severity::good);
  root_->run("SET GLOBAL read_only = ON");
  const Symptom read_only = find("the server is read-only");
  root_->run("SET GLOBAL read_only = OFF");
  EXPECT_EQ(read_only.severity, Severity::missing);
  EXPECT_TRUE(read_only.blocks);
  EXPECT_EQ(find("not a node of a Galera cluster").severity, Severity::good);
  if (GetParam() != MysqlFlavour::mariadb) return;
  root_->run("SET GLOBAL slave_run_triggers_for_rbr = 'YES'");
  EXPECT_EQ(find("slave_run_triggers_for_rbr is YES").severity, Severity::problem);
  root_->run("SET GLOBAL slave_run_triggers_for_rbr = 'NO'");
}

TEST_P(MysqlDoctor, ADefinerThatIsGone) {
  root_->run(
      "CREATE USER gone@localhost; GRANT ALL ON *.* TO gone@localhost; CREATE DEFINER = gone@localhost TRIGGER tr "
      "BEFORE INSERT ON t FOR EACH ROW SET NEW.b = 1; CREATE DEFINER = gone@localhost VIEW v AS SELECT 1");
  EXPECT_EQ(find("every DEFINER exists").severity, Severity::good);
  MysqlClient(server_->root("mysql")).run("DELETE FROM user WHERE User = 'gone'; FLUSH PRIVILEGES");
  const Symptom gone = find("objects whose DEFINER is gone");
  EXPECT_EQ(gone.severity, Severity::problem);
  EXPECT_NE(gone.what.find("trigger tr (gone@localhost), view v (gone@localhost)"), std::string::npos) << gone.what;
  EXPECT_EQ(root_->try_sql("INSERT INTO t (a) VALUES (1)"), 1449U);
  root_->run("DROP TRIGGER tr; DROP VIEW v");
}

TEST_P(MysqlDoctor, TransactionsAndLocks) {
  MysqlClient other(server_->root(database_));
  other.run("BEGIN; SELECT * FROM t; INSERT INTO t VALUES (1, 1)");
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  Examination soon;
  soon.long_transaction = std::chrono::seconds(1);
  EXPECT_EQ(with(examine(soon), fmt::format("connection {}", other.connection_id())).severity, Severity::problem);
  Examination late;
  late.long_transaction = std::chrono::seconds(3600);
  EXPECT_EQ(with(examine(late), "no transaction is open for long").severity, Severity::good);
  other.run("ROLLBACK");

  // Declared first, so that the transaction ends before the thread is waited for.
  std::jthread waiting;
  MysqlClient holder(server_->root(database_));
  holder.run("BEGIN; SELECT * FROM t");
  waiting = std::jthread([&] { MysqlClient(server_->root(database_)).try_sql("ALTER TABLE t ADD COLUMN c INT"); });
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  EXPECT_EQ(find("sessions that wait for a metadata lock").severity, Severity::problem);
}

TEST_P(MysqlDoctor, WhatAnAccountMayNotSeeIsSaid) {
  root_->run("CREATE USER blind@localhost; GRANT ALL ON " + database_ + ".* TO blind@localhost");
  const auto symptoms = examine({}, "blind");
  EXPECT_EQ(with(symptoms, "not known whether no transaction is open for long").severity, Severity::note);
  EXPECT_EQ(with(symptoms, "not known whether every DEFINER exists").severity, Severity::note);
  root_->run("DROP USER blind@localhost");
}

TEST_P(MysqlDoctor, InstantChangesRunOut) {
  if (GetParam() != MysqlFlavour::mysql) return;  // MariaDB has no such limit
  EXPECT_EQ(find("no table is near the limit of instant changes").severity, Severity::good);
  for (int i = 0; i < 230; ++i) root_->run(fmt::format("ALTER TABLE t ADD COLUMN c{} INT, ALGORITHM = INSTANT", i));
  EXPECT_EQ(find("nearly used up their 255 instant changes").severity, Severity::problem);
}

TEST_P(MysqlDoctor, Leftovers) {
  root_->run(
      "CREATE TRIGGER emcee_x BEFORE INSERT ON t FOR EACH ROW SET NEW.b = 1; CREATE TABLE emcee_y (a INT PRIMARY KEY)");
  EXPECT_EQ(find("objects of Emcee that no upgrade owns: table emcee_y, trigger emcee_x").severity, Severity::problem);
  auto connection = applier::open_mysql(server_->url(database_));
  ASSERT_TRUE((*connection)->execute((*connection)->ledger().create).has_value());
  root_->run(
      "INSERT INTO emcee_ledger (component, `release`, script, step, phase, title, checksum, state, started_at, "
      "tool_version) VALUES ('main', 'r', '', 0, 'release', '', '', 'running', '', '')");
  EXPECT_EQ(find("objects of an upgrade that is not finished").severity, Severity::note);
}

}  // namespace
}  // namespace emcee::cli
