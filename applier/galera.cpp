#include "applier/galera.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace emcee::applier {

using schema::fail;

namespace {

using Clock = std::chrono::steady_clock;

// The part of the time since the last look for which the cluster stood still, from which on batches pause.
constexpr double kStoodStill = 0.1;
// Write sets that wait on this node. As many as make a node ask for a pause, by default (gcs.fc_limit).
constexpr std::int64_t kLongQueue = 16;

std::string value_of(const GaleraStatus& status, const std::string& name) {
  const auto found = status.find(name);
  return found == status.end() ? std::string() : found->second;
}

std::int64_t number_of(const GaleraStatus& status, const std::string& name) {
  return std::atoll(value_of(status, name).c_str());
}

std::string state_of(const GaleraStatus& status) {
  return fmt::format("wsrep_cluster_status is {}, wsrep_local_state_comment is {}",
                     value_of(status, "wsrep_cluster_status"), value_of(status, "wsrep_local_state_comment"));
}

}  // namespace

Result<bool> is_galera_node(Connection& connection) {
  EMCEE_ASSIGN(const auto rows,
               connection.query("SHOW GLOBAL VARIABLES WHERE (Variable_name = 'wsrep_on' AND Value = 'ON') OR "
                                "(Variable_name = 'wsrep_provider' AND Value NOT IN ('', 'none'))"));
  return rows.size() == 2;
}

Result<GaleraStatus> galera_status(Connection& connection) {
  EMCEE_ASSIGN(const auto rows, connection.query("SHOW GLOBAL STATUS LIKE 'wsrep\\_%'"));
  GaleraStatus status;
  for (const Row& row : rows) status[to_text(row.at(0))] = to_text(row.at(1));
  return status;
}

Result<void> galera_answers(const GaleraStatus& status, const std::string& name) {
  if (value_of(status, "wsrep_cluster_status") == "Primary" && value_of(status, "wsrep_ready") == "ON") return {};
  return fail(ErrorCode::look_at_server,
              fmt::format("{}: this node of the cluster answers nobody: {}", name, state_of(status)),
              "work on a node of the primary component, or mend the cluster; then run the same command again");
}

Result<void> galera_synced(const GaleraStatus& status, const std::string& name) {
  EMCEE_TRY(galera_answers(status, name));
  if (value_of(status, "wsrep_local_state_comment") == "Synced") return {};
  return fail(
      ErrorCode::look_at_server,
      fmt::format("{}: this node of the cluster is not synced, nothing was changed: {}", name, state_of(status)),
      "wait until it is (a node that gives its data to another one is not), or work on one that is Synced");
}

Result<std::string> GaleraFlow::behind(Connection& connection) {
  EMCEE_ASSIGN(const GaleraStatus status, galera_status(connection));
  const auto now = Clock::now();
  const std::int64_t paused_ns = number_of(status, "wsrep_flow_control_paused_ns");
  const double seconds = std::chrono::duration<double>(now - looked_).count();
  // The counter begins anew with FLUSH STATUS and with the server.
  const double still = paused_ns_ < 0 || paused_ns < paused_ns_
                           ? 0
                           : static_cast<double>(paused_ns - paused_ns_) / 1e9 / std::max(seconds, 1e-3);
  looked_ = now;
  paused_ns_ = paused_ns;
  if (const auto synced = galera_synced(status, connection.name()); !synced) return state_of(status);
  const std::int64_t queue = number_of(status, "wsrep_local_recv_queue");
  if (queue >= kLongQueue)
    return fmt::format("{} write sets of other nodes wait on this one (wsrep_local_recv_queue)", queue);
  if (still >= kStoodStill)
    return fmt::format(
        "flow control: the cluster stood still for {:.0f} % of the last {:.1f} s, for a node that is slow",
        std::min(still, 1.0) * 100, seconds);
  return std::string();
}

}  // namespace emcee::applier
