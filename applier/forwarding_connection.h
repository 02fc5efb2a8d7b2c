// Passes everything on to another connection: the base of those that meddle with some calls.
#pragma once

#include <memory>
#include <utility>

#include "applier/connection.h"

namespace emcee::applier {

class ForwardingConnection : public Connection {
 public:
  explicit ForwardingConnection(std::unique_ptr<Connection> real) : real_(std::move(real)) {}

  std::string_view dialect() const override { return real_->dialect(); }
  std::string name() const override { return real_->name(); }
  const schema::LedgerDialect& ledger() const override { return real_->ledger(); }
  Result<void> execute(std::string_view sql) override { return real_->execute(sql); }
  Result<void> create_schema(std::string_view ddl) override { return real_->create_schema(ddl); }
  Result<std::int64_t> change(std::string_view sql, const Row& parameters) override {
    return real_->change(sql, parameters);
  }
  Result<std::vector<Row>> query(std::string_view sql, const Row& parameters, std::size_t limit) override {
    return real_->query(sql, parameters, limit);
  }
  Result<void> begin() override { return real_->begin(); }
  Result<void> commit() override { return real_->commit(); }
  void rollback() override { real_->rollback(); }
  Result<bool> table_exists(std::string_view table) override { return real_->table_exists(table); }
  Result<void> fire_triggers(bool fire) override { return real_->fire_triggers(fire); }
  Result<std::vector<KeyPart>> key_parts(const std::string& table_sql,
                                         const std::vector<std::string>& key_sql) override {
    return real_->key_parts(table_sql, key_sql);
  }
  std::string key_comparison(const std::vector<KeyPart>& key, std::string_view op, std::size_t first) const override {
    return real_->key_comparison(key, op, first);
  }
  std::string nth_key(const std::string& table, const std::vector<KeyPart>& key, const std::string& condition,
                      std::int64_t n) const override {
    return real_->nth_key(table, key, condition, n);
  }
  Result<std::int64_t> row_count(const std::string& table) override { return real_->row_count(table); }
  Result<bool> has_transactions(std::string_view table) override { return real_->has_transactions(table); }
  Result<void> prepare_walk(const std::string& table) override { return real_->prepare_walk(table); }
  Result<void> finish_walk(const std::string& table) override { return real_->finish_walk(table); }
  Result<void> begin_batch() override { return real_->begin_batch(); }
  Result<void> refuse_scan(std::string_view sql, const Row& parameters) override {
    return real_->refuse_scan(sql, parameters);
  }
  Result<std::string> followers_behind(std::int64_t bytes) override { return real_->followers_behind(bytes); }
  Result<std::string> busy(const LoadLimits& limits) override { return real_->busy(limits); }
  Result<bool> others_wrote() override { return real_->others_wrote(); }
  bool locks_all_writers() const override { return real_->locks_all_writers(); }
  Result<std::vector<ClientSession>> other_sessions(bool programs) override { return real_->other_sessions(programs); }
  Result<void> lock_runner() override { return real_->lock_runner(); }
  void unlock_runner() override { real_->unlock_runner(); }
  void watch(const std::atomic<bool>* stop) override { real_->watch(stop); }

 protected:
  std::unique_ptr<Connection> real_;
};

}  // namespace emcee::applier
