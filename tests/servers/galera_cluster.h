// Three nodes of a Galera cluster, for tests: a real one, with write sets, certification and flow control. They answer
// on unix sockets, and talk to each other on ports of 127.0.0.1 that are free when the cluster starts.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mysql_server.h"

namespace emcee::servers {

class GaleraCluster {
 public:
  static constexpr std::size_t kNodes = 3;

  // Why there can be none here; nullopt where there can.
  static std::optional<std::string> missing();

  // All nodes are synced. Throws std::runtime_error where they do not find each other.
  GaleraCluster();

  // Nodes are counted from 0.
  MysqlServer& node(std::size_t i) { return *nodes_.at(i); }
  // A status variable of a node.
  std::string status(std::size_t i, const std::string& variable);
  std::int64_t count(std::size_t i, const std::string& variable) { return std::stoll(status(i, variable)); }

  // Takes a node's connections to the others away: it is not Primary any more, and the others go on without it.
  void cut_off(std::size_t i);
  // Lets it come back; it is synced then.
  void rejoin(std::size_t i);
  // Until the node has all that was committed before on any of them.
  void wait_until_caught_up(std::size_t i);

  // One text for all rows of a table, or of a query in parentheses, on a node that has caught up.
  std::string rows(std::size_t i, const std::string& database, const std::string& table);

 private:
  void wait_for(std::size_t i, const std::string& variable, const std::string& value);

  ServerFolder folder_;  // of the program that hands over the state
  std::vector<std::unique_ptr<MysqlServer>> nodes_;
};

// Stands at the head of a test: where there is no Galera it is skipped, loudly, and in CI it fails.
#define EMCEE_NEEDS_GALERA                                                        \
  if (const auto emcee_missing = ::emcee::servers::GaleraCluster::missing()) {    \
    if (::emcee::servers::required_in_ci()) FAIL() << *emcee_missing;             \
    GTEST_SKIP() << "NOT TESTED on a Galera cluster: " << *emcee_missing << '\n'; \
  }

}  // namespace emcee::servers
