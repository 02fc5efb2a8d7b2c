// What was recorded: text, JSON, a page, metrics; and installations that begin at the end.
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>
#include <vector>

#include "applier/postgres_connection.h"
#include "tests/cli/sandbox.h"
#include "tests/servers/mysql_server.h"
#include "tests/servers/postgres_server.h"

namespace emcee::testing {
namespace {

using Json = nlohmann::json;

class History : public ::testing::Test {
 protected:
  void plan(const std::string& dialect = "sqlite") {
    sandbox_.write("old.sql", "CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL);\n");
    sandbox_.write("new.sql", "CREATE TABLE users (id INTEGER PRIMARY KEY, full_name VARCHAR(40) NOT NULL);\n");
    sandbox_.write("r.toml", "name = \"r\"\n[[rename]]\ntable = \"users\"\nfrom = \"name\"\nto = \"full_name\"\n");
    const auto planned = sandbox_.emcee("plan old.sql new.sql --map r.toml --out r --dialect " + dialect);
    ASSERT_EQ(planned.status, 0) << planned.err;
  }
  void upgrade() {
    plan();
    sandbox_.shell("sqlite3 app.db < old.sql; sqlite3 app.db \"INSERT INTO users VALUES (1, 'a'), (2, 'b')\"");
    for (const char* phase : {"expand", "migrate"}) {
      ASSERT_EQ(run(phase).status, 0);
    }
  }
  cli::ProgramResult run(const std::string& command) const { return sandbox_.emcee(command + " --db app.db --plan r"); }

