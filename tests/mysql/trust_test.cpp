// --manage-trust: the variable is set for the time of a command, and what it was comes back, whatever
// becomes of the command.
#include "cli/mysql_trust.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "applier/mysql_connection.h"
#include "cli/doctor.h"
#include "servers/mysql_server.h"

namespace emcee::cli {
namespace {

using servers::MysqlClient;
using servers::MysqlFlavour;
using servers::MysqlServer;

class ManageTrust : public ::testing::TestWithParam<MysqlFlavour> {
 protected:
  void SetUp() override {
    EMCEE_NEEDS_MYSQL(GetParam());
    server_ = &MysqlServer::shared(GetParam());
    database_ = server_->fresh_database();
    root_ = std::make_unique<MysqlClient>(server_->root(database_));
    root_->run(
        "SET GLOBAL log_bin_trust_function_creators = 0; DROP USER IF EXISTS m@localhost; CREATE USER m@localhost; "
        "GRANT ALL ON " +
        database_ + ".* TO m@localhost; CREATE TABLE t (a INT PRIMARY KEY, b INT)");
    root_->run(GetParam() == MysqlFlavour::mariadb ? "GRANT BINLOG ADMIN ON *.* TO m@localhost"
                                                   : "GRANT SYSTEM_VARIABLES_ADMIN ON *.* TO m@localhost");
  }
  std::unique_ptr<applier::Connection> open() {
    auto opened = applier::open_mysql(server_->url(database_, "m"));
    if (!opened) throw std::runtime_error(schema::to_text(opened.error()));
    return *std::move(opened);
  }
  std::string trust() { return root_->value("SELECT @@global.log_bin_trust_function_creators"); }
  bool doctor_sees_it() {
    const auto connection = open();
    const auto symptoms = examine_mysql(*connection, {});
    for (const Symptom& symptom : *symptoms)
      if (symptom.what.find("--manage-trust, of a command") != std::string::npos) return true;
    return false;
  }

  MysqlServer* server_ = nullptr;
  std::string database_;
  std::unique_ptr<MysqlClient> root_;
};
INSTANTIATE_TEST_SUITE_P(Mysql, ManageTrust, ::testing::ValuesIn(servers::kMysqlFlavours),
                         ::testing::PrintToStringParamName());

TEST_P(ManageTrust, IsSetForItsTimeOnly) {
  const auto connection = open();
  const char* create = "CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.b = 1";
  EXPECT_FALSE(connection->execute(create).has_value());
  {
    const auto borrowed = borrow_trust(*connection, true);
    ASSERT_TRUE(borrowed.has_value()) << schema::to_text(borrowed.error());
    EXPECT_EQ(trust(), "1");
    EXPECT_TRUE(connection->execute(create).has_value());
    EXPECT_TRUE(doctor_sees_it());
  }
  EXPECT_EQ(trust(), "0");
  EXPECT_FALSE(doctor_sees_it());
  EXPECT_EQ(root_->value("SELECT COUNT(*) FROM emcee_ledger WHERE state <> 'rolled_back'"), "0");
}

TEST_P(ManageTrust, IsLeftAloneWhereItIsNotAskedForOrNotNeeded) {
  const auto connection = open();
  ASSERT_TRUE(borrow_trust(*connection, false).has_value());
  EXPECT_EQ(trust(), "0");
  EXPECT_EQ(root_->try_sql("SELECT 1 FROM emcee_ledger"), 1146U);  // nothing was written
  root_->run("SET GLOBAL log_bin_trust_function_creators = 1");
  {
    const auto borrowed = borrow_trust(*connection, true);
    ASSERT_TRUE(borrowed.has_value());
  }
  EXPECT_EQ(trust(), "1");  // it was the operator's
  root_->run("SET GLOBAL log_bin_trust_function_creators = 0");
  const auto super = applier::open_mysql(server_->url(database_));
  const auto borrowed = borrow_trust(**super, true);
  EXPECT_EQ(trust(), "0");
}

TEST_P(ManageTrust, WhoMayNotSetItChangesNothing) {
  root_->run("REVOKE ALL PRIVILEGES, GRANT OPTION FROM m@localhost; GRANT ALL ON " + database_ + ".* TO m@localhost");
  const auto connection = open();
  const auto borrowed = borrow_trust(*connection, true);
  ASSERT_TRUE(borrowed.has_value());
  EXPECT_EQ(trust(), "0");
  EXPECT_EQ(root_->try_sql("SELECT 1 FROM emcee_ledger"), 1146U);
}

TEST_P(ManageTrust, TheNextCommandSetsBackWhatAKilledOneLeft) {
  const pid_t child = fork();
  if (child == 0) {
    const auto connection = open();
    const auto borrowed = borrow_trust(*connection, true);
    ::kill(getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(trust(), "1");
  EXPECT_TRUE(doctor_sees_it());

  const auto connection = open();
  // The server needs a moment to see that the other is gone; its lock ends then.
  for (int i = 0; i < 100 && !borrow_trust(*connection, false).has_value(); ++i) usleep(50000);
  EXPECT_EQ(trust(), "0");
  EXPECT_FALSE(doctor_sees_it());
}

TEST_P(ManageTrust, ARunningCommandKeepsItsSetting) {
  const auto one = open();
  const auto two = open();
  const auto borrowed = borrow_trust(*one, true);
  ASSERT_TRUE(borrowed.has_value());
  const auto refused = borrow_trust(*two, false);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, schema::ErrorCode::wrong_order);
  EXPECT_EQ(trust(), "1");
}

TEST_P(ManageTrust, ComesBackOverALostConnection) {
  const auto connection = open();
  {
    const auto borrowed = borrow_trust(*connection, true);
    ASSERT_TRUE(borrowed.has_value());
    const auto id = connection->query("SELECT CONNECTION_ID()");
    root_->run("KILL " + applier::to_text(id->front().front()));
    EXPECT_FALSE(connection->execute("DO 1").has_value());
  }
  EXPECT_EQ(trust(), "0");
}

}  // namespace
}  // namespace emcee::cli
