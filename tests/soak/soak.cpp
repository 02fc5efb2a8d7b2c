// soak: two releases write one database, each with four threads, while the applier takes it from the old
// schema to the new one and is killed (-9) again and again, and now and then the server too.
//
//   soak SERVER [SECONDS [SEED [WORKLOAD]]]
//
// Every statement is foreseen by the reference model; what a release reads, and now and then all rows,
// is compared with it. Ends with 1 where anything differs.
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/servers/mysql_server.h"
#include "tests/soak/scenario.h"

extern char** environ;

namespace emcee::soak {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point then) { return std::chrono::duration<double>(Clock::now() - then).count(); }

// What is killed while it works.
struct Kills {
  int applier = 0, server = 0;
  Clock::time_point last_crash = Clock::now();
};

// The program under test, in a process of its own.
class Applier {
 public:
  Applier(Server& server, fs::path folder, std::mt19937_64& random, double crash_after, Kills& kills)
      : server_(server), folder_(std::move(folder)), random_(random), crash_after_(crash_after), kills_(kills) {}

  int run(std::vector<std::string> arguments) { return wait(start(std::move(arguments))); }

  // Runs the phase until it is done; as long as `killing` says so, kills it or the server after a
  // moment.
  template <class Killing>
  void phase(const std::string& command, const std::vector<std::string>& options, const Killing& killing) {
    int tries = 0;
    while (true) {
      std::vector<std::string> arguments = {command,  "--db", server_.url(), "--plan", (folder_ / "release").string(),
                                            "--quiet"};
      arguments.insert(arguments.end(), options.begin(), options.end());
      const pid_t child = start(arguments);
      if (killing()) {
        std::this_thread::sleep_for(std::chrono::microseconds(random_() % 120'000));
        if (seconds_since(kills_.last_crash) > crash_after_ && server_.crash()) {
          kills_.last_crash = Clock::now();
          ++kills_.server;
          wait(child);  // it connects again, or gives up: both are fine
        } else if (waitpid(child, nullptr, WNOHANG) == 0) {
          kill(child, SIGKILL);
          waitpid(child, nullptr, 0);
          ++kills_.applier;
        }
        continue;
      }
      const int code = wait(child);
      if (code == 0) return;
      // 1: more rows to migrate; 4: the database was locked for too long, or gone.
      if (code != 1 && code != 4) throw std::runtime_error(fmt::format("emcee {} ended with {}", command, code));
      if (++tries > 300) throw std::runtime_error("emcee " + command + " does not get to its end");
    }
  }

 private:
  static pid_t start(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), EMCEE_BINARY);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t child = 0;
    const int failed = posix_spawn(&child, EMCEE_BINARY, &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed) throw std::runtime_error("cannot start " EMCEE_BINARY);
    return child;
  }
  static int wait(pid_t child) {
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  Server& server_;
  fs::path folder_;
  std::mt19937_64& random_;
  double crash_after_;
  Kills& kills_;
};

void write_text(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

// Both releases' threads.
class Writers {
 public:
  Writers(Server& server, Scenario& scenario, std::uint64_t seed) {
    for (std::size_t i = 0; i < 2 * kRanges; ++i)
      threads_.emplace_back([&, this, i, seed] {
        const bool as_new = i % 2 == 1;
        const auto client = server.connect();
        const auto pause = static_cast<std::uint64_t>(server.pause_microseconds());
        std::mt19937_64 random(seed * 100 + i);
        while (!stop_) {
          scenario.write(*client, i / 2, as_new, random);
          std::this_thread::sleep_for(std::chrono::microseconds(random() % pause));
        }
      });
  }
  ~Writers() { stop(); }
  void stop() {
    stop_ = true;
    for (std::thread& thread : threads_)
      if (thread.joinable()) thread.join();
  }

 private:
  std::atomic<bool> stop_{false};
  std::vector<std::thread> threads_;
};

// What one upgrade is run with.
struct Round {
  double seconds;
  std::uint64_t seed;
  bool rolls_back;     // once, before it goes all the way
  bool without_emcee;  // some time for comparison before it begins
};

// One upgrade of a fresh database under traffic.
void upgrade(Server& server, const ScenarioKind& kind, const fs::path& folder, const Round& round, double crash_after,
             Counts& counts, Kills& kills) {
  server.fresh_database();
  const Releases releases = kind.releases(server);
  const auto client = server.connect();
  for (const std::string& statement : releases.old_schema)
    if (client->run(statement) != Reply::done) throw std::runtime_error(client->message());
  const auto scenario = kind.make(server, counts);
  scenario->fill();
  std::mt19937_64 random(round.seed);
  Applier applier(server, folder, random, crash_after, kills);
  const auto begun = Clock::now();
  const auto until = [&](double part) { return [&, part] { return seconds_since(begun) < round.seconds * part; }; };
  const auto rest_until = [&](double part) {
    while (until(part)() && counts.wrong == 0) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  };
  const auto enter = [&](Stage stage) { scenario->enter(*client, stage); };
  const auto compare = [&] {
    scenario->compare(*client);
    if (counts.wrong > 0) throw std::runtime_error("values are wrong");
  };
  const auto verify = [&] {
    applier.phase("migrate", {}, [] { return false; });
    applier.phase("verify", {}, [] { return false; });
    compare();
  };

  Writers writers(server, *scenario, round.seed);
  if (round.without_emcee) rest_until(0.1);
  counts.begin_emcee();
  applier.phase("expand", {}, until(0.2));
  enter(Stage::both);
  if (round.rolls_back) {
    applier.phase("migrate", {"--batch", "20", "--sleep", "5"}, until(0.3));
    compare();
    enter(Stage::old_only);
    applier.phase("rollback", {"--discard"}, until(0.4));
    compare();
    applier.phase("expand", {}, until(0.45));
    enter(Stage::both);
  }
  while (until(0.7)()) {
    applier.phase("migrate", {"--batch", "20", "--sleep", "5"}, until(0.6));
    compare();
  }
  verify();
  enter(Stage::contracted);
  applier.phase("contract", {}, until(0.85));
  rest_until(1);
  writers.stop();
  compare();
  if (!server.replicas_agree(releases.tables)) throw std::runtime_error("the nodes do not have the same rows");
  if (applier.run({"diff", server.url(), (folder / "new.sql").string(), "--exit-code", "--quiet"}) != 0)
    throw std::runtime_error("the database has not the new schema");
}

std::string per_thousand(const Traffic& traffic) {
  const auto writes = traffic.old_writes + traffic.new_writes;
  return fmt::format("{} in {} writes ({:.2f} per 1,000)", traffic.again.load(), writes,
                     writes == 0 ? 0.0 : 1000.0 * static_cast<double>(traffic.again) / static_cast<double>(writes));
}

void print(const std::string& name, std::uint64_t seed, int rounds, const Counts& counts, const Kills& kills) {
  fmt::print("{}: {} upgrades, seed {}\n", name, rounds, seed);
  fmt::print(
      "  writes: {} of the old release, {} of the new; {} refused as foreseen; {} transactions, {} rolled back\n",
      counts.with.old_writes.load(), counts.with.new_writes.load(), counts.refused.load(), counts.transactions.load(),
      counts.rolled_back.load());
  fmt::print("  tried again: {} with emcee, {} without\n", per_thousand(counts.with), per_thousand(counts.without));
  for (const auto& [reason, count] : counts.reasons()) fmt::print("    {} x {}\n", count, reason);
  fmt::print("  killed: emcee {} times, the server {} times, with {} writes under way\n", kills.applier, kills.server,
             counts.lost.load());
  fmt::print("  {} comparisons, {} wrong\n", counts.compared.load(), counts.wrong.load());
}

// The upgrades of one workload, until the time is over.
void soak(Server& server, const ScenarioKind& kind, const fs::path& folder, double seconds, std::uint64_t seed,
          Counts& counts, Kills& kills, int& done) {
  const auto path = [&](const char* file) { return (folder / file).string(); };
  const Releases releases = kind.releases(server);
  write_text(path("old.sql"), fmt::format("{}\n", fmt::join(releases.old_schema, "\n")));
  write_text(path("new.sql"), fmt::format("{}\n", fmt::join(releases.new_schema, "\n")));
  write_text(path("release.toml"), releases.map);
  std::mt19937_64 random(seed);
  // An upgrade takes about half a minute; the server is killed some times in a run, however short.
  const int rounds = std::max(1, static_cast<int>(seconds / 30));
  const double crash_after = std::max(5.0, seconds / 30);
  Applier planner(server, folder, random, crash_after, kills);
  fs::remove_all(folder / "release");
  if (planner.run({"plan", path("old.sql"), path("new.sql"), "--map", path("release.toml"), "--out", path("release"),
                   "--dialect", server.dialect(), "--quiet"}) != 0)
    throw std::runtime_error("emcee plan refuses");
  for (int round = 0; round < rounds; ++round, ++done)
    upgrade(server, kind, folder,
            {seconds / rounds, seed + static_cast<std::uint64_t>(round), round % 2 == 1, round == 0}, crash_after,
            counts, kills);
}

int soak(const fs::path& folder, const std::string& name, double seconds, std::uint64_t seed,
         const std::vector<const ScenarioKind*>& kinds) {
  const auto server = open_server(name, folder);
  int code = 0;
  for (const ScenarioKind* kind : kinds) {
    Counts counts;
    Kills kills;
    int done = 0;
    std::string failure;
    try {
      soak(*server, *kind, folder, seconds / static_cast<double>(kinds.size()), seed, counts, kills, done);
    } catch (const std::exception& error) {
      failure = error.what();
    }
    print(fmt::format("{}, {}", name, kind->name), seed, done, counts, kills);
    const bool worked =
        counts.with.old_writes > 0 && counts.with.new_writes > 0 && counts.compared > 0 && kills.applier > 0;
    if (failure.empty() && !worked) failure = "too little happened";
    if (!failure.empty()) fmt::print(stderr, "soak: {}\n", failure);
    if (counts.wrong != 0 || !failure.empty()) code = 1;
    if (code != 0) break;  // what is left is of this workload
  }
  fmt::print("{}", server->report());
  return code;
}

}  // namespace

std::string Server::upsert(const std::string& table, const std::vector<std::string>& columns,
                           const std::vector<std::string>& values) const {
  std::vector<std::string> set;
  for (const std::string& column : columns)
    if (column != columns[0]) set.push_back(column + " = excluded." + column);
  return fmt::format("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT ({}) DO UPDATE SET {}", table,
                     fmt::join(columns, ", "), fmt::join(values, ", "), columns[0], fmt::join(set, ", "));
}

std::unique_ptr<Server> open_server(const std::string& name, const fs::path& folder) {
  if (name == "sqlite") return sqlite_server(folder);
  if (name == "postgres") return postgres_server();
  if (name == "mariadb" || name == "mysql") return mysql_server(name == "mariadb");
  if (name == "galera") return galera_server();
  throw std::runtime_error("there is no server '" + name + "'; there are: sqlite, postgres, mariadb, mysql, galera");
}

}  // namespace emcee::soak

