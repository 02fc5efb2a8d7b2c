// soak: two releases write one database, each with four threads, while the applier takes it from the old
// schema to the new one and is killed (-9) again and again.
//
//   soak SERVER [SECONDS] [SEED]
//
// Every statement is foreseen by the reference model; what a release reads, and now and then all rows,
// is compared with it. Ends with 1 where anything differs.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/soak/workload.h"

extern char** environ;

namespace emcee::soak {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

// The program under test, in a process of its own.
class Applier {
 public:
  Applier(fs::path folder, std::string url, std::uint64_t seed)
      : folder_(std::move(folder)), url_(std::move(url)), random_(seed) {}

  int run(std::vector<std::string> arguments) { return wait(start(std::move(arguments))); }

  // Runs the phase until it is done; kills it after a moment, as long as `killing` says so.
  template <class Killing>
  void phase(const std::string& command, const std::vector<std::string>& options, const Killing& killing) {
    while (true) {
      std::vector<std::string> arguments = {command, "--db", url_, "--plan", (folder_ / "release").string(), "--quiet"};
      arguments.insert(arguments.end(), options.begin(), options.end());
      const pid_t child = start(arguments);
      if (killing()) {
        std::this_thread::sleep_for(std::chrono::microseconds(random_() % 60'000));
        if (waitpid(child, nullptr, WNOHANG) == 0) {
          kill(child, SIGKILL);
          waitpid(child, nullptr, 0);
          ++kills_;
        }
        continue;
      }
      const int code = wait(child);
      if (code == 0) return;
      // 1: more rows to migrate, or --max-rows; 4: the database was locked for too long.
      if (code != 1 && code != 4) throw std::runtime_error(fmt::format("emcee {} ended with {}", command, code));
      if (++tries_ > 1000) throw std::runtime_error("emcee " + command + " does not get to its end");
    }
  }

  int kills() const { return kills_; }

 private:
  pid_t start(std::vector<std::string> arguments) {
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

  fs::path folder_;
  std::string url_;
  std::mt19937_64 random_;
  int kills_ = 0, tries_ = 0;
};

void write_text(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

class Writers {
 public:
  Writers(Workload& workload, Server& server, std::uint64_t seed) {
    for (std::size_t i = 0; i < 2 * kRanges; ++i)
      threads_.emplace_back([&workload, &server, this, i, seed] {
        const bool as_new = i % 2 == 1;
        const auto client = server.connect();
        std::mt19937_64 random(seed * 100 + i);
        while (!stop_) {
          workload.write(*client, i / 2, as_new, random);
          std::this_thread::sleep_for(std::chrono::microseconds(random() % 2'000));
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

int soak(const fs::path& folder, const std::string& name, double seconds, std::uint64_t seed) {
  if (name != "sqlite") throw std::runtime_error("there is no server '" + name + "'; there is: sqlite");
  const auto server = sqlite_server(folder);
  Workload workload(*server);
  workload.fill(500);
  write_text(folder / "old.sql", kOldSchema);
  write_text(folder / "new.sql", kNewSchema);
  write_text(folder / "release.toml", kMap);
  Applier applier(folder, server->url(), seed);
  const auto path = [&](const char* file) { return (folder / file).string(); };
  if (applier.run({"plan", path("old.sql"), path("new.sql"), "--map", path("release.toml"), "--out", path("release"),
                   "--dialect", server->dialect(), "--quiet"}) != 0)
    throw std::runtime_error("emcee plan refuses");

  const auto begun = Clock::now();
  const auto until = [&](double part) {
    return [&, part] { return std::chrono::duration<double>(Clock::now() - begun).count() < seconds * part; };
  };
  const auto client = server->connect();
  Writers writers(workload, *server, seed);
  applier.phase("expand", {}, until(0.1));
  workload.enter(Stage::both);
  while (until(0.7)()) {
    applier.phase("migrate", {"--batch", "20", "--sleep", "5"}, until(0.6));
    workload.compare(*client);
    if (workload.counts().wrong > 0) break;
  }
  applier.phase("migrate", {}, [] { return false; });
  if (applier.run({"verify", "--db", server->url(), "--plan", path("release"), "--quiet"}) != 0)
    throw std::runtime_error("emcee verify finds rows out of sync");
  workload.compare(*client);
  workload.enter(Stage::contracted);
  applier.phase("contract", {}, until(0.85));
  while (until(1)()) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  writers.stop();
  workload.compare(*client);
  if (applier.run({"diff", server->url(), path("new.sql"), "--exit-code", "--quiet"}) != 0)
    throw std::runtime_error("the database has not the new schema");

  const Counts& counts = workload.counts();
  fmt::print(
      "{}: {} writes of the old release, {} of the new, {} refused as foreseen, {} repeated after a lock; {} rows; "
      "{} comparisons, {} wrong; emcee killed {} times; seed {}\n",
      name, counts.old_writes.load(), counts.new_writes.load(), counts.refused.load(), counts.again.load(),
      workload.rows(), counts.compared.load(), counts.wrong.load(), applier.kills(), seed);
  const bool worked = counts.old_writes > 0 && counts.new_writes > 0 && counts.compared > 0 && applier.kills() > 0;
  if (!worked) fmt::print(stderr, "soak: too little happened\n");
  return counts.wrong == 0 && worked ? 0 : 1;
}

}  // namespace
}  // namespace emcee::soak

int main(int argc, char** argv) {
  const double seconds = argc > 2 ? std::atof(argv[2]) : 10;
  const std::uint64_t seed = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : std::random_device{}();
  if (argc < 2 || seconds <= 0) {
    fmt::print(stderr, "usage: soak SERVER [SECONDS] [SEED]\n");
    return 2;
  }
  const bool has_shm = std::filesystem::is_directory("/dev/shm");
  std::string folder = std::string(has_shm ? "/dev/shm" : "/tmp") + "/emcee-soak-XXXXXX";
  if (!mkdtemp(folder.data())) return 2;
  int code = 1;
  try {
    code = emcee::soak::soak(folder, argv[1], seconds, seed);
  } catch (const std::exception& error) {
    fmt::print(stderr, "soak: {} (seed {})\n", error.what(), seed);
  }
  if (code == 0)
    std::filesystem::remove_all(folder);
  else
    fmt::print(stderr, "soak: what is left is in {}\n", folder);
  return code;
}
