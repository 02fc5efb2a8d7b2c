// A connection whose session the server ends before a chosen call.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "applier/forwarding_connection.h"
#include "dying_connection.h"

namespace emcee::applier {

// Ends the session of the connection that it gets, as somebody else: the connection does not know.
using EndSession = std::function<void(Connection&)>;

// Before its n-th call that asks something of the server.
class LosingConnection final : public ForwardingConnection {
 public:
  LosingConnection(std::unique_ptr<Connection> real, EndSession end, int loss)
      : ForwardingConnection(std::move(real)), end_(std::move(end)), calls_left_(loss) {}

  bool lost() const { return calls_left_ <= 0; }

  Result<void> execute(std::string_view sql) override { return tick(), real_->execute(sql); }
  Result<std::int64_t> change(std::string_view sql, const Row& parameters) override {
    return tick(), real_->change(sql, parameters);
  }
  Result<std::vector<Row>> query(std::string_view sql, const Row& parameters, std::size_t limit) override {
    return tick(), real_->query(sql, parameters, limit);
  }
  Result<void> begin() override { return tick(), real_->begin(); }
  Result<void> begin_batch() override { return tick(), real_->begin_batch(); }
  Result<void> commit() override { return tick(), real_->commit(); }
  Result<bool> table_exists(std::string_view table) override { return tick(), real_->table_exists(table); }
  Result<void> fire_triggers(bool fire) override { return tick(), real_->fire_triggers(fire); }
  Result<std::vector<KeyPart>> key_parts(const std::string& table_sql,
                                         const std::vector<std::string>& key_sql) override {
    return tick(), real_->key_parts(table_sql, key_sql);
  }
  Result<std::int64_t> row_count(const std::string& table) override { return tick(), real_->row_count(table); }
  Result<bool> has_transactions(std::string_view table) override { return tick(), real_->has_transactions(table); }
  Result<void> prepare_walk(const std::string& table) override { return tick(), real_->prepare_walk(table); }
  Result<void> finish_walk(const std::string& table) override { return tick(), real_->finish_walk(table); }
  Result<void> refuse_scan(std::string_view sql, const Row& parameters) override {
    return tick(), real_->refuse_scan(sql, parameters);
  }
  Result<bool> others_wrote() override { return tick(), real_->others_wrote(); }
  Result<void> lock_runner() override { return tick(), real_->lock_runner(); }

 private:
  void tick() {
    if (--calls_left_ == 0) end_(*real_);
  }

  EndSession end_;
  int calls_left_;
};

// Does `work` with a session that is lost before its first call, before its second, ..., each time with a new
// database: it goes on by itself, and `end` gives what it gives after work that nothing happened to.
inline void lose_everywhere(const Bed& bed, const EndSession& end_session, const Work& work,
                            const std::function<std::string(const std::string&)>& end, int at_least, int stride = 1) {
  const std::string whole = bed.make();
  ASSERT_TRUE(work(*bed.open(whole)));
  const std::string expected = end(whole);
  bed.remove(whole);

  int losses = 0;
  for (int call = 1;; call += stride) {
    const std::string place = bed.make();
    LosingConnection losing(bed.open(place), end_session, call);
    ASSERT_TRUE(work(losing)) << "call " << call;
    ASSERT_EQ(end(place), expected) << "call " << call;
    bed.remove(place);
    if (!losing.lost()) break;
    ++losses;
  }
  EXPECT_GE(losses, at_least);
}

}  // namespace emcee::applier
