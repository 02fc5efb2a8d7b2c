// A few rows that all writers of both releases want at the same time, in transactions that may deadlock.
//
// Nobody keeps them in order but the server: each write counts the row's `version` up and reads it
// back before it commits, and afterwards the model replays the writes in that order. A version that no
// writer made, or a committed one that the row has not reached, is a lost write.
#pragma once

#include <map>
#include <mutex>
#include <vector>

#include "tests/soak/counts.h"
#include "tests/soak/images.h"

namespace emcee::soak {

class Contested {
 public:
  Contested(Server& server, const Model& model, Counts& counts) : server_(server), model_(model), counts_(counts) {}

  void fill();
  // Replays what was written so far, and goes on in this stage.
  void enter(Client& client, Stage stage);
  void write(Client& client, bool as_new, std::mt19937_64& random);
  void compare(Client& client);

 private:
  struct Write {
    Given given;
    bool certain;  // false: the reply to its COMMIT was lost
  };
  using Place = std::pair<std::int64_t, std::int64_t>;  // id and version
  using History = std::multimap<Place, Write>;
  struct Known {
    Row row;
    std::int64_t version = 0;
  };

  Reply attempt(Client& client, bool as_new, std::mt19937_64& random, History& written);
  // REQUIRES: no writer is at work.
  void replay(Client& client);
  void replay_row(std::int64_t id, const std::vector<Client::Cell>& seen);

  Server& server_;
  const Model& model_;
  Counts& counts_;
  Gate gate_;
  Stage stage_ = Stage::old_only;
  std::map<std::int64_t, Known> rows_;
  std::mutex history_mutex_;
  History history_;
};

}  // namespace emcee::soak
