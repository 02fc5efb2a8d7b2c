// Parse, diff, plan and codegen of two generated schemas: 10 columns, one index and one foreign key
// per table, 20 tables changed. The argument is the number of tables; the cost has to be linear.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <thread>

#include "codegen/codegen.h"
#include "dialects/sqlite/dialect.h"
#include "diff/diff.h"
#include "plan/planner.h"

namespace emcee {
namespace {

std::string ddl(std::int64_t tables, bool changed) {
  std::string sql;
  for (std::int64_t t = 0; t < tables; ++t) {
    sql += fmt::format(
        "CREATE TABLE table_{0} (\n  id INTEGER PRIMARY KEY,\n  parent_id INTEGER REFERENCES table_{1} (id),\n", t,
        t / 2);
    for (int c = 0; c < 8; ++c)
      sql += fmt::format("  column_{} VARCHAR({}) NOT NULL DEFAULT '{}'{}\n", c, 32 + c, c, c == 7 ? "" : ",");
    if (changed && t % (tables / 20) == 0) sql.back() = ',', sql += "\n  added INTEGER DEFAULT 0\n";
    sql += fmt::format(");\nCREATE INDEX index_{0} ON table_{0} (column_0, column_1);\n", t);
  }
  return sql;
}

struct Input {
  parser::Source before, after;
  explicit Input(std::int64_t tables) : before("old.sql", ddl(tables, false)), after("new.sql", ddl(tables, true)) {}
};

schema::Schema read(const plan::Dialect& dialect, const parser::Source& source) {
  parser::Coverage coverage;
  auto schema = dialect.read({source}, false, coverage);
  if (!schema) throw std::runtime_error(to_text(schema.error()));
  return *std::move(schema);
}

void parse_diff_plan(benchmark::State& state) {
  const Input input(state.range(0));
  const auto dialect = sqlite::make_dialect();
  diff::ReleaseMap map;
  map.name = "next";
  for (auto _ : state) {
    schema::Schema before;
    std::thread other([&] { before = read(*dialect, input.before); });
    const schema::Schema after = read(*dialect, input.after);
    other.join();
    auto planning = plan::make_plan(before, after, map, *dialect);
    if (!planning || planning->refused() || planning->plan.steps.size() < 20) state.SkipWithError("no plan");
    benchmark::DoNotOptimize(planning);
  }
  state.counters["bytes"] = static_cast<double>(input.before.text().size() + input.after.text().size());
  state.SetComplexityN(state.range(0));
}
BENCHMARK(parse_diff_plan)
    ->RangeMultiplier(10)
    ->Range(100, 10000)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->Complexity(benchmark::oN);

void parse_one(benchmark::State& state) {
  const Input input(state.range(0));
  const auto dialect = sqlite::make_dialect();
  for (auto _ : state) benchmark::DoNotOptimize(read(*dialect, input.before));
}
BENCHMARK(parse_one)->RangeMultiplier(10)->Range(100, 10000)->Unit(benchmark::kMillisecond);

void diff_only(benchmark::State& state) {
  const Input input(state.range(0));
  const auto dialect = sqlite::make_dialect();
  const schema::Schema before = read(*dialect, input.before), after = read(*dialect, input.after);
  for (auto _ : state) benchmark::DoNotOptimize(diff::diff(before, after));
}
BENCHMARK(diff_only)->RangeMultiplier(10)->Range(100, 10000)->Unit(benchmark::kMillisecond);

void plan_and_codegen(benchmark::State& state) {
  const Input input(state.range(0));
  const auto dialect = sqlite::make_dialect();
  const schema::Schema before = read(*dialect, input.before), after = read(*dialect, input.after);
  diff::ReleaseMap map;
  map.name = "next";
  for (auto _ : state) {
    const auto planning = plan::make_plan(before, after, map, *dialect);
    benchmark::DoNotOptimize(codegen::generate(planning->plan, *dialect, "bench"));
  }
}
BENCHMARK(plan_and_codegen)->RangeMultiplier(10)->Range(100, 10000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace emcee
