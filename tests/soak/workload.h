// Two releases that write the same rows, and the reference model that knows what has to come of it.
//
// The rows fall into ranges. Within a range one transaction runs at a time, so that the model knows the
// order; ranges, the batches and the applier run side by side. Rows for which writers really compete
// are in contested.h.
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <mutex>

#include "tests/soak/counts.h"
#include "tests/soak/images.h"

namespace emcee::soak {

inline constexpr std::size_t kRanges = 4;
inline constexpr std::int64_t kSpan = 1'000'000;  // ids of a range
using Rows = std::map<std::int64_t, Row>;

// Rows as a transaction leaves them, until it is committed.
class Draft {
 public:
  explicit Draft(const Rows& base) : base_(base) {}
  const Row* find(std::int64_t id) const;
  void put(std::int64_t id, Row row) { changes_[id] = std::move(row); }
  void erase(std::int64_t id) { changes_[id] = std::nullopt; }
  const std::map<std::int64_t, std::optional<Row>>& changes() const { return changes_; }

 private:
  const Rows& base_;
  std::map<std::int64_t, std::optional<Row>> changes_;
};

class Workload {
 public:
  Workload(Server& server, const Model& model, Counts& counts) : server_(server), model_(model), counts_(counts) {}

  // Rows as the old release has written them so far. Throws where the server refuses them.
  void fill(int rows_per_range);
  // REQUIRES: no writer is at work that the stage has no columns for any more.
  void enter(Stage stage);

  // One statement of a release, or a transaction of several, on rows of the range.
  void write(Client& client, std::size_t range, bool as_new, std::mt19937_64& random);
  // All rows against the model, while nobody writes.
  void compare(Client& client);
  std::size_t rows() const;

 private:
  struct Range {
    mutable std::mutex mutex;
    Rows rows;
  };
  struct Statement;
  class Author;
  using Locks = std::array<std::unique_lock<std::mutex>, kRanges>;

  Locks lock_all();
  // Runs what `random` says. The draft holds what is committed, or may be where the reply is lost.
  Reply attempt(Client& client, const Rows& base, Author& author, bool as_new, std::mt19937_64& random, Draft& draft);
  // Runs one statement and holds the reply against the model.
  Reply run(Client& client, const Statement& statement, Draft& draft);
  // After a lost connection: either all of the draft happened, or nothing.
  void find_out(Client& client, Range& range, const Draft& draft);
  void check_row(Client& client, Range& range, std::int64_t id, bool as_new);

  Server& server_;
  const Model& model_;
  Counts& counts_;
  std::array<Range, kRanges> ranges_;
  std::atomic<Stage> stage_{Stage::old_only};
};

}  // namespace emcee::soak
