// Batches of the backfill race with writers of both releases. Every write notes its place in the
// history of its row, so afterwards each row must say what its last write said, in both forms.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "tests/postgres/sync_fixture.h"

namespace emcee::postgres_test {
namespace {

constexpr int kRows = 2000;
constexpr int kBatch = 20;

// The value of O and N that a write leaves, by its row and its place in the row's history.
struct Write {
  std::string old_value, new_value;
};
using History = std::map<std::pair<int, int>, Write>;

std::string in_case(std::string text, int (*change)(int)) {
  for (char& c : text) c = static_cast<char>(change(static_cast<unsigned char>(c)));
  return text;
}

struct Writer {
  std::string url;
  bool is_new;
  unsigned seed;
  History history;
  int errors = 0, writes = 0;

  // Most writes go to rows that the batches are about to reach, and some keep them locked for a
  // while: a batch that read before it waited would show.
  void run(const std::atomic<bool>& stop, const std::atomic<int>& front) {
    Session session(url);
    std::mt19937 random(seed);
    for (int n = 0; !stop; ++n) {
      const int row = random() % 4 == 0 ? 1 + static_cast<int>(random() % kRows)
                                        : std::min(kRows, front + static_cast<int>(random() % (2 * kBatch)));
      const bool slow = random() % 4 == 0;
      const std::string text = (is_new ? "New" : "Old") + std::to_string(seed) + "x" + std::to_string(n);
      const char* column = is_new ? "b" : "a";
      std::string sql;
      switch (random() % 4) {
        case 0:  // a write that is not about the pair
          session.run("UPDATE t SET other = '" + text + "' WHERE id = " + std::to_string(row));
          continue;
        case 1:
          sql = "INSERT INTO t (id, " + std::string(column) + ") VALUES (" + std::to_string(row) + ", '" + text +
                "') ON CONFLICT (id) DO UPDATE SET version = t.version + 1, " + column + " = excluded." + column +
                " RETURNING version";
          break;
        default:
          sql = "UPDATE t SET version = version + 1, " + std::string(column) + " = '" + text +
                "' WHERE id = " + std::to_string(row) + " RETURNING version";
      }
      if (slow) session.must("BEGIN");
      const Answer answer = session.run(sql);
      if (slow) session.must("SELECT pg_sleep(0.002)");
      if (slow) session.must("COMMIT");
      if (!answer.ok()) {
        ++errors;
        continue;
      }
      ++writes;
      if (answer.rows.empty()) continue;
      // a = lower(b), b = upper(a): neither undoes the other.
      history[{row, std::stoi(*answer.rows[0][0])}] =
          is_new ? Write{in_case(text, std::tolower), text} : Write{text, in_case(text, std::toupper)};
    }
  }
};

TEST_F(Sync, NoValueIsLostWhileBatchesAndBothReleasesWrite) {
  schema::Table table;
  table.name.name = id("t");
  table.columns = {make_column("id", "integer", true), make_column("version", "integer"), make_column("a", "text"),
                   make_column("b", "text"), make_column("other", "text")};
  table.primary_key = schema::PrimaryKey{{}, {{schema::Fragment::column(id("id")), {}}}};
  const schema::Schema schema = make_schema({table});
  plan::SyncGroup group = rename_group("t", "a", "b");
  group.new_columns[0].up = parse("upper(a)");
  group.old_columns[0].down = parse("lower(b)");
  session_.must(
      "CREATE TABLE t (id integer PRIMARY KEY, version integer NOT NULL DEFAULT 0, a text, b text, other text)");
  start_sync(session_, group, schema);
  const auto backfill = postgres::render_backfill({group.table, {group}}, schema);

  int writes = 0, migrated = 0;
  for (unsigned round = 0; round < 4; ++round) {
    session_.must(
        "TRUNCATE t; SET emcee.bypass = 'on'; INSERT INTO t (id, a) SELECT i, 'Row' || i FROM "
        "generate_series(1, " +
        std::to_string(kRows) + ") i; RESET emcee.bypass");
    std::vector<Writer> writers;
    for (unsigned i = 0; i < 4; ++i) writers.push_back({url(), i % 2 == 1, round * 10 + i, {}});
    std::atomic<bool> stop = false;
    std::atomic<int> front = 1;
    std::vector<std::thread> threads;
    for (Writer& writer : writers) threads.emplace_back([&] { writer.run(stop, front); });

    Session batches(url());
    batches.must("SET emcee.bypass = 'on'");
    for (; front <= kRows; front += kBatch) {
      const std::string batch = fmt::format("UPDATE t SET {} WHERE id BETWEEN {} AND {} AND ({}) IS TRUE",
                                            backfill.assignments, front.load(), front + kBatch - 1, backfill.pending);
      migrated += std::stoi(batches.run(batch).affected);
    }
    stop = true;
    for (std::thread& thread : threads) thread.join();

    std::map<int, std::pair<int, Write>> last;
    for (const Writer& writer : writers) {
      EXPECT_EQ(writer.errors, 0);
      writes += writer.writes;
      for (const auto& [at, write] : writer.history)
        if (auto& known = last[at.first]; at.second >= known.first) known = {at.second, write};
    }
    int lost = 0;
    for (const auto& row : session_.rows("SELECT id, version, a, b FROM t")) {
      const int id = std::stoi(*row[0]);
      Write expected{"Row" + *row[0], "ROW" + *row[0]};
      if (const auto found = last.find(id); found != last.end()) {
        EXPECT_EQ(*row[1], std::to_string(found->second.first));
        expected = found->second.second;
      }
      const bool kept = row[2] == expected.old_value && row[3] == expected.new_value;
      EXPECT_TRUE(kept) << "row " << id << " holds " << row[2].value_or("NULL") << ", " << row[3].value_or("NULL")
                        << " and not " << expected.old_value << ", " << expected.new_value;
      if (!kept && ++lost > 5) break;
    }
    for (const auto& query : postgres::verify_queries(group, schema)) EXPECT_EQ(value(query.count), "0") << query.name;
  }
  // Both did their share, or this has tested nothing.
  EXPECT_GT(writes, 400);
  EXPECT_GT(migrated, 2000);
  RecordProperty("writes", writes);
  RecordProperty("migrated", migrated);
}

}  // namespace
}  // namespace emcee::postgres_test
