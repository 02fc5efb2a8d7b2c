// Replicas that their source does not know of. MariaDB and MySQL do not count how far each one is; what tells it is
// the cursor of a backfill, which every batch commits to the ledger.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "applier/connection.h"

namespace emcee::applier {

using OpenReplica = std::function<Result<std::unique_ptr<Connection>>()>;

// What replicas have got of the batches of one backfill.
class Replicas {
 public:
  // REQUIRES: `stop` lives as long as this.
  Replicas(std::vector<OpenReplica> replicas, std::chrono::milliseconds max_delay, schema::LedgerKey key,
           const std::atomic<bool>* stop);

  // A batch was committed, and this cursor with it; '' for none.
  void committed(std::string cursor);
  // Who lacks a batch that was committed longer ago than the limit, or cannot be asked; for people, empty: nobody.
  std::string behind();

 private:
  using Clock = std::chrono::steady_clock;
  struct Mark {
    std::string cursor;
    Clock::time_point at;
  };
  struct Replica {
    OpenReplica open;
    std::unique_ptr<Connection> connection;
    std::deque<Mark> awaited;  // batches that it has not shown yet, in their order
  };
  Result<std::string> behind(Replica& replica);

  std::vector<Replica> replicas_;
  std::chrono::milliseconds max_delay_;
  schema::LedgerKey key_;
  const std::atomic<bool>* stop_;
};

}  // namespace emcee::applier
