// The oracle of convergence sees every change of a schema, and nothing that is none.
#include "tests/catalogue/mysql_catalogue.h"

#include <gtest/gtest.h>

#include "servers/mysql_server.h"

namespace emcee::testing {
namespace {

using servers::MysqlClient;
using servers::MysqlFlavour;
using servers::MysqlServer;

constexpr const char* kSchema = R"(
CREATE TABLE p (id INT PRIMARY KEY AUTO_INCREMENT, code VARCHAR(20) NOT NULL, UNIQUE KEY code (code));
CREATE TABLE t (
  id INT PRIMARY KEY AUTO_INCREMENT, p INT, name VARCHAR(20) CHARACTER SET latin1, note TEXT, v INT AS (LENGTH(note)) VIRTUAL,
  e ENUM('a', 'b') DEFAULT 'a', d DATETIME(3) DEFAULT CURRENT_TIMESTAMP(3), h INT INVISIBLE,
  KEY name (name(5)), FULLTEXT KEY note (note), CONSTRAINT c1 CHECK (p > 0), CONSTRAINT f1 FOREIGN KEY (p) REFERENCES p (id)
) COMMENT = 'hello';
CREATE TABLE r (id INT, y INT) PARTITION BY RANGE (y) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN (20));
CREATE VIEW w AS SELECT id, name FROM t;
CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.p = 1;
CREATE FUNCTION f (x INT) RETURNS INT DETERMINISTIC RETURN x + 1;
CREATE PROCEDURE q (IN x INT) SELECT x;
CREATE EVENT ev ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DO DELETE FROM r;
)";

class MysqlCatalogues : public ::testing::TestWithParam<MysqlFlavour> {
 protected:
  void SetUp() override {
    EMCEE_NEEDS_MYSQL(GetParam());
    server_ = &MysqlServer::shared(GetParam());
  }
  MysqlClient with(const std::string& sql) {
    MysqlClient client(server_->root(server_->fresh_database()));
    client.run(sql);
    return client;
  }
  std::string of(const std::string& sql) {
    MysqlClient client = with(sql);
    return mysql_catalogue(client);
  }

  MysqlServer* server_ = nullptr;
};
INSTANTIATE_TEST_SUITE_P(Mysql, MysqlCatalogues, ::testing::ValuesIn(servers::kMysqlFlavours),
                         ::testing::PrintToStringParamName());

TEST_P(MysqlCatalogues, TheSameSchemaIsTheSameText) {
  const std::string plain = of(kSchema);
  EXPECT_GT(std::count(plain.begin(), plain.end(), '\n'), 50) << plain;
  EXPECT_EQ(plain, of(kSchema));
  EXPECT_EQ(plain, of(std::string(kSchema) + "INSERT INTO p (code) VALUES ('x'); INSERT INTO t (name) VALUES ('n');"));
  EXPECT_EQ(plain, of(std::string(kSchema) + "ALTER TABLE t MODIFY COLUMN note TEXT FIRST;"));
  EXPECT_EQ(plain, of(std::string(kSchema) + "CREATE TABLE emcee_ledger (a INT); CREATE TRIGGER emcee_x AFTER INSERT "
                                             "ON p FOR EACH ROW SET @a = 1;"));
}

