// A mapped table on a server, in sync, with clients of both releases.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dialects/mysql/sync_triggers.h"
#include "tests/mysql/sync_table.h"

namespace emcee::sync_test {

class MysqlSync : public ::testing::TestWithParam<servers::MysqlFlavour> {
 protected:
  void SetUp() override;

  // CREATE TABLE t (id ..., the columns of the group, other TEXT) and its triggers.
  void start(const GroupCase& c, const std::string& id = "INT", const std::string& constraints = "PRIMARY KEY (id)");
  void run(const mysql::SyncScript& script) { run_script(*client_, script.before, script.run, script.after); }
  void fence();

  std::unique_ptr<servers::MysqlClient> connect() const;
  servers::MysqlClient& client() { return *client_; }
  std::string value(const std::string& sql) { return client_->value(sql); }
  std::string error(const std::string& sql) { return try_sql(*client_, sql); }
  mysql::Server server() const { return server_of(GetParam()); }
  bool mariadb() const { return GetParam() == servers::MysqlFlavour::mariadb; }

  // Rows that do not say the same in both forms.
  std::string conflicts();
  std::string backfill() const;

  schema::Schema schema_;
  plan::SyncGroup group_;

 private:
  std::string database_;
  std::unique_ptr<servers::MysqlClient> client_;
};

// images.is_public, a NOT NULL flag, becomes images.visibility.
GroupCase visibility();
// a becomes b = upper(a), and back a = lower(b): what is derived loses.
GroupCase upper_and_lower();

}  // namespace emcee::sync_test
