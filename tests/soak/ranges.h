// Two releases that write the same rows, and the reference model that knows what has to come of it.
//
// The rows fall into ranges. Within a range one transaction runs at a time, so that the model knows the
// order; ranges, the batches and the applier run side by side. Rows for which writers really compete
// are in contested.h and registers.h.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "tests/soak/counts.h"
#include "tests/soak/scenario.h"

namespace emcee::soak {

inline constexpr std::int64_t kSpan = 1'000'000;  // ids of a range

// Rows as a transaction leaves them, until it is committed.
template <class Key, class Row>
class Draft {
 public:
  using Rows = std::map<Key, Row>;
  explicit Draft(const Rows& base) : base_(base) {}

  const Row* find(const Key& key) const {
    if (const auto changed = changes_.find(key); changed != changes_.end())
      return changed->second ? &*changed->second : nullptr;
    const auto found = base_.find(key);
    return found == base_.end() ? nullptr : &found->second;
  }
  void put(const Key& key, Row row) { changes_[key] = std::move(row); }
  void erase(const Key& key) { changes_[key] = std::nullopt; }
  // Takes over what another transaction has changed.
  void take(const Draft& other) {
    for (const auto& [key, row] : other.changes_) changes_[key] = row;
  }
  const std::map<Key, std::optional<Row>>& changes() const { return changes_; }
  const Rows& base() const { return base_; }

 private:
  const Rows& base_;
  std::map<Key, std::optional<Row>> changes_;
};

// A statement, and what the model makes of it.
template <class Key, class Row>
struct Statement {
  std::string sql;
  std::vector<std::pair<Key, std::optional<Row>>> after = {};  // where it is done
  bool may_do = true, may_refuse = false;
  Key about = {};  // a row that it concerns

  // It can only be refused.
  void refuse() {
    may_do = false;
    may_refuse = true;
  }
};

// `Tables` has the types Key, Row and Seen, and says how statements are made and rows are read:
//
//   kRewritten                           whether expand writes tables anew
//   Statement next(draft, range, stage, as_new, random)
//   std::optional<std::map<Key, Seen>> read(client, eyes, keys)   the keys, or all where there are none
//   bool narrow(row, seen, stage)        false where the row cannot be what is seen; else it is known better
//   void widen(row, other)               the row may as well be the other one
//   void enter(row, stage)               what the beginning of a stage makes of it
//   std::size_t range_of(key); std::string text(key), text(row), text(seen)
template <class Tables>
class Ranges {
 public:
  using Key = typename Tables::Key;
  using Row = typename Tables::Row;
  using Seen = typename Tables::Seen;
  using Rows = std::map<Key, Row>;

  Ranges(const Tables& tables, Server& server, Counts& counts) : tables_(tables), server_(server), counts_(counts) {}

  // Rows that are there from the beginning.
  void put(const Key& key, Row row) { ranges_[tables_.range_of(key)].rows.insert_or_assign(key, std::move(row)); }

  // REQUIRES: no writer is at work that the stage has no columns for any more.
  void enter(Stage stage) {
    // A transaction that has begun ends in the stage that it began in.
    const Locks locks = lock_all();
    for (Range& range : ranges_)
      for (auto& [key, row] : range.rows) tables_.enter(row, stage);
    stage_ = stage;
  }

  // One statement of a release, or a transaction of several, on rows of the range.
  void write(Client& client, std::size_t which, bool as_new, std::mt19937_64& random) {
    Range& range = ranges_[which];
    const std::lock_guard lock(range.mutex);
    // Nodes are upgraded one by one: before and after, all are of one release.
    const Stage stage = stage_;
    if (stage != Stage::both) as_new = stage == Stage::contracted;
    const std::mt19937_64 begun = random;
    while (true) {
      Draft<Key, Row> draft(range.rows);
      std::optional<Key> about;  // a row that the last statement concerned
      random = begun;
      const Reply reply = attempt(client, which, as_new, random, draft, about);
      if (reply == Reply::again) {
        counts_.tried_again(client.message());
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        continue;
      }
      if (reply == Reply::lost) return find_out(client, range, draft);
      for (const auto& [key, row] : draft.changes())
        row ? (range.rows.insert_or_assign(key, *row), void()) : (range.rows.erase(key), void());
      if (about && random() % 4 == 0) check_row(client, range, *about, as_new);
      return;
    }
  }

