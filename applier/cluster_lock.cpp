#include "applier/cluster_lock.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <random>
#include <utility>

#include "applier/galera.h"
#include "applier/ledger.h"

namespace emcee::applier {

using schema::fail;

namespace {

using Clock = std::chrono::steady_clock;

// The row is counted up so often, and taken over when it was not for so long: a node that is cut off leaves the
// cluster after half of that (evs.suspect_timeout), and what it had under way cannot be committed any more.
constexpr std::chrono::seconds kBeat{1};
constexpr std::chrono::seconds kSilence{10};
constexpr std::chrono::milliseconds kPoll{100};

// No component of an application has this name.
std::string this_row() { return schema::ledger_where(schema::mysql_ledger(), {"emcee.lock", "", "applier", 0}); }

// Who holds the row.
struct Holder {
  std::string token;
  std::int64_t beats = 0;
  std::string node;   // of the group, as Galera numbers it: another one after each restart
  std::string title;  // for people
  bool operator==(const Holder&) const = default;
};

std::string random_token() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

Result<std::string> this_node(Connection& connection) {
  EMCEE_ASSIGN(GaleraStatus status, galera_status(connection));
  return status["wsrep_gcomm_uuid"];
}

Result<std::string> this_title(Connection& connection) {
  EMCEE_ASSIGN(const auto rows, connection.query("SELECT CONCAT('node ', @@GLOBAL.wsrep_node_name, ', connection ', "
                                                 "CONNECTION_ID())"));
  return to_text(rows.at(0).at(0));
}

Result<std::optional<Holder>> holder(Connection& connection) {
  EMCEE_ASSIGN(const auto rows,
               connection.query(
                   fmt::format("SELECT checksum, rows_done, `cursor`, title FROM emcee_ledger WHERE {}", this_row())));
  if (rows.empty()) return std::optional<Holder>();
  const Row& row = rows.front();
  return Holder{text_or_empty(row[0]), number_or_zero(row[1]), text_or_empty(row[2]), text_or_empty(row[3])};
}

// True where nobody else holds the row now.
Result<bool> insert(Connection& connection, const Holder& us) {
  EMCEE_ASSIGN(const std::int64_t inserted,
               connection.change("INSERT IGNORE INTO emcee_ledger (component, `release`, script, step, phase, title, "
                                 "checksum, state, started_at, tool_version, `cursor`) VALUES ('emcee.lock', '', "
                                 "'applier', 0, 'note', ?1, ?2, 'running', " +
                                     connection.ledger().now + ", '', ?3)",
                                 {us.title, us.token, us.node}));
  return inserted == 1;
}

// True where it was still as it was seen.
Result<bool> replace(Connection& connection, const Holder& seen, const Holder& us) {
  EMCEE_ASSIGN(const std::int64_t replaced,
               connection.change(fmt::format("UPDATE emcee_ledger SET checksum = ?1, title = ?2, `cursor` = ?3, "
                                             "rows_done = rows_done + 1, started_at = {} WHERE {} AND checksum = ?4 "
                                             "AND rows_done = ?5",
                                             connection.ledger().now, this_row()),
                                 {us.token, us.title, us.node, seen.token, seen.beats}));
  return replaced == 1;
}

Result<bool> count_up(Connection& connection, const std::string& token) {
  EMCEE_ASSIGN(
      const std::int64_t counted,
      connection.change(
          fmt::format("UPDATE emcee_ledger SET rows_done = rows_done + 1 WHERE {} AND checksum = ?1", this_row()),
          {token}));
  return counted == 1;
}

tl::unexpected<Error> taken_over(const Connection& connection) {
  return fail(ErrorCode::wrong_order,
              fmt::format("{}: another applier has taken over: this one gave no sign of life", connection.name()),
              "`emcee status` shows how far it is");
}

}  // namespace

ClusterLock::ClusterLock(Dial dial) : dial_(std::move(dial)), token_(random_token()) {}

ClusterLock::~ClusterLock() { stop_beating(); }

Result<void> ClusterLock::take(Connection& connection, const std::atomic<bool>* stop) {
  EMCEE_TRY(create_ledger(connection));
  Holder us;
  us.token = token_;
  EMCEE_ASSIGN(us.node, this_node(connection));
  EMCEE_ASSIGN(us.title, this_title(connection));
  std::optional<Holder> seen;
  Clock::time_point since;
  while (true) {
    if (stop != nullptr && stop->load(std::memory_order_relaxed))
      return fail(ErrorCode::interrupted, "stopped on request");
    EMCEE_ASSIGN(const std::optional<Holder> now, holder(connection));
    if (held_ && (!now || now->token != token_)) return taken_over(connection);
    // Of this node nobody else is at work: whose row it is has gone.
    const bool gone =
        now && (now->node == us.node || now->token == token_ || (seen == now && Clock::now() - since > kSilence));
    if (!now || gone) {
      EMCEE_ASSIGN(const bool ours, now ? replace(connection, *now, us) : insert(connection, us));
      if (ours) break;
    } else if (seen && seen != now) {
      return fail(ErrorCode::wrong_order,
                  fmt::format("another applier works on {}, on another node: {}", connection.name(), now->title),
                  "wait until it has ended: `emcee status` shows how far it is");
    } else if (!seen) {
      seen = now;
      since = Clock::now();
    }
    std::this_thread::sleep_for(kPoll);
  }
  held_ = true;
  if (!thread_.joinable()) thread_ = std::thread([this] { beat(); });
  return {};
}

Result<void> ClusterLock::renew(Connection& connection) const {
  EMCEE_ASSIGN(const bool ours, count_up(connection, token_));
  return ours ? Result<void>() : taken_over(connection);
}

// Where this fails, the row is silent from now on.
void ClusterLock::release(Connection& connection) {
  stop_beating();
  if (std::exchange(held_, false))
    static_cast<void>(
        connection.change(fmt::format("DELETE FROM emcee_ledger WHERE {} AND checksum = ?1", this_row()), {token_}));
}

void ClusterLock::beat() {
  std::unique_ptr<Connection> connection;
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, kBeat, [this] { return quit_; })) {
    lock.unlock();
    if (!connection)
      if (auto dialled = dial_()) connection = *std::move(dialled);
    // Whoever writes learns by itself that another applier took over.
    if (connection && !count_up(*connection, token_)) connection.reset();
    lock.lock();
  }
}

void ClusterLock::stop_beating() {
  {
    const std::lock_guard lock(mutex_);
    quit_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
  quit_ = false;
}

}  // namespace emcee::applier
