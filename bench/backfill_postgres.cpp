// Backfill of one column on PostgreSQL: batches against one UPDATE of the whole table, without
// triggers and under the same triggers. Arguments: rows of the table; of the batches also rows per
// batch, 0: adaptive. Every round starts from a copy of the same database, after a CHECKPOINT.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <string>

#include "applier/applier.h"
#include "applier/postgres_connection.h"
#include "tests/servers/postgres_server.h"

namespace {

using namespace emcee::applier;
using namespace emcee::servers;

constexpr const char* kSet = "visibility = CASE is_public WHEN 1 THEN 'public' WHEN 0 THEN 'shared' END";
constexpr const char* kInSync =
    "({0}visibility IS NOT DISTINCT FROM CASE {0}is_public WHEN 1 THEN 'public' WHEN 0 THEN 'shared' END "
    "OR ({0}visibility IS NOT NULL AND {0}is_public IS NOT DISTINCT FROM ({0}visibility = 'public')::int))";

template <class T>
T must(emcee::schema::Result<T> result) {
  if (!result) {
    fmt::print(stderr, "{}", emcee::schema::to_text(result.error()));
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

PostgresServer& server() {
  static PostgresServer one({"shared_buffers=1GB", "max_wal_size=8GB", "checkpoint_timeout=1h", "wal_level=replica"});
  return one;
}

// A table without triggers, with statistics, its pages all visible.
const PostgresDatabase& original(std::int64_t rows) {
  static std::map<std::int64_t, std::unique_ptr<PostgresDatabase>> databases;
  auto& database = databases[rows];
  if (!database) {
    database = std::make_unique<PostgresDatabase>(server());
    run_postgres(
        database->url(),
        fmt::format("CREATE TABLE images (id bigint PRIMARY KEY, name text, is_public int, size bigint, owner text, "
                    "created timestamptz, visibility text); INSERT INTO images SELECT i, 'image ' || i, (i % 3 = "
                    "0)::int, i * 37, md5(i::text), '2026-01-01Z' FROM generate_series(1, {}) AS i",
                    rows));
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

  void add_triggers() {
    must(connection_->execute(fmt::format(
        R"(CREATE FUNCTION sync() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             IF new.visibility IS DISTINCT FROM old.visibility AND new.visibility IS NOT NULL THEN
               new.is_public := (new.visibility = 'public')::int;
             ELSE
               new.visibility := CASE new.is_public WHEN 1 THEN 'public' WHEN 0 THEN 'shared' END;
             END IF; RETURN new; END $$;
           CREATE TRIGGER zzz_sync BEFORE UPDATE ON images FOR EACH ROW WHEN (NOT {} AND current_setting('emcee.bypass',
             true) IS DISTINCT FROM 'on') EXECUTE FUNCTION sync())",
        fmt::format(fmt::runtime(kInSync), "new."))));
  }
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

Release fill_release() {
  Release release;
  release.dialect = "postgres";
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
      Copy copy(state.range(0));
      if (triggers) copy.add_triggers();
      copy.ready();
      state.ResumeTiming();
      must((*copy).execute(fmt::format("UPDATE images SET {}", kSet)));
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
  const Release release = fill_release();
  Options options;
  if (state.range(1) > 0) options.batch = state.range(1);
  for (auto _ : state) {
    state.PauseTiming();
    {
      Copy copy(state.range(0));
      copy.add_triggers();
      must(expand(*copy, release, options));
      copy.ready();
      state.ResumeTiming();
      must(migrate(*copy, release, options));
      state.PauseTiming();
      state.counters["server_cpu"] += copy.cpu_seconds();
    }
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

constexpr std::int64_t kMillion = 1'000'000;
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
