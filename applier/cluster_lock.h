// One applier at a time on a Galera cluster, where GET_LOCK is of one node only: a row of the ledger, whose owner
// counts it up as long as it lives.
//
// Who finds the row of somebody else watches it: where it is counted up, that one lives; where it is not for some
// seconds, it is taken over, in one statement, which of several nodes only one can commit. Whoever lost the row so, a
// process that slept or a node that was cut off, learns it before the next commit: every transaction counts the row up
// as well.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "applier/connection.h"

namespace emcee::applier {

class ClusterLock {
 public:
  using Dial = std::function<Result<std::unique_ptr<Connection>>()>;

  // `dial` makes a further connection to the same node, in which the row is counted up while a statement takes long.
  explicit ClusterLock(Dial dial);
  ~ClusterLock();
  ClusterLock(const ClusterLock&) = delete;
  ClusterLock& operator=(const ClusterLock&) = delete;

  bool held() const { return held_; }
  // Makes the ledger where there is none. Errors: wrong_order where another applier works, or has taken over what was
  // held here; interrupted where `stop`, which may be null, is set meanwhile.
  // REQUIRES: of this node, no other applier is at work.
  Result<void> take(Connection& connection, const std::atomic<bool>* stop);
  // Errors: wrong_order where another applier has taken over. REQUIRES: held().
  Result<void> renew(Connection& connection) const;
  void release(Connection& connection);

 private:
  void beat();
  void stop_beating();

  Dial dial_;
  const std::string token_;  // of this applier
  bool held_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool quit_ = false;
  std::thread thread_;
};

}  // namespace emcee::applier
