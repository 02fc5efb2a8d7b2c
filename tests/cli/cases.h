// A case of a real upgrade, from its schemas in the corpus, on any server.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>

#include "tests/cli/case_database.h"
#include "tests/cli/sandbox.h"
#include "tests/servers/mysql_server.h"

namespace emcee::testing {

class Cases : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (server() == "mariadb") EMCEE_NEEDS_MYSQL(servers::MysqlFlavour::mariadb);
    if (server() == "mysql") EMCEE_NEEDS_MYSQL(servers::MysqlFlavour::mysql);
    database_ = make_case_database(server(), box_);
  }
  // A parameter may say more, behind a `_`.
  static std::string server() { return GetParam().substr(0, GetParam().find('_')); }
  std::string sql(const std::string& statements) { return database_->sql(statements); }
  int emcee(const std::string& command) const {
    const auto result = box_.emcee(fmt::format("{} --db '{}' --plan rel 2>&1", command, database_->url()));
    output_ = result.out;
    return result.status;
  }
  static std::string catalogue_of(const std::string& schema) { return testing::catalogue_of(server(), schema); }
  static bool is_mysql() { return server() == "mariadb" || server() == "mysql"; }
  void start(const std::string& name, const std::string& map) {
    start_in(fmt::format("{}/{}/{}", EMCEE_CASES, name, is_mysql() ? "mysql" : server()), map);
  }
  // `{user}` as the server quotes the name.
  std::string quoted(std::string text) const {
    for (std::size_t at; (at = text.find("{user}")) != std::string::npos;)
      text.replace(at, 6, is_mysql() ? "`user`" : "\"user\"");
    return text;
  }
  // Names in double quotes, as the server quotes them.
  static std::string quoted_names(std::string text) {
    if (is_mysql()) std::replace(text.begin(), text.end(), '"', '`');
    return text;
  }
  // Schemas of the test's own.
  void start(const std::string& old_schema, const std::string& new_schema, const std::string& map) {
    box_.write("old.sql", old_schema);
    box_.write("new.sql", new_schema);
    start_in(".", map);
  }
  void start_in(const std::string& folder, const std::string& map) {
    box_.write("release.toml", "name = \"ocata\"\n" + map);
    const auto plan = box_.emcee(
        fmt::format("plan {0}/old.sql {0}/new.sql --map release.toml --out rel --dialect {1} 2>&1", folder, server()));
    ASSERT_EQ(plan.status, 0) << plan.out;
    ASSERT_EQ(sql(box_.shell("cat " + folder + "/old.sql").out), "");
  }
  // The scripts of a phase in the hands of the server's own client.
  void by_client(const std::string& phase) const {
    const std::string url = database_->url();
    std::string client = "sqlite3 app.db < $script";
    if (server() == "postgres") client = "psql -X -q -d '" + url + "' -f $script";
    if (is_mysql()) {
      const std::size_t name = url.rfind('/', url.find('?')) + 1, end = url.find("?socket=");
      client = fmt::format("mysql --no-defaults -u root --socket='{}' {} < $script", url.substr(end + 8),
                           url.substr(name, end - name));
    }
    const auto done =
        box_.shell(fmt::format("for script in $(ls rel/ocata_{}*.sql); do {} || exit 1; done 2>&1", phase, client));
    EXPECT_EQ(done.status, 0) << phase << "\n" << done.out;
  }
  // The URL of a user who may change this table, and no other; what else `grants` says goes to `generator` (PostgreSQL)
  // or `generator@localhost`.
  std::string url_of_table_owner(const std::string& table, const std::string& grants = {}) {
    const bool postgres = server() == "postgres";
    EXPECT_EQ(
        sql((postgres ? "DROP ROLE IF EXISTS generator; CREATE ROLE generator LOGIN; ALTER TABLE " + table +
                            " OWNER TO generator; GRANT CREATE ON SCHEMA public TO generator; DO $$ BEGIN EXECUTE "
                            "format('GRANT CREATE ON DATABASE %I TO generator', current_database()); END $$"
                      : "DROP USER IF EXISTS generator@localhost; CREATE USER generator@localhost; GRANT TRIGGER, "
                        "SELECT, INSERT, UPDATE, ALTER ON " +
                            table + " TO generator@localhost") +
            grants),
        "");
    std::string url = database_->url();
    const std::string root = postgres ? "user=postgres" : "//root@";
    return url.replace(url.find(root), root.size(), postgres ? "user=generator" : "//generator@");
  }

  Sandbox box_;
  std::unique_ptr<CaseDatabase> database_;
  mutable std::string output_;  // of the last command
};

inline std::string server_name(const ::testing::TestParamInfo<std::string>& info) { return info.param; }
inline const auto kServers = ::testing::Values("sqlite", "postgres", "mariadb", "mysql");

}  // namespace emcee::testing
