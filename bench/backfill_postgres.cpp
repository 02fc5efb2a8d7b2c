// Backfill of one column on PostgreSQL: batches against one UPDATE of the whole table, without
// triggers and under the same triggers. Arguments: rows of the table; of the batches also rows per
// batch, 0: adaptive. Every round starts from a copy of the same database, after a CHECKPOINT. And what a
// client that writes single rows waits for meanwhile.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "applier/applier.h"
#include "applier/postgres_connection.h"
#include "bench/planned_release.h"
#include "tests/servers/postgres_server.h"

namespace {

using namespace emcee::applier;
using namespace emcee::servers;

using emcee::bench::must;

constexpr char kOld[] =
    "CREATE TABLE images (id bigint PRIMARY KEY, name text, is_public int, size bigint, owner text, created "
    "timestamptz)";
constexpr char kNew[] =
    "CREATE TABLE images (id bigint PRIMARY KEY, name text, size bigint, owner text, created timestamptz, visibility "
    "text)";

const Release& release() {
  static const Release one = emcee::bench::planned_release("postgres", kOld, kNew, emcee::bench::kImageMap);
  return one;
}

PostgresServer& server() {
  static PostgresServer one({"shared_buffers=1GB", "max_wal_size=8GB", "checkpoint_timeout=1h", "wal_level=replica"});
  return one;
}

// The old schema, with statistics, its pages all visible.
const PostgresDatabase& original(std::int64_t rows) {
  static std::map<std::int64_t, std::unique_ptr<PostgresDatabase>> databases;
  auto& database = databases[rows];
  if (!database) {
    database = std::make_unique<PostgresDatabase>(server());
    run_postgres(database->url(),
                 fmt::format("{}; INSERT INTO images SELECT i, 'image ' || i, (i % 3 = 0)::int, i * 37, md5(i::text), "
                             "'2026-01-01Z' FROM generate_series(1, {}) AS i",
                             kOld, rows));
    run_postgres(database->url(), "VACUUM ANALYZE images");
  }
  return *database;
}

class Copy {
 public:
  explicit Copy(std::int64_t rows) : name_("copy_of_" + original(rows).name()) {
    run_postgres(server().url("postgres"), fmt::format("CREATE DATABASE {} TEMPLATE {}", name_, original(rows).name()));
    connection_ = must(open_postgres(server().url(name_)));
  }
  ~Copy() {
    connection_.reset();
    run_postgres(server().url("postgres"), fmt::format("DROP DATABASE {} WITH (FORCE)", name_));
  }
  Connection& operator*() { return *connection_; }
  std::string url() const { return server().url(name_); }

  void ready() {
    must(connection_->execute("CHECKPOINT"));
    pid_ = to_text(must(connection_->query("SELECT pg_backend_pid()")).front().front());
    ticks_ = ticks();
  }
  // Of the session's server process since `ready`: what other programs of the machine take is not in it.
  double cpu_seconds() const {
    return static_cast<double>(ticks() - ticks_) / static_cast<double>(sysconf(_SC_CLK_TCK));
  }

 private:
  // https://man7.org/linux/man-pages/man5/proc.5.html: utime and stime are fields 14 and 15.
  long ticks() const {
    std::ifstream stat("/proc/" + pid_ + "/stat");
    std::string field;
    long sum = 0;
    for (int i = 1; i <= 15 && stat >> field; ++i)
      if (i >= 14) sum += std::atol(field.c_str());
    return sum;
  }

  std::string name_, pid_;
  long ticks_ = 0;
  std::unique_ptr<Connection> connection_;
};

void single_update(benchmark::State& state, bool triggers) {
  for (auto _ : state) {
    state.PauseTiming();
    {
      Copy copy(state.range(0));
      if (triggers)
        must(expand(*copy, release(), {}));
      else
        must((*copy).execute("ALTER TABLE images ADD COLUMN visibility text"));
      copy.ready();
      state.ResumeTiming();
      must((*copy).execute(emcee::bench::kImageFill));
      state.PauseTiming();
      state.counters["server_cpu"] += copy.cpu_seconds();
    }
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
void one_update(benchmark::State& state) { single_update(state, false); }
void one_update_under_triggers(benchmark::State& state) { single_update(state, true); }

void batches(benchmark::State& state) {
  Options options;
  if (state.range(1) > 0) options.batch = state.range(1);
  for (auto _ : state) {
    state.PauseTiming();
    {
      Copy copy(state.range(0));
      must(expand(*copy, release(), options));
      copy.ready();
      state.ResumeTiming();
      must(migrate(*copy, release(), options));
      state.PauseTiming();
      state.counters["server_cpu"] += copy.cpu_seconds();
    }
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

constexpr std::int64_t kMillion = 1'000'000;

enum class Work { none, one_update, batches };

// Writes of single rows by their key, while another session does the work: quantiles of what each took.
void foreground(benchmark::State& state, Work work) {
  for (auto _ : state) {
    Copy copy(kMillion);
    must(expand(*copy, release(), {}));
    const auto client = must(open_postgres(copy.url()));
    copy.ready();
    std::atomic<bool> done = false;
    std::thread background([&] {
      if (work == Work::none) std::this_thread::sleep_for(std::chrono::seconds(5));
      if (work == Work::one_update) must((*copy).execute(emcee::bench::kImageFill));
      if (work == Work::batches) must(migrate(*copy, release(), {}));
      done = true;
    });
    std::mt19937 random(1);
    std::uniform_int_distribution<std::int64_t> ids(1, kMillion);
    std::vector<double> milliseconds;
    while (!done) {
      const std::string sql = fmt::format("UPDATE images SET size = size + 1 WHERE id = {}", ids(random));
      const auto begun = std::chrono::steady_clock::now();
      must(client->execute(sql));
      milliseconds.push_back(
          std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count());
    }
    background.join();
    std::sort(milliseconds.begin(), milliseconds.end());
    const auto at = [&](double share) {
      return milliseconds[static_cast<std::size_t>(share * static_cast<double>(milliseconds.size() - 1))];
    };
    state.counters["p50_ms"] = at(0.5);
    state.counters["p99_ms"] = at(0.99);
    state.counters["max_ms"] = at(1);
    state.counters["writes"] = static_cast<double>(milliseconds.size());
  }
}
BENCHMARK_CAPTURE(foreground, alone, Work::none)->Iterations(1)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(foreground, beside_one_update, Work::one_update)
    ->Iterations(1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(foreground, beside_batches, Work::batches)
    ->Iterations(1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

BENCHMARK(one_update)
    ->Arg(10'000)
    ->Arg(100'000)
    ->Arg(kMillion)
    ->Arg(3 * kMillion)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK(one_update_under_triggers)
    ->Arg(10'000)
    ->Arg(100'000)
    ->Arg(kMillion)
    ->Arg(3 * kMillion)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK(batches)
    ->Args({10'000, 0})
    ->Args({100'000, 0})
    ->Args({kMillion, 0})
    ->Args({3 * kMillion, 0})
    ->Args({kMillion, 1000})
    ->Args({kMillion, 10'000})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
