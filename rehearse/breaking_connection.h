// A connection of the applier that is lost after some calls, as with a process that was killed.
#pragma once

#include "applier/forwarding_connection.h"

namespace emcee::rehearse {

class BreakingConnection final : public applier::ForwardingConnection {
 public:
  BreakingConnection(std::unique_ptr<applier::Connection> real, std::int64_t calls)
      : ForwardingConnection(std::move(real)), calls_left_(calls) {}
  // What the server does when it sees that the session is gone; it is to be done before the next one
  // begins.
  ~BreakingConnection() override {
    real_->rollback();
    real_->unlock_runner();
  }

  bool broken() const { return broken_; }

  schema::Result<void> execute(std::string_view sql) override {
    EMCEE_TRY(count());
    return real_->execute(sql);
  }
  schema::Result<std::int64_t> change(std::string_view sql, const applier::Row& parameters) override {
    EMCEE_TRY(count());
    return real_->change(sql, parameters);
  }
  schema::Result<std::vector<applier::Row>> query(std::string_view sql, const applier::Row& parameters,
                                                  std::size_t limit) override {
    EMCEE_TRY(count());
    return real_->query(sql, parameters, limit);
  }
  schema::Result<void> begin() override {
    EMCEE_TRY(count());
    return real_->begin();
  }
  schema::Result<void> commit() override {
    EMCEE_TRY(count());
    return real_->commit();
  }
  void rollback() override {
    if (!broken_) real_->rollback();
  }

 private:
  schema::Result<void> count() {
    if (calls_left_-- > 0) return {};
    broken_ = true;
    return schema::fail(schema::ErrorCode::look_at_server, "the rehearsal broke the connection");
  }

  std::int64_t calls_left_;
  bool broken_ = false;
};

}  // namespace emcee::rehearse
