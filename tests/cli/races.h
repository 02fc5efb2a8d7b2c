// Two sessions at once, in every order of their statements.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <future>

#include "tests/cli/cases.h"

namespace emcee::testing {

// A statement that takes longer waits for the other session, as far as this test can tell; where it was just slow,
// the order is another one, and the result has to be right all the same.
inline constexpr std::chrono::milliseconds kPatience{8};

// A session whose statements run in the background.
class Client {
 public:
  explicit Client(std::unique_ptr<CaseSession> session) : session_(std::move(session)) {}

  void begin(std::deque<std::string> statements) {
    statements_ = std::move(statements);
    error_.clear();
  }
  // Sends the next statement, unless the last one still waits.
  void go_on() {
    if (statements_.empty() || !is_free()) return;
    running_ = std::async(std::launch::async, [this, sql = statements_.front()] { return session_->sql(sql); });
    statements_.pop_front();
    running_.wait_for(kPatience);
  }
  bool finished() { return statements_.empty() && is_free(); }
  // The first error of the transaction.
  const std::string& error() const { return error_; }

 private:
  bool is_free() {
    if (!running_.valid()) return true;
    if (running_.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready) return false;
    const std::string result = running_.get();
    if (error_.empty() && result.starts_with("error ")) error_ = result;
    return true;
  }

  std::unique_ptr<CaseSession> session_;
  std::deque<std::string> statements_;
  std::string error_;
  std::future<std::string> running_;
};

// Deadlock, failure to serialize.
inline bool may_be_retried(const std::string& error) {
  const std::array codes{"40001", "40P01", "1213"};
  return std::any_of(codes.begin(), codes.end(),
                     [&](const char* code) { return error.starts_with(std::string("error ") + code); });
}

class Races : public Cases {
 protected:
  struct Race {
    std::string reset, one, other;
    std::string stale;                // a query: how many rows do not hold what the map says
    std::string stale_after_other{};  // the same, where `other` was not refused; empty: the same query
    std::string refusal{};            // what else may become of a statement, by its error; empty: nothing
    std::string isolation_of_one{};   // where it is not that of `other`
  };

  std::string begin(const std::string& isolation, const std::string& table) const {
    const std::string look = "; SELECT count(*) FROM " + table;  // takes the snapshot
    if (is_mysql()) return "SET SESSION TRANSACTION ISOLATION LEVEL " + isolation + "; START TRANSACTION" + look;
    return "BEGIN ISOLATION LEVEL " + isolation + look;
  }

  void run(const Race& race, const std::string& isolation, const std::string& table) {
    Client one(database_->connect()), other(database_->connect());
    const auto control = database_->connect();
    std::array order{0, 0, 0, 1, 1, 1};
    do {
      // In READ COMMITTED it does not matter when a transaction begins.
      if (isolation == "READ COMMITTED" && !(order[0] == 0 && order[1] == 1)) continue;
      if (!race.isolation_of_one.empty() && order[0] == 0) continue;
      ASSERT_EQ(control->sql(race.reset), "");
      one.begin({begin(race.isolation_of_one.empty() ? isolation : race.isolation_of_one, table), race.one, "COMMIT"});
      other.begin({begin(isolation, table), race.other, "COMMIT"});
      for (const int next : order) (next == 0 ? one : other).go_on();
      while (!one.finished() || !other.finished()) {
        one.go_on();
        other.go_on();
      }
      ++runs_;
      for (const Client* client : {&one, &other}) {
        if (client->error().empty()) continue;
        ++refused_;
        const std::string& statement = client == &one ? race.one : race.other;
        const bool is_refusal = !race.refusal.empty() && client->error().starts_with(race.refusal);
        EXPECT_TRUE(is_refusal || may_be_retried(client->error()) || may_fail(statement, client->error()))
            << statement << "\n  " << client->error();
      }
      const bool by_other = other.error().empty() && !race.stale_after_other.empty();
      EXPECT_EQ(control->sql(by_other ? race.stale_after_other : race.stale), "0")
          << isolation << "\n  " << race.one << "\n  " << race.other << "\n  order "
          << fmt::format("{}", fmt::join(order, "")) << "\n  " << one.error() << "\n  " << other.error();
    } while (std::next_permutation(order.begin(), order.end()) && !HasFailure());
  }

  // What an application has to expect of the statement anyway.
  virtual bool may_fail(const std::string& /*statement*/, const std::string& /*error*/) const { return false; }

  int runs_ = 0, refused_ = 0;
};

}  // namespace emcee::testing
