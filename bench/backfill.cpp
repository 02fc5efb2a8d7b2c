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
#include "bench/planned_release.h"

namespace {

using namespace emcee::applier;

constexpr int kRows = 1'000'000;
using emcee::bench::must;

constexpr char kOld[] =
    "CREATE TABLE images (id INTEGER PRIMARY KEY, name TEXT, is_public INTEGER, size INTEGER, owner TEXT, created "
    "TEXT)";
constexpr char kNew[] =
    "CREATE TABLE images (id INTEGER PRIMARY KEY, name TEXT, size INTEGER, owner TEXT, created TEXT, visibility TEXT)";

const Release& release() {
  static const Release one = emcee::bench::planned_release("sqlite", kOld, kNew, emcee::bench::kImageMap);
  return one;
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

 private:
  static std::string folder() { return (std::filesystem::temp_directory_path() / "emcee-bench").string(); }
  static std::string original() { return folder() + "/original.db"; }
  static std::string copy() { return folder() + "/copy.db"; }
  static void create() {
    auto connection = must(open_sqlite(original(), {.create = true}));
    must(connection->execute(fmt::format(
        "BEGIN; {}; INSERT INTO images (id, name, is_public, size, owner, created) WITH RECURSIVE "
        "n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) SELECT i, 'image ' || i, i % 3 = 0, i * 37, "
        "hex(randomblob(16)), '2026-01-01 00:00:00' FROM n; COMMIT; ANALYZE",
        kOld, kRows)));
  }

  std::unique_ptr<Connection> connection_;
};

void single_update(benchmark::State& state, bool triggers) {
  for (auto _ : state) {
    state.PauseTiming();
    {
      Database database;
      if (triggers)
        must(expand(*database, release(), {}));
      else
        must((*database).execute("ALTER TABLE images ADD COLUMN visibility TEXT"));
      state.ResumeTiming();
      must((*database).execute(emcee::bench::kImageFill));
      state.PauseTiming();
    }
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * kRows);
}
void one_update(benchmark::State& state) { single_update(state, false); }
void one_update_under_triggers(benchmark::State& state) { single_update(state, true); }

void batches(benchmark::State& state) {
  Options options;
  if (state.range(0) > 0) options.batch = state.range(0);
  for (auto _ : state) {
    state.PauseTiming();
    {
      Database database;
      must(expand(*database, release(), options));
      state.ResumeTiming();
      must(migrate(*database, release(), options));
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