  Sandbox sandbox_;
};

// Why the page is no well-formed HTML: an element that ends where another one is open. Empty: it is.
std::string unbalanced(const std::string& page) {
  const std::set<std::string> void_elements = {"!DOCTYPE", "meta"};
  std::vector<std::string> open;
  for (std::size_t at = 0; (at = page.find('<', at)) != std::string::npos; ++at) {
    const std::size_t end = page.find('>', at);
    if (end == std::string::npos) return "a tag without its end";
    const bool closes = page[at + 1] == '/';
    const std::size_t begin = at + (closes ? 2 : 1);
    const std::string name = page.substr(begin, page.find_first_of(" >", begin) - begin);
    if (closes) {
      if (open.empty() || open.back() != name)
        return "</" + name + "> within <" + (open.empty() ? "" : open.back()) + ">";
      open.pop_back();
    } else if (!void_elements.contains(name)) {
      open.push_back(name);
    }
    at = name == "style" && !closes ? page.find("</style>", end) - 1 : end;
  }
  return open.empty() ? "" : "<" + open.back() + "> stays open";
}

TEST_F(History, IsTheSameHoweverOftenItIsAsked) {
  upgrade();
  ASSERT_EQ(run("confirm backup --note 'tape <42>'").status, 0);
  const auto first = sandbox_.emcee("history --db app.db --json");
  EXPECT_EQ(first.status, 0);
  EXPECT_EQ(sandbox_.emcee("schema dump-history --db app.db --to h.json").status, 0);
  EXPECT_EQ(sandbox_.read("h.json"), first.out);
  const Json rows = Json::parse(first.out)["rows"];
  EXPECT_EQ(rows[0]["release"], "r");
  EXPECT_EQ(rows.back()["title"], "tape <42>");
  std::int64_t filled = 0;
  for (const Json& row : rows)
    if (row["phase"] == "migrate" && row["step"] == 1) filled = row["rows_done"];
  EXPECT_EQ(filled, 2);
  EXPECT_NE(sandbox_.emcee("history --db app.db").out.find("backfill users"), std::string::npos);
}

TEST_F(History, IsAPageThatNeedsNothingElse) {
  upgrade();
  ASSERT_EQ(run("confirm backup --note 'tape <42>'").status, 0);
  ASSERT_EQ(sandbox_.emcee("history --db app.db --page p.html").status, 0);
  const std::string page = sandbox_.read("p.html");
  EXPECT_NE(page.find("tape &lt;42&gt;"), std::string::npos);
  EXPECT_EQ(page.find("tape <42>"), std::string::npos);
  EXPECT_EQ(unbalanced(page), "");
  EXPECT_NE(page.find("<tr><td>users</td><td class=\"number\">2</td></tr>"), std::string::npos) << page;
  EXPECT_EQ(page.find("src="), std::string::npos);
  EXPECT_EQ(page.find("href="), std::string::npos);
  EXPECT_NE(page.find("<tr class=\"migrate\"><td>1. backfill users</td><td>done</td><td class=\"number\">2</td>"),
            std::string::npos)
      << page;
  // A step takes a part of its script.
  EXPECT_NE(page.find("<i style=\"left:"), std::string::npos);
  EXPECT_EQ(page.find("left:-"), std::string::npos);
  EXPECT_EQ(sandbox_.emcee("history --db app.db --page /proc/no/p.html").status, 2);
}

TEST_F(History, OfADatabaseThatHasNone) {
  sandbox_.shell("sqlite3 app.db 'CREATE TABLE t (a)'");
  EXPECT_NE(sandbox_.emcee("history --db app.db").out.find("no history"), std::string::npos);
  EXPECT_EQ(Json::parse(sandbox_.emcee("history --db app.db --json").out)["rows"], Json::array());
}

TEST_F(History, MetricsTellWhatStatusTells) {
  upgrade();
  const std::string metrics = run("status --metrics").out;
  for (const char* line :
       {"# TYPE emcee_state gauge\nemcee_state{component=\"main\",release=\"r\"} 4\n",
        "emcee_paused{component=\"main\",release=\"r\"} 0\n",
        "emcee_rows_done{component=\"main\",release=\"r\",phase=\"migrate\",script=\"r_migrate01\"} 2\n"})
    EXPECT_NE(metrics.find(line), std::string::npos) << metrics;
}

// A metric that is described twice is no metrics file.
TEST_F(History, MetricsOfSeveralDatabasesAreDescribedOnce) {
  upgrade();
  sandbox_.shell("cp app.db b.db");
  sandbox_.write("emcee.toml",
                 "[[component]]\nname = \"a\"\ndb = \"sqlite:app.db\"\nreleases = [\"r\"]\n"
                 "[[component]]\nname = \"b\"\ndb = \"sqlite:b.db\"\nreleases = [\"r\"]\n");
  const std::string metrics = sandbox_.emcee("status --metrics --project emcee.toml").out;
  const std::string type = "# TYPE emcee_state gauge\n", sample = "\nemcee_state{";
  EXPECT_NE(metrics.find(type), std::string::npos) << metrics;
  EXPECT_EQ(metrics.find(type), metrics.rfind(type)) << metrics;
  EXPECT_NE(metrics.find(sample), metrics.rfind(sample)) << metrics;
}

TEST_F(History, ANewInstallationBeginsAtTheEnd) {
  plan();
  EXPECT_EQ(run("init --dry-run").status, 0);
  EXPECT_FALSE(sandbox_.exists("app.db"));
  const auto made = run("init");
  EXPECT_EQ(made.status, 0) << made.err;
  EXPECT_EQ(run("check").status, 0);
  EXPECT_EQ(run("verify --drift").status, 0);
  EXPECT_EQ(sandbox_.emcee("diff app.db new.sql --exit-code").status, 0);
  EXPECT_EQ(run("schema oneshot").status, 0);  // nothing to do
  sandbox_.shell("sqlite3 other.db < old.sql");
  const auto refused = sandbox_.emcee("init --db other.db --plan r");
  EXPECT_EQ(refused.status, 3);
  EXPECT_NE(refused.err.find("is not empty"), std::string::npos);
  EXPECT_EQ(sandbox_.shell("sqlite3 other.db .tables").out, "users\n");
}

TEST_F(History, ANewInstallationOnPostgres) {
  plan("postgres");
  const servers::PostgresDatabase database;
  const std::string target = " --db '" + database.url() + "' --plan r";
  const auto made = sandbox_.emcee("init" + target);
  EXPECT_EQ(made.status, 0) << made.err;
  EXPECT_EQ(sandbox_.emcee("check" + target).status, 0);
  EXPECT_EQ(sandbox_.emcee("diff '" + database.url() + "' new.sql --exit-code").status, 0);
}

// Who looks at the page later sees what kept the upgrade waiting, and who.
TEST_F(History, TellsWhatWasWaitedFor) {
  plan("postgres");
  const servers::PostgresDatabase database;
  servers::run_postgres(database.url(), sandbox_.read("old.sql"));
  const auto other = applier::open_postgres(database.url() + "&application_name=report", {});
  ASSERT_TRUE(other && (*other)->begin() && (*other)->execute("LOCK TABLE users IN ACCESS SHARE MODE"));
  std::thread release([&] {
    std::this_thread::sleep_for(std::chrono::seconds(2));
    (*other)->rollback();
  });
  const auto expanded = sandbox_.emcee("expand --lock-timeout 100 --db '" + database.url() + "' --plan r");
  release.join();
  EXPECT_EQ(expanded.status, 0) << expanded.err;
  ASSERT_EQ(sandbox_.emcee("history --db '" + database.url() + "' --report p.html").status, 0);
  const std::string page = sandbox_.read("p.html");
  EXPECT_EQ(unbalanced(page), "");
  EXPECT_NE(page.find("expand waited "), std::string::npos) << page;
  EXPECT_NE(page.find("report, user postgres"), std::string::npos) << page;
  const auto status = sandbox_.emcee("status --db '" + database.url() + "' --plan r");
  EXPECT_NE(status.out.find("expand waited "), std::string::npos) << status.out;
}

class HistoryOnMysql : public History, public ::testing::WithParamInterface<servers::MysqlFlavour> {};

TEST_P(HistoryOnMysql, ANewInstallation) {
  EMCEE_NEEDS_MYSQL(GetParam());
  plan(std::string(to_string(GetParam())));
  servers::MysqlServer& server = servers::MysqlServer::shared(GetParam());
  const std::string url = server.url(server.fresh_database());
  const auto made = sandbox_.emcee("init --db '" + url + "' --plan r");
  EXPECT_EQ(made.status, 0) << made.err;
  EXPECT_EQ(sandbox_.emcee("check --db '" + url + "' --plan r").status, 0);
  EXPECT_EQ(sandbox_.emcee("diff '" + url + "' new.sql --exit-code").status, 0);
}

INSTANTIATE_TEST_SUITE_P(Servers, HistoryOnMysql, ::testing::ValuesIn(servers::kMysqlFlavours),
                         ::testing::PrintToStringParamName());

}  // namespace
}  // namespace emcee::testing
