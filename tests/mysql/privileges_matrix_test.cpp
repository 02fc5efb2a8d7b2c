// Every combination of rights, binary log, log_bin_trust_function_creators and server: what the
// privilege check says is what CREATE TRIGGER, DROP TRIGGER and the application's next write do.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "applier/mysql_connection.h"
#include "cli/mysql_facts.h"
#include "servers/mysql_server.h"

namespace emcee::cli {
namespace {

using servers::MysqlClient;
using servers::MysqlFlavour;
using servers::MysqlServer;

constexpr const char* kDatabase = "m_priv";

// Rights of u@localhost as statements of root; `only` where one flavour alone has them.
struct Rights {
  const char* name;
  std::vector<std::string> statements;
  std::optional<MysqlFlavour> only = {};
};

constexpr const char* kDml = "GRANT SELECT, INSERT, UPDATE, DELETE ON m_priv.* TO u@localhost";
constexpr auto kMariadb = MysqlFlavour::mariadb;
constexpr auto kMysql = MysqlFlavour::mysql;

std::vector<Rights> all_rights() {
  return {
      {"nothing", {}},
      {"dml", {kDml}},
      {"trigger on the table", {"GRANT TRIGGER ON m_priv.t TO u@localhost"}},
      {"trigger and dml on the table", {"GRANT TRIGGER, SELECT, INSERT, UPDATE ON m_priv.t TO u@localhost"}},
      {"trigger on the table, dml on the database", {"GRANT TRIGGER ON m_priv.t TO u@localhost", kDml}},
      {"trigger on another table", {"GRANT TRIGGER ON m_priv.other TO u@localhost", kDml}},
      {"trigger on the database", {"GRANT TRIGGER ON m_priv.* TO u@localhost"}},
      {"trigger and dml on the database", {kDml, "GRANT TRIGGER ON m_priv.* TO u@localhost"}},
      {"escaped name", {"GRANT TRIGGER, SELECT, UPDATE ON `m\\_priv`.* TO u@localhost"}},
      {"wildcard", {"GRANT TRIGGER, SELECT, UPDATE ON `m%`.* TO u@localhost"}},
      {"wildcard of one sign", {"GRANT TRIGGER, SELECT, UPDATE ON `m_pri_`.* TO u@localhost"}},
      {"wildcard that does not match",
       {"GRANT TRIGGER, SELECT, UPDATE ON `n%`.* TO u@localhost", "GRANT SELECT ON m_priv.t TO u@localhost"}},
      {"wildcard hidden by a more specific line",
       {"GRANT TRIGGER ON `m%`.* TO u@localhost", "GRANT SELECT, UPDATE ON `m\\_priv`.* TO u@localhost"}},
      {"wildcard hidden by a longer pattern",
       {"GRANT TRIGGER ON `m%`.* TO u@localhost", "GRANT SELECT, UPDATE ON `m\\_pr%`.* TO u@localhost"}},
      {"specific line that gives it",
       {"GRANT SELECT, UPDATE ON `m%`.* TO u@localhost", "GRANT TRIGGER ON `m\\_priv`.* TO u@localhost"}},
      {"columns", {"GRANT TRIGGER, SELECT (a), UPDATE (b) ON m_priv.t TO u@localhost"}},
      {"columns, one cannot be read", {"GRANT TRIGGER, SELECT (b), UPDATE (b) ON m_priv.t TO u@localhost"}},
      {"columns, one cannot be set", {"GRANT TRIGGER, SELECT (a), UPDATE (a) ON m_priv.t TO u@localhost"}},
      {"columns without trigger", {"GRANT SELECT (a), UPDATE (b) ON m_priv.t TO u@localhost"}},
      {"role that is not active", {kDml, "CREATE ROLE r", "GRANT TRIGGER ON m_priv.* TO r", "GRANT r TO u@localhost"}},
      {"default role has trigger",
       {kDml, "CREATE ROLE r", "GRANT TRIGGER ON m_priv.* TO r", "GRANT r TO u@localhost",
        "SET DEFAULT ROLE r ${FOR} u@localhost"}},
      {"default role has all",
       {"CREATE ROLE r", "GRANT ALL ON m_priv.* TO r", "GRANT r TO u@localhost",
        "SET DEFAULT ROLE r ${FOR} u@localhost"}},
      {"default role has dml",
       {"GRANT TRIGGER ON m_priv.* TO u@localhost", "CREATE ROLE r", "GRANT SELECT, INSERT, UPDATE ON m_priv.* TO r",
        "GRANT r TO u@localhost", "SET DEFAULT ROLE r ${FOR} u@localhost"}},
      {"role of a default role",
       {kDml, "CREATE ROLE r", "CREATE ROLE s", "GRANT TRIGGER ON m_priv.t TO s", "GRANT s TO r",
        "GRANT r TO u@localhost", "SET DEFAULT ROLE r ${FOR} u@localhost"}},
      {"with a role the first pattern counts on MySQL",
       {"GRANT TRIGGER ON `m%`.* TO u@localhost", "GRANT SELECT, UPDATE ON `m\\_priv`.* TO u@localhost",
        "CREATE ROLE r", "GRANT r TO u@localhost", "SET DEFAULT ROLE r ${FOR} u@localhost"}},
      {"with a role the first pattern counts, the other way round",
       {"GRANT SELECT, UPDATE ON `m%`.* TO u@localhost", "GRANT TRIGGER ON `m\\_priv`.* TO u@localhost",
        "CREATE ROLE r", "GRANT r TO u@localhost", "SET DEFAULT ROLE r ${FOR} u@localhost"}},
      {"three patterns and a role",
       {"GRANT UPDATE ON `m\\_p%`.* TO u@localhost", "GRANT TRIGGER ON `m\\_priv`.* TO u@localhost",
        "GRANT SELECT ON m_priv.* TO u@localhost", "CREATE ROLE r", "GRANT TRIGGER ON `m\\_p%`.* TO r",
        "GRANT r TO u@localhost", "SET DEFAULT ROLE r ${FOR} u@localhost"}},
      {"role activated at login only",
       {kDml, "CREATE ROLE r", "GRANT TRIGGER ON m_priv.* TO r", "GRANT r TO u@localhost",
        "SET GLOBAL activate_all_roles_on_login = ON"},
       kMysql},
      {"trigger to everybody", {kDml, "GRANT TRIGGER ON m_priv.* TO PUBLIC"}, kMariadb},
      {"all on the database", {"GRANT ALL ON m_priv.* TO u@localhost"}},
      {"all on the table", {"GRANT ALL ON m_priv.t TO u@localhost"}},
      {"trigger everywhere", {"GRANT TRIGGER, SELECT, UPDATE ON *.* TO u@localhost"}},
      {"super without trigger", {kDml, "GRANT SUPER ON *.* TO u@localhost"}},
      {"super and trigger", {kDml, "GRANT SUPER, TRIGGER ON *.* TO u@localhost"}},
      {"super and trigger on the table",
       {kDml, "GRANT SUPER ON *.* TO u@localhost", "GRANT TRIGGER ON m_priv.t TO u@localhost"}},
      {"super by default role",
       {kDml, "GRANT TRIGGER ON m_priv.* TO u@localhost", "CREATE ROLE r", "GRANT SUPER ON *.* TO r",
        "GRANT r TO u@localhost", "SET DEFAULT ROLE r ${FOR} u@localhost"}},
      {"all everywhere", {"GRANT ALL ON *.* TO u@localhost"}},
      {"set user",
       {kDml, "GRANT TRIGGER ON m_priv.* TO u@localhost", "GRANT SET USER ON *.* TO u@localhost"},
       kMariadb},
      {"set any definer",
       {kDml, "GRANT TRIGGER ON m_priv.* TO u@localhost", "GRANT SET_ANY_DEFINER ON *.* TO u@localhost"},
       kMysql},
      {"binlog admin",
       {kDml, "GRANT TRIGGER ON m_priv.* TO u@localhost", "GRANT BINLOG ADMIN ON *.* TO u@localhost"},
       kMariadb},
      {"binlog admin",
       {kDml, "GRANT TRIGGER ON m_priv.* TO u@localhost", "GRANT BINLOG_ADMIN ON *.* TO u@localhost"},
       kMysql},
      {"system variables admin",
       {kDml, "GRANT TRIGGER ON m_priv.* TO u@localhost", "GRANT SYSTEM_VARIABLES_ADMIN ON *.* TO u@localhost"},
       kMysql},
      {"partial revoke",
       {"SET GLOBAL partial_revokes = ON", "GRANT TRIGGER, SELECT, UPDATE ON *.* TO u@localhost",
        "REVOKE TRIGGER ON m_priv.* FROM u@localhost"},
       kMysql},
      {"partial revoke of another database",
       {"SET GLOBAL partial_revokes = ON", "GRANT TRIGGER, SELECT, UPDATE ON *.* TO u@localhost",
        "REVOKE TRIGGER ON mysql.* FROM u@localhost"},
       kMysql},
      {"partial revoke, given back on the table",
       {"SET GLOBAL partial_revokes = ON", "GRANT TRIGGER, SELECT, UPDATE ON *.* TO u@localhost",
        "REVOKE TRIGGER ON m_priv.* FROM u@localhost", "GRANT TRIGGER ON m_priv.t TO u@localhost"},
       kMysql},
      {"wildcards mean themselves with partial revokes",
       {"SET GLOBAL partial_revokes = ON", "GRANT TRIGGER, SELECT, UPDATE ON `m%`.* TO u@localhost", kDml},
       kMysql},
  };
}

std::string with_word(std::string statement, MysqlFlavour flavour) {
  const std::string place = "${FOR}";
  if (const std::size_t at = statement.find(place); at != std::string::npos)
    statement.replace(at, place.size(), flavour == kMariadb ? "FOR" : "TO");
  return statement;
}

class PrivilegesMatrix : public ::testing::TestWithParam<std::tuple<MysqlFlavour, bool>> {
 protected:
  MysqlFlavour flavour() const { return std::get<0>(GetParam()); }
  bool log_bin() const { return std::get<1>(GetParam()); }

