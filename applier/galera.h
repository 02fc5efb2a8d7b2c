// A node of a Galera cluster: whether it answers, and whether the cluster keeps up with what is written.
// https://mariadb.com/kb/en/galera-cluster-status-variables/
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "applier/connection.h"

namespace emcee::applier {

// True where the server is a node of a cluster.
Result<bool> is_galera_node(Connection& connection);

using GaleraStatus = std::map<std::string, std::string>;
// Status variables of the node by their names, in small letters. It tells them whatever state it is in.
Result<GaleraStatus> galera_status(Connection& connection);

// Errors: look_at_server where the node answers nobody, because it is cut off from the primary component or gets its
// data only now.
Result<void> galera_answers(const GaleraStatus& status, const std::string& name);
// Errors: look_at_server where the node has not all of what the cluster has, or serves another one that joins.
Result<void> galera_synced(const GaleraStatus& status, const std::string& name);

// Flow control: a node whose queue is full makes every COMMIT of the cluster wait, the application's too.
class GaleraFlow {
 public:
  // Why writing has to pause, for people; empty where it may go on.
  Result<std::string> behind(Connection& connection);

 private:
  std::chrono::steady_clock::time_point looked_;
  std::int64_t paused_ns_ = -1;  // for how long the cluster has stood still, as of then; -1: nobody looked yet
};

}  // namespace emcee::applier
