// Every kind of change on a real server: step by step up, with the probe of each step asked before and
// after it; and expand taken back. The judge is the catalogue.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "applier/applier.h"
#include "applier/postgres_connection.h"
#include "codegen/codegen.h"
#include "dialects/postgres/dialect.h"
#include "plan/planner.h"
#include "render_cases.h"
#include "servers/postgres_server.h"
#include "tests/catalogue/postgres_catalogue.h"

namespace emcee::testing {
namespace {

namespace fs = std::filesystem;
using servers::PostgresDatabase;

template <class T>
T need(schema::Result<T> result) {
  if (!result) throw std::runtime_error(to_text(result.error()));
  return *std::move(result);
}
void need(const schema::Result<void>& result) {
  if (!result) throw std::runtime_error(to_text(result.error()));
}

// Roles that the cases give rights to; they belong to the server.
void make_roles(const PostgresDatabase& database) {
  for (const char* role : {"app", "reader"})
    servers::run_postgres(database.url(),
                          std::string("DO $$ BEGIN CREATE ROLE ") + role +
                              "; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$");
}

class Render : public ::testing::TestWithParam<RenderCase> {
 protected:
  std::string old_sql() const { return std::string(GetParam().common) + GetParam().before; }
  std::string new_sql() const { return std::string(GetParam().common) + GetParam().after; }

  // In autocommit, as psql has it: a string of many statements is one transaction.
  static void load(const PostgresDatabase& database, const std::string& sql) {
    make_roles(database);
    servers::run_postgres(database.url(), sql + ";CREATE SCHEMA emcee");
  }

  applier::Release plan() const {
    const auto dialect = postgres::make_dialect();
    parser::Coverage coverage;
    const auto before = need(dialect->read({parser::Source("old.sql", old_sql())}, false, coverage));
    const auto after = need(dialect->read({parser::Source("new.sql", new_sql())}, false, coverage));
    diff::ReleaseMap map;
    map.name = "next";
    plan::PlanOptions options;
    options.best_effort = true;
    const auto planning = need(plan::make_plan(before, after, map, *dialect, options));
    if (planning.refused()) throw std::runtime_error("refused: " + planning.findings.front().why);
    const auto files = need(codegen::generate(planning.plan, *dialect, "test"));
    const fs::path folder = fs::temp_directory_path() / ("emcee-render-" + std::to_string(getpid()));
    for (const auto& file : files) {
      fs::create_directories((folder / file.path).parent_path());
      std::ofstream(folder / file.path, std::ios::binary) << file.text;
    }
    auto release = applier::read_release(folder);
    fs::remove_all(folder);
    return need(std::move(release));
  }

  static bool probe(applier::Connection& connection, const applier::Step& step) {
    return need(connection.query(step.probe)).at(0).at(0) == applier::Value(std::int64_t{1});
  }

  static void run(applier::Connection& connection, const applier::Step& step) {
    if (step.transactional) need(connection.begin());
    for (const std::string& sql : step.run) {
      const auto done = connection.execute(sql);
      if (!done) throw std::runtime_error(step.title + ": " + to_text(done.error()) + "\n" + sql);
    }
    if (step.transactional) need(connection.commit());
  }
};

TEST_P(Render, EveryStepAndItsProbe) {
  const PostgresDatabase database, fresh;
  load(database, old_sql());
  load(fresh, new_sql());
  const applier::Release release = plan();
  const auto connection = need(applier::open_postgres(database.url()));
  int steps = 0;
  for (const auto& script : release.scripts)
    for (const auto& step : script.steps) {
      if (step.run.empty()) continue;
      ++steps;
      const bool asked = !step.probe.empty();
      EXPECT_FALSE(asked && probe(*connection, step)) << "before: " << step.title;
      run(*connection, step);
      EXPECT_TRUE(!asked || probe(*connection, step)) << "after: " << step.title << "\n" << step.probe;
    }
  EXPECT_GT(steps, 0);
  EXPECT_EQ(postgres_catalogue(database.url()), postgres_catalogue(fresh.url()));
}

TEST_P(Render, ExpandIsTakenBack) {
  const PostgresDatabase database;
  load(database, old_sql());
  const std::string before = postgres_catalogue(database.url());
  const applier::Release release = plan();
  const auto connection = need(applier::open_postgres(database.url()));
  need(applier::expand(*connection, release, {}));
  bool one_way = false;
  for (const auto& script : release.scripts)
    for (const auto& step : script.steps) one_way = one_way || (script.phase == applier::Phase::expand && !step.undo);
  applier::Options options;
  options.discard = one_way;
  need(applier::rollback(*connection, release, options));
  EXPECT_EQ(postgres_catalogue(database.url()) == before, !one_way) << postgres_catalogue(database.url()) << "\n"
                                                                    << before;
}

INSTANTIATE_TEST_SUITE_P(Postgres, Render, ::testing::ValuesIn(kRenderCases),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace emcee::testing
