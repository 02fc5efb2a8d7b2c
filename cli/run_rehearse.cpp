#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>

#include "cli/connect.h"
#include "cli/dialect_choice.h"
#include "cli/human.h"
#include "cli/plan_release.h"
#include "cli/rehearsal_database.h"
#include "cli/signals.h"
#include "rehearse/rehearse.h"

namespace emcee::cli {

namespace {

using rehearse::Report;
using schema::ErrorCode;
using schema::fail;
using schema::Result;

std::string map_of(const RehearseOptions& options) {
  if (!options.map.empty()) return options.map;
  const auto beside = std::filesystem::path(options.directory) / "release.toml";
  return std::filesystem::exists(beside) ? beside.string() : std::string();
}

// plan.json has the SQL of a plan, not what it means: the plan is made again, and has to come out the same.
Result<plan::Plan> plan_of(const applier::Release& release, const plan::Dialect& dialect, const std::string& path) {
  EMCEE_ASSIGN(const diff::ReleaseMap map, load_map(path, dialect));
  EMCEE_ASSIGN(auto planned, plan_again(release, map, dialect, !release.choices.empty()));
  bool same = !planned.planning.refused();
  if (same) {
    EMCEE_ASSIGN(const applier::Release again, applier::parse_release(planned.files.front().text));
    same = std::equal(again.scripts.begin(), again.scripts.end(), release.scripts.begin(), release.scripts.end(),
                      [](const auto& a, const auto& b) { return a.checksum == b.checksum; });
  }
  if (same) return std::move(planned.planning.plan);
  return fail(ErrorCode::usage,
              path.empty() ? "the plan cannot be made again without its map"
                           : fmt::format("{} gives another plan than the one of {}", path, release.name),
              "name the map that it was made with: --map release.toml; or run `emcee plan` again");
}

nlohmann::json to_json(const Report& report) {
  nlohmann::json document = {{"passed", !report.failure},
                             {"seed", report.seed},
                             {"rounds", report.rounds},
                             {"finished", report.tally.finished},
                             {"tables", report.tables},
                             {"skipped", report.skipped},
                             {"writes", report.tally.writes},
                             {"refused", report.tally.refused},
                             {"constrained", report.tally.constrained},
                             {"left_out", report.tally.left_out},
                             {"compared", report.tally.compared},
                             {"broken_connections", report.tally.broken},
                             {"held_up", report.tally.held_up}};
  if (report.failure)
    document["failure"] = {{"what", report.failure->what}, {"statements", report.failure->statements}};
  return document;
}

void print_text(const Report& report, Output& output) {
  for (const std::string& table : report.skipped) output.note("not rehearsed: " + table);
  std::int64_t writes = 0;
  for (const auto& [kind, count] : report.tally.writes) writes += count;
  output.print(
      fmt::format("{} on {}, seed {}: {} statements, {} of them refused as the rules of sync have it, {} by "
                  "constraints; {} compared, "
                  "{} of emcee broken\n",
                  counted(report.rounds, "upgrade"), counted(static_cast<std::int64_t>(report.tables.size()), "table"),
                  report.seed, grouped(writes), grouped(report.tally.refused), grouped(report.tally.constrained),
                  counted(report.tally.compared, "row"), counted(report.tally.broken, "connection")));
  if (report.tally.left_out > 0)
    output.print(
        fmt::format("{} left out: the map has no image of the row\n", counted(report.tally.left_out, "statement")));
  for (const auto& [kind, count] : report.tally.writes)
    output.print(fmt::format("  {:<24} {}\n", kind, grouped(count)));
  for (const auto& [reason, count] : report.tally.held_up)
    output.print(fmt::format("held up {}: {}\n", count == 1 ? "once" : grouped(count) + " times", reason));
  if (!report.failure) {
    output.print(output.paint(Style::good, "no row differs from the model") + "\n");
    return;
  }
  output.print(output.paint(Style::bad, "wrong:") + " " + report.failure->what + "\nafter\n");
  for (const std::string& statement : report.failure->statements) output.print("  " + statement + "\n");
}

}  // namespace

Result<rehearse::Database> make_rehearsal_database(const Database& kind, const std::string& url) {
  rehearse::Database database;
  EMCEE_ASSIGN(std::shared_ptr<Scratch> scratch, kind.make_scratch(url));
  database.open = [open = kind.open, place = scratch->url()] { return open(place, {}); };
  EMCEE_ASSIGN(database.emcee, database.open());
  EMCEE_ASSIGN(database.application, database.open());
  database.keep = std::move(scratch);
  return database;
}

Result<int> run_rehearse(const RehearseOptions& options, Output& output) {
  EMCEE_ASSIGN(const applier::Release release, applier::read_release(options.directory));
  const Database* kind = find_database_of(release.dialect);
  if (kind == nullptr) return fail(ErrorCode::usage, "there is no database called " + release.dialect);
  if (options.db.empty() && release.dialect != "sqlite")
    return fail(ErrorCode::usage, fmt::format("a plan for {} needs a server to rehearse on", release.dialect),
                fmt::format("--db {}: a scratch database is made there, and goes away again", kind->example));
  if (!options.db.empty() && find_database(options.db) != kind)
    return fail(ErrorCode::usage, fmt::format("{} is a plan for {}", options.directory, release.dialect));
  ReadOptions read;
  read.dialect = release.dialect;
  read.server_version = options.server_version;
  EMCEE_ASSIGN(const auto dialect, choose_dialect(read, {}));
  EMCEE_ASSIGN(const plan::Plan plan, plan_of(release, *dialect, map_of(options)));

  rehearse::Options how;
  how.stop = &stop_on_signals();
  how.seconds = static_cast<double>(options.seconds.value_or(5));
  how.seed =
      static_cast<std::uint64_t>(options.seed.value_or(static_cast<std::int64_t>(std::random_device{}() % 1'000'000)));
  EMCEE_ASSIGN(const Report report,
               rehearse::rehearse(
                   release, plan, *dialect, [&] { return make_rehearsal_database(*kind, options.db); }, how));
  if (output.json())
    output.document(to_json(report));
  else
    print_text(report, output);
  return report.failure ? 1 : 0;
}

}  // namespace emcee::cli
