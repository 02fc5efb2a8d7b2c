// The generated statements on the real library: random releases, upgraded and taken back. What
// PRAGMAs say of the database is compared with a database that was made new.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sqlite3.h>
#include <cstdlib>

#include "codegen/rendered_plan.h"
#include "dialects/sqlite/dialect.h"
#include "plan/planner.h"
#include "tests/catalogue/sqlite_catalogue.h"
#include "tests/support/random_release.h"

namespace emcee::codegen {
namespace {

using testing::RandomRelease;

// Releases differ in many ways at once: 100 of them are few.
[[maybe_unused]] const int kReleases = setenv("RC_PARAMS", "max_success=200", 0);

class Database {
 public:
  Database() { sqlite3_open(":memory:", &db_); }
  ~Database() { sqlite3_close(db_); }
  Database(const Database&) = delete;

  void run(const std::string& sql) {
    char* message = nullptr;
    if (sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, &message) == SQLITE_OK) return;
    const std::string error = message ? message : "error";
    sqlite3_free(message);
    RC_FAIL(error + " in: " + sql);
  }
  void run(const std::vector<std::string>& all) {
    for (const std::string& sql : all) run(sql);
  }
  // First column of the first row; empty where there is none.
  std::string ask(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(db_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK)
      RC_FAIL(std::string(sqlite3_errmsg(db_)) + " in: " + sql);
    std::string result;
    if (sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_text(statement, 0))
      result = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    return result;
  }
  std::string catalogue() const { return testing::catalogue(db_, false); }
  std::string sync_objects() {
    return ask("SELECT group_concat(name) FROM sqlite_schema WHERE name LIKE 'emcee\\_%' ESCAPE '\\'");
  }

 private:
  sqlite3* db_ = nullptr;
};

std::string fresh(const plan::Dialect& dialect, const schema::Schema& schema) {
  Database database;
  database.run(dialect.print(schema));
  return database.catalogue();
}

void run_step(Database& database, const RenderedStep& step) {
  database.run(step.sql.before);
  database.run("BEGIN");
  if (step.backfill) database.run(step.backfill->single_update);
  if (step.requirement) RC_ASSERT(database.ask(step.requirement->sql) == "");
  if (step.requirement) RC_ASSERT(database.ask(step.requirement->count) == "0");
  const bool changes = step.kind == StepKind::ddl || step.kind == StepKind::sync;
  if (!step.sql.probe.empty() && database.ask(step.sql.probe) != "0")
    RC_FAIL(fmt::format("done before it was: {}\nrun:\n{}\nprobe: {}", step.step->title, fmt::join(step.sql.run, ";\n"),
                        step.sql.probe));
  database.run(step.sql.run);
  if (changes) RC_ASSERT(!step.sql.probe.empty());
  if (!step.sql.probe.empty() && database.ask(step.sql.probe) != "1")
    RC_FAIL(fmt::format("not done: {}\nrun:\n{}\nprobe: {}", step.step->title, fmt::join(step.sql.run, ";\n"),
                        step.sql.probe));
  for (const std::string& query : step.sql.verify) RC_ASSERT(database.ask(query) == "");
  database.run("COMMIT");
  database.run(step.sql.after);
}

void take_back(Database& database, const RenderedStep& step) {
  if (step.kind != StepKind::ddl && step.kind != StepKind::sync) return;
  RC_ASSERT(step.sql.has_undo);
  database.run(step.sql.undo_before);
  database.run("BEGIN");
  if (!step.sql.undo_loses.empty()) RC_ASSERT(database.ask(step.sql.undo_loses) == "");
  database.run(step.sql.undo);
  for (const std::string& query : step.sql.undo_verify) RC_ASSERT(database.ask(query) == "");
  database.run("COMMIT");
  database.run(step.sql.undo_after);
}

void upgrade() {
  const RandomRelease release = testing::any_release();
  const auto dialect = sqlite::make_dialect();
  plan::PlanOptions options;
  options.best_effort = true;
  const auto planning = plan::make_plan(release.before, release.after, release.map, *dialect, options);
  if (!planning) RC_FAIL(schema::to_text(planning.error()));
  const auto rendered = render(planning->plan, *dialect, "test");
  if (!rendered) RC_FAIL(schema::to_text(rendered.error()));

  std::string titles;
  for (const plan::Step& step : planning->plan.steps)
    titles += fmt::format("{}: {}\n", plan::script_name(planning->plan, step.phase, step.script), step.title);
  RC_LOG() << "old:\n" << dialect->print(release.before) << "new:\n" << dialect->print(release.after) << titles;

  Database database;
  database.run("PRAGMA foreign_keys = OFF");
  database.run(dialect->print(release.before));
  const std::string before = database.catalogue();
  for (const bool stays : {false, true}) {
    for (const RenderedScript& script : rendered->scripts) {
      if (script.phase == plan::Phase::contract && !stays) break;
      for (const RenderedStep& step : script.steps) run_step(database, step);
    }
    if (stays) continue;
    for (const plan::RowQuery& query : rendered->verify) RC_ASSERT(database.ask(query.sql) == "");
    // All the way back, and then forward again.
    for (auto script = rendered->scripts.rbegin(); script != rendered->scripts.rend(); ++script) {
      if (script->phase == plan::Phase::contract) continue;
      for (auto step = script->steps.rbegin(); step != script->steps.rend(); ++step) take_back(database, *step);
    }
    RC_ASSERT(database.catalogue() == before);
    RC_ASSERT(database.sync_objects() == "");
  }
  RC_ASSERT(database.catalogue() == fresh(*dialect, release.after));
  RC_ASSERT(database.sync_objects() == "");
  RC_ASSERT(database.ask("PRAGMA integrity_check") == "ok");
  RC_ASSERT(database.ask("PRAGMA foreign_key_check") == "");
}

RC_GTEST_PROP(CodegenOnSqlite, UpgradesAndTakesBackAnyRelease, ()) { upgrade(); }

}  // namespace
}  // namespace emcee::codegen
