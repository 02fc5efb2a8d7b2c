// Whole upgrades of small schemas of the kinds that applications have, through the binary: every phase, what the
// commands say in between, and the way back.
#include <gtest/gtest.h>

#include "tests/cli/sandbox.h"
#include "tests/servers/mysql_client.h"
#include "tests/servers/mysql_server.h"
#include "tests/servers/postgres_server.h"

namespace emcee::testing {
namespace {

using servers::MysqlClient;
using servers::MysqlFlavour;
using servers::MysqlServer;

struct Releases {
  std::string dialect, before, after, map, options;
};

class UnseenSchemas : public ::testing::Test {
 protected:
  void plan(const Releases& upgrade) {
    sandbox_.write("old.sql", upgrade.before);
    sandbox_.write("new.sql", upgrade.after);
    sandbox_.write("r.toml", "name = \"r\"\n" + upgrade.map);
    const auto planned = sandbox_.emcee("plan old.sql new.sql --map r.toml --out r --dialect " + upgrade.dialect + " " +
                                        upgrade.options);
    ASSERT_EQ(planned.status, 0) << planned.out << planned.err;
  }
  void expect(const std::string& command, const std::string& url, int status = 0) const {
    const auto done = sandbox_.emcee(command + " --plan r --db '" + url + "'");
    EXPECT_EQ(done.status, status) << command << "\n" << done.out << done.err;
  }
  void expect_schema(const std::string& url, const std::string& file) const {
    const auto compared = sandbox_.emcee("diff '" + url + "' " + file + " --exit-code");
    EXPECT_EQ(compared.status, 0) << compared.out << compared.err;
  }
  // `forth` and `back` hold the old schema.
  void run(const std::string& forth, const std::string& back) const {
    expect("expand", forth);
    expect("check", forth, 3);
    expect("migrate", forth);
    expect("verify --drift", forth);
    expect("check", forth, 4);
    expect("contract", forth);
    expect("check", forth);
    expect_schema(forth, "new.sql");

    expect("expand", back);
    expect("migrate", back);
    expect("rollback", back);
    expect_schema(back, "old.sql");
  }

