#include "galera_cluster.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace emcee::servers {

namespace fs = std::filesystem;

namespace {

constexpr const char* kProvider = "/usr/lib/galera/libgalera_smm.so";

// How a node that joins gets its state: https://mariadb.com/kb/en/introduction-to-state-snapshot-transfers-ssts/. All
// nodes begin with a copy of the first one's data, so what is missing are write sets, which the provider sends; the
// program that would bring the rest (Debian has it with the whole server) only tells the joiner which state it has.
constexpr const char* kStateTransfer = R"(#!/bin/sh
while [ $# -gt 0 ]; do
  case $1 in
    --role) role=$2 ;;
    --address) address=$2 ;;
    --datadir) data=$2 ;;
    --gtid) position=$2 ;;
    --gtid-domain-id) domain=$2 ;;
    --bypass) bypass=1 ;;
  esac
  shift
done
if [ "$role" = joiner ]; then
  pipe=${data%/}/emcee_state
  rm -f "$pipe" && mkfifo "$pipe" || exit 32
  echo "ready $pipe"
  cat "$pipe"
else
  [ -n "$bypass" ] || exit 93
  echo "$position $domain" > "$address"
  echo "done $position"
fi
)";

}  // namespace

std::optional<std::string> GaleraCluster::missing() {
  if (access(kProvider, R_OK) == 0) return MysqlServer::missing(MysqlFlavour::mariadb);
  return fmt::format("{} is missing; scripts/install_packages.sh installs it", kProvider);
}

// https://galeracluster.com/library/documentation/galera-parameters.html
GaleraCluster::GaleraCluster() : folder_("galera") {
  const std::string program = folder_.file("wsrep_sst_emcee");
  std::ofstream(program) << kStateTransfer;
  fs::permissions(program, fs::perms(0755));

  const std::vector<int> ports = free_ports(2 * kNodes);
  std::string all = "gcomm://";
  for (std::size_t i = 0; i < kNodes; ++i) all += fmt::format("{}127.0.0.1:{}", i == 0 ? "" : ",", ports[i]);
  const auto options = [&](std::size_t i, const std::string& address) {
    MysqlServerOptions result;
    result.path = folder_.path().string();
    result.arguments = {
        "--wsrep-on=ON", fmt::format("--wsrep-provider={}", kProvider), "--wsrep-cluster-name=emcee",
        fmt::format("--wsrep-node-name=node{}", i + 1), "--wsrep-cluster-address=" + address,
        fmt::format("--wsrep-node-address=127.0.0.1:{}", ports[i]), "--wsrep-sst-method=emcee", "--binlog-format=ROW",
        "--innodb-autoinc-lock-mode=2",
        // A node counts as gone after two seconds, not five: tests wait for that.
        fmt::format("--wsrep-provider-options=gmcast.listen_addr=tcp://127.0.0.1:{};ist.recv_addr=127.0.0.1:{};"
                    "gcache.size=8M;evs.keepalive_period=PT0.5S;evs.suspect_timeout=PT2S;evs.inactive_timeout=PT5S",
                    ports[i], ports[kNodes + i])};
    return result;
  };
  nodes_.push_back(std::make_unique<MysqlServer>(MysqlFlavour::mariadb, options(0, "gcomm://")));
  wait_for(0, "wsrep_local_state_comment", "Synced");
  nodes_[0]->shut_down();
  const fs::path state = folder_.path() / "state";
  fs::copy(nodes_[0]->data(), state, fs::copy_options::recursive);
  nodes_[0]->start();
  wait_for(0, "wsrep_local_state_comment", "Synced");
  for (std::size_t i = 1; i < kNodes; ++i) {
    MysqlServerOptions joiner = options(i, all);
    joiner.copy_of = state;
    nodes_.push_back(std::make_unique<MysqlServer>(MysqlFlavour::mariadb, std::move(joiner)));
    wait_for(i, "wsrep_local_state_comment", "Synced");
  }
}

std::string GaleraCluster::status(std::size_t i, const std::string& variable) {
  const auto rows = MysqlClient(node(i).root()).query(fmt::format("SHOW GLOBAL STATUS LIKE '{}'", variable));
  return rows.empty() ? std::string() : rows.front().at(1).value_or("");
}

void GaleraCluster::cut_off(std::size_t i) {
  MysqlClient(node(i).root()).run("SET GLOBAL wsrep_provider_options = 'gmcast.isolate=1'");
  wait_for(i, "wsrep_cluster_status", "non-Primary");
}

void GaleraCluster::rejoin(std::size_t i) {
  MysqlClient(node(i).root()).run("SET GLOBAL wsrep_provider_options = 'gmcast.isolate=0'");
  wait_for(i, "wsrep_local_state_comment", "Synced");
}

void GaleraCluster::wait_until_caught_up(std::size_t i) {
  MysqlClient(node(i).root()).run("SET SESSION wsrep_sync_wait = 1; SELECT 1 FROM information_schema.TABLES LIMIT 1");
}

std::string GaleraCluster::rows(std::size_t i, const std::string& database, const std::string& table) {
  MysqlClient client(node(i).root(database));
  client.run("SET SESSION wsrep_sync_wait = 1");
  std::string text;
  for (const auto& row : client.query(fmt::format("SELECT * FROM {} ORDER BY 1", table))) {
    for (const auto& cell : row) text += cell.value_or("NULL") + '\t';
    text += '\n';
  }
  return text;
}

void GaleraCluster::wait_for(std::size_t i, const std::string& variable, const std::string& value) {
  std::string found;
  for (int tries = 0; tries < 1200; ++tries) {
    try {
      found = status(i, variable);
    } catch (const std::runtime_error& error) {  // a node that is about to join may hang up
      found = error.what();
    }
    if (found == value) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  throw std::runtime_error(fmt::format("node {}: {} is {}, not {}", i + 1, variable, found, value));
}

}  // namespace emcee::servers
