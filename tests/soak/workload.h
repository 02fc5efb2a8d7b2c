// Two releases that write the same rows, and the reference model that knows what has to come of it.
//
// The rows fall into ranges. Within a range one statement runs at a time, so that the model knows the
// order; ranges, the batches and the applier run side by side.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <random>
#include <string>

#include "plan/sync_model.h"
#include "tests/soak/server.h"

namespace emcee::soak {

inline constexpr std::size_t kRanges = 4;

// images.is_public <-> images.visibility, as cases.md has it (G1).
extern const char* const kOldSchema;
extern const char* const kNewSchema;
extern const char* const kMap;
plan::SyncModel image_visibility();

// What the columns are at the moment.
enum class Stage : std::uint8_t {
  old_only,    // before expand
  both,        // between expand and contract
  contracted,  // contract may be under way: nobody names is_public any more
};

struct Counts {
  std::atomic<std::int64_t> old_writes{0}, new_writes{0}, refused{0}, again{0}, compared{0}, wrong{0};
};

class Workload {
 public:
  explicit Workload(Server& server);

  // Rows as the old release has written them so far. Throws where the server refuses them.
  void fill(int rows_per_range);
  void enter(Stage stage);

  // One random statement of a release, on a row or several of the range.
  void write(Client& client, std::size_t range, bool as_new, std::mt19937_64& random);
  // All rows against the model, while nobody writes.
  void compare(Client& client);

  const Counts& counts() const { return counts_; }
  std::size_t rows() const;

 private:
  using Rows = std::map<std::int64_t, plan::GroupRow>;
  struct Range {
    std::mutex mutex;
    Rows rows;
  };

  // Runs the statement until it is done or refused.
  Reply run(Client& client, const std::string& sql);
  void expect(Client& client, Range& range, std::int64_t id, const plan::Outcome& outcome, const std::string& sql);
  void check_row(Client& client, Range& range, std::int64_t id, bool as_new);
  // The row as the database has it; a batch may have been there since the model last looked.
  bool agrees(plan::GroupRow& known, const Client::Cell& old_value, const Client::Cell& new_value, bool has_old) const;
  void report(const std::string& what);

  Server& server_;
  const plan::SyncModel model_;
  std::array<Range, kRanges> ranges_;
  std::atomic<Stage> stage_{Stage::old_only};
  Counts counts_;
};

}  // namespace emcee::soak