  Sandbox sandbox_;
};

class UnseenMysql : public UnseenSchemas, public ::testing::WithParamInterface<MysqlFlavour> {
 protected:
  // `rows`: statements behind the old schema, in which a program stands as the server takes it.
  void upgrade(Releases upgrade, const std::string& tables, const std::string& program, const std::string& rows) {
    auto& server = MysqlServer::shared(GetParam());
    upgrade.dialect = to_string(GetParam());
    const std::string delimited = program.empty() ? "" : "DELIMITER //\n" + program + "//\nDELIMITER ;\n";
    upgrade.before = tables + delimited;
    upgrade.after += delimited;
    plan(upgrade);
    std::string urls[2];
    for (std::string& url : urls) {
      const std::string database = server.fresh_database();
      MysqlClient client(server.root(database));
      client.run(tables + program + (program.empty() ? "" : ";") + rows);
      url = server.url(database, "root");
    }
    run(urls[0], urls[1]);
  }
};

// The server makes the indexes of foreign keys, and drops them when another one will do; virtual columns change
// alone; foreign keys step aside for a wider key; and a program holds semicolons.
TEST_P(UnseenMysql, KeysThatTheServerMadeAndAProgram) {
  EMCEE_NEEDS_MYSQL(GetParam());
  upgrade(
      {{},
       {},
       "CREATE TABLE person (id bigint PRIMARY KEY, name varchar(40), length int AS (char_length(name)) VIRTUAL, "
       "mail varchar(50));\n"
       "CREATE TABLE phone (person bigint NOT NULL, no int NOT NULL, PRIMARY KEY (person, no), CONSTRAINT p FOREIGN "
       "KEY (person) REFERENCES person (id));\n"
       "CREATE TABLE note (person bigint, at int, KEY both_of (person, at), CONSTRAINT n FOREIGN KEY (person) "
       "REFERENCES person (id));\n",
       {},
       {}},
      "CREATE TABLE person (id int PRIMARY KEY, name varchar(20));\n"
      "CREATE TABLE phone (person int NOT NULL, no int NOT NULL, CONSTRAINT p FOREIGN KEY (person) REFERENCES person "
      "(id));\n"
      "CREATE TABLE note (person int, at int, CONSTRAINT n FOREIGN KEY (person) REFERENCES person (id));\n",
      "CREATE TRIGGER numbered BEFORE INSERT ON note FOR EACH ROW BEGIN SET NEW.at = coalesce(NEW.at, 7); END",
      "INSERT INTO person VALUES (1, 'Ada'); INSERT INTO phone VALUES (1, 1), (1, 2); INSERT INTO note (person) "
      "VALUES (1)");
}

// A text becomes JSON in a table that is renamed: until contract the old release writes what is none.
TEST_P(UnseenMysql, JsonInARenamedTable) {
  EMCEE_NEEDS_MYSQL(GetParam());
  upgrade({{},
           {},
           "CREATE TABLE writer (id int PRIMARY KEY, name varchar(20), roles json NOT NULL);\n",
           "[[rename_table]]\nfrom = \"author\"\nto = \"writer\"\n",
           "--best-effort"},
          "CREATE TABLE author (id int PRIMARY KEY, name varchar(20), roles longtext NOT NULL, fax varchar(9));\n", {},
          "INSERT INTO author VALUES (1, 'Ada', '[]', NULL)");
}

// A schema without a collation is another one on MariaDB 11.8 than on 10.11: the refusal says whose plan it is.
TEST_F(UnseenSchemas, APlanForAnotherServerIsToldFromDrift) {
  EMCEE_NEEDS_MYSQL(MysqlFlavour::mariadb);
  auto& server = MysqlServer::shared(MysqlFlavour::mariadb);
  const std::string before = "CREATE TABLE t (id int PRIMARY KEY, name varchar(9));\n";
  const std::string database = server.fresh_database();
  MysqlClient client(server.root(database));
  const std::string live = client.value("SELECT SUBSTRING_INDEX(VERSION(), '.', 2)");
  const std::string other = live == "10.11" ? "11.8.2" : "10.11.6";
  plan({"mariadb", before, "CREATE TABLE t (id int PRIMARY KEY, name varchar(9), fax int);\n", "",
        "--server-version " + other});
  client.run("ALTER DATABASE " + database + " CHARACTER SET utf8mb4; " + before);
  const auto refused = sandbox_.emcee("expand --plan r --db '" + server.url(database, "root") + "'");
  EXPECT_EQ(refused.status, 3);
  EXPECT_NE(refused.err.find("the plan was made for mariadb " + other + " and this server is " + live),
            std::string::npos)
      << refused.err;
  EXPECT_NE(refused.err.find("plan with --server-version " + live), std::string::npos) << refused.err;
}

INSTANTIATE_TEST_SUITE_P(Both, UnseenMysql, ::testing::ValuesIn(servers::kMysqlFlavours),
                         [](const auto& info) { return std::string(to_string(info.param)); });

// Partitions that only the new release has are made while their parent still has the columns of the old one.
TEST_F(UnseenSchemas, NewPartitionsBesideARenamedColumn) {
  const std::string table =
      " (at timestamptz NOT NULL, device int NOT NULL, {}, PRIMARY KEY (device, at)) PARTITION BY RANGE (at);\n"
      "CREATE INDEX reading_at ON reading (at);\n"
      "CREATE TABLE reading_2020 PARTITION OF reading FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');\n";
  const auto with = [&](const std::string& columns) {
    std::string text = "CREATE TABLE reading" + table;
    return text.replace(text.find("{}"), 2, columns);
  };
  const std::string old_schema = with("value real, unit varchar(8)");
  plan({"postgres", old_schema,
        with("amount real NOT NULL, unit varchar(8) NOT NULL, quality int NOT NULL DEFAULT 1, CHECK (amount < 1000)") +
            "CREATE TABLE reading_2021 PARTITION OF reading FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');\n"
            "CREATE TABLE reading_rest PARTITION OF reading DEFAULT;\n"
            "CREATE INDEX reading_quality ON reading (quality);\n",
        "[[rename]]\ntable = \"public.reading\"\nfrom = \"value\"\nto = \"amount\"\n"
        "[[fill]]\ntable = \"reading\"\ncolumn = \"unit\"\nvalue = \"'C'\"\n",
        ""});
  servers::PostgresServer& server = servers::PostgresServer::shared();
  const servers::PostgresDatabase forth(server), back(server);
  for (const auto* database : {&forth, &back})
    servers::run_postgres(database->url(), old_schema + "INSERT INTO reading VALUES ('2020-02-02', 1, 1.5, NULL)");
  run(forth.url(), back.url());
  EXPECT_EQ(servers::run_postgres(forth.url(), "SELECT amount || unit FROM reading"), "1.5C");
}

}  // namespace
}  // namespace emcee::testing