  void SetUp() override {
    EMCEE_NEEDS_MYSQL(flavour());
    server_ = &MysqlServer::shared(flavour(), log_bin());
    root_ = std::make_unique<MysqlClient>(server_->root());
  }

  void prepare(const Rights& rights) {
    clean();
    root_->run(
        "CREATE DATABASE m_priv; CREATE TABLE m_priv.t (a INT PRIMARY KEY, b INT); CREATE TABLE m_priv.other (a INT); "
        "CREATE USER u@localhost; CREATE USER app@localhost; GRANT SELECT, INSERT, UPDATE, DELETE ON m_priv.* TO "
        "app@localhost");
    for (const std::string& statement : rights.statements) root_->run(with_word(statement, flavour()));
  }
  void clean() {
    root_->run(
        "DROP DATABASE IF EXISTS m_priv; DROP USER IF EXISTS u@localhost, app@localhost; DROP ROLE IF EXISTS r; DROP "
        "ROLE IF EXISTS s");
    if (flavour() == kMysql)
      root_->run("SET GLOBAL activate_all_roles_on_login = OFF; SET GLOBAL partial_revokes = OFF");
    else
      root_->try_sql("REVOKE TRIGGER ON m_priv.* FROM PUBLIC");
  }
  std::string triggers() { return root_->value("SELECT COUNT(*) FROM information_schema.triggers"); }

