// What a write of the application costs while sync is on, against the same write without triggers and
// under triggers of the same semantics written by hand. Bulk statements over 100,000 rows in memory;
// the group is G1.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include "bench/g1_by_hand.h"
#include "dialects/sqlite/parse.h"
#include "dialects/sqlite/sync_triggers.h"

namespace emcee {
namespace {

constexpr int kRows = 100000;

enum class Triggers { none, by_hand, emcee };

const std::string kDdl =
    "CREATE TABLE t (id INTEGER PRIMARY KEY, is_public BOOLEAN, visibility VARCHAR(9), other INTEGER, "
    "CHECK (is_public IN (0, 1)))";

std::vector<std::string> generated() {
  parser::Coverage coverage;
  const auto schema = sqlite::read({parser::Source("t", kDdl + ";")}, false, coverage);
  const auto id = [](const char* name) { return schema::Identifier(name, schema::Folding::ignore_case); };
  const auto expression = [](const char* sql) { return *sqlite::parse_expression(parser::Source("", sql)); };
  plan::SyncGroup group;
  group.name = "visibility";
  group.table = schema->tables().front().name;
  group.old_columns.push_back(
      {id("is_public"), expression("CASE visibility WHEN 'public' THEN 1 ELSE 0 END"), std::nullopt, true});
  group.new_columns.push_back({id("visibility"), expression("CASE WHEN is_public = 1 THEN 'public' ELSE 'shared' END"),
                               expression("'shared'"), true});
  return *sqlite::create_sync(group, schema->tables().front());
}

class Database {
 public:
  explicit Database(Triggers triggers) {
    sqlite3_open(":memory:", &db_);
    run(kDdl);
    run(
        fmt::format("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) "
                    "INSERT INTO t SELECT i, i % 2, iif(i % 2, 'public', 'shared'), i FROM n",
                    kRows));
    if (triggers == Triggers::none) return;
    for (const std::string& statement : triggers == Triggers::emcee ? generated() : bench::g1_by_hand()) run(statement);
  }
  ~Database() { sqlite3_close(db_); }
  Database(const Database&) = delete;

  void run(const std::string& sql) {
    if (sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
      throw std::runtime_error(sqlite3_errmsg(db_));
  }

 private:
  sqlite3* db_ = nullptr;
};

void write(benchmark::State& state, Triggers triggers, const std::string& statement) {
  Database db(triggers);
  for (auto _ : state) {
    db.run("BEGIN");
    db.run(statement);
    state.PauseTiming();
    db.run("ROLLBACK");
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * kRows);
}

const std::string kOld = "UPDATE t SET is_public = 1 - is_public";
const std::string kNew = "UPDATE t SET visibility = iif(visibility = 'public', 'private', 'public')";
const std::string kOther = "UPDATE t SET other = other + 1";
const std::string kInsertOld = "INSERT INTO t (is_public, other) SELECT is_public, other FROM t";
const std::string kInsertNew = "INSERT INTO t (visibility, other) SELECT visibility, other FROM t";
const std::string kReplace = "REPLACE INTO t (id, is_public, other) SELECT id, is_public, other + 1 FROM t";

#define EMCEE_WRITES(name, statement)                                                                    \
  BENCHMARK_CAPTURE(write, name##_none, Triggers::none, statement)->Unit(benchmark::kMillisecond);       \
  BENCHMARK_CAPTURE(write, name##_by_hand, Triggers::by_hand, statement)->Unit(benchmark::kMillisecond); \
  BENCHMARK_CAPTURE(write, name##_emcee, Triggers::emcee, statement)->Unit(benchmark::kMillisecond)
EMCEE_WRITES(update_old, kOld);
EMCEE_WRITES(update_new, kNew);
EMCEE_WRITES(update_other, kOther);
EMCEE_WRITES(insert_old, kInsertOld);
EMCEE_WRITES(insert_new, kInsertNew);
EMCEE_WRITES(replace_old, kReplace);

}  // namespace
}  // namespace emcee
