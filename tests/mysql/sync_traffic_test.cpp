// Both releases write while the batches run: nothing that a release wrote is lost.
#include <fmt/format.h>

#include <atomic>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "dialects/mysql/row_queries.h"
#include "tests/mysql/sync_fixture.h"

namespace emcee::sync_test {
namespace {

using servers::MysqlClient;

constexpr int kRows = 400;
constexpr int kWritesPerClient = 1500;

class SyncTraffic : public MysqlSync {};
INSTANTIATE_TEST_SUITE_P(Both, SyncTraffic, ::testing::ValuesIn(servers::kMysqlFlavours),
                         [](const auto& info) { return std::string(to_string(info.param)); });

struct Count {
  std::atomic<int> writes = 0, retryable = 0;
  std::mutex mutex;
  std::map<unsigned, std::string> other;
};

// Runs a statement until it is done; deadlocks and lock waits are the application's to repeat.
bool write(MysqlClient& client, const std::string& sql, Count& count) {
  for (int i = 0; i < 50; ++i) {
    const unsigned error = client.try_sql(sql);
    if (error == 0) return ++count.writes, true;
    if (error != 1213 && error != 1205) {
      const std::lock_guard lock(count.mutex);
      count.other[error] = client.message() + ": " + sql;
      return false;
    }
    ++count.retryable;
  }
  return false;
}

// Rows 0, 4, 8, ... are the old release's, 1, 5, ... the new one's, and both write the others. The new
// release writes letters of both cases, which the old form cannot hold.
TEST_P(SyncTraffic, NoValueIsLostWhileBatchesRun) {
  start(upper_and_lower());
  client().run("SET @emcee_bypass = CONNECTION_ID()");
  for (int id = 0; id < kRows; ++id) client().run(fmt::format("INSERT INTO t (id, a) VALUES ({}, 'Start{}')", id, id));
  client().run("SET @emcee_bypass = NULL");
  EXPECT_EQ(value("SELECT count(*) FROM t WHERE b IS NULL"), std::to_string(kRows));

  Count count;
  std::map<int, std::string> last[2];  // of the rows that one release has to itself
  const auto release = [&](bool is_new, int seed) {
    auto c = connect();
    std::mt19937 random(static_cast<unsigned>(seed));
    for (int i = 0; i < kWritesPerClient; ++i) {
      const int mine = is_new ? 1 : 0, slot = static_cast<int>(random() % (kRows / 4)) * 4;
      const bool shared = random() % 2 == 0 || seed >= 2;  // one client of each release has rows to itself
      const int id = slot + (shared ? 2 + static_cast<int>(random() % 2) : mine);
      const std::string text = fmt::format("{}{}v{}", is_new ? "Nw" : "od", seed, i);
      const char* column = is_new ? "b" : "a";
      std::string sql;
      switch (random() % 5) {
        case 0:
          sql = fmt::format("UPDATE t SET {} = '{}' WHERE id = {}", column, text, id);
          break;
        case 1:
          sql = fmt::format("INSERT INTO t (id, {0}) VALUES ({2}, '{1}') ON DUPLICATE KEY UPDATE {0} = '{1}'", column,
                            text, id);
          break;
        case 2:
          sql = fmt::format("REPLACE INTO t (id, {}) VALUES ({}, '{}')", column, id, text);
          break;
        case 3:  // a write to something else, on a row that the other release has to itself
          write(*c, fmt::format("UPDATE t SET other = '{}' WHERE id = {}", text, slot + 1 - mine), count);
          continue;
        default:
          sql = fmt::format("UPDATE t SET {0} = '{1}', other = '{1}' WHERE id = {2}", column, text, id);
      }
      if (write(*c, sql, count) && !shared) last[is_new ? 1 : 0][id] = text;
    }
  };
  std::atomic<bool> stop = false;
  std::thread batches([&] {
    auto c = connect();
    c->run("SET @emcee_bypass = CONNECTION_ID(), SESSION binlog_format = ROW");
    c->run("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
    const auto fill = mysql::render_backfill({group_.table, {group_}}, schema_, server());
    for (int round = 0; !stop; ++round) {
      const int from = round * 20 % kRows;
      write(*c,
            fmt::format("UPDATE t SET {} WHERE id BETWEEN {} AND {} AND ({})", fill.assignments, from, from + 19,
                        fill.pending),
            count);
    }
  });
  std::vector<std::thread> clients;
  for (int seed = 0; seed < 4; ++seed) clients.emplace_back(release, seed % 2 == 1, seed);
  for (auto& thread : clients) thread.join();
  stop = true;
  batches.join();
  client().run(backfill());

  for (const auto& [error, text] : count.other) ADD_FAILURE() << "error " << error << ": " << text;
  EXPECT_EQ(conflicts(), "0");
  EXPECT_EQ(value("SELECT count(*) FROM t WHERE b IS NULL"), "0");
  for (const auto& [id, text] : last[0]) {
    EXPECT_EQ(value(fmt::format("SELECT a FROM t WHERE id = {}", id)), text);
    EXPECT_EQ(value(fmt::format("SELECT b FROM t WHERE id = {}", id)), schema::to_upper(text));
  }
  for (const auto& [id, text] : last[1]) {
    EXPECT_EQ(value(fmt::format("SELECT b FROM t WHERE id = {}", id)), text);
    EXPECT_EQ(value(fmt::format("SELECT a FROM t WHERE id = {}", id)), schema::to_lower(text));
  }
  EXPECT_GT(last[0].size() + last[1].size(), 100u);
  RecordProperty("writes", count.writes);
  RecordProperty("retryable", count.retryable);
  std::printf("%s: %d writes, %d deadlocks and lock waits (%.2f %%)\n", std::string(to_string(GetParam())).c_str(),
              count.writes.load(), count.retryable.load(), 100.0 * count.retryable / count.writes);
}

}  // namespace
}  // namespace emcee::sync_test
