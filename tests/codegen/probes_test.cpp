// Probes see what another hand has altered or taken away since the step ran.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "codegen/rendered_plan.h"
#include "tests/support/planning.h"

namespace emcee::codegen {
namespace {

struct Case {
  const char* name;
  const char* before;
  const char* after;
  const char* tamper;
};

const Case kCases[] = {
    {"view", "CREATE TABLE t (a, b);", "CREATE TABLE t (a, b); CREATE VIEW IF NOT EXISTS v AS SELECT a FROM t; -- x",
     "DROP VIEW v; CREATE VIEW v AS SELECT b FROM t"},
    {"replaced view", "CREATE TABLE t (a, b); CREATE VIEW v AS SELECT a FROM t;",
     "CREATE TABLE t (a, b); CREATE VIEW v AS SELECT a, b FROM t;", "DROP VIEW v; CREATE VIEW v AS SELECT a FROM t"},
    {"trigger", "CREATE TABLE t (a);",
     "CREATE TABLE t (a); CREATE TEMP TABLE z (a); CREATE TRIGGER main.r AFTER INSERT ON t BEGIN SELECT 1; END;",
     "DROP TRIGGER r; CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 2; END"},
    {"replaced trigger", "CREATE TABLE t (a); CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END;",
     "CREATE TABLE t (a); CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 2; END;", "DROP TRIGGER r"},
    {"index", "CREATE TABLE t (a, b);", "CREATE TABLE t (a, b); CREATE INDEX i ON t (a);",
     "DROP INDEX i; CREATE INDEX i ON t (b)"},
    {"replaced index", "CREATE TABLE t (a, b); CREATE INDEX i ON t (a);",
     "CREATE TABLE t (a, b); CREATE INDEX i ON t (b);", "DROP INDEX i; CREATE INDEX i ON t (a)"},
    {"check", "CREATE TABLE t (a);", "CREATE TABLE t (a CHECK (a > 0));", "DROP TABLE t; CREATE TABLE t (a)"},
    {"dropped check", "CREATE TABLE t (a CHECK (a > 0));", "CREATE TABLE t (a);",
     "DROP TABLE t; CREATE TABLE t (a, CHECK (a>0))"},
    {"unique", "CREATE TABLE t (a, b);", "CREATE TABLE t (a, b, UNIQUE (a, b));",
     "DROP TABLE t; CREATE TABLE t (a, b, UNIQUE (b, a))"},
    {"foreign key", "CREATE TABLE t (a, b PRIMARY KEY);", "CREATE TABLE t (a REFERENCES t, b PRIMARY KEY);",
     "DROP TABLE t; CREATE TABLE t (a REFERENCES t ON DELETE CASCADE, b PRIMARY KEY)"},
    {"primary key", "CREATE TABLE t (a, b);", "CREATE TABLE t (a, b, PRIMARY KEY (a, b));",
     "DROP TABLE t; CREATE TABLE t (a, b, PRIMARY KEY (b, a))"},
    {"default", "CREATE TABLE t (a DEFAULT 1);", "CREATE TABLE t (a DEFAULT 2);",
     "DROP TABLE t; CREATE TABLE t (a DEFAULT 3)"},
    {"collation", "CREATE TABLE t (a, b);", "CREATE TABLE t (a COLLATE NOCASE, b);",
     "DROP TABLE t; CREATE TABLE t (a, b)"},
    {"generated column", "CREATE TABLE t (a, b);", "CREATE TABLE t (a, b AS (a + 1));",
     "DROP TABLE t; CREATE TABLE t (a, b AS (a + 2))"},
    {"options", "CREATE TABLE t (a INT PRIMARY KEY);", "CREATE TABLE t (a INT PRIMARY KEY) WITHOUT ROWID;",
     "DROP TABLE t; CREATE TABLE t (a INT PRIMARY KEY)"},
    {"virtual table", "CREATE TABLE t (a);", "CREATE TABLE t (a); CREATE VIRTUAL TABLE f USING fts5(a);",
     "DROP TABLE f; CREATE VIRTUAL TABLE f USING fts5(b)"},
    {"sync trigger", "CREATE TABLE t (a INTEGER PRIMARY KEY);",
     "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT NOT NULL);",
     "DROP TRIGGER emcee_t_b_fill_insert_old;"
     "CREATE TRIGGER emcee_t_b_fill_insert_old AFTER INSERT ON t BEGIN SELECT 1; END"},
};

class Probes : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override { ASSERT_EQ(sqlite3_open(":memory:", &db_), SQLITE_OK); }
  void TearDown() override { sqlite3_close(db_); }
  void run(const std::string& sql) {
    ASSERT_EQ(sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db_) << sql;
  }
  void run(const std::vector<std::string>& all) {
    for (const std::string& sql : all) run(sql);
  }
  bool holds(const std::string& probe) {
    sqlite3_stmt* statement = nullptr;
    EXPECT_EQ(sqlite3_prepare_v2(db_, probe.c_str(), -1, &statement, nullptr), SQLITE_OK) << sqlite3_errmsg(db_);
    EXPECT_EQ(sqlite3_step(statement), SQLITE_ROW);
    const bool result = sqlite3_column_int(statement, 0) == 1;
    sqlite3_finalize(statement);
    return result;
  }

  sqlite3* db_ = nullptr;
};

TEST_P(Probes, SeeWhatWasAltered) {
  const Case& given = GetParam();
  testing::GoldenCase golden;
  golden.inputs = {given.before, given.after};
  golden.args["best-effort"] = "";
  golden.args["version"] = sqlite3_libversion();
  const auto planned = testing::plan_case(golden);
  ASSERT_TRUE(planned) << schema::to_text(planned.error());
  const auto rendered = render(planned->planning.plan, *planned->dialect, "test");
  ASSERT_TRUE(rendered) << schema::to_text(rendered.error());
  run(given.before);
  std::vector<std::string> probes;
  const bool sync = !planned->planning.plan.groups.empty();
  for (const RenderedScript& script : rendered->scripts) {
    if (sync && script.phase == plan::Phase::contract) break;
    for (const RenderedStep& step : script.steps) {
      if (step.kind != StepKind::ddl && step.kind != StepKind::sync) continue;
      EXPECT_FALSE(holds(step.sql.probe)) << step.sql.probe;
      run(step.sql.before);
      run(step.sql.run);
      run(step.sql.after);
      EXPECT_TRUE(holds(step.sql.probe)) << step.sql.probe;
      probes.push_back(step.sql.probe);
    }
  }
  run(given.tamper);
  EXPECT_TRUE(std::any_of(probes.begin(), probes.end(), [&](const auto& probe) { return !holds(probe); }));
}

INSTANTIATE_TEST_SUITE_P(OnSqlite, Probes, ::testing::ValuesIn(kCases), [](const auto& info) {
  std::string name = info.param.name;
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
});

}  // namespace
}  // namespace emcee::codegen
