// Backfill of one column of a million rows on SQLite: batches against one UPDATE of the whole
// table, without triggers and under the same triggers. Arguments of the batches: rows per batch,
// 0: adaptive.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "applier/applier.h"
#include "applier/sqlite_connection.h"

namespace {

using namespace emcee::applier;

constexpr int kRows = 1'000'000;
constexpr const char* kSet = "visibility = CASE is_public WHEN 1 THEN 'public' WHEN 0 THEN 'shared' END";
constexpr const char* kInSync =
    "({0}visibility IS CASE {0}is_public WHEN 1 THEN 'public' WHEN 0 THEN 'shared' END "
    "OR ({0}visibility IS NOT NULL AND {0}is_public IS ({0}visibility = 'public')))";

template <class T>
T must(emcee::schema::Result<T> result) {
  if (!result) {
    fmt::print(stderr, "{}", emcee::schema::to_text(result.error()));
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// A copy of one database, so that every round starts from the same pages.
class Database {
 public:
  Database() {
    std::filesystem::create_directories(folder());
    if (!std::filesystem::exists(original())) create();
    std::filesystem::copy_file(original(), copy(), std::filesystem::copy_options::overwrite_existing);
    connection_ = must(open_sqlite(copy()));
  }
  ~Database() {
    connection_.reset();
    std::filesystem::remove(copy());
  }
  Connection& operator*() { return *connection_; }

  void add_triggers() {
    const std::string in_sync = fmt::format(fmt::runtime(kInSync), "new.");
    must(connection_->execute(fmt::format(
        "CREATE TRIGGER old AFTER UPDATE OF is_public ON images WHEN new.is_public IS NOT old.is_public AND "
        "new.visibility IS old.visibility AND NOT {0} BEGIN UPDATE images SET {1} WHERE id = new.id; END;"
        "CREATE TRIGGER new AFTER UPDATE OF visibility ON images WHEN new.visibility IS NOT old.visibility AND NOT {0} "
        "BEGIN UPDATE images SET is_public = new.visibility = 'public' WHERE id = new.id; END",
        in_sync, kSet)));
  }

 private:
  static std::string folder() { return (std::filesystem::temp_directory_path() / "emcee-bench").string(); }
  static std::string original() { return folder() + "/original.db"; }
  static std::string copy() { return folder() + "/copy.db"; }
  static void create() {
    auto connection = must(open_sqlite(original(), {.create = true}));
    must(connection->execute(fmt::format(
        "BEGIN; CREATE TABLE images (id INTEGER PRIMARY KEY, name TEXT, is_public INTEGER, size INTEGER, owner TEXT, "
        "created TEXT, visibility TEXT); INSERT INTO images (id, name, is_public, size, owner, created) WITH RECURSIVE "
        "n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) SELECT i, 'image ' || i, i % 3 = 0, i * 37, "
        "hex(randomblob(16)), '2026-01-01 00:00:00' FROM n; COMMIT; ANALYZE",
        kRows)));
  }

  std::unique_ptr<Connection> connection_;
};

Release fill_release() {
  Release release;
  release.dialect = "sqlite";
  release.component = "main";
  release.name = "bench";
  for (const Phase phase : {Phase::expand, Phase::migrate, Phase::contract}) {
    Script script;
    script.name = fmt::format("bench_{}01", to_string(phase));
    script.phase = phase;
    script.number = 1;
    release.scripts.push_back(script);
  }
  Step step;
  step.number = 1;
  step.title = "fill images.visibility";
  step.kind = StepKind::backfill;
  step.backfill = Backfill{
      "images", "images", {"id"}, "visibility IS NULL AND NOT " + fmt::format(fmt::runtime(kInSync), ""), kSet, true};
  release.scripts[1].steps.push_back(step);
  return release;
}

void single_update(benchmark::State& state, bool triggers) {
  for (auto _ : state) {
    state.PauseTiming();
    {
      Database database;
      if (triggers) database.add_triggers();
      state.ResumeTiming();
      must((*database).execute(fmt::format("UPDATE images SET {}", kSet)));
      state.PauseTiming();
    }
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * kRows);
}
void one_update(benchmark::State& state) { single_update(state, false); }
void one_update_under_triggers(benchmark::State& state) { single_update(state, true); }

void batches(benchmark::State& state) {
  const Release release = fill_release();
  Options options;
  if (state.range(0) > 0) options.batch = state.range(0);
  for (auto _ : state) {
    state.PauseTiming();
    {
      Database database;
      database.add_triggers();
      must(expand(*database, release, options));
      state.ResumeTiming();
      must(migrate(*database, release, options));
      state.PauseTiming();
    }
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * kRows);
}

BENCHMARK(one_update)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(one_update_under_triggers)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(batches)->Arg(0)->Arg(1000)->Arg(10'000)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
