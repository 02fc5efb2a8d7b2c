#include "applier/replicas.h"

#include <fmt/format.h>

#include <algorithm>

namespace emcee::applier {

Replicas::Replicas(std::vector<OpenReplica> replicas, std::chrono::milliseconds max_delay, schema::LedgerKey key,
                   const std::atomic<bool>* stop)
    : max_delay_(max_delay), key_(std::move(key)), stop_(stop) {
  for (OpenReplica& open : replicas) replicas_.push_back({std::move(open), nullptr, {}});
}

void Replicas::committed(std::string cursor) {
  for (Replica& replica : replicas_) replica.awaited.push_back({cursor, Clock::now()});
}

std::string Replicas::behind() {
  for (Replica& replica : replicas_) {
    const auto answer = behind(replica);
    if (!answer) return "a replica cannot be asked: " + answer.error().message;
    if (!answer->empty()) return *answer;
  }
  return {};
}

Result<std::string> Replicas::behind(Replica& replica) {
  if (!replica.connection) {
    EMCEE_ASSIGN(replica.connection, replica.open());
    replica.connection->watch(stop_);
  }
  Connection& connection = *replica.connection;
  const schema::LedgerDialect& dialect = connection.ledger();
  EMCEE_ASSIGN(const bool has_ledger, connection.table_exists(dialect.table));
  if (has_ledger) {
    EMCEE_ASSIGN(const auto rows, connection.query(fmt::format("SELECT {} FROM {} WHERE {}", dialect.cursor,
                                                               dialect.table, schema::ledger_where(dialect, key_))));
    // The last one, where a walk came by the same row again.
    if (!rows.empty()) {
      const std::string seen = text_or_empty(rows.front().front());
      const auto mark = std::find_if(replica.awaited.rbegin(), replica.awaited.rend(),
                                     [&](const Mark& awaited) { return awaited.cursor == seen; });
      replica.awaited.erase(replica.awaited.begin(), mark.base());
    }
  }
  if (replica.awaited.empty()) return std::string();
  const auto delay = Clock::now() - replica.awaited.front().at;
  if (delay <= max_delay_) return std::string();
  return fmt::format("{} has not got what was written {} s ago{}", connection.name(),
                     std::chrono::duration_cast<std::chrono::seconds>(delay).count(),
                     has_ledger ? "" : ", nor a ledger: is it a replica of this database?");
}

}  // namespace emcee::applier