  // All rows against the model, while nobody writes.
  void compare(Client& client) {
    const Locks locks = lock_all();
    const Stage stage = stage_;
    const auto seen = tables_.read(client, stage, {});
    if (!seen) return;
    for (const auto& [key, cells] : *seen) {
      Rows& rows = ranges_[tables_.range_of(key)].rows;
      const auto known = rows.find(key);
      ++counts_.compared;
      if (known == rows.end())
        counts_.report(tables_.text(key) + " should not be there");
      else if (!tables_.narrow(known->second, cells, stage))
        counts_.report(fmt::format("{} is {}, the model says {}", tables_.text(key), tables_.text(cells),
                                   tables_.text(known->second)));
    }
    for (const Range& range : ranges_)
      for (const auto& [key, row] : range.rows)
        if (!seen->contains(key)) counts_.report(tables_.text(key) + " is missing");
  }

 private:
  struct Range {
    std::mutex mutex;
    Rows rows;
    std::deque<std::string> last;  // statements
  };
  static void note(Range& range, std::string what) {
    range.last.push_back(std::move(what));
    if (range.last.size() > 40) range.last.pop_front();
  }
  // What is wrong, behind what led there.
  void report(Range& range, const std::string& what) {
    std::string text = what;
    for (const std::string& statement : range.last) text += "\n    " + statement;
    range.last.clear();
    counts_.report(text);
  }
  using Locks = std::array<std::unique_lock<std::mutex>, kRanges>;

  Locks lock_all() {
    Locks locks;
    for (std::size_t r = 0; r < kRanges; ++r) locks[r] = std::unique_lock(ranges_[r].mutex);
    return locks;
  }

  // Runs one statement and holds the reply against the model.
  Reply run(Client& client, Range& range, const Statement<Key, Row>& statement, Draft<Key, Row>& draft) {
    const Reply reply = client.run(statement.sql);
    const auto wrong = [&](const char* what) {
      report(range, fmt::format("{}: {} ({})", what, statement.sql, client.message()));
    };
    note(range, fmt::format("{}: {}", to_string(reply), statement.sql));
    if (reply == Reply::failed) wrong("failed");
    if (reply == Reply::refused && !statement.may_refuse) wrong("refused, and the model says otherwise");
    if (reply == Reply::refused) ++counts_.refused;
    if (reply == Reply::done && !statement.may_do) wrong("taken, and the model says otherwise");
    // A lost one may have been done.
    if ((reply == Reply::done || reply == Reply::lost) && statement.may_do)
      for (const auto& [key, row] : statement.after) row ? draft.put(key, *row) : draft.erase(key);
    return reply;
  }

