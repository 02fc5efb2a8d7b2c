// kill -9 at every statement and at any time, then run again: always the same end.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "fixture.h"

namespace emcee::applier {
namespace {

// Passes everything on, and kills the process before or after the n-th call.
class DyingConnection final : public Connection {
 private:
  void tick() {
    if (--calls_left_ == 0) kill(getpid(), SIGKILL);
  }
  // Two points of death: before the call and after it.
  template <class Call>
  auto around(Call call) {
    tick();
    auto result = call();
    tick();
    return result;
  }

 public:
  DyingConnection(std::unique_ptr<Connection> real, int death) : real_(std::move(real)), calls_left_(death) {}

  std::string_view dialect() const override { return real_->dialect(); }
  std::string name() const override { return real_->name(); }
  const schema::LedgerDialect& ledger() const override { return real_->ledger(); }
  Result<void> execute(std::string_view sql) override {
    return around([&] { return real_->execute(sql); });
  }
  Result<std::int64_t> change(std::string_view sql, const Row& parameters) override {
    return around([&] { return real_->change(sql, parameters); });
  }
  Result<std::vector<Row>> query(std::string_view sql, const Row& parameters, std::size_t limit) override {
    return real_->query(sql, parameters, limit);  // changes nothing
  }
  Result<void> begin() override {
    return around([&] { return real_->begin(); });
  }
  Result<void> commit() override {
    return around([&] { return real_->commit(); });
  }
  void rollback() override { real_->rollback(); }
  Result<bool> table_exists(std::string_view table) override { return real_->table_exists(table); }
  Result<void> fire_triggers(bool fire) override { return real_->fire_triggers(fire); }
  std::string key_comparison(const std::vector<std::string>& key, std::string_view op,
                             std::size_t first) const override {
    return real_->key_comparison(key, op, first);
  }
  Result<bool> others_wrote() override { return real_->others_wrote(); }
  Result<void> lock_runner() override { return real_->lock_runner(); }
  void unlock_runner() override { real_->unlock_runner(); }
  void watch(const std::atomic<bool>* stop) override { real_->watch(stop); }

 private:
  std::unique_ptr<Connection> real_;
  int calls_left_;
};

enum class End { finished, killed, failed };

// Runs `work` in a process of its own.
template <class Work>
End in_child(Work work) {
  const pid_t child = fork();
  if (child == 0) _exit(work() ? 0 : 1);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) return End::killed;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? End::finished : End::failed;
}

using Work = std::function<bool(Connection&)>;

// Kills `work` at its first point of death, then at its second, ..., each time with a new
// database, and finishes it with a fresh connection. Afterwards `end` must give what it gives
// after work that nobody killed.
void kill_everywhere(const std::function<void(const std::string&)>& prepare, const Work& work,
                     const std::function<std::string(const std::string&)>& end, int at_least) {
  TempDir folder;
  const std::string whole = folder.file("whole.db");
  prepare(whole);
  ASSERT_TRUE(work(*open_file(whole)));
  const std::string expected = end(whole);

  int deaths = 0;
  for (End how = End::killed; how == End::killed;) {
    const std::string file = folder.file(fmt::format("{}.db", deaths + 1));
    prepare(file);
    how = in_child([&] {
      DyingConnection dying(open_file(file), deaths + 1);
      return work(dying);
    });
    ASSERT_NE(how, End::failed) << "death " << deaths + 1;
    if (how == End::killed) ++deaths;
    const auto connection = open_file(file);
    ASSERT_TRUE(work(*connection)) << "death " << deaths;
    ASSERT_EQ(end(file), expected) << "death " << deaths;
    std::filesystem::remove(file);
  }
  EXPECT_GE(deaths, at_least);
}

Options small_batches() {
  Options options;
  options.batch = 7;
  options.sleep = std::chrono::milliseconds(0);
  return options;
}

bool shown(const Result<Outcome>& result) {
  if (!result) fmt::print(stderr, "{}", schema::to_text(result.error()));
  return result.has_value();
}

TEST(KillNine, AnywhereInAnUpgrade) {
  const Release release = release_of(image_plan());
  kill_everywhere([](const std::string& file) { create_images(file, 50); },
                  [&](Connection& connection) { return shown(upgrade(connection, release, small_batches())); },
                  [](const std::string& file) { return dump(file) + dump_ledger(file); }, 100);
}

TEST(KillNine, AnywhereInAnOfflineUpgrade) {
  const Release release = release_of(image_plan());
  kill_everywhere([](const std::string& file) { create_images(file, 20); },
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
  kill_everywhere(
      prepare, [&](Connection& connection) { return shown(rollback(connection, release, {})); },
      [](const std::string& file) { return dump(file) + dump_ledger(file); }, 20);
}

// Steps that cannot run in a transaction: announced, run, confirmed; the probe decides.
TEST(KillNine, AnywhereInAStepWithoutTransaction) {
  Json plan = image_plan();
  plan["scripts"][0]["steps"][0]["transactional"] = false;
  plan["scripts"][0]["steps"][1]["transactional"] = false;
  const Release release = release_of(plan);
  kill_everywhere([](const std::string& file) { create_images(file, 10); },
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
