// A table under another name by a copy (SQLite): two databases get the same statements, one with the copy, and one
// plain table that knows nothing of Emcee.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <memory>
#include <string>

#include "tests/cli/sandbox.h"

namespace emcee::testing {

// A connection of an application.
class SqliteSession {
 public:
  explicit SqliteSession(const std::string& path) {
    sqlite3_open(path.c_str(), &db_);
    sqlite3_busy_timeout(db_, 10000);
    run("PRAGMA synchronous = OFF");
  }
  ~SqliteSession() { sqlite3_close(db_); }
  SqliteSession(const SqliteSession&) = delete;
  SqliteSession& operator=(const SqliteSession&) = delete;

  // The rows of all statements, a line each with bars; `error: ..` where one is refused.
  std::string run(const std::string& statements) {
    std::string text;
    char* error = nullptr;
    const auto add = [](void* to, int n, char** values, char**) {
      std::string& out = *static_cast<std::string*>(to);
      for (int i = 0; i < n; ++i) out += std::string(i > 0 ? "|" : "") + (values[i] ? values[i] : "~");
      out += "\n";
      return 0;
    };
    if (sqlite3_exec(db_, statements.c_str(), add, &text, &error) == SQLITE_OK) return text;
    text = fmt::format("error: {}", error ? error : "");
    sqlite3_free(error);
    return text;
  }
  // An open transaction is no part of a test of one statement.
  void roll_back() {
    if (sqlite3_get_autocommit(db_) == 0) run("ROLLBACK");
  }

 private:
  sqlite3* db_ = nullptr;
};

// `{t}` stands for the table in a schema, or in a statement.
inline std::string of_table(std::string text, const std::string& name) {
  for (std::size_t at; (at = text.find("{t}")) != std::string::npos;) text.replace(at, 3, name);
  return text;
}

class Mirrored : public ::testing::Test {
 protected:
  static constexpr const char* kRename = "[[rename_table]]\nfrom = \"users\"\nto = \"people\"\n";

  // Both releases have the schema, but for the name of the table; `added`: what the new one has besides.
  void start(const std::string& schema, const std::string& map = {}, const std::string& new_schema = {}) {
    old_ = of_table(schema, "users");
    new_ = of_table(new_schema.empty() ? schema : new_schema, "people");
    box_.write("old.sql", old_);
    box_.write("new.sql", new_);
    box_.write("release.toml", "name = \"ocata\"\n" + std::string(kRename) + map);
    const auto plan = box_.emcee("plan old.sql new.sql --map release.toml --out rel --dialect sqlite 2>&1");
    ASSERT_EQ(plan.status, 0) << plan.out;
    app_ = std::make_unique<SqliteSession>(box_.path("app.db").string());
    plain_ = std::make_unique<SqliteSession>(":memory:");
    for (SqliteSession* session : {app_.get(), plain_.get()}) {
      ASSERT_EQ(session->run(old_), "");
      session->run("PRAGMA foreign_keys = ON");
    }
  }
  void both(const std::string& statements) {
    for (SqliteSession* session : {app_.get(), plain_.get()}) ASSERT_EQ(session->run(statements), "") << statements;
  }
  int emcee(const std::string& command) {
    const auto result =
        box_.emcee(fmt::format("{} --db 'sqlite:{}' --plan rel 2>&1", command, box_.path("app.db").string()));
    output_ = result.out;
    return result.status;
  }

  Sandbox box_;
  std::string old_, new_, output_;
  std::unique_ptr<SqliteSession> app_, plain_;
};

}  // namespace emcee::testing
