// What a write of the application costs while sync is on, against the same write without triggers.
// Bulk statements over 100,000 rows in memory; the group is a lossy pair of text columns.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include "dialects/sqlite/parse.h"
#include "dialects/sqlite/sync_triggers.h"

namespace emcee {
namespace {

constexpr int kRows = 100000;

enum class Triggers { none, naive, emcee };

class Database {
 public:
  explicit Database(Triggers triggers) {
    sqlite3_open(":memory:", &db_);
    const std::string ddl = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT, other INTEGER)";
    run(ddl);
    run(
        fmt::format("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) "
                    "INSERT INTO t SELECT i, 'value' || i, 'VALUE' || i, i FROM n",
                    kRows));
    if (triggers == Triggers::naive) {
      // What a careful person writes by hand: guarded by value, nothing else.
      run("CREATE TRIGGER ti AFTER INSERT ON t WHEN NOT (new.b IS upper(new.a) OR new.a IS lower(new.b)) BEGIN UPDATE "
          "t SET a = "
          "coalesce(a, lower(b)), b = coalesce(b, upper(a)) WHERE id = new.id; END");
      run("CREATE TRIGGER ta AFTER UPDATE OF a ON t WHEN new.a IS NOT old.a AND new.b IS old.b AND NOT (new.b IS "
          "upper(new.a) "
          "OR new.a IS lower(new.b)) BEGIN UPDATE t SET b = upper(a) WHERE id = new.id; END");
      run("CREATE TRIGGER tb AFTER UPDATE OF b ON t WHEN new.b IS NOT old.b AND NOT (new.b IS upper(new.a) OR new.a IS "
          "lower(new.b)) BEGIN UPDATE t SET a = lower(b) WHERE id = new.id; END");
    } else if (triggers == Triggers::emcee) {
      parser::Coverage coverage;
      const auto schema = sqlite::read({parser::Source("t", ddl + ";")}, false, coverage);
      plan::SyncGroup group;
      group.name = "ab";
      group.table = schema->tables().front().name;
      const auto id = [](const char* name) { return schema::Identifier(name, schema::Folding::ignore_case); };
      group.old_columns.push_back(
          {id("a"), *sqlite::parse_expression(parser::Source("", "lower(b)")), std::nullopt, false});
      group.new_columns.push_back(
          {id("b"), *sqlite::parse_expression(parser::Source("", "upper(a)")), std::nullopt, false});
      const auto statements = sqlite::create_sync(group, schema->tables().front());
      for (const std::string& statement : *statements) run(statement);
    }
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

const std::string kOld = "UPDATE t SET a = a || 'x'";
const std::string kNew = "UPDATE t SET b = b || 'X'";
const std::string kOther = "UPDATE t SET other = other + 1";
const std::string kInsert = "INSERT INTO t (a) SELECT a || 'y' FROM t";

#define EMCEE_WRITES(name, statement)                                                                \
  BENCHMARK_CAPTURE(write, name##_none, Triggers::none, statement)->Unit(benchmark::kMillisecond);   \
  BENCHMARK_CAPTURE(write, name##_naive, Triggers::naive, statement)->Unit(benchmark::kMillisecond); \
  BENCHMARK_CAPTURE(write, name##_emcee, Triggers::emcee, statement)->Unit(benchmark::kMillisecond)
EMCEE_WRITES(old_column, kOld);
EMCEE_WRITES(new_column, kNew);
EMCEE_WRITES(other_column, kOther);
EMCEE_WRITES(insert, kInsert);

}  // namespace
}  // namespace emcee