TEST_P(MysqlCatalogues, EveryChangeIsSeen) {
  const std::string plain = of(kSchema);
  std::vector<std::string> changes = {
      "ALTER TABLE t MODIFY COLUMN name VARCHAR(21) CHARACTER SET latin1",
      "ALTER TABLE t MODIFY COLUMN name VARCHAR(20) CHARACTER SET utf8mb4",
      "ALTER TABLE t MODIFY COLUMN name VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_bin",
      "ALTER TABLE t MODIFY COLUMN name VARCHAR(20) CHARACTER SET latin1 NOT NULL",
      "ALTER TABLE t MODIFY COLUMN name VARCHAR(20) CHARACTER SET latin1 COMMENT 'c'",
      "ALTER TABLE t ALTER COLUMN e SET DEFAULT 'b'",
      "ALTER TABLE t ALTER COLUMN e DROP DEFAULT",
      "ALTER TABLE t MODIFY COLUMN e ENUM('a', 'b', 'c') DEFAULT 'a'",
      "ALTER TABLE t MODIFY COLUMN d DATETIME(3) DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3)",
      "ALTER TABLE t MODIFY COLUMN h INT",
      "ALTER TABLE t MODIFY COLUMN v INT AS (LENGTH(note) + 2) VIRTUAL",
      "ALTER TABLE t ADD COLUMN z INT",
      "ALTER TABLE t DROP COLUMN e",
      "ALTER TABLE t DROP KEY name, ADD KEY name (name(6))",
      "ALTER TABLE t DROP KEY name, ADD UNIQUE KEY name (name(5))",
      "ALTER TABLE t ADD KEY more (e, p)",
      "ALTER TABLE t RENAME INDEX name TO name2",
      "ALTER TABLE t DROP CONSTRAINT c1",
      "ALTER TABLE t DROP CONSTRAINT c1, ADD CONSTRAINT c1 CHECK (p > 1)",
      "ALTER TABLE t DROP FOREIGN KEY f1",
      "ALTER TABLE t DROP FOREIGN KEY f1, ADD CONSTRAINT f1b FOREIGN KEY (p) REFERENCES p (id) ON DELETE CASCADE",
      "ALTER TABLE t COMMENT = 'bye'",
      "ALTER TABLE t ROW_FORMAT = COMPACT",
      "ALTER TABLE p ENGINE = MyISAM, DROP KEY code",
      "ALTER TABLE t DEFAULT CHARACTER SET latin1",
      "ALTER TABLE r ADD PARTITION (PARTITION p2 VALUES LESS THAN (30))",
      "ALTER TABLE r REMOVE PARTITIONING",
      "CREATE OR REPLACE VIEW w AS SELECT id FROM t",
      "CREATE OR REPLACE SQL SECURITY INVOKER VIEW w AS SELECT id, name FROM t",
      "DROP TRIGGER tr",
      "DROP TRIGGER tr; CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.p = 2",
      "CREATE TRIGGER tr2 BEFORE INSERT ON t FOR EACH ROW PRECEDES tr SET NEW.p = 2",
      "DROP FUNCTION f; CREATE FUNCTION f (x INT) RETURNS INT DETERMINISTIC RETURN x + 2",
      "DROP FUNCTION f; CREATE FUNCTION f (y INT) RETURNS INT DETERMINISTIC RETURN y + 1",
      "ALTER PROCEDURE q SQL SECURITY INVOKER",
      "ALTER EVENT ev DISABLE",
      "ALTER EVENT ev ON SCHEDULE EVERY 2 DAY",
      "DROP TABLE r",
      "CREATE TABLE n (a INT)",
  };
  if (GetParam() == MysqlFlavour::mariadb) {
    changes.push_back("CREATE SEQUENCE s START WITH 5");
    changes.push_back("ALTER TABLE t ALTER INDEX name IGNORED");
    changes.push_back("ALTER TABLE p ADD SYSTEM VERSIONING");
  } else {
    changes.push_back("ALTER TABLE t ALTER INDEX name INVISIBLE");
    changes.push_back("ALTER TABLE t ADD KEY x ((p + 1))");
    changes.push_back("ALTER TABLE t ALTER CHECK c1 NOT ENFORCED");
    changes.push_back("ALTER TABLE t DROP KEY note; ALTER TABLE t ADD FULLTEXT KEY note (note) WITH PARSER ngram");
  }
  for (const std::string& change : changes) {
    // ENGINE = MyISAM cannot have a child.
    const std::string before = change.find("MyISAM") != std::string::npos ? "ALTER TABLE t DROP FOREIGN KEY f1;" : "";
    EXPECT_NE(of(std::string(kSchema) + before), of(std::string(kSchema) + before + change)) << change;
  }
  EXPECT_EQ(plain, of(kSchema));
}

TEST_P(MysqlCatalogues, SessionsCountWhereAsked) {
  MysqlClient one = with(kSchema);
  MysqlClient two = with(std::string("SET sql_mode = '';") + kSchema);
  EXPECT_EQ(mysql_catalogue(one), mysql_catalogue(two));
  EXPECT_NE(mysql_catalogue(one, {.sessions = true}), mysql_catalogue(two, {.sessions = true}));
}

}  // namespace
}  // namespace emcee::testing