  // Runs what `random` says. The draft holds what is committed, or may be where the reply is lost.
  Reply attempt(Client& client, std::size_t range, bool as_new, std::mt19937_64& random, Draft<Key, Row>& draft,
                std::optional<Key>& about) {
    Traffic& traffic = counts_.traffic();
    auto& writes = as_new ? traffic.new_writes : traffic.old_writes;
    const auto next = [&](Draft<Key, Row>& rows) {
      const auto statement = tables_.next(rows, range, stage_, as_new, random);
      about = statement.about;
      return run(client, ranges_[range], statement, rows);
    };
    if (random() % 6 != 0) {
      const Reply reply = next(draft);
      if (reply == Reply::done || reply == Reply::refused) ++writes;
      return reply;
    }
    auto begins = server_.begins();
    // On PostgreSQL a table that expand rewrites is empty for a snapshot from before that.
    if (Tables::kRewritten && stage_ == Stage::old_only) begins.resize(1);
    const std::uint64_t steps = 2 + random() % 3;
    const bool keep = random() % 2 == 0;
    Draft<Key, Row> inside(draft.base());
    if (const Reply begun = client.run(begins[random() % begins.size()]); begun != Reply::done)
      return begun == Reply::lost ? Reply::done : begun;  // nothing has happened yet
    note(ranges_[range], "BEGIN");
    std::int64_t done = 0;
    for (std::uint64_t i = 0; i < steps; ++i, ++done) {
      const Reply reply = next(inside);
      if (reply == Reply::done) continue;
      if (reply == Reply::lost) return Reply::done;  // without a COMMIT it is as if it had never been
      client.run("ROLLBACK");
      return reply == Reply::refused ? Reply::done : reply;
    }
    writes += done;
    ++counts_.transactions;
    note(ranges_[range], keep ? "COMMIT" : "ROLLBACK");
    if (!keep) {
      client.run("ROLLBACK");
      ++counts_.rolled_back;
      return Reply::done;
    }
    const Reply reply = client.run("COMMIT");
    if (reply == Reply::done || reply == Reply::lost)
      draft.take(inside);
    else
      client.run("ROLLBACK");
    if (reply == Reply::refused || reply == Reply::failed) counts_.report("a COMMIT failed: " + client.message());
    return reply;
  }

  // After a lost connection: either all of the draft happened, or nothing.
  void find_out(Client& client, Range& range, const Draft<Key, Row>& draft) {
    ++counts_.lost;
    const Stage stage = stage_;
    std::vector<Key> keys;
    for (const auto& change : draft.changes()) keys.push_back(change.first);
    if (keys.empty()) return;
    auto seen = tables_.read(client, stage, keys);
    while (!seen) {  // it is about to start again
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      seen = tables_.read(client, stage, keys);
    }
    const auto is = [&](const auto& row_of) {
      for (const Key& key : keys) {
        const Row* known = row_of(key);
        const auto there = seen->find(key);
        if ((there != seen->end()) != (known != nullptr)) return false;
        if (!known) continue;
        Row row = *known;
        if (!tables_.narrow(row, there->second, stage)) return false;
      }
      return true;
    };
    const bool happened = is([&](const Key& key) { return draft.find(key); });
    const bool unchanged = is([&](const Key& key) {
      const auto found = range.rows.find(key);
      return found == range.rows.end() ? nullptr : &found->second;
    });
    note(range, fmt::format("lost: {}", happened && unchanged ? "either" : happened ? "done" : "not done"));
    if (!happened && !unchanged) report(range, "a transaction was done by halves: " + tables_.text(keys.front()));
    if (!happened) return;
    for (const auto& [key, row] : draft.changes()) {
      const auto known = range.rows.find(key);
      if (unchanged && row && known != range.rows.end())
        tables_.widen(known->second, *row);  // nobody can tell
      else if (row)
        range.rows.insert_or_assign(key, *row);
      else
        range.rows.erase(key);
    }
  }

  void check_row(Client& client, Range& range, const Key& key, bool as_new) {
    // Each release looks with its own eyes.
    const auto rows = tables_.read(client, as_new ? Stage::contracted : Stage::old_only, {key});
    if (!rows) return;  // locked: another time
    ++counts_.compared;
    const auto known = range.rows.find(key);
    if (rows->empty() != (known == range.rows.end()))
      return report(range, fmt::format("{} is {}there", tables_.text(key), rows->empty() ? "not " : ""));
    if (rows->empty()) return;
    const Seen& seen = rows->begin()->second;
    if (!tables_.narrow(known->second, seen, stage_))
      report(range, fmt::format("{}: the {} release sees {}, the model says {}", tables_.text(key),
                                as_new ? "new" : "old", tables_.text(seen), tables_.text(known->second)));
  }

  const Tables& tables_;
  Server& server_;
  Counts& counts_;
  std::array<Range, kRanges> ranges_;
  std::atomic<Stage> stage_{Stage::old_only};
};

}  // namespace emcee::soak
