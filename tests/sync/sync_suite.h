// The triggers of a server against the reference model: every combination of {state of the row} x
// {statement} x {writer} x {values}. The values of up and down come from the server itself,
// evaluated on a table of the same types without triggers.
//
// A server's tests define `sync_server()` and instantiate the suite:
//
//   INSTANTIATE_TEST_SUITE_P(All, SyncTriggers, ::testing::ValuesIn(cases), case_name);
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "tests/sync/sync_server.h"

namespace emcee::sync_test {

SyncServer& sync_server();

// The update, and what it generates.
std::vector<std::string> statements_of(const plan::RenderedBackfill& backfill);
plan::SyncGroup make_group(const GroupCase& c);
std::string case_name(const ::testing::TestParamInfo<SyncCase>& info);

class Harness {
 public:
  explicit Harness(const SyncCase& c);

  // All rows of the product of the columns' values, as they are stored.
  std::vector<plan::GroupRow> states();
  // Every choice of {left out, each value, NULL} for the columns.
  std::vector<Assignments> statements() const;

  // The table holds this row, or none.
  void set_state(const std::optional<plan::GroupRow>& row);
  // The row as the statement alone would leave it.
  const plan::GroupRow& without_triggers(const std::optional<plan::GroupRow>& before, const std::string& statement);
  // Runs the statement with triggers, and compares with the model's outcome.
  void expect(const std::optional<plan::GroupRow>& before, const std::string& statement, const plan::Outcome& outcome);
  // The row as the model names it: nobody foresees which number the server counts.
  plan::GroupRow foreseen(plan::GroupRow row) const;
  // The queries for rows pending and in conflict say what the model says.
  void expect_verified(const plan::GroupRow& row, const std::string& where);

  void backfill();
  plan::GroupRow row() { return only_row(*db_); }
  SyncDatabase& db() { return *db_; }
  const plan::SyncModel& model() const { return model_; }
  std::string key() const;
  bool has_key() const;

  std::size_t cases = 0;

 private:
  std::string insert(const plan::GroupRow& row) const;
  // An empty one where there is none; `count`: how many there are.
  plan::GroupRow only_row(SyncDatabase& db, std::size_t* count = nullptr) const;
  plan::Values evaluate(const plan::GroupRow& row, bool up);
  plan::Value stored(const ColumnCase& column);
  // Of the other table.
  void set_rows(const std::optional<plan::GroupRow>& row);
  std::size_t rows(const plan::Value& key);
  void expect_rows(const std::optional<plan::GroupRow>& before, const plan::GroupRow& got, std::size_t rows_before,
                   bool had_row, const std::string& where);
  static void must(SyncDatabase& db, const std::string& sql);

  SyncCase c_;
  std::vector<ColumnCase> columns_;
  std::unique_ptr<SyncDatabase> db_, evaluator_;
  plan::SyncModel model_;
  std::string verify_;                           // 1 or 0: whether rows are pending, and in conflict
  std::map<std::string, plan::Values> cache_;    // images
  std::map<std::string, plan::GroupRow> plain_;  // what statements alone leave
  std::vector<std::string> backfill_;
};

std::string text(const plan::GroupRow& row);

class SyncTriggers : public ::testing::TestWithParam<SyncCase> {
 protected:
  void SetUp() override { harness_ = std::make_unique<Harness>(GetParam()); }
  std::unique_ptr<Harness> harness_;
};

}  // namespace emcee::sync_test