// As CTest has it (SKIP_RETURN_CODE).
constexpr int kSkipped = 77;

int main(int argc, char** argv) {
  const double seconds = argc > 2 ? std::atof(argv[2]) : 10;
  const std::uint64_t seed = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : std::random_device{}();
  if (argc < 2 || seconds <= 0) {
    fmt::print(stderr, "usage: soak SERVER [SECONDS] [SEED] [images|related|homes]\n");
    return 2;
  }
  // On a cluster the rows of two tables are held together by foreign keys alone (docs/galera.md).
  std::vector<const emcee::soak::ScenarioKind*> kinds;
  for (const auto* kind : {&emcee::soak::kImages, &emcee::soak::kRelated, &emcee::soak::kHomes})
    if (argc > 4 ? argv[4] == kind->name : argv[1] != std::string("galera") || kind == &emcee::soak::kImages)
      kinds.push_back(kind);
  if (kinds.empty()) return 2;
  const bool has_shm = std::filesystem::is_directory("/dev/shm");
  std::string folder = std::string(has_shm ? "/dev/shm" : "/tmp") + "/emcee-soak-XXXXXX";
  if (!mkdtemp(folder.data())) return 2;
  int code = 1;
  try {
    code = emcee::soak::soak(folder, argv[1], seconds, seed, kinds);
  } catch (const emcee::soak::NotHere& error) {
    fmt::print(stderr, "NOT TESTED: {}\n", error.what());
    if (!emcee::servers::required_in_ci()) code = kSkipped;
  } catch (const std::exception& error) {
    fmt::print(stderr, "soak: {} (seed {})\n", error.what(), seed);
  }
  if (code == 0 || code == kSkipped)
    std::filesystem::remove_all(folder);
  else
    fmt::print(stderr, "soak: what is left is in {}\n", folder);
  return code;
}
