// Hazards that refuse a write: where the plan asks for a word, the server refuses, and nowhere else.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/cli/cases.h"

namespace emcee::testing {
namespace {

class HazardsOfWrites : public Cases {
 protected:
  void plan(const std::string& old_schema, const std::string& new_schema, const std::string& map) {
    box_.write("old.sql", old_schema);
    box_.write("new.sql", new_schema);
    box_.write("release.toml", "name = \"r\"\n" + map);
    const auto planned =
        box_.emcee("plan old.sql new.sql --map release.toml --out rel --dialect " + GetParam() + " 2>&1");
    refused_ = planned.status != 0;
    output_ = planned.out;
  }
  bool asks_for(const std::string& hazard) const { return refused_ && output_.find(hazard) != std::string::npos; }
  void insert_by_place(const std::string& column);
  static bool fails(const std::string& output) { return output.starts_with("error"); }

  bool refused_ = false;
};

// With a column that is stored, and with one that is computed.
TEST_P(HazardsOfWrites, AnInsertByPlaceInATrigger) {
  for (const std::string column : {"told varchar(9)", "told integer GENERATED ALWAYS AS (a + 1) STORED"})
    insert_by_place(column);
}

void HazardsOfWrites::insert_by_place(const std::string& column) {
  const std::string body = "INSERT INTO log VALUES (NEW.id, NEW.a);";
  std::string trigger = "CREATE TRIGGER tell AFTER UPDATE ON t FOR EACH ROW BEGIN " + body + " END";
  std::string program = trigger + ";";
  if (is_mysql()) program = "DELIMITER //\n" + trigger + "//\nDELIMITER ;\n";
  if (GetParam() == "postgres")
    program = "CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " + body +
              " RETURN NULL; END $$; CREATE TRIGGER tell AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION tell();";
  const std::string t = "CREATE TABLE t (id integer PRIMARY KEY, a integer);\n";
  plan(t + "CREATE TABLE log (id integer, a integer);\n" + program,
       t + "CREATE TABLE log (id integer, a integer, " + column + ");\n" + program, "");

  ASSERT_EQ(sql(t + "CREATE TABLE log (id integer, a integer)"), "");
  ASSERT_EQ(sql(GetParam() == "postgres" ? program : trigger), "");
  ASSERT_EQ(sql("INSERT INTO t VALUES (1, 1)"), "");
  ASSERT_EQ(sql("UPDATE t SET a = 2"), "");
  // SQLite adds no stored column to a table that is there.
  if (GetParam() == "sqlite" && column.find("STORED") != std::string::npos)
    sql("DROP TABLE log; CREATE TABLE log (id integer, a integer, " + column + ")");
  else
    ASSERT_EQ(sql("ALTER TABLE log ADD COLUMN " + column), "");
  const std::string write = sql("UPDATE t SET a = 3");
  EXPECT_EQ(asks_for("insert_by_place"), fails(write)) << write << "\n" << output_;
  EXPECT_EQ(refused_, fails(write)) << output_;
  sql("DROP TABLE t");
  sql("DROP TABLE log");
  if (GetParam() == "postgres") sql("DROP FUNCTION tell");
}

// Columns that the map hides are not met by place before contract, and are like any other then.
TEST_P(HazardsOfWrites, AHiddenColumnHoldsNothingUp) {
  const std::string old_schema = "CREATE TABLE log (id integer PRIMARY KEY, a integer);\n";
  const std::string new_schema =
      "CREATE TABLE log (id integer PRIMARY KEY, b varchar(9) NOT NULL DEFAULT 'no', told varchar(9), n integer NOT "
      "NULL DEFAULT 7);\n";
  const std::string map =
      "[[map]]\ntable = \"log\"\nold = [\"a\"]\nnew = [\"b\"]\nup.b = \"CASE WHEN a = 1 THEN 'yes' ELSE 'no' "
      "END\"\ndown.a = \"CASE WHEN b = 'yes' THEN 1 ELSE 0 END\"\n[[hide]]\ntable = \"log\"\n";
  plan(old_schema, new_schema, map);
  if (GetParam() == "sqlite") {
    EXPECT_TRUE(refused_);
    EXPECT_NE(output_.find("has no invisible columns"), std::string::npos) << output_;
    return;
  }
  ASSERT_FALSE(refused_) << output_;
  ASSERT_EQ(sql(old_schema), "");
  ASSERT_EQ(sql("INSERT INTO log VALUES (1, 1)"), "");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  EXPECT_EQ(sql("INSERT INTO log VALUES (2, 0)"), "");
  EXPECT_EQ(sql("INSERT INTO log (id, b, told) VALUES (3, 'yes', 'new')"), "");
  EXPECT_EQ(sql("SELECT a FROM log WHERE id = 3"), "1");
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  ASSERT_EQ(emcee("verify"), 0) << output_;
  ASSERT_EQ(emcee("check"), 4) << output_;  // contract is next, and nothing is otherwise than planned
  ASSERT_EQ(emcee("contract"), 0) << output_;
  ASSERT_EQ(emcee("check"), 0) << output_;
  EXPECT_EQ(sql("INSERT INTO log VALUES (4, 'no', 'me', 8)"), "");
  EXPECT_EQ(
      sql("SELECT count(*) FROM log WHERE (id, b, n) IN ((1, 'yes', 7), (2, 'no', 7), (3, 'yes', 7), (4, 'no', 8))"),
      "4");
  const auto diff = box_.emcee("diff '" + database_->url() + "' new.sql --exit-code 2>&1");
  EXPECT_EQ(diff.status, 0) << diff.out;
}

// A column of 20 letters becomes one of 60 under another name, and the other way around.
TEST_P(HazardsOfWrites, ARenameToAnotherWidth) {
  for (const bool wider : {true, false}) {
    const std::string before = wider ? "name varchar(20)" : "name varchar(60)";
    const std::string after = wider ? "title varchar(60)" : "title varchar(20)";
    const std::string table = wider ? "w" : "n";
    const std::string old_schema = fmt::format("CREATE TABLE {} (id integer PRIMARY KEY, {});\n", table, before);
    const std::string new_schema = fmt::format("CREATE TABLE {} (id integer PRIMARY KEY, {});\n", table, after);
    const std::string rename = fmt::format("[[rename]]\ntable = \"{}\"\nfrom = \"name\"\nto = \"title\"\n", table);
    plan(old_schema, new_schema, rename);
    const bool asked = asks_for("narrow_copy");
    EXPECT_EQ(refused_, asked) << output_;
    if (asked)
      plan(old_schema, new_schema, rename + "[[accept]]\nhazard = \"narrow_copy\"\nreason = \"names are short\"\n");
    ASSERT_FALSE(refused_) << output_;
    ASSERT_EQ(sql(old_schema), "");
    ASSERT_EQ(emcee("expand"), 0) << output_;
    const std::string write = sql(
        fmt::format("INSERT INTO {} (id, {}) VALUES (1, '{}')", table, wider ? "title" : "name", std::string(50, 'x')));
    EXPECT_EQ(asked, fails(write)) << write;
    EXPECT_EQ(asked, !wider && GetParam() != "sqlite");
    if (!asked) {
      EXPECT_EQ(sql(fmt::format("SELECT length({}) FROM {} WHERE id = 1", wider ? "name" : "title", table)), "50");
    }
    EXPECT_EQ(sql(fmt::format("INSERT INTO {} (id, {}) VALUES (2, 'short')", table, wider ? "title" : "name")), "");
    // What the old form cannot hold is not cut: it has to go first.
    if (wider && GetParam() != "sqlite") {
      EXPECT_EQ(emcee("rollback"), 3) << output_;
      EXPECT_EQ(sql(fmt::format("SELECT length(name) FROM {} WHERE id = 1", table)), "50");
      EXPECT_EQ(sql(fmt::format("UPDATE {} SET title = 'cut' WHERE id = 1", table)), "");
    }
    ASSERT_EQ(emcee("rollback --discard"), 0) << output_;
    EXPECT_EQ(sql(fmt::format("SELECT name FROM {} WHERE id = 2", table)), "short");
    if (GetParam() != "sqlite") {
      EXPECT_TRUE(fails(sql(fmt::format("UPDATE {} SET name = '{}'", table, std::string(wider ? 21 : 61, 'x')))));
    }
  }
}

// What is built on the old column keeps it as it is.
TEST_P(HazardsOfWrites, AWiderRenameOfAColumnInAViewIsAsked) {
  const std::string before = "CREATE TABLE t (id integer PRIMARY KEY, name varchar(20), other varchar(40));\n";
  const std::string after = "CREATE TABLE t (id integer PRIMARY KEY, title varchar(60), other varchar(40));\n";
  const std::string rename = "[[rename]]\ntable = \"t\"\nfrom = \"name\"\nto = \"title\"\n";
  plan(before + "CREATE VIEW v AS SELECT name FROM t;\n", after + "CREATE VIEW v AS SELECT title AS name FROM t;\n",
       rename);
  EXPECT_EQ(asks_for("narrow_copy"), GetParam() != "sqlite") << output_;
  plan(before + "CREATE INDEX i ON t (name);\n", after + "CREATE INDEX i ON t (title);\n", rename);
  EXPECT_EQ(asks_for("narrow_copy"), GetParam() != "sqlite") << output_;
}

INSTANTIATE_TEST_SUITE_P(On, HazardsOfWrites, kServers, server_name);

}  // namespace
}  // namespace emcee::testing
