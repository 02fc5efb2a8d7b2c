// A workload of the soak: a pair of releases, and what both write while the one becomes the other.
#pragma once

#include <memory>
#include <mutex>
#include <random>
#include <shared_mutex>
#include <string>
#include <vector>

#include "tests/soak/counts.h"
#include "tests/soak/server.h"

namespace emcee::soak {

inline constexpr std::size_t kRanges = 4;  // of rows that one transaction at a time writes

// What the columns are at the moment.
enum class Stage : std::uint8_t {
  old_only,    // before expand
  both,        // between expand and contract
  contracted,  // contract may be under way: nobody names the old columns any more
};

class Scenario {
 public:
  virtual ~Scenario() = default;
  // Rows as the old release has written them so far. Throws where the server refuses them.
  virtual void fill() = 0;
  // REQUIRES: no writer is at work that the stage has no columns for any more.
  virtual void enter(Client& client, Stage stage) = 0;
  // Some statements of one release.
  virtual void write(Client& client, std::size_t range, bool as_new, std::mt19937_64& random) = 0;
  // All rows against the model, while nobody writes.
  virtual void compare(Client& client) = 0;
};

// Two releases as a server's dialect has them.
struct Releases {
  std::vector<std::string> old_schema, new_schema;  // statements
  std::string map;
  std::vector<std::string> tables;  // of the new release
};

struct ScenarioKind {
  std::string name;
  Releases (*releases)(const Server& server);
  std::unique_ptr<Scenario> (*make)(Server& server, Counts& counts);
};
extern const ScenarioKind kImages;   // columns of one table: images.h
extern const ScenarioKind kRelated;  // mappings between tables: related.h
extern const ScenarioKind kHomes;    // a column that becomes a row: homes.h

// Many write at a time; now and then somebody wants to be alone.
class Gate {
 public:
  std::shared_lock<std::shared_mutex> enter();
  std::unique_lock<std::shared_mutex> close();

 private:
  std::shared_mutex mutex_;
  std::atomic<bool> closing_{false};
};

}  // namespace emcee::soak
