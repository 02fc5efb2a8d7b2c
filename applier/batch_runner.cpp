#include "applier/batch_runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "applier/findings.h"
#include "applier/retry.h"

namespace emcee::applier {

using schema::fail;

namespace {

using Clock = std::chrono::steady_clock;

// After others were seen to write, batches stay short and leave room for so many of them.
constexpr int kCrowdedBatches = 20;
// Where nobody was seen, a writer that sleeps between two tries still finds a gap.
constexpr double kGap = 0.1;
constexpr std::chrono::milliseconds kNap{20};
// How often the ledger is asked what the operator wants.
constexpr std::chrono::milliseconds kLook{200};

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

Result<std::int64_t> number(Connection& connection, const std::string& sql, const Row& parameters = {}) {
  EMCEE_ASSIGN(const auto rows, connection.query(sql, parameters, 1));
  const auto* value = rows.empty() || rows.front().empty() ? nullptr : std::get_if<std::int64_t>(&rows.front().front());
  return value != nullptr ? *value : 0;
}

// The condition as one value: the server cannot pick an index for a part of it, and so walks the
// key. A backfill must not wander off along an index on the column that it fills.
std::string opaque(const Backfill& backfill) { return fmt::format("({}) IS TRUE", backfill.pending); }

// What a program is asked at once, if nobody says otherwise: it works before the batch takes its locks, so the time
// of these does not tell how long it takes.
constexpr std::int64_t kAskedRows = 500;

std::optional<std::int64_t> batch_of(const Options& options, const Backfill& backfill) {
  return backfill.conversion && !options.batch ? kAskedRows : options.batch;
}

tl::unexpected<Error> interrupted() { return fail(ErrorCode::interrupted, "stopped on request"); }

}  // namespace

Result<bool> has_pending(Connection& connection, const Backfill& backfill) {
  EMCEE_ASSIGN(const auto rows, connection.query(fmt::format("SELECT 1 FROM {} WHERE ({}) LIMIT 1", backfill.table_sql,
                                                             backfill.pending)));
  return !rows.empty();
}

BatchRunner::BatchRunner(Connection& connection, const Options& options, const Script& script, const Step& step,
                         schema::LedgerKey key, bool offline)
    : connection_(connection),
      options_(options),
      script_(script),
      step_(step),
      backfill_(*step.backfill),
      key_(std::move(key)),
      numbering_(offline && step.backfill->numbering_offline ? step.backfill->numbering_offline
                                                             : step.backfill->numbering),
      sizer_(batch_of(options, backfill_), std::chrono::duration<double>(options.batch_target).count()),
      replicas_(options.replicas, options.max_delay, key_, options.stop) {
  for (const std::string& part : backfill_.key_sql)
    not_null_ += fmt::format("{}{} IS NOT NULL", not_null_.empty() ? "" : " AND ", part);
  if (backfill_.conversion) converter_.emplace(connection_, options_, backfill_);
}

// A batch that failed changed nothing, and one whose end nobody heard of finds nothing left to do.
template <class Body>
auto BatchRunner::retried(Body body) {
  return with_retries(options_, script_.name, step_.number, body);
}

Result<bool> BatchRunner::run(const std::string& cursor, std::int64_t rows_done, std::optional<std::int64_t> limit) {
  limit_ = limit;
  total_changed_ = rows_done;
  EMCEE_ASSIGN(key_parts_, retried([&] { return connection_.key_parts(backfill_.table_sql, backfill_.key_sql); }));
  read_key_.clear();
  for (const KeyPart& part : key_parts_) read_key_ += (read_key_.empty() ? "" : ", ") + part.read;
  if (!cursor.empty()) cursor_ = decode_cursor(cursor);
  if (cursor_ && cursor_->size() != backfill_.key_sql.size()) cursor_.reset();
  EMCEE_TRY(retried([&] { return connection_.prepare_walk(backfill_.table_sql); }));
  EMCEE_TRY(retried([&] { return count_rows(); }));
  EMCEE_TRY(retried([&] { return connection_.others_wrote(); }));
  EMCEE_ASSIGN(transactions_, retried([&] { return connection_.has_transactions(backfill_.table); }));

  if (backfill_.bypass_triggers) EMCEE_TRY(retried([&] { return connection_.fire_triggers(false); }));
  auto finished = walk();
  if (backfill_.bypass_triggers) {
    auto restored = retried([&] { return connection_.fire_triggers(true); });
    if (finished && !restored) return fail(std::move(restored).error());
  }
  if (finished && *finished && changed_ > 0)
    EMCEE_TRY(retried([&] { return connection_.finish_walk(backfill_.table_sql); }));
  return finished;
}

Result<bool> BatchRunner::walk() {
  std::optional<std::int64_t> pending_before;
  while (true) {
    while (true) {
      if (options_.stopped()) return interrupted();
      if (limit_reached()) return pending().map([](bool more) { return !more; });
      EMCEE_TRY(follow_operator());
      const std::int64_t size = steering_.batch.value_or(sizer_.size());
      EMCEE_ASSIGN(std::optional<Row> end, retried([&] { return end_of_batch(size); }));
      pause();
      EMCEE_TRY(retried([&] { return batch({cursor_, end}, size); }));
      if (!end) break;
      cursor_ = std::move(end);
    }
    EMCEE_TRY(retried([&] { return update_null_keys(); }));

    if (complete_) return true;
    EMCEE_ASSIGN(const bool more, pending());
    if (!more) return true;
    EMCEE_ASSIGN(const std::int64_t left, retried([&] {
                   return number(connection_, fmt::format("SELECT count(*) FROM {} WHERE ({})", backfill_.table_sql,
                                                          backfill_.pending));
                 }));
    if (pending_before && left >= *pending_before) EMCEE_TRY(stuck(left));
    pending_before = left;
    cursor_.reset();
    EMCEE_TRY(retried([&] { return count_rows(); }));
  }
}

Result<bool> BatchRunner::pending() {
  return retried([&] { return has_pending(connection_, backfill_); });
}

// How many rows there are, and how many lie behind the cursor.
Result<void> BatchRunner::count_rows() {
  EMCEE_ASSIGN(rows_, connection_.row_count(backfill_.table_sql));
  std::int64_t ahead = rows_;
  if (cursor_) {
    EMCEE_ASSIGN(ahead, number(connection_,
                               fmt::format("SELECT count(*) FROM {} WHERE {}", backfill_.table_sql,
                                           connection_.key_comparison(key_parts_, ">", 1)),
                               *cursor_));
  }
  walked_ = walked_before_ = std::max<std::int64_t>(rows_ - ahead, 0);
  complete_ = !cursor_;
  started_ = Clock::now();
  return {};
}

// The key of the last row of the next batch; nullopt where fewer rows than `size` are left.
Result<std::optional<Row>> BatchRunner::end_of_batch(std::int64_t size) {
  if (backfill_.key_sql.empty()) return std::optional<Row>();
  const auto nth = [&](const std::string& condition, const Row& parameters, std::int64_t n) {
    return connection_.query(connection_.nth_key(backfill_.table_sql, key_parts_, condition, n), parameters, 1);
  };
  std::string condition = not_null_;
  Row parameters;
  if (cursor_) {
    condition = fmt::format("{} AND {}", connection_.key_comparison(key_parts_, ">", 1), not_null_);
    parameters = *cursor_;
  }
  EMCEE_ASSIGN(const auto rows, nth(condition, parameters, size));
  std::optional<Row> end;
  if (!rows.empty()) end = rows.front();
  if (!limit_ || *limit_ - changed_ >= size) return end;

  // Near the limit the batch ends at the last row that may still change.
  if (end) {
    condition += " AND " + connection_.key_comparison(key_parts_, "<=", parameters.size() + 1);
    parameters.insert(parameters.end(), end->begin(), end->end());
  }
  EMCEE_ASSIGN(const auto last,
               nth(fmt::format("{} AND {}", condition, opaque(backfill_)), parameters, *limit_ - changed_));
  if (!last.empty()) end = last.front();
  return end;
}

Result<void> BatchRunner::batch(const Range& range, std::int64_t size) {
  std::string condition = not_null_.empty() ? "TRUE" : not_null_;
  Row parameters;
  if (range.after) {
    condition += " AND " + connection_.key_comparison(key_parts_, ">", 1);
    parameters = *range.after;
  }
  if (range.up_to) {
    condition += " AND " + connection_.key_comparison(key_parts_, "<=", parameters.size() + 1);
    parameters.insert(parameters.end(), range.up_to->begin(), range.up_to->end());
  }
  return update(condition, parameters, range.up_to ? range.up_to : range.after, range.up_to ? size : rows_ - walked_);
}

// Rows whose key holds a NULL have no place in the walk. Where the key cannot be NULL the server
// knows that the condition is never true.
Result<void> BatchRunner::update_null_keys() {
  if (backfill_.key_sql.empty()) return {};
  const std::string condition = fmt::format("NOT ({})", not_null_);
  EMCEE_ASSIGN(const auto rows, connection_.query(fmt::format("SELECT 1 FROM {} WHERE {} AND {} LIMIT 1",
                                                              backfill_.table_sql, condition, opaque(backfill_))));
  if (rows.empty()) return {};
  return update(condition, {}, cursor_, 0);
}

Result<void> BatchRunner::update(const std::string& condition, const Row& parameters, const std::optional<Row>& cursor,
                                 std::int64_t size) {
  // Where the table has no transactions, the ledger learns of the batch afterwards: one that it does not
  // know of comes again, and finds nothing left to do.
  if (converter_) EMCEE_TRY(converter_->ask(key_parts_, condition, parameters));
  if (transactions_) EMCEE_TRY(connection_.begin_batch());
  const auto start = Clock::now();
  const std::string locked = fmt::format("SELECT count(*) FROM (SELECT 1 FROM {} WHERE {} AND {} {}) AS locked",
                                         backfill_.table_sql, condition, opaque(backfill_), backfill_.row_lock);
  const std::string statement = numbering_ ? fmt::format("{} AND {}{}", numbering_->update, condition, numbering_->end)
                                : backfill_.set.empty()
                                    ? locked
                                    : fmt::format("UPDATE {} SET {} WHERE {} AND {}", backfill_.table_sql,
                                                  backfill_.set, condition, opaque(backfill_));
  const auto set = [&]() -> Result<std::int64_t> {
    if (converter_) return converter_->write(key_parts_);
    if (!std::exchange(plan_seen_, true) && !parameters.empty())
      EMCEE_TRY(connection_.refuse_scan(statement, parameters));
    std::optional<std::int64_t> waiting;
    if (!backfill_.row_lock.empty()) {
      EMCEE_ASSIGN(const auto rows, connection_.query(locked, parameters));
      waiting = number_or_zero(rows.front().front());
    }
    const std::string generate = fmt::format("{} AND {}{}", backfill_.generate, condition, backfill_.generate_end);
    if (backfill_.set.empty() && !numbering_) {
      EMCEE_ASSIGN(const std::int64_t generated, connection_.change(generate, parameters));
      return waiting.value_or(generated);  // MySQL counts a row twice that was there already
    }
    EMCEE_ASSIGN(const std::int64_t updated,
                 numbering_ ? number_rows(statement, parameters) : connection_.change(statement, parameters));
    if (!backfill_.generate.empty()) EMCEE_TRY(connection_.change(generate, parameters));
    return updated;
  };
  const std::optional<std::string> mark = cursor ? std::optional(encode_cursor(*cursor)) : std::nullopt;
  const auto both = [&]() -> Result<std::int64_t> {
    EMCEE_ASSIGN(const std::int64_t changed, set());
    if (!transactions_) EMCEE_TRY(connection_.begin());
    EMCEE_TRY(connection_.execute(schema::ledger_progress(connection_.ledger(), key_, changed, mark)));
    return changed;
  };
  auto changed = both();
  if (!changed) {
    connection_.rollback();
    return refused(std::move(changed).error());
  }
  EMCEE_TRY(connection_.commit());
  unlocked_ = Clock::now();
  replicas_.committed(mark.value_or(""));
  batch_seconds_ = std::chrono::duration<double>(unlocked_ - start).count();

  changed_ += *changed;
  total_changed_ += *changed;
  walked_ = std::clamp<std::int64_t>(walked_ + size, 0, std::max<std::int64_t>(rows_, 0));
  EMCEE_ASSIGN(const bool others, connection_.others_wrote());
  // A look at the rows while they are in the cache saves one at the whole table at the end.
  complete_ = complete_ && !others;
  if (complete_) {
    EMCEE_ASSIGN(const auto left, connection_.query(fmt::format("SELECT 1 FROM {} WHERE {} AND {} LIMIT 1",
                                                                backfill_.table_sql, condition, opaque(backfill_)),
                                                    parameters, 1));
    complete_ = left.empty();
  }
  crowded_ = others && connection_.locks_all_writers() ? kCrowdedBatches : std::max(crowded_ - 1, 0);
  sizer_.measured(size, batch_seconds_, crowded_ > 0);

  const double rate = static_cast<double>(walked_ - walked_before_) / std::max(seconds_since(started_), 1e-6);
  options_.send(BatchFinished{script_.name, step_.number, backfill_.table, *changed, size, batch_seconds_,
                              total_changed_, walked_, rows_, rate,
                              rate > 0 ? static_cast<double>(rows_ - walked_) / rate : 0});
  return {};
}

Result<std::int64_t> BatchRunner::number_rows(const std::string& statement, const Row& parameters) {
  const auto number = [&]() -> Result<std::int64_t> {
    for (const std::string& before : numbering_->before) EMCEE_TRY(connection_.execute(before));
    return connection_.change(statement, parameters);
  };
  auto numbered = number();
  for (const std::string& after : numbering_->after)
    if (auto done = connection_.execute(after); !done && numbered) return fail(std::move(done).error());
  return numbered;
}

// Rows of another table that a batch cannot make are named with the rows that need them.
tl::unexpected<Error> BatchRunner::refused(Error error) {
  if (backfill_.kept_out.empty() || error.code != ErrorCode::look_at_server) return fail(std::move(error));
  const auto rows = connection_.query(backfill_.kept_out, {}, kListedRows);
  if (!rows || rows->empty()) return fail(std::move(error));
  return fail(ErrorCode::answer_is_no,
              fmt::format("{}: no rows can be generated for{}\n{}", backfill_.table,
                          list_rows(*rows, static_cast<std::int64_t>(rows->size())), error.message),
              "rename or remove the rows in the way, then run `emcee migrate` again");
}

// Between two batches the write lock is free for a while; the search for the next key counts.
void BatchRunner::pause() {
  const double gap = connection_.locks_all_writers() ? kGap : 0;
  double seconds = crowded_ > 0 ? batch_seconds_ : batch_seconds_ * gap;
  const auto sleep = steering_.sleep ? steering_.sleep : options_.sleep;
  if (sleep) seconds = std::chrono::duration<double>(*sleep).count();
  const auto end = unlocked_ + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  if (batch_seconds_ <= 0 || Clock::now() >= end) return;
  if (sleep || crowded_ > 0) options_.send(Throttled{script_.name, step_.number, seconds});
  while (Clock::now() < end && !options_.stopped())
    std::this_thread::sleep_for(std::min<Clock::duration>(kNap, std::max<Clock::duration>(end - Clock::now(), {})));
}

// Waits while somebody paused the batches, and takes over their limits.
Result<void> BatchRunner::follow_operator() {
  const auto look = [&]() -> Result<void> {
    looked_ = Clock::now();
    EMCEE_ASSIGN(steering_, retried([&] { return read_steering(connection_, {key_.component, key_.release}); }));
    return {};
  };
  if (Clock::now() - looked_ < kLook) return {};
  EMCEE_TRY(look());
  if (steering_.paused) options_.send(Paused{script_.name, step_.number, steering_.reason});
  while (steering_.paused) {
    if (options_.stopped()) return interrupted();
    std::this_thread::sleep_for(kNap);
    if (Clock::now() - looked_ >= kLook) EMCEE_TRY(look());
  }
  return wait_for_server();
}

// What a standby or the reader of a slot has not got yet has to be kept, and those who read there see old rows.
Result<std::string> BatchRunner::not_now() {
  if (options_.max_lag > 0) {
    EMCEE_ASSIGN(std::string behind, retried([&] { return connection_.followers_behind(options_.max_lag); }));
    if (!behind.empty()) return behind;
  }
  if (std::string behind = replicas_.behind(); !behind.empty()) return behind;
  return retried([&] { return connection_.busy(options_.load); });
}

Result<void> BatchRunner::wait_for_server() {
  for (int attempt = 1;; ++attempt) {
    EMCEE_ASSIGN(const std::string reason, not_now());
    if (reason.empty()) return {};
    if (!wait_to_retry(options_, script_.name, step_.number, reason, attempt)) return interrupted();
  }
}

Result<void> BatchRunner::stuck(std::int64_t pending) {
  std::string listed;
  if (!backfill_.key_sql.empty()) {
    EMCEE_ASSIGN(const auto rows, retried([&] {
                   return connection_.query(
                       fmt::format("SELECT {} FROM {} WHERE ({})", read_key_, backfill_.table_sql, backfill_.pending),
                       {}, kListedRows);
                 }));
    listed = list_rows(rows, pending);
  }
  return fail(
      ErrorCode::answer_is_no,
      fmt::format("{}: {} rows stay pending: the map gives no value for them{}", backfill_.table, pending, listed),
      "give these rows values that the map can convert, then run `emcee migrate` again");
}

}  // namespace emcee::applier
