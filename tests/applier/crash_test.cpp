// kill -9 at every statement and at any time, then run again: always the same end.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "dying_connection.h"
#include "fixture.h"

namespace emcee::applier {
namespace {

// On files of a folder.
class Files {
 public:
  Bed bed() {
    return {[this] { return folder_.file(fmt::format("{}.db", ++count_)); },
            [](const std::string& file) -> std::unique_ptr<Connection> { return open_file(file); },
            [](const std::string& file) { std::filesystem::remove(file); }};
  }

 private:
  TempDir folder_;
  int count_ = 0;
};

TEST(KillNine, AnywhereInAnUpgrade) {
  const Release release = release_of(image_plan());
  Files files;
  kill_everywhere(
      files.bed(), [](const std::string& file) { create_images(file, 50); },
      [&](Connection& connection) { return shown(upgrade(connection, release, small_batches())); },
      [](const std::string& file) { return dump(file) + dump_ledger(file); }, 100);
}

TEST(KillNine, AnywhereInAnOfflineUpgrade) {
  const Release release = release_of(image_plan());
  Files files;
  kill_everywhere(
      files.bed(), [](const std::string& file) { create_images(file, 20); },
      [&](Connection& connection) { return shown(sync(connection, release, small_batches())); },
      [](const std::string& file) { return dump(file) + dump_ledger(file); }, 60);
}

TEST(KillNine, AnywhereInARollback) {
  const Release release = release_of(image_plan());
  const auto prepare = [&](const std::string& file) {
    create_images(file, 20);
    const auto connection = open_file(file);
    ASSERT_OK(expand(*connection, release, {}));
    ASSERT_OK(migrate(*connection, release, {}));
  };
  Files files;
  kill_everywhere(
      files.bed(), prepare, [&](Connection& connection) { return shown(rollback(connection, release, {})); },
      [](const std::string& file) { return dump(file) + dump_ledger(file); }, 20);
}

// Steps that cannot run in a transaction: announced, run, confirmed; the probe decides.
TEST(KillNine, AnywhereInAStepWithoutTransaction) {
  Json plan = image_plan();
  plan["scripts"][0]["steps"][0]["transactional"] = false;
  plan["scripts"][0]["steps"][1]["transactional"] = false;
  const Release release = release_of(plan);
  Files files;
  kill_everywhere(
      files.bed(), [](const std::string& file) { create_images(file, 10); },
      [&](Connection& connection) { return shown(expand(connection, release, {})); },
      [](const std::string& file) { return dump(file) + dump_ledger(file); }, 40);
}

// Not at a statement but in the middle of one, of a commit, of a pause.
TEST(KillNine, AtAnyTime) {
  TempDir folder;
  Json plan = image_plan();
  const Release release = release_of(plan);
  constexpr int kRows = 20'000;
  const std::string expected = expected_images(kRows);
  int killed = 0;
  for (int round = 0; round < 12; ++round) {
    const std::string file = folder.file(fmt::format("{}.db", round));
    create_images(file, kRows);
    Options options;
    options.batch = 500;
    for (int life = 1;; ++life) {
      const pid_t child = fork();
      if (child == 0) _exit(shown(upgrade(*open_file(file), release, options)) ? 0 : 1);
      std::this_thread::sleep_for(std::chrono::microseconds(1000 * life + 700 * round));
      kill(child, SIGKILL);
      int status = 0;
      waitpid(child, &status, 0);
      if (WIFSIGNALED(status)) {
        ++killed;
        continue;
      }
      ASSERT_EQ(WEXITSTATUS(status), 0);
      break;
    }
    ASSERT_EQ(dump(file), expected) << "round " << round;
    EXPECT_EQ(run_sql(file, "SELECT rows_done FROM emcee_ledger WHERE script = 'ocata_migrate01' AND step = 1"),
              std::to_string(kRows));
  }
  EXPECT_GT(killed, 20);
}

}  // namespace
}  // namespace emcee::applier
