// Backfills a table in batches: short transactions along a key, each with its cursor.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "applier/batch_sizer.h"
#include "applier/connection.h"
#include "applier/conversion.h"
#include "applier/options.h"
#include "applier/release.h"
#include "applier/replicas.h"
#include "applier/steering.h"

namespace emcee::applier {

// True where a row of the table still needs the backfill.
Result<bool> has_pending(Connection& connection, const Backfill& backfill);

// Walks the table once and updates the rows that are pending when the walk reaches them; then, if
// rows became pending behind it, again. A row is never skipped: a batch covers all between two
// keys, whatever is inserted meanwhile.
class BatchRunner {
 public:
  // REQUIRES: the step has a backfill and its ledger row is there; all live as long as the runner. `offline`: there are
  // no triggers.
  BatchRunner(Connection& connection, const Options& options, const Script& script, const Step& step,
              schema::LedgerKey key, bool offline);

  // Goes on from `cursor` (as in the ledger; empty: from the start) and stops after `limit` changed
  // rows. True where no row is pending any more. Errors: answer_is_no where a whole walk left as
  // many rows pending as there were, which are listed; interrupted, with everything up to the last
  // batch saved.
  Result<bool> run(const std::string& cursor, std::int64_t rows_done, std::optional<std::int64_t> limit);

  // Rows changed by this runner.
  std::int64_t changed() const { return changed_; }

 private:
  struct Range {
    std::optional<Row> after, up_to;  // (after, up_to]; none: without that bound
  };

  template <class Body>
  auto retried(Body body);
  Result<bool> walk();
  Result<void> batch(const Range& range, std::int64_t size);
  Result<void> update(const std::string& condition, const Row& parameters, const std::optional<Row>& cursor,
                      std::int64_t size);
  Result<std::int64_t> number_rows(const std::string& statement, const Row& parameters);
  tl::unexpected<schema::Error> refused(schema::Error error);
  Result<void> update_null_keys();
  Result<std::optional<Row>> end_of_batch(std::int64_t size);
  Result<bool> pending();
  Result<void> count_rows();
  void pause();
  Result<void> follow_operator();
  Result<void> wait_for_server();
  // Why no batch should begin; empty: one may.
  Result<std::string> not_now();
  Result<void> stuck(std::int64_t pending);

  bool limit_reached() const { return limit_ && changed_ >= *limit_; }

  Connection& connection_;
  const Options& options_;
  const Script& script_;
  const Step& step_;
  const Backfill& backfill_;
  schema::LedgerKey key_;
  std::vector<KeyPart> key_parts_;
  std::string read_key_, not_null_;
  const std::optional<Numbering>& numbering_;
  BatchSizer sizer_;
  std::optional<Converter> converter_;  // where a program gives the values
  std::optional<std::int64_t> limit_;
  std::optional<Row> cursor_;
  std::int64_t changed_ = 0, total_changed_ = 0, rows_ = 0, walked_ = 0, walked_before_ = 0;
  // Every row up to here was seen not to be pending, and nobody else has written since.
  bool complete_ = false;
  bool transactions_ = true;  // of the table: a batch and its cursor commit together
  bool plan_seen_ = false;    // the first batch showed that it finds its rows by the key
  int crowded_ = 0;           // batches for which others are taken to write
  double batch_seconds_ = 0;  // of the last batch; 0: none yet
  Steering steering_;
  Replicas replicas_;
  std::chrono::steady_clock::time_point started_, unlocked_, looked_;
};

}  // namespace emcee::applier