  MysqlServer* server_ = nullptr;
  std::unique_ptr<MysqlClient> root_;
};
INSTANTIATE_TEST_SUITE_P(Mysql, PrivilegesMatrix,
                         ::testing::Combine(::testing::ValuesIn(servers::kMysqlFlavours), ::testing::Bool()),
                         [](const auto& each) {
                           return fmt::format("{}_{}", servers::to_string(std::get<0>(each.param)),
                                              std::get<1>(each.param) ? "log_bin" : "no_log_bin");
                         });

TEST_P(PrivilegesMatrix, TheAnswerIsWhatTheServerDoes) {
  int cases = 0;
  for (const Rights& rights : all_rights()) {
    if (rights.only && *rights.only != flavour()) continue;
    prepare(rights);
    for (const bool trust : {false, true}) {
      SCOPED_TRACE(fmt::format("{}, trust {}", rights.name, trust));
      root_->run(fmt::format("SET GLOBAL log_bin_trust_function_creators = {}", trust ? 1 : 0));
      ++cases;

      auto opened = applier::open_mysql(server_->url(kDatabase, "u"));
      if (!opened) {  // an account that may not even see the database
        EXPECT_EQ(opened.error().code, schema::ErrorCode::grant_privilege);
        EXPECT_NE(MysqlClient({server_->socket(), "u", {}, {}}).try_sql("USE m_priv"), 0U);
        continue;
      }
      const auto facts = privilege_facts(**opened);
      ASSERT_TRUE(facts.has_value()) << schema::to_text(facts.error());
      EXPECT_EQ(facts->log_bin, log_bin());
      EXPECT_EQ(facts->trust, trust);
      const mysql::TriggerAnswers said = mysql::may_use_triggers(*facts, {kDatabase, "t", {"a"}, {"b"}});

      MysqlClient u({server_->socket(), "u", {}, {}});
      MysqlClient app({server_->socket(), "app", {}, kDatabase});
      const std::string before = triggers();
      const char* create = "CREATE {} TRIGGER m_priv.tr BEFORE INSERT ON m_priv.t FOR EACH ROW SET NEW.b = NEW.a + 1";
      const unsigned created = u.try_sql(fmt::format(fmt::runtime(create), ""));
      EXPECT_EQ(said.create.error, created) << u.message();
      EXPECT_EQ(said.create.allowed(), said.create.remedies.empty());
      if (created != 0) {
        EXPECT_EQ(triggers(), before);
        root_->run(fmt::format(fmt::runtime(create), "DEFINER = u@localhost"));
      }
      const unsigned written = app.try_sql("INSERT INTO t (a) VALUES (1)");
      EXPECT_EQ(said.write.error, written) << app.message();
      EXPECT_EQ(app.value("SELECT group_concat(b) FROM t"), written == 0 ? "2" : "NULL");
      const unsigned dropped = u.try_sql("DROP TRIGGER m_priv.tr");
      EXPECT_EQ(said.drop.error, dropped) << u.message();
      root_->run("DROP TRIGGER IF EXISTS m_priv.tr; DELETE FROM m_priv.t");

      const unsigned set = u.try_sql(fmt::format("SET GLOBAL log_bin_trust_function_creators = {}", trust ? 1 : 0));
      EXPECT_EQ(mysql::may_set_trust(*facts), set == 0) << u.message();
    }
  }
  root_->run("SET GLOBAL log_bin_trust_function_creators = 0");
  clean();
  EXPECT_GE(cases, 60);
}

// What the answer advises is enough: after its GRANT, the server does what it refused.
TEST_P(PrivilegesMatrix, EveryGrantThatIsAdvisedHelps) {
  root_->run("SET GLOBAL log_bin_trust_function_creators = 1");
  int helped = 0;
  for (const Rights& rights : all_rights()) {
    if (rights.only && *rights.only != flavour()) continue;
    SCOPED_TRACE(rights.name);
    prepare(rights);
    auto opened = applier::open_mysql(server_->url(kDatabase, "u"));
    if (!opened) continue;
    const auto ask = [&] {
      const auto facts = privilege_facts(**applier::open_mysql(server_->url(kDatabase, "u")));
      return mysql::may_use_triggers(*facts, {kDatabase, "t", {"a"}, {"b"}});
    };
    const mysql::TriggerAnswers said = ask();
    for (const mysql::Answer* answer : {&said.create, &said.drop, &said.write}) {
      if (answer->allowed()) continue;
      ASSERT_FALSE(answer->remedies.empty());
      root_->run(answer->remedies.front());
      ++helped;
    }
    const mysql::TriggerAnswers now = ask();
    EXPECT_TRUE(now.create.allowed() && now.drop.allowed() && now.write.allowed()) << now.write.reason;
    MysqlClient u({server_->socket(), "u", {}, kDatabase});
    EXPECT_EQ(u.try_sql("CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.b = NEW.a + 1"), 0U) << u.message();
    MysqlClient app({server_->socket(), "app", {}, kDatabase});
    EXPECT_EQ(app.try_sql("INSERT INTO t (a) VALUES (1)"), 0U) << app.message();
    EXPECT_EQ(u.try_sql("DROP TRIGGER tr"), 0U) << u.message();
  }
  EXPECT_GT(helped, 10);
  root_->run("SET GLOBAL log_bin_trust_function_creators = 0");
  clean();
}

}  // namespace
}  // namespace emcee::cli
